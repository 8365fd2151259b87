"""Internal values: the fields that tools returned with an unspoken id, and with similar ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from harness.judging.dialogue.argument_paths import Leaf
from harness.judging.dialogue.proposed_writes import AgreedWords
from harness.language.language import Language
from harness.language.phrasebook import name_words, plain
from harness.language.places import value_places
from harness.language.values import ValueKind
from harness.timeline.model import ToolCall

_SHORTEST = 3
"""Characters of the shortest text that identifies a record."""

_NO_NAME = re.compile(r"[\d_]")

_BY_ITS_END = re.compile(r"\s\w+ (?:in|with|auf)(?: the digits)?\s*$")
"""The words before the last digits of a number: "ending in"."""

_NEAR_ROLE = 7
"""Most words from a role word to its object: "from your account ending in"."""

_SHORTEST_NUMBER = 4
"""Digits of the shortest number that identifies a record; others may be a price or a count."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The signs that identify a record ("visa", "7334"), and the signs of each similar record."""

    signs: frozenset[str]
    others: tuple[frozenset[str], ...]


def resolved(value: str, tools: tuple[ToolCall, ...]) -> Resolved | None:
    """Return the signs of a value from the newest tool output that has it; None if none has."""
    # The newest output first: a record may have changed since an earlier one.
    for tool in reversed(tools):
        found = _in_output(value, tool.output)
        if found is not None:
            return found
    return None


def like_values(value: str, tools: tuple[ToolCall, ...]) -> tuple[str, ...]:
    """Return other texts that tools returned under the same key as this value."""
    return tuple(
        dict.fromkeys(one for tool in tools for one in _like(value, tool.output) if one != value)
    )


@lru_cache(maxsize=512)
def _like(value: str, output: str | None) -> tuple[str, ...]:
    fields = [
        (key, one)
        for node in _objects(_parsed(output))
        for key, one in node.items()
        if isinstance(one, str)
    ]
    keys = {key for key, one in fields if one.lower() == value.lower()}
    return tuple(one for key, one in fields if key in keys and one.lower() != value.lower())


@lru_cache(maxsize=512)
def _in_output(value: str, output: str | None) -> Resolved | None:
    """Return the signs of a value in a tool output; cached, as each proposal asks again."""
    answer = _parsed(output)
    found = [*_found(value, answer), *_among_its_like(value, answer)]
    # The place that tells most about similar records is the best to tell them apart.
    return max(found, key=lambda one: (len(one.others), len(one.signs)), default=None)


def _parsed(output: str | None) -> Any:
    try:
        return None if output is None else orjson.loads(output)
    except orjson.JSONDecodeError:
        return output


def _found(value: str, node: Any) -> Iterator[Resolved]:
    """Yield the signs of a value at each place: as a key, in an object, or alone."""
    if isinstance(node, dict):
        if value in node and isinstance(node[value], dict):
            yield _beside(value, {key: _signs(one) for key, one in node.items()})
        elif any(_is(value, one) for one in node.values()):
            yield Resolved(_signs(node) - {value}, ())
        for one in node.values():
            yield from _found(value, one)
    elif isinstance(node, list):
        holding = [one for one in node if isinstance(one, dict) and _holds(value, one)]
        if holding and len(holding) < len(node):
            own = frozenset(sign for one in holding for sign in _signs(one)) - {value}
            yield _told_apart(own, [_signs(one) for one in node if one not in holding])
        elif any(_is(value, one) for one in node):
            yield Resolved(frozenset(), ())
        for one in node:
            yield from _found(value, one)
    elif isinstance(node, str) and value in node.split():
        yield Resolved(frozenset(), ())


def _among_its_like(value: str, answer: Any) -> Iterator[Resolved]:
    """Yield the signs of a value and of all objects with the same keys in the output."""
    objects = tuple(_objects(answer))
    for own in objects:
        if _holds(value, own):
            others = [_signs(one) for one in objects if one.keys() == own.keys() and one != own]
            yield _told_apart(_signs(own) - {value}, others)


def _objects(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, dict):
        yield node
    for one in _inner(node):
        yield from _objects(one)


def _inner(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _beside(value: str, signs: Mapping[str, frozenset[str]]) -> Resolved:
    others = [theirs for key, theirs in signs.items() if key != value]
    return _told_apart(signs[value], others)


def _told_apart(own: frozenset[str], others: list[frozenset[str]]) -> Resolved:
    """Remove shared signs: they do not identify a record."""
    shared = frozenset(sign for theirs in others for sign in theirs & own)
    return Resolved(own - shared, tuple(theirs - shared for theirs in others))


def _holds(value: str, node: Mapping[str, Any]) -> bool:
    return any(_is(value, one) for one in node.values())


def _is(value: str, one: Any) -> bool:
    return not isinstance(one, dict | list) and str(one) == value


def _signs(node: Any) -> frozenset[str]:
    """Return the texts and numbers in an object by which a speaker may identify it."""
    if isinstance(node, dict):
        return frozenset(sign for one in node.values() for sign in _signs(one))
    if isinstance(node, list):
        return frozenset(sign for one in node for sign in _signs(one))
    text = str(node)
    if text.isdigit() and len(text) < _SHORTEST_NUMBER:
        return frozenset()
    return (
        frozenset({text}) if len(text) >= _SHORTEST and not isinstance(node, bool) else frozenset()
    )


@dataclass(frozen=True)
class NamedThing:
    """A record that only tools know, and its mentions in the words of an agreement."""

    found: Resolved
    made: AgreedWords
    taken: frozenset[str]
    """All values of the write, which may use several similar records."""
    language: Language

    @property
    def _words(self) -> str:
        return f"{self.made.proposal} {self.made.reply}"

    def other(self) -> str:
        """Return a sign of a similar record, if the words mention that record and not this one."""
        words = self._words
        if any(self._mentioned(sign, words) for sign in self.found.signs):
            return ""
        for signs in self.found.others:
            for sign in sorted(signs) if not signs & self.taken else ():
                if self._mentioned(sign, words):
                    return sign
        return ""

    def in_other_role(self, leaf: Leaf) -> bool:
        """Whether the words give it the opposite role: "from" the account that is the target."""
        details = self.language.phrases.details
        roles = (details.starts, details.ends)
        mine = [one for one in roles if one.named & set(name_words(leaf.name))]
        for sign in self.found.signs if len(mine) == 1 else ():
            kind = ValueKind.ID if any(one.isdigit() for one in sign) else ValueKind.TEXT
            for start, _ in value_places(sign, self.made.proposal, kind, self.language):
                words = _BY_ITS_END.sub("", self.made.proposal[:start]).split()
                # From the nearest word backwards: the nearest role word is that of this value.
                for stop in range(len(words), max(0, len(words) - _NEAR_ROLE), -1):
                    before = f"{' '.join(words[:stop])} "
                    role = next((r for r in roles if re.search(r.said, before, re.I)), None)
                    if role is not None:
                        return role is not mine[0]
        return False

    def passed_over(self) -> bool:
        """Whether it was never named, but a similar record that the write also uses was."""
        said = [self._words, *(one.text for one in self.made.before)]
        # Only records with a name count: listeners cannot tell two certificates by their numbers.
        own = [sign for sign in self.found.signs if not _NO_NAME.search(sign)]
        if not own or any(self._mentioned(sign, text) for sign in own for text in said):
            return False
        like = [signs for signs in self.found.others if signs & self.taken]
        return any(self._mentioned(s, text) for signs in like for s in signs for text in said)

    def cited(self, leaf: Leaf) -> bool:
        """Whether the words cite such a record by last digits that no tool returned for it."""
        words = self._words
        things = (*name_words(str(leaf.given)), *name_words(leaf.name))
        ends: list[str] = []
        for cited in re.finditer(self.language.phrases.details.ending, words, re.IGNORECASE):
            # "Your credit card ending in 7334", if no tool returned these digits of
            # ``credit_card_61``.
            before = plain(words[: cited.start()]).split()[-3:]
            named = any(one.startswith(thing) for one in before for thing in things)
            if named:
                ends.append(cited[1])
        return bool(ends) and not self.found.signs.intersection(ends)

    def _mentioned(self, sign: str, words: str) -> bool:
        kind = ValueKind.ID if any(one.isdigit() for one in sign) else ValueKind.TEXT
        return bool(value_places(sign, words, kind, self.language))
