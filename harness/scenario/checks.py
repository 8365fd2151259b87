"""Faults that involve more than a single key: facts, tools, lists, contradictions.

The checks read the plain data of a file, not the finished models, and skip any value of the wrong
shape: so they find their faults even if a type error elsewhere prevents the model, and a writer
sees every fault of a file at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

from harness.language.language import Language
from harness.language.values import ValueKind, can_be_said
from harness.scenario.document import KeyPath
from harness.scenario.fault_text import (
    PLACEHOLDER,
    SAID,
    Found,
    expected_calls,
    expected_words,
    expression_fault,
    items,
    mapping,
    nearest,
    others_words,
    proof_fault,
    record_texts,
    search,
    shown,
    texts,
    texts_with_facts,
    twice,
    unknown,
)
from harness.scenario.model import Limits
from harness.scenario.tool_checks import KnownTool, tool_faults
from harness.scenario.turn_checks import (
    codec_faults,
    number_of,
    silence_faults,
    turn_faults,
    voice_faults,
)
from harness.text import counted, noun

# Faults of facts and of the lines that say them: values, names, braces, cuts without effect.

_FACT_NAME = re.compile(r"[A-Za-z_]\w*")


def fact_faults(data: Mapping[str, Any], language: Language | None) -> Found:
    """Check the facts of a scenario and every use of them.

    Without a language, the format of values is not checked.
    """
    yield from _facts(data)
    for name, fact in mapping(data, "facts").items():
        if isinstance(fact, dict):
            yield from _value(fact, language, ("facts", name))
    yield from _unsayable(data)
    for number, turn in items(data, "turns"):
        yield from _cut_off(data, turn, language, ("turns", number, "cut_off"))


def given_fact_faults(suite: Mapping[str, Any], language: Language | None) -> Found:
    """Check a suite's facts, and its answers: these may name no other facts."""
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
    except ValueError:  # the model's own check reports it
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
    # A misspelt use would otherwise be reported twice: as unknown, and the fact as unused.
    meant = {nearest(name, known) for name in used - known.keys()}
    for name in facts:
        if not _FACT_NAME.fullmatch(name):
            yield ("facts", name), f"expected a name of letters, digits and _, got {name!r}"
        elif name not in used and name not in meant:  # else the misspelt name is the fault
            yield ("facts", name), f"nothing uses this fact; write {{{name}}} where it is said"


def _names(data: Mapping[str, Any], facts: Mapping[str, Any]) -> Found:
    """Check that each name in braces is a fact; an unknown name is reported once."""
    places: dict[str, list[KeyPath]] = {}
    for key, name in _named_facts(data):
        if name not in facts:
            places.setdefault(name, []).append(key)
    for name, found in places.items():
        more = len(found) - 1
        others = f", also in {more} more {noun(more, 'place')}" if more else ""
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
    """Return how many words a line has as the caller says it, None if its facts are faulty."""
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


# Lists of names with duplicates, or with names that could never be requested.

_EXPECTED = ("never", "quiet", "says", "never_says")


def list_faults(data: Mapping[str, Any]) -> Found:
    """Check the lists of a scenario."""
    tags = data.get("tags")
    yield from twice(tags, ("tags",))
    for number, tag in enumerate(tags if isinstance(tags, list) else []):
        if isinstance(tag, str) and "," in tag:
            problem = "a comma stands between tags where they are chosen; write two tags"
            yield ("tags", number), f"{problem}, got {shown(tag)}"
    for name in _EXPECTED:
        yield from twice(mapping(data, "expect").get(name), ("expect", name))
    for number, turn in items(data, "turns"):
        at = ("turns", number, "session_update", "tools")
        yield from twice(mapping(turn, "session_update").get("tools"), at)


_CHOICE = re.compile(r"\(\?:([^()]*)\)|\(([^()?][^()]*)\)")
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]()|]")
_PLACED = re.compile(r"\^|\$|\\[bBAZ]|\(\?[=!<]")
"""Anchors an expression to a place in the text: then it need not match a longer text."""

_MOST_WAYS = 64
_CONDITIONS = ("if_agent_asks", "if_agent_says_wrong", "if_silent_for")


def answer_faults(data: Mapping[str, Any]) -> Found:
    """Check the answers of a file, in order.

    If an earlier answer has ``times``, the answers after it may be meant for later.
    """
    earlier: list[tuple[int, Mapping[str, Any]]] = []
    for number, answer in items(data, "answers"):
        # The first answer whose condition holds is given, so a later one that it covers is never
        # reached.
        for place, first in earlier:
            if "times" not in first and _hides(first, answer):
                problem = (
                    f"answers[{place}] is always given first; put this one before it, or say in "
                    f"answers[{place}] how often it may be used (times: 1)"
                )
                key = next(key for key in _CONDITIONS if key in answer)
                yield ("answers", number, key), f"{problem}, got {shown(answer[key])}"
                break
        earlier.append((number, answer))


def _hides(first: Mapping[str, Any], answer: Mapping[str, Any]) -> bool:
    """Return whether an answer's condition holds only if an earlier answer's also holds."""
    wrong = answer.get("if_agent_says_wrong")
    if wrong is not None:
        return bool(first.get("if_agent_says_wrong") == wrong)
    silent_s, sooner_s = (number_of(each.get("if_silent_for")) for each in (answer, first))
    if silent_s is not None:
        return sooner_s is not None and sooner_s <= silent_s
    earlier, later = first.get("if_agent_asks"), answer.get("if_agent_asks")
    if not isinstance(earlier, str) or not isinstance(later, str):
        return False
    if expression_fault(earlier) or expression_fault(later):
        return False
    # An expression that finds the empty text finds everything.
    if earlier.lower() == later.lower() or search(earlier, ""):
        return True
    ways = _texts_of(later)
    # An anchored expression may miss a longer text than the one that is tried here.
    if not ways or _PLACED.search(earlier):
        return False
    return all(search(earlier, way) for way in ways)


def _texts_of(expression: str) -> list[str]:
    """Return all texts that a plain expression finds ("is that (right|correct)"), else none."""
    parts: list[list[str]] = []
    at = 0
    for choice in _CHOICE.finditer(expression):
        inner = choice[1] if choice[1] is not None else choice[2]
        parts += [[expression[at : choice.start()]], inner.split("|")]
        at = choice.end()
    parts.append([expression[at:]])
    if at == 0:
        parts = [expression.split("|")]
    if any(_SPECIAL.search(text) for texts in parts for text in texts):
        return []
    ways = ["".join(way) for way in product(*parts)]
    # An expression with more choices is not judged: silence is better than a wrong fault.
    return ways if len(ways) <= _MOST_WAYS and all(ways) else []


def scenario_faults(
    data: Mapping[str, Any],
    tools: Mapping[str, KnownTool] | None,
    language: Language | None,
    path: Path,
) -> Found:
    """Check a scenario; ``tools`` are its suite's, None if the suite cannot be read.

    So is ``language``; without a language, values are not checked. ``path`` is the scenario's file;
    recorded voices are searched for near it.
    """
    yield from fact_faults(data, language)
    yield from _called_or_stored(data)
    yield from list_faults(data)
    yield from turn_faults(data)
    yield from silence_faults(data)
    yield from _beds(data)
    yield from _expressions(data)
    yield from _words(data)
    yield from _quiet(data)
    yield from _limits(data)
    yield from answer_faults(data)
    yield from voice_faults(data, path)
    yield from codec_faults(mapping(data, "caller"), ("caller",))
    if tools is not None and language is not None:
        yield from tool_faults(data, tools, language)


_OF_A_CALLER = (
    *("history", "turns", "caller", "mocks", "world"),
    *("answers", "opening", "repeat", "seed"),
)
"""Keys that define how a call is made."""


def _called_or_stored(data: Mapping[str, Any]) -> Found:
    """Check that a scenario has a script, or is for calls that were made elsewhere."""
    turns = data.get("turns")
    if data.get("stored") is not None:
        for key in _OF_A_CALLER:
            if key in data:
                yield (key,), "means nothing beside 'stored': these calls were made elsewhere"
        for name in mapping(mapping(data, "stored"), "facts"):
            if name in mapping(data, "facts"):
                yield ("stored", "facts", name), "has a value under 'facts' already"
    elif "turns" not in data:
        yield ("turns",), "this key is required (or 'stored', for calls that are imported)"
    elif turns == []:
        yield ("turns",), "expected a list with at least one item, got nothing"


def _beds(data: Mapping[str, Any]) -> Found:
    from harness.audio.noise import BEDS  # late: it brings numpy, and --help must stay quick

    places: list[tuple[KeyPath, object]] = [
        (("caller", "noise", "bed"), mapping(mapping(data, "caller"), "noise").get("bed"))
    ]
    for number, turn in items(data, "turns"):
        bed = mapping(turn, "noise_only").get("bed")
        places.append((("turns", number, "noise_only", "bed"), bed))
    for key, bed in places:
        if isinstance(bed, str) and bed not in BEDS:
            yield key, unknown("noise bed", bed, sorted(BEDS))


def suite_wide_faults(suite: Mapping[str, Any], language: Language | None) -> Found:
    """Check the facts, answers and limits of a suite for its scenarios."""
    yield from given_fact_faults(suite, language)
    yield from _answer_expressions(suite)
    yield from answer_faults(suite)
    yield from silence_faults(suite)
    yield from _limits(suite)


def _answer_expressions(data: Mapping[str, Any]) -> Found:
    for number, answer in items(data, "answers"):
        if problem := expression_fault(answer.get("if_agent_asks")):
            yield ("answers", number, "if_agent_asks"), problem


def _expressions(data: Mapping[str, Any]) -> Found:
    yield from _answer_expressions(data)
    for place, call in expected_calls(mapping(data, "expect")):
        for name, wanted in mapping(call, "arguments").items():
            if isinstance(wanted, dict) and (problem := expression_fault(wanted.get("matches"))):
                yield (*place, "arguments", name, "matches"), problem


def _words(data: Mapping[str, Any]) -> Found:
    """Check the required and the forbidden phrases: places, patterns, contradictions."""
    expect, turns = mapping(data, "expect"), data.get("turns")
    count = len(turns) if isinstance(turns, list) else 0
    for key, words in expected_words(expect):
        phrases: list[object] = [words] if isinstance(words, str) else []
        if isinstance(words, dict):
            one_of = words.get("one_of")
            phrases = [words.get("phrase"), *(one_of if isinstance(one_of, list) else [])]
            if problem := proof_fault(words.get("matches")):
                yield (*key, "matches"), problem
            turn = words.get("turn")
            if isinstance(turn, int) and turn > count > 0:
                yield (*key, "turn"), f"the script has only {counted(count, 'turn')}, got {turn}"
        for phrase in phrases:
            if isinstance(phrase, str) and phrase.strip() and not can_be_said(phrase):
                yield key, f"no voice can say {shown(phrase)}; write words"
    says, never = expect.get("says"), expect.get("never_says")
    for number, words in enumerate(never if isinstance(never, list) else []):
        if isinstance(says, list) and words in says:
            yield ("expect", "never_says", number), "stands in 'says' too"
    if expect.get("reply") == "none" and says:
        yield ("expect", "says"), "the agent must stay quiet: expect.reply is 'none'"


def _quiet(data: Mapping[str, Any]) -> Found:
    """Check the turns that must stay unanswered: those in which the caller is silent."""
    expect, turns = mapping(data, "expect"), data.get("turns")
    script = turns if isinstance(turns, list) else []
    named = expect.get("quiet")
    for number, turn in enumerate(named if isinstance(named, list) else []):
        place: KeyPath = ("expect", "quiet", number)
        if not isinstance(turn, int) or turn < 1 or not script:
            continue
        if turn > len(script):
            yield place, f"the script has only {counted(len(script), 'turn')}, got {turn}"
        elif isinstance(script[turn - 1], dict) and "say" in script[turn - 1]:
            yield place, f"turn {turn} says something; turns of silence and noise need no answer"


# Each row: a limit must not be below another limit. The model has the defaults.
_ORDER = (
    ("time_to_first_audio_with_tool_s", "time_to_first_audio_s"),
    ("answer_timeout_s", "time_to_first_audio_with_tool_s"),
    ("call_s", "answer_timeout_s"),
)


def _limits(data: Mapping[str, Any]) -> Found:
    given = mapping(data, "limits")
    values = {
        name: number_of(given.get(name, getattr(Limits(), name))) for row in _ORDER for name in row
    }
    for name in given:
        if values.get(name) == 0:
            yield ("limits", name), "expected more than 0 seconds"
    for longer, shorter in _ORDER:
        high, low = values[longer], values[shorter]
        # The defaults are in order, so a fault needs a limit that the file itself sets.
        if high is not None and low is not None and high < low and {longer, shorter} & set(given):
            named = longer if longer in given else shorter
            yield ("limits", named), f"{longer} ({high:g} s) is below {shorter} ({low:g} s)"
