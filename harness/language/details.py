"""The vocabulary of a language for the details of an action: opposites, start, end, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.language.phrasebook import Patterns


@dataclass(frozen=True, slots=True)
class End:
    """The start or the end of a range or a route."""

    named: frozenset[str]
    """Words in the names of arguments: "origin"."""
    said: str
    """Regular expression for the text directly before a value of this role: "from"."""


@dataclass(frozen=True, slots=True)
class Details:
    """How speakers refer to the details of an action, apart from the values themselves."""

    helping: frozenset[str]
    """Words without a meaning of their own in the name of a flag: "is", "with"."""
    opposites: Mapping[str, Patterns]
    """Patterns for the opposite of a flag, by flag word: "private", "public"."""
    unwanted: str
    """Regular expression on plain words: a detail in the same clause is not wanted."""
    counted: frozenset[str]
    """Words in the name of an argument that counts things: its value is no sum of money."""
    people: frozenset[str]
    """Words for counted people: "guests" in a name is "people" in speech."""
    starts: End
    ends: End
    names: str
    """Regular expression for a name in running text; empty if writing does not mark names."""
    clauses: str
    """Regular expression for the separators between the details of a sentence."""
    shares: str
    """Regular expression after an amount that applies to each unit: "each", "per night"."""
    ending: str
    """Regular expression for a number cited by its last digits (first group): "ending in 7334"."""
    only: str
    """Regular expression on plain words that limits an action to a part: "only", "just one"."""
    not_meant: str
    """Regular expression on a clause with "§" in place of a value that is unavailable or unchanged:
    "§ is full", "can't offer §"."""
    kept: str
    """Regular expression for a value that does not change: "leave"."""
    now_before: str
    """Regular expression before a current value: "from", "your current plan is"."""
    new_before: str
    """Regular expression before a new value: "to", "new"."""
    giving: Patterns
    """Words around a replacement value in a reply: "make it … please"."""
    relative_times: Patterns = ()
    """Regular expressions for a day or a time relative to another: "a day later"."""
