"""Faults of facts and of the lines that say them: values, names, braces, cuts that cut nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.language.language import Language
from harness.language.values import ValueKind, can_be_said
from harness.scenario.document import KeyPath
from harness.scenario.pieces import (
    PLACEHOLDER,
    SAID,
    Found,
    items,
    mapping,
    others_words,
    record_texts,
    texts,
    texts_with_facts,
    unknown,
)
from harness.scenario.wording import nearest, shown

_FACT_NAME = re.compile(r"[A-Za-z_]\w*")


def fact_faults(data: Mapping[str, Any], language: Language | None) -> Found:
    """Check the facts of a scenario and every place where they are named.

    Without a language, nothing is said of how values are written.
    """
    yield from _facts(data)
    for name, fact in mapping(data, "facts").items():
        if isinstance(fact, dict):
            yield from _value(fact, language, ("facts", name))
    yield from _unsayable(data)
    for number, turn in items(data, "turns"):
        yield from _cut_off(data, turn, language, ("turns", number, "cut_off"))


def given_fact_faults(suite: Mapping[str, Any], language: Language | None) -> Found:
    """Check the facts that a suite gives, and its answers: those may name no others."""
    facts = mapping(suite, "facts")
    for name, fact in facts.items():
        if not _FACT_NAME.fullmatch(name):
            yield ("facts", name), f"expected a name of letters, digits and _, got {name!r}"
        if isinstance(fact, dict):
            yield from _value(fact, language, ("facts", name))
    answers = {"answers": suite.get("answers")}
    yield from _names(answers, facts)
    yield from _braces(record_texts(suite))
    yield from _unsayable(answers)


def factless_faults(caller: Mapping[str, Any], at: KeyPath) -> Found:
    """Check the sentences of a second talker who is near the callers of any scenario."""
    for place, words in others_words({"caller": caller}):
        if set("{}") & set(words):
            problem = "it is said near every caller, whose facts differ: write the words out"
            yield (*at, *place[1:]), f"{problem}, got {shown(words)}"
        elif words.strip() and not can_be_said(words):
            yield (*at, *place[1:]), f"no voice can say {shown(words)}; write words"


def _value(fact: Mapping[str, Any], language: Language | None, at: KeyPath) -> Found:
    value, spoken = fact.get("value"), fact.get("spoken")
    kind = _kind(fact)
    if value is None:
        yield (*at, "value"), "this key is required"
    if isinstance(value, str) and value.strip() and kind is not None and language is not None:
        problem = language.problem(value, kind)
        if problem is not None:
            yield (*at, "value"), f"{problem} (kind {kind.value}), got {shown(value)}"
    if isinstance(spoken, str) and not can_be_said(spoken):
        yield (*at, "spoken"), f"expected words to say, got {shown(spoken)}"


def _kind(fact: Mapping[str, Any]) -> ValueKind | None:
    try:
        return ValueKind(fact.get("kind", ValueKind.TEXT.value))
    except ValueError:  # the model's own check has the words for it
        return None


def _unsayable(data: Mapping[str, Any]) -> Found:
    for place, words in _said(data):
        if place[-1] != "pause" and words.strip() and not can_be_said(words):
            yield place, f"no voice can say {shown(words)}; write words"


def _said(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    for part in ("turns", "answers"):
        for number, item in items(data, part):
            for key in SAID:
                yield from texts(item.get(key), (part, number, key))
    yield from others_words(data)


def _facts(data: Mapping[str, Any]) -> Found:
    facts = mapping(data, "facts")
    known = {**facts, **mapping(mapping(data, "stored"), "facts")}
    yield from _names(data, known)
    used = {name for _, name in _named_facts(data)}
    meant = {nearest(name, known) for name in used - known.keys()}
    for name in facts:
        if not _FACT_NAME.fullmatch(name):
            yield ("facts", name), f"expected a name of letters, digits and _, got {name!r}"
        elif name not in used and name not in meant:  # else the misspelt name is the fault
            yield ("facts", name), f"nothing uses this fact; write {{{name}}} where it is said"


def _names(data: Mapping[str, Any], facts: Mapping[str, Any]) -> Found:
    """Check that what stands in braces is a fact; a name that is not is reported once."""
    places: dict[str, list[KeyPath]] = {}
    for key, name in _named_facts(data):
        if name not in facts:
            places.setdefault(name, []).append(key)
    for name, found in places.items():
        more = len(found) - 1
        others = f", also in {more} more {'place' if more == 1 else 'places'}" if more else ""
        yield found[0], unknown("fact", name, facts) + others
    yield from _braces(texts_with_facts(data))


def _braces(filled: Iterable[tuple[KeyPath, str]]) -> Found:
    for key, text in filled:
        if set("{}") & set(PLACEHOLDER.sub("", text)):
            yield key, f"a brace that belongs to no {{fact}}, in {shown(text)}"


def _named_facts(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    for key, text in texts_with_facts(data):
        for name in PLACEHOLDER.findall(text):
            yield key, name
    for number, answer in items(data, "answers"):
        wrong = answer.get("if_agent_says_wrong")
        if isinstance(wrong, str):
            yield ("answers", number, "if_agent_says_wrong"), wrong


def _cut_off(
    data: Mapping[str, Any], turn: Mapping[str, Any], language: Language | None, at: KeyPath
) -> Found:
    cut, say = mapping(turn, "cut_off"), turn.get("say")
    if isinstance(say, str):
        yield from _cut_characters(data, say, cut.get("after_chars"), (*at, "after_chars"))
        words = None if language is None else _spoken_words(data, say, language)
        yield from _cut_words(words, cut.get("after_word"), (*at, "after_word"))


def _cut_characters(data: Mapping[str, Any], say: str, count: object, at: KeyPath) -> Found:
    if not isinstance(count, int):
        return
    names = PLACEHOLDER.findall(say)
    if not names:
        yield at, f"counts the characters of a {{fact}}, but there is none in {shown(say)}"
        return
    value = mapping(mapping(data, "facts"), names[0]).get("value")
    length = len(re.findall(r"[^\W_]", value)) if isinstance(value, str) else None
    if length is not None and count >= length:
        yield at, f"cuts nothing off: {names[0]} has only {length} letters and digits, got {count}"


def _cut_words(words: int | None, count: object, at: KeyPath) -> Found:
    if isinstance(count, int) and words is not None and count >= words:
        yield at, f"cuts nothing off: the line has only {words} words as it is spoken, got {count}"


def _spoken_words(data: Mapping[str, Any], say: str, language: Language) -> int | None:
    """Return how many words a line has in the caller's mouth, None if its facts are faulty."""
    facts = mapping(data, "facts")
    spoken = say
    for name in PLACEHOLDER.findall(say):
        fact = mapping(facts, name)
        value, kind = fact.get("value"), _kind(fact)
        if not isinstance(value, str) or kind is None or language.problem(value, kind) is not None:
            return None
        said = fact.get("spoken")
        words = said if isinstance(said, str) else language.speak(value, kind)
        spoken = spoken.replace(f"{{{name}}}", words)
    return len(spoken.split())
