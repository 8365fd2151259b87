"""Small texts for people that every part of the harness writes alike."""

from __future__ import annotations


def noun(number: int, singular: str, plural: str = "") -> str:
    """Return a noun for a number: "call" for 1, else "calls"; ``plural`` if it takes no s."""
    return singular if number == 1 else plural or f"{singular}s"


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return "1 call", "3 calls"."""
    return f"{number} {noun(number, singular, plural)}"
