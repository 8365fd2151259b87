"""What is said around a caller: television, a hold line, other people in the room.

None of it says a value that a call could be about.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bystanders:
    """Whole sentences of one language, by where they are heard."""

    news: tuple[str, ...]
    """On television and radio."""
    hold: tuple[str, ...]
    """While one waits for somebody: "your call is important to us"."""
    chat: tuple[str, ...]
    """Of people who talk to each other."""
