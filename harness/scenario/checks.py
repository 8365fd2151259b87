"""Faults that need more than one key to see: unknown facts and tools, contradictions, no effect.

The checks read the plain data of a file, not the finished models, and step over anything of the
wrong shape: so they find theirs even where a type fault elsewhere keeps the model from being made,
and a writer sees every fault of a file at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

from harness.language.language import Language
from harness.language.values import can_be_said
from harness.scenario.document import KeyPath
from harness.scenario.expressions import expression_fault, proof_fault, search
from harness.scenario.fact_checks import fact_faults, given_fact_faults
from harness.scenario.list_checks import list_faults
from harness.scenario.model import Limits
from harness.scenario.pieces import (
    Found,
    expected_calls,
    expected_words,
    items,
    mapping,
    unknown,
)
from harness.scenario.tool_checks import KnownTool, tool_faults
from harness.scenario.turn_checks import number_of, silence_faults, turn_faults
from harness.scenario.voice_checks import codec_faults, voice_faults
from harness.scenario.wording import shown, turns_text

_CHOICE = re.compile(r"\(\?:([^()]*)\)|\(([^()?][^()]*)\)")
_SPECIAL = re.compile(r"[\\.^$*+?{}\[\]()|]")
_PLACED = re.compile(r"\^|\$|\\[bBAZ]|\(\?[=!<]")
"""What ties an expression to a place in the text: then it need not match a longer one."""

_MOST_WAYS = 64
_CONDITIONS = ("if_agent_asks", "if_agent_says_wrong", "if_silent_for")


def answer_faults(data: Mapping[str, Any]) -> Found:
    """Check the answers of a file, in order.

    Where an earlier answer's ``times`` is written, what follows it may well be meant for later.
    """
    earlier: list[tuple[int, Mapping[str, Any]]] = []
    for number, answer in items(data, "answers"):
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
    """Whether an answer's condition holds only where an earlier one's holds too."""
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
    if earlier.lower() == later.lower() or search(earlier, ""):
        return True
    ways = _texts_of(later)
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
    return ways if len(ways) <= _MOST_WAYS and all(ways) else []


def scenario_faults(
    data: Mapping[str, Any],
    tools: Mapping[str, KnownTool] | None,
    language: Language | None,
    path: Path,
) -> Found:
    """Check one scenario; ``tools`` are its suite's, None where there is no suite to be read.

    So is ``language``; without one, values are not looked into. ``path`` is the scenario's file,
    near which recorded voices are looked for.
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
"""Keys that tell how a call is made."""


def _called_or_stored(data: Mapping[str, Any]) -> Found:
    """Check that a scenario has a script, or is one for calls that were made elsewhere."""
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
    """Check the facts, answers and limits that a suite gives to its scenarios."""
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
    """Check what must be heard, and what never: places, patterns, contradictions."""
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
                yield (*key, "turn"), f"the script has only {turns_text(count)}, got {turn}"
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
    """Check the turns that nobody must answer: those in which the caller says nothing."""
    expect, turns = mapping(data, "expect"), data.get("turns")
    script = turns if isinstance(turns, list) else []
    named = expect.get("quiet")
    for number, turn in enumerate(named if isinstance(named, list) else []):
        place: KeyPath = ("expect", "quiet", number)
        if not isinstance(turn, int) or turn < 1 or not script:
            continue
        if turn > len(script):
            yield place, f"the script has only {turns_text(len(script))}, got {turn}"
        elif isinstance(script[turn - 1], dict) and "say" in script[turn - 1]:
            yield place, f"turn {turn} says something; turns of silence and noise need no answer"


# Each row: a limit must not be below another one. The defaults stand in the model.
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
        if high is not None and low is not None and high < low and {longer, shorter} & set(given):
            named = longer if longer in given else shorter
            yield ("limits", named), f"{longer} ({high:g} s) is below {shorter} ({low:g} s)"
