"""The expectations of a call: its scenario as it was understood, with the lines that failed.

The recording holds the whole scenario, so the page needs no other file. Default values of the
scenario are left out, unless a verdict depends on them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from harness.judging.scorers.registry import limits_of
from harness.recording.provenance import Manifest
from harness.report import figures
from harness.report.run.score_cards import GRAVITY
from harness.results.model import CallResult, ScoreResult
from harness.scenario.model import Scenario

Path = tuple[str | int, ...]

_SHOWN = ("today", "facts", "caller", "mocks", "turns", "answers", "expect", "limits", "scorers")
"""Name, description, tags, repeat and seed are at the top of the page."""
_RULES = (
    "kind",
    "preamble",
    "exact",
    "separators",
    "unspoken",
    "says",
    "consequence",
    "kinds",
    "say",
)
"""Rules and facts of a tool in a suite."""
_OF_ALL_CALLS = ("today", "digit_by_digit")
"""Keys of a suite for the vocabulary of all calls."""
_PLAIN = re.compile(r"[A-Za-z_](?:[\w ./-]*[\w./-])?")
_NOT_TEXT = frozenset(("true", "false", "null", "yes", "no", "on", "off"))
_FLOW = 88
"""Longest line of a list or mapping that is written on a single line."""


@dataclass(frozen=True, slots=True)
class ExpectedLine:
    """A line of the scenario; ``marks`` are the verdicts that it led to: (outcome, scorer)."""

    indent: int
    text: str
    marks: tuple[tuple[str, str], ...] = ()
    note: str = ""

    @property
    def tone(self) -> str:
        """The worst of its verdicts, empty if it has no problem."""
        return min((outcome for outcome, _ in self.marks), key=GRAVITY.index, default="")


def expected(
    call: CallResult,
    manifest: Manifest,
    turns_spoken: Iterable[int],
    *,
    left_out: Iterable[int] = (),
) -> tuple[ExpectedLine, ...]:
    """Return the scenario of a call in lines; empty if the recording has no scenario.

    ``turns_spoken`` are the indexes of the turns that the caller came to, ``left_out`` of those
    that it did not take.
    """
    whole, given = _read(manifest)
    marks = _marks(call, whole, manifest)
    reached = set(turns_spoken)
    missed: dict[Path, str] = {
        ("turns", place): "the call did not come to this"
        for place in range(len(whole.get("turns") or ()))
        if place not in reached
    }
    missed |= {("turns", turn): "left out: what it asks for had not happened" for turn in left_out}
    writer = _Writer(marks, missed)
    tree = {name: whole[name] for name in _SHOWN if name in whole}
    lines = writer.mapping(tree, given, at=(), indent=0)
    tools = _tools(manifest, marks)
    if tools:
        told = {name: manifest.suite.get(name) for name in _OF_ALL_CALLS}
        lines += [ExpectedLine(0, "suite:")]
        lines += [
            ExpectedLine(1, f"{name}: {flow(told[name])}") for name in told if _says(told, name)
        ]
        lines += [ExpectedLine(1, "tools:")]
        lines += writer.mapping(tools, tools, at=("suite",), indent=2)
    return tuple(lines)


def _read(manifest: Manifest) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the stored scenario with and without default values."""
    stored = dict(manifest.scenario)
    try:
        scenario = Scenario.of(stored)
    except (ValidationError, TypeError):  # of another version: shown as it is
        return stored, stored
    manner: dict[str, Any] = {"mode": "json", "by_alias": True, "exclude_none": True}
    return scenario.model_dump(**manner), scenario.model_dump(exclude_defaults=True, **manner)


def _tools(manifest: Manifest, marks: Mapping[Path, object]) -> dict[str, Any]:
    """Return the suite's rules for the tools that a verdict names."""
    tools = manifest.suite.get("tools") or ()
    return {
        str(tool["name"]): {rule: tool[rule] for rule in _RULES if _says(tool, rule)}
        for tool in tools
        if isinstance(tool, Mapping) and ("suite", tool.get("name")) in marks
    }


def _says(told: Mapping[str, Any], name: str) -> bool:
    """Return whether a suite sets a rule; "optional" is the default of every rule but preamble."""
    return bool(told.get(name)) and (name == "preamble" or told[name] != "optional")


# --- which line a verdict depends on -------------------------------------------------------


def _marks(
    call: CallResult, scenario: Mapping[str, Any], manifest: Manifest
) -> dict[Path, tuple[tuple[str, str], ...]]:
    found: dict[Path, dict[str, str]] = {}
    for score in call.scores:
        if score.outcome not in GRAVITY:
            continue
        for place in _places(score, scenario, manifest):
            found.setdefault(place, {})[figures.label(score.scorer)] = score.outcome
    return {place: tuple((o, name) for name, o in at.items()) for place, at in found.items()}


def _places(score: ScoreResult, scenario: Mapping[str, Any], manifest: Manifest) -> Iterator[Path]:
    """Yield the lines that a verdict depends on, none for a scorer that is not known here."""
    if score.scorer == "expectations":
        told = score.details.get("expected")
        if isinstance(told, list):
            yield from dict.fromkeys(
                tuple(one["place"]) if one["place"][0] == "turns" else ("expect", *one["place"])
                for one in told
                if one["outcome"] == score.outcome
            )
        else:  # judged by a version whose verdicts have no places
            yield from _expectations(score.reason, scenario)
    elif score.scorer == "escalation":
        yield ("expect", "escalation")
    elif score.scorer == "entity_confirmation":
        yield from _values(score, scenario)
    yield from _limits(score)
    if isinstance((scenario.get("scorers") or {}).get(score.scorer), Mapping):
        yield ("scorers", score.scorer)
    if score.scorer in ("entity_confirmation", "preamble", "write_confirmation", "escalation"):
        for tool in manifest.suite.get("tools") or ():
            if isinstance(tool, Mapping) and re.search(rf"\b{tool.get('name')}\b", score.reason):
                yield ("suite", str(tool.get("name")))


def _expectations(reason: str, scenario: Mapping[str, Any]) -> Iterator[Path]:
    expect = scenario.get("expect") or {}
    facts = scenario.get("facts") or {}
    found: list[Path] = []
    for place, tool in enumerate(expect.get("tools") or ()):
        asked = ", ".join(f"{k}={_filled(v, facts)}" for k, v in tool.get("arguments", {}).items())
        if f"{tool.get('name')}({asked}) was called" in reason:
            found.append(("expect", "tools", place))
    if any(f"{name} was called and never should be" in reason for name in expect.get("never", ())):
        found.append(("expect", "never"))
    if "should stay quiet" in reason:
        found.append(("expect", "reply"))
    yield from found or [("expect",)]


def _filled(text: object, facts: Mapping[str, Any]) -> str:
    return re.sub(
        r"\{(\w+)\}", lambda m: str((facts.get(m[1]) or {}).get("value", m[0])), str(text)
    )


def _limits(score: ScoreResult) -> Iterator[Path]:
    """Yield the limit of the measured value that a verdict shows."""
    by_kind = limits_of(score.scorer)
    values = (value for one in score.measurements for value in one.values)
    kinds = (one.kind for one in values if one.value == score.value and one.kind in by_kind)
    for kind in [*kinds, *by_kind][:1]:
        yield ("limits", by_kind[kind])


def _values(score: ScoreResult, scenario: Mapping[str, Any]) -> Iterator[Path]:
    values = score.details.get("values")
    expected_tools = (scenario.get("expect") or {}).get("tools") or ()
    for value in values if isinstance(values, list) else ():
        # only values with a problem explain a failure
        if not value.get("problem") and score.outcome == "fail":
            continue
        places: list[Path] = [
            ("expect", "tools", place)
            for place, tool in enumerate(expected_tools)
            if tool.get("name") == value.get("tool")
            and value.get("argument") in tool.get("arguments", {})
        ]
        yield from places or [("facts", str(value.get("argument")))]


# --- writing -------------------------------------------------------------------------------


class _Writer:
    """Writes a tree in the style of handwritten YAML: short values inline, the rest indented."""

    def __init__(
        self, marks: Mapping[Path, tuple[tuple[str, str], ...]], notes: Mapping[Path, str]
    ) -> None:
        self._marks, self._notes = marks, notes

    def mapping(
        self, tree: Mapping[str, Any], given: object, *, at: Path, indent: int
    ) -> list[ExpectedLine]:
        """Return the lines of a mapping: given values, and values that a verdict depends on."""
        lines: list[ExpectedLine] = []
        kept = given if isinstance(given, Mapping) else {}
        for name, value in tree.items():
            place = (*at, name)
            if name in kept:
                lines += self._entry(f"{name}:", value, kept[name], at=place, indent=indent)
            elif self._touched(place):
                lines += self._entry(f"{name}:", value, {}, at=place, indent=indent)
        return lines

    def _entry(
        self, head: str, value: Any, given: object, *, at: Path, indent: int
    ) -> list[ExpectedLine]:
        whole = f"{head} {flow(given if given != {} else value)}"
        note = self._notes.get(at, "")
        leaf = not isinstance(value, Mapping | list) or not value
        if leaf or (len(whole) + 2 * indent <= _FLOW and not self._inside(at) and len(at) > 1):
            note = note or ("by default" if given == {} and leaf else "")
            return [ExpectedLine(indent, whole, self._marks.get(at, ()), note)]
        first = ExpectedLine(indent, head, self._marks.get(at, ()), note)
        if isinstance(value, Mapping):
            inner = self.mapping(value, given, at=at, indent=indent + 1)
            if head != "-" or first.marks:
                return [first, *inner]
            # The dash of a list goes before the first name.
            joined = replace(inner[0], indent=indent, text=f"- {inner[0].text}")
            return [replace(joined, note=joined.note or note), *inner[1:]]
        items: Sequence[Any] = given if isinstance(given, list) else value
        return [
            first,
            *(
                line
                for place, item in enumerate(items)
                for line in self._entry("-", item, item, at=(*at, place), indent=indent + 1)
            ),
        ]

    def _touched(self, at: Path) -> bool:
        return at in self._marks or self._inside(at)

    def _inside(self, at: Path) -> bool:
        known = (*self._marks, *self._notes)
        return any(len(place) > len(at) and place[: len(at)] == at for place in known)


def flow(value: Any) -> str:
    """Return a value on a single line of YAML."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
