"""The form of a language's words for the details of an action: opposites, ends, parts, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.language.phrasebook import Patterns


@dataclass(frozen=True, slots=True)
class End:
    """One end of something that has two: where it starts, or where it ends."""

    named: frozenset[str]
    """Words in the names of arguments: "origin"."""
    said: str
    """An expression that ends before a value of this role: "from"."""


@dataclass(frozen=True, slots=True)
class Details:
    """How the details of an action are spoken of beside their own words."""

    helping: frozenset[str]
    """Words in the name of a flag that do not say what it is about: "is", "with"."""
    opposites: Mapping[str, Patterns]
    """What says the opposite of a flag: "private", "public"."""
    unwanted: str
    """An expression on plain words: a detail in the same clause is not wanted."""
    counted: frozenset[str]
    """Words in the name of what counts things: its value is no sum of money."""
    people: frozenset[str]
    """Words for people who are counted: "guests" in a name is "people" in speech."""
    starts: End
    ends: End
    names: str
    """An expression for a name in running text; empty where writing does not mark names."""
    clauses: str
    """An expression for what parts the details of a sentence from each other."""
    shares: str
    """An expression behind an amount that is one of several: "each", "per night"."""
    ending: str
    """An expression for an end by which a number is cited, its first group: "ending in 7334"."""
    only: str
    """An expression on plain words that limits an action to a part: "only", "just one"."""
    not_meant: str
    """An expression on a clause where "§" stands for a value that is not to be had, or is left as
    it is: "§ is full", "can't offer §"."""
    kept: str
    """An expression that says of something that it stays as it is: "leave"."""
    now_before: str
    """An expression before a value that is so now: "from", "your current plan is"."""
    new_before: str
    """An expression before a value as it shall be: "to", "new"."""
    giving: Patterns
    """Words beside a value in a reply that gives it instead of another: "make it … please"."""
    relative_times: Patterns = ()
    """Expressions for a day or a time relative to another: "a day later"."""
