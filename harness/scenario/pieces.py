"""A file's plain data looked at piece by piece; whatever has the wrong shape is stepped over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.errors import did_you_mean
from harness.scenario.document import KeyPath
from harness.scenario.wording import listed, shown

Found = Iterator[tuple[KeyPath, str]]
"""Places and what is wrong with them."""

SAID = ("say", "backchannel", "aside")
"""Keys of a turn or answer that hold words of the caller."""

_FILLED = (*SAID, "text", "inject", "dtmf", "image")
"""Keys of a turn in which facts are filled in."""

TOLD = ("text", "arguments", "returns")
"""Keys of an earlier item that hold what the agent is told."""

PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
"""``{name}`` in a text."""


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """Say that a name is not known, and which are."""
    known = tuple(known)
    return f"unknown {kind} {shown(name)}; known: {listed(known)}{did_you_mean(name, known)}"


def twice(values: object, at: KeyPath) -> Found:
    """Yield what stands in a list a second time."""
    given = values if isinstance(values, list) else []
    for number, value in enumerate(given):
        if value in given[:number]:
            yield (*at, number), f"{shown(value)} stands there twice"


def mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the keys and values that stand at a key, none if there are none."""
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def items(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the items of a list that are keys and values, each with its number."""
    value = data.get(key)
    for number, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, dict):
            yield number, item


def texts(value: object, key: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Every text inside a value, however deep, with its place."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, (*key, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from texts(inner, (*key, number))


def texts_with_facts(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text of a scenario in which ``{fact}`` is filled in, with its place."""
    for part, keys in (("turns", _FILLED), ("answers", SAID), ("history", TOLD)):
        for number, item in items(data, part):
            for key in keys:
                yield from texts(item.get(key), (part, number, key))
    yield from others_words(data)
    yield from record_texts(data)
    yield from _expected_texts(mapping(data, "expect"))


def record_texts(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text in the records of a world, with its place."""
    world = mapping(data, "world")
    for name in world:
        yield from texts(mapping(world, name).get("records"), ("world", name, "records"))


def others_words(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield what somebody near the caller says, sentence by sentence."""
    other = mapping(mapping(data, "caller"), "second_talker")
    yield from texts(other.get("say"), ("caller", "second_talker", "say"))


def _expected_texts(expect: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    for at, call in expected_calls(expect):
        yield from _wanted_texts(call.get("arguments"), (*at, "arguments"))
    yield from _wanted_texts(expect.get("world"), ("expect", "world"))
    for key, words in expected_words(expect):
        if isinstance(words, str):
            yield key, words
        else:
            for part in ("phrase", "one_of"):
                yield from texts(words.get(part), (*key, part))


def expected_calls(expect: Mapping[str, Any]) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    """Yield every expected call in the data of ``expect``, alternatives one by one."""
    for number, call in items(expect, "tools"):
        at: KeyPath = ("expect", "tools", number)
        if "one_of" not in call:
            yield at, call
        for place, alternative in items(call, "one_of"):
            yield (*at, "one_of", place), alternative


def expected_words(
    expect: Mapping[str, Any],
) -> Iterator[tuple[KeyPath, str | Mapping[str, Any]]]:
    """Yield what ``says`` and ``never_says`` list, with its place."""
    for part in ("says", "never_says"):
        listed_words = expect.get(part)
        for number, words in enumerate(listed_words if isinstance(listed_words, list) else []):
            if isinstance(words, str | dict):
                yield ("expect", part, number), words


def _wanted_texts(value: object, at: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Yield the texts of expected fields; in a regular expression, braces count repetitions."""
    return (found for found in texts(value, at) if found[0][-1] != "matches")
