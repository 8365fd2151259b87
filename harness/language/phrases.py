"""The phrase tables of one language: set phrases, details, actions, bystanders."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

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
from harness.language.tables import Tables, Words

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
    """How an agent begins to announce its next action."""
    conditional: Patterns
    """Words that make such a sentence depend on the caller, or deny the action."""
    consequence: str
    """A regular expression on the text as said, case ignored: the consequence of an action."""
    retrying: Patterns
    """How an agent says that it does the same thing once more."""

    def is_bare_filler(self, text: str) -> bool:
        """Return whether a text has only fillers, at least one; silence is no filler."""
        rest = plain(text)
        return bool(rest) and not without(self.waiting.fillers, rest)

    def stalls(self, text: str) -> bool:
        """Return whether a sentence is a filler that asks for time."""
        return self.is_bare_filler(text) and matches(self.waiting.stalling, plain(text))

    def is_empty(self, sentence: str) -> bool:
        """Return whether a sentence is known to describe no action: a filler, or politeness."""
        said, polite = plain(sentence), self.waiting.courtesies
        rest = without(self.waiting.fillers, said)
        return not rest or any(starts(polite, some) == len(some) for some in (said, rest))

    def announces(self, text: str) -> bool:
        """Return whether the agent announces its next action, without a condition."""
        said = plain(text)
        return matches(self.announcing, said) and not matches(self.conditional, said)

    def is_at_work(self, sentence: str) -> bool:
        """Return whether a sentence begins with a statement that the agent is looking something up.

        It may continue in any way; see ``only_at_work``.
        """
        return starts(self.waiting.at_work, without(self.waiting.fillers, plain(sentence))) > 0

    def only_at_work(self, sentence: str) -> bool:
        """Return whether a sentence is known to say no more than that."""
        said = without(self.waiting.fillers, plain(sentence))
        begun = starts(self.waiting.at_work, said)
        return begun > 0 and not without(self.waiting.looked_at, said[begun:].strip())

    def closes(self, sentence: str) -> bool:
        """Return whether a sentence is known to end a call, and to report no facts."""
        said = plain(sentence)
        return self.is_empty(sentence) or not without(
            (*self.waiting.closings, *self.waiting.fillers), said
        )

    def names_consequence(self, text: str) -> bool:
        """Return whether the words name a consequence of an action."""
        return re.search(self.consequence, text, re.IGNORECASE) is not None


def phrases_in(folder: Path) -> Phrases:
    """Return the phrases of a language from replies, wishes, asking and phrases.toml of a folder.

    Raises as ``Tables`` does.
    """
    tables = Tables(folder / "phrases.toml")
    return tables.fill(
        Phrases,
        "phrases",
        waiting=tables.fill(Waiting, "waiting"),
        answers=Tables(folder / "replies.toml").fill(Answers, "answers"),
        wishes=Tables(folder / "wishes.toml").fill(Wishes, "wishes"),
        asking=Tables(folder / "asking.toml").fill(Asking, "asking"),
        details=tables.fill(Details, "details"),
    )


# How a language speaks of tool actions: actions, and the forms of the verbs that mean them.


class ToolEffect(Enum):
    """The effect of a tool on the world."""

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
    """The plain form, as in a request: "call it off"."""
    said: Patterns
    """All forms by which a speaker announces or proposes it."""
    done: Patterns
    """How an agent claims to have done it."""


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """An action of tools, with all verbs that people use for it."""

    verb: str
    names: frozenset[str]
    """Plain verbs by which a name or a description means it."""
    nouns: frozenset[str]
    """Their other forms, and the nouns for the action: "booking", "reservation"."""
    asked: Patterns
    said: Patterns
    done: Patterns
    announced: Patterns = ()
    """Verbs that mean it, and little else, after "let me" and "I'll"."""
    maybe: Patterns = ()
    """Verbs that may announce it or another action: with the tool's object they mean it."""
    objects: frozenset[str] = frozenset()
    """If given, the verb means it only with one of these, and then before any other."""
    made: frozenset[str] = frozenset()
    """Nouns for its result, apart from the object that the tool names: "reservation"."""
    makes: bool = False
    """Whether to get the object means that the action is done: "would you like a table?"."""
    vague: bool = False
    """Whether its verbs have so many other meanings that they deny no other action: "confirm"."""
    ends: bool = False
    """Whether it ends or shuts something: verbs that begin or keep it are not meant."""


@dataclass(frozen=True, slots=True, eq=False)
class Actions:
    """How a language speaks of tool actions."""

    reading: tuple[Action, ...]
    """Every tool that reads does the first action."""
    handing_over: Action
    changing: tuple[Action, ...]
    forms: Callable[[str], VerbForms]
    """The forms of any verb, known or not."""
    light: frozenset[str]
    """Verbs without a meaning of their own next to a noun for the action: "make", "process"."""
    rather_objects: frozenset[str]
    """Verbs that are the object if a name has another verb: "order"."""
    lead_in: frozenset[str]
    """Words before the verb of a description: "use this tool to"."""
    no_objects: frozenset[str]
    """Words of names and descriptions that people do not use in speech: "id", "v"."""
    object_ends: frozenset[str]
    """Words after which a description no longer names the object: "for"."""
    beside: Mapping[str, frozenset[str]]
    """Words that people use when they book or buy a thing: a room, staying, for a hotel."""
    plurals: Callable[[str], str]
    """An expression for a noun in both numbers."""
    getting: Callable[[str], Patterns]
    """How a speaker asks for a thing, or says that it is made: "would you like a table"."""
    settled: Patterns
    """How an agent claims to have done whatever was asked for: "you're all set"."""
    settled_object: Callable[[str], Patterns]
    """How it claims so of a thing: "your table is confirmed"."""
    unless: Patterns
    """Text before a claim that cancels it: "not", "once"."""
    switches: frozenset[str] = frozenset()
    """Names of flags by which a tool turns its object on and off: "enabled"."""
    switching: tuple[Action, ...] = ()
    """The actions of such flags: first on, then off."""
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


_NO_WORDS = Words()


@dataclass(frozen=True, slots=True)
class ActionWords:
    """The vocabulary of an action, as in the files of a language."""

    names: Words = _NO_WORDS
    """The verbs that mean it in the names of tools, and in speech."""
    also: Words = _NO_WORDS
    """Further verbs that mean it in speech."""
    maybe: Words = _NO_WORDS
    """Further verbs that mean it next to the tool's object."""
    things: Words = _NO_WORDS
    """Nouns that mean it anywhere: "cancellation"."""
    results: Words = _NO_WORDS
    """Nouns that mean it if they are made: "reservation"."""
    objects: frozenset[str] = frozenset()
    said: Patterns = ()
    """Further rows by which a speaker announces or proposes it."""
    done: Patterns = ()
    """Further rows by which an agent claims to have done it."""
    makes: bool = False
    vague: bool = False
    ends: bool = False

    def action(
        self,
        verb: str,
        forms: Callable[[str], VerbForms],
        *,
        loose: frozenset[str],
        said: Patterns,
        done: Patterns,
    ) -> Action:
        """Return the action; ``said`` and ``done`` are the rows for its nouns.

        ``loose`` are verbs that announce much else.
        """
        named = [forms(one) for one in self.names]
        every = [*named, *(forms(one) for one in self.also)]
        others = (word for one in named for word in one.words[1:])
        return Action(
            verb=verb,
            names=frozenset(self.names),
            nouns=frozenset((*self.things, *self.results, *others)),
            asked=tuple(row for one in named for row in one.asked),
            said=(*(row for one in every for row in one.said), *said, *self.said),
            done=(*(row for one in every for row in one.done), *done, *self.done),
            announced=tuple(r for one in named if one.words[0] not in loose for r in one.asked),
            maybe=tuple(row for one in self.maybe for row in forms(one).said),
            objects=self.objects,
            made=frozenset(self.results),
            makes=self.makes,
            vague=self.vague,
            ends=self.ends,
        )


@dataclass(frozen=True, slots=True)
class NounRows:
    """The rows of a language about a thing, with ``{things}`` for its noun or nouns."""

    getting: Patterns
    """How a speaker asks for a thing, or says that it is made: "would you like a table"."""
    settled_object: Patterns
    """How an agent claims to have made it: "your table is confirmed"."""
    thing: Patterns
    """How a noun means an action by itself: "a cancellation"."""
    made: Patterns
    """How a speaker announces an action by its result: "make a reservation"."""
    done: Patterns = ()
    """How an agent claims that an action is done, by its noun."""


def about(rows: Patterns, things: str) -> Patterns:
    """Return the rows of a ``NounRows`` for a noun."""
    return tuple(row.replace("{things}", things) for row in rows)


def by_each_word(table: Mapping[str, Words]) -> dict[str, Words]:
    """Return a table with one entry for each word of its keys; the words of an entry add up."""
    found: dict[str, Words] = {}
    for keys, words in table.items():
        for key in keys.split():
            found[key] = Words((*found.get(key, ()), *words))
    return found


# Speech around a caller: television, a hold line, other people in the room.
#
# None of it says a value that a call could be about.


@dataclass(frozen=True, slots=True)
class Bystanders:
    """Whole sentences of a language, by the place in which they are heard."""

    news: tuple[str, ...]
    """On television and radio."""
    hold: tuple[str, ...]
    """On a hold line: "your call is important to us"."""
    chat: tuple[str, ...]
    """Of people who talk to each other."""
