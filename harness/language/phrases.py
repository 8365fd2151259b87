"""The phrase tables of one language: set phrases, details, actions, bystanders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from harness.language.phrasebook import (
    Answers,
    Asking,
    Patterns,
    Waiting,
    Wishes,
    matches,
    plain,
    starts,
    without,
)

# The vocabulary of a language for the details of an action: opposites, start, end, limits.


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


@dataclass(frozen=True, slots=True, eq=False)
class Phrases:
    """The set phrases of one language; the methods take text as it was said or transcribed."""

    waiting: Waiting
    answers: Answers
    wishes: Wishes
    asking: Asking
    details: Details
    backchannel: Patterns
    announcing: Patterns
    """How an agent begins to say what it is about to do."""
    conditional: Patterns
    """What makes such a sentence depend on the caller, or deny the action."""
    consequence: str
    """One regular expression on the text as it was said, case ignored: what follows from it."""
    retrying: Patterns
    """How an agent says that it does the same thing once more."""

    def is_bare_filler(self, text: str) -> bool:
        """Say whether nothing but fillers was said, one or several; silence is no filler."""
        rest = plain(text)
        return bool(rest) and not without(self.waiting.fillers, rest)

    def stalls(self, text: str) -> bool:
        """Say whether a sentence is a filler that asks for time."""
        return self.is_bare_filler(text) and matches(self.waiting.stalling, plain(text))

    def is_empty(self, sentence: str) -> bool:
        """Say whether a sentence is known to describe no action: a filler, or politeness."""
        said, polite = plain(sentence), self.waiting.courtesies
        rest = without(self.waiting.fillers, said)
        return not rest or any(starts(polite, some) == len(some) for some in (said, rest))

    def announces(self, text: str) -> bool:
        """Say whether the agent tells what it is about to do, on no condition."""
        said = plain(text)
        return matches(self.announcing, said) and not matches(self.conditional, said)

    def is_at_work(self, sentence: str) -> bool:
        """Say whether a sentence begins as one that tells that the agent is looking something up.

        It may go on with anything; see ``only_at_work``.
        """
        return starts(self.waiting.at_work, without(self.waiting.fillers, plain(sentence))) > 0

    def only_at_work(self, sentence: str) -> bool:
        """Say whether a sentence is known to tell no more than that."""
        said = without(self.waiting.fillers, plain(sentence))
        begun = starts(self.waiting.at_work, said)
        return begun > 0 and not without(self.waiting.looked_at, said[begun:].strip())

    def closes(self, sentence: str) -> bool:
        """Say whether a sentence is known to end a call, and to tell nothing."""
        said = plain(sentence)
        return self.is_empty(sentence) or not without(
            (*self.waiting.closings, *self.waiting.fillers), said
        )

    def names_consequence(self, text: str) -> bool:
        """Say whether the words tell what follows from an action."""
        return re.search(self.consequence, text, re.IGNORECASE) is not None


# How a language speaks of what tools do: actions, and the forms of the verbs that mean them.


class ToolEffect(Enum):
    """What becomes of the world."""

    READS = "reads"
    CHANGES = "changes"
    HANDS_OVER = "hands over"
    NONE = "none"


def _as_written(words: tuple[str, ...]) -> tuple[str, ...]:
    return words


@dataclass(frozen=True, slots=True)
class VerbForms:
    """The forms of one verb, which may have a second word ("call off")."""

    words: tuple[str, ...]
    """As names and descriptions write it, the plain form first."""
    asked: Patterns
    """The plain form, as one asks for it: "call it off"."""
    said: Patterns
    """All forms by which somebody announces or proposes it."""
    done: Patterns
    """How an agent claims to have done it."""


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """One thing that tools do, by all verbs that people use for it."""

    verb: str
    names: frozenset[str]
    """Plain verbs by which a name or a description means it."""
    nouns: frozenset[str]
    """Their other forms, and what the action is called as a thing: "booking", "reservation"."""
    asked: Patterns
    said: Patterns
    done: Patterns
    announced: Patterns = ()
    """Verbs that mean it, and little else, behind "let me" and "I'll"."""
    maybe: Patterns = ()
    """How one may announce it, or something else: with the tool's object it is meant."""
    objects: frozenset[str] = frozenset()
    """Where given, it is only meant with one of these, and then before any other."""
    made: frozenset[str] = frozenset()
    """What it makes, beside what the tool names: "reservation"."""
    makes: bool = False
    """Whether who gets the object has the action done: "would you like a table?"."""
    vague: bool = False
    """Whether its verbs are said of so much else that they deny no other action: "confirm"."""
    ends: bool = False
    """Whether something is over, off or shut then: what begins or keeps it is not meant."""


@dataclass(frozen=True, slots=True, eq=False)
class Actions:
    """How one language speaks of what tools do."""

    reading: tuple[Action, ...]
    """The first is done by every tool that reads."""
    handing_over: Action
    changing: tuple[Action, ...]
    forms: Callable[[str], VerbForms]
    """The forms of any verb, known or not."""
    light: frozenset[str]
    """Verbs that tell nothing beside a noun that does: "make", "process"."""
    rather_objects: frozenset[str]
    """Verbs that are the object where a name has another verb: "order"."""
    lead_in: frozenset[str]
    """Words before the verb of a description: "use this tool to"."""
    no_objects: frozenset[str]
    """Words of names and descriptions that name nothing that people speak of: "id", "v"."""
    object_ends: frozenset[str]
    """Words behind which a description no longer names the object: "for"."""
    beside: Mapping[str, frozenset[str]]
    """What is spoken of where a thing is booked or bought: a room, staying, for a hotel."""
    plurals: Callable[[str], str]
    """One expression for a noun in both numbers."""
    getting: Callable[[str], Patterns]
    """How one asks for a thing, or says that it is made: "would you like a table"."""
    settled: Patterns
    """How an agent claims to have done whatever was asked for: "you're all set"."""
    settled_object: Callable[[str], Patterns]
    """How it claims so of a thing: "your table is confirmed"."""
    unless: Patterns
    """What in front of a claim makes it none: "not", "once"."""
    switches: frozenset[str] = frozenset()
    """Names of flags by which a tool turns its object on and off: "enabled"."""
    switching: tuple[Action, ...] = ()
    """What is done so: first on, then off."""
    in_base_form: Callable[[tuple[str, ...]], tuple[str, ...]] = _as_written
    """Words of a name or a description with their verb as a dictionary has it."""

    def of(self, effect: ToolEffect) -> tuple[Action, ...]:
        """Return the actions that a tool of an effect may have."""
        return {
            ToolEffect.READS: self.reading,
            ToolEffect.CHANGES: self.changing,
            ToolEffect.HANDS_OVER: (self.handing_over,),
            ToolEffect.NONE: (),
        }[effect]

    def every(self) -> tuple[Action, ...]:
        """Return all actions that there are."""
        return (*self.reading, self.handing_over, *self.changing)


# What is said around a caller: television, a hold line, other people in the room.
#
# None of it says a value that a call could be about.


@dataclass(frozen=True, slots=True)
class Bystanders:
    """Whole sentences of one language, by where they are heard."""

    news: tuple[str, ...]
    """On television and radio."""
    hold: tuple[str, ...]
    """While one waits for somebody: "your call is important to us"."""
    chat: tuple[str, ...]
    """Of people who talk to each other."""
