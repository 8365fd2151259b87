"""Two values side by side, with the characters that differ: ORD-4715B, ORD-47[8]5B.

What is compared are letters and digits, case ignored; dashes and spaces only stand between them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

from harness.language.language import Language
from harness.language.values import Found, ValueKind
from harness.report.run.transcript import TranscriptLine
from harness.results.model import CallResult

Pieces = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it differs."""


@dataclass(frozen=True, slots=True)
class Witness:
    """What one of those who spoke, heard or acted took the value for."""

    who: str
    pieces: Pieces
    differs: bool


@dataclass(frozen=True, slots=True)
class ComparedValue:
    """One exact value of the caller, and what became of it."""

    argument: str
    expected: Pieces
    """What the caller gave; marked is what the first other value has not."""
    witnesses: tuple[Witness, ...]


def differing(given: str, expected: str) -> Pieces:
    """Return ``given`` in pieces; what is missing from it differs in ``expected`` only."""
    signs = [sign.casefold() for sign in given if sign.isalnum()]
    other = iter(_other(signs, [sign.casefold() for sign in expected if sign.isalnum()]))
    each = [(sign, sign.isalnum() and next(other)) for sign in given]
    return tuple(
        ("".join(sign for sign, _ in run), differs)
        for differs, run in groupby(each, key=lambda pair: pair[1])
    )


def _solid(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _other(given: Sequence[str], wanted: Sequence[str]) -> list[bool]:
    if len(given) == len(wanted):
        return [a != b for a, b in zip(given, wanted, strict=True)]
    same = [False] * len(given)
    for block in SequenceMatcher(None, given, wanted, autojunk=False).get_matching_blocks():
        same[block.a : block.a + block.size] = [True] * block.size
    return [not one for one in same]


def compared_values(
    call: CallResult,
    scenario: Mapping[str, Any],
    lines: Sequence[TranscriptLine],
    language: Language | None,
) -> tuple[ComparedValue, ...]:
    """Return the caller's exact values of which another one was said, heard or used.

    They are those that the scorer of entity confirmation compared, beside what the scenario says.
    Without the call's language, nothing is told of what a recognizer heard.
    """
    return tuple(dict.fromkeys(_compared(call, scenario, lines, language)))


def _compared(
    call: CallResult,
    scenario: Mapping[str, Any],
    lines: Sequence[TranscriptLine],
    language: Language | None,
) -> Iterator[ComparedValue]:
    for score in call.scores:
        values = score.details.get("values")
        if score.scorer != "entity_confirmation" or not isinstance(values, list):
            continue
        backs = [span for span in score.evidence if span.label == "read-back"]
        heard = " ".join(
            line.recognized or ""
            for line in lines
            if any(line.start_s < back.end_s and back.start_s < line.end_s for back in backs)
        )
        heard_ids = () if language is None else language.find(heard, ValueKind.ID)
        for value in values:
            if isinstance(value, Mapping) and (found := _against(value, scenario, heard_ids)):
                yield found


def _against(
    value: Mapping[str, Any], scenario: Mapping[str, Any], heard: tuple[Found, ...]
) -> ComparedValue | None:
    used, back = str(value.get("value") or ""), str(value.get("read_back") or "")
    tool, argument = str(value.get("tool") or ""), str(value.get("argument") or "")
    wanted = wanted_values(scenario, tool, argument)
    if not wanted or not used:
        return None
    expected = max(wanted, key=lambda one: SequenceMatcher(None, one, used).ratio())
    others = value.get("instead")
    backs = [back, *(str(one) for one in (others if isinstance(others, list) else ()))]
    told = [
        *(("agent read back", one) for one in dict.fromkeys(backs)),
        (f"{tool} was called with", used),
    ]
    if value.get("witness") == "disagree":
        told.insert(1, ("recognizer heard", _heard_value(heard, back or used)))
    witnesses = tuple(_witness(who, text, expected) for who, text in told if text)
    first = next((text for _, text in told if text and _solid(text) != _solid(expected)), None)
    if first is None:
        return None
    return ComparedValue(argument, differing(expected, first), witnesses)


def _witness(who: str, text: str, expected: str) -> Witness:
    shown = _like(text, expected)
    return Witness(who, differing(shown, expected), _solid(text) != _solid(expected))


def _heard_value(heard: tuple[Found, ...], claimed: str) -> str:
    """Return the value that a recognizer heard where it claimed another, empty if none is clear."""
    found = [one.value for one in heard if one.value != claimed]
    alike = [one for one in found if len(one) == len(claimed)]
    return max(alike, key=lambda one: SequenceMatcher(None, one, claimed).ratio(), default="")


def wanted_values(scenario: Mapping[str, Any], tool: str, argument: str) -> tuple[str, ...]:
    """Return what an argument may be: by the expected calls of the tool, else by its fact."""
    facts = _mapping(scenario.get("facts"))
    expected = _mapping(scenario.get("expect")).get("tools") or ()
    wanted = [
        str(given)
        for one in expected
        if isinstance(one, Mapping) and one.get("name") == tool
        for name, given in _mapping(one.get("arguments")).items()
        if name == argument and isinstance(given, str)
    ]
    if not wanted and argument in facts:
        wanted = [f"{{{argument}}}"]
    return tuple(_filled(text, facts) for text in wanted)


def _filled(text: str, facts: Mapping[str, Any]) -> str:
    for name, fact in facts.items():
        text = text.replace(f"{{{name}}}", str(_mapping(fact).get("value", "")))
    return text


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _like(value: str, expected: str) -> str:
    """Return a value with the dashes and spaces of another, where they fit."""
    solid = [sign for sign in expected if sign.isalnum()]
    if len(solid) != len(value) or not value.isalnum():
        return value
    left = iter(value)
    return "".join(next(left) if sign.isalnum() else sign for sign in expected)
