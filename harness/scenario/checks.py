"""Faults that need more than one key to see: unknown facts and tools, contradictions, no effect.

The checks read the plain data of a file, not the finished models, and step over anything of the
wrong shape: so they find theirs even where a type fault elsewhere keeps the model from being made,
and a writer sees every fault of a file at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.scenario.document import KeyPath
from harness.scenario.expressions import problem_of
from harness.scenario.fields import seconds
from harness.scenario.model import Limits, Suite, ToolKind, ToolSpec
from harness.scenario.wording import did_you_mean, listed, shown

Found = Iterator[tuple[KeyPath, str]]
"""Places and what is wrong with them."""

PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
"""``{name}`` in a text."""

_FACT_NAME = re.compile(r"[A-Za-z_]\w*")


def scenario_faults(data: Mapping[str, Any], suite: Suite | None) -> Found:
    """Check one scenario; ``suite`` is None when the suite itself is faulty (no tool checks)."""
    yield from _facts(data)
    yield from _turns(data)
    yield from _beds(data)
    yield from _expressions(data)
    yield from _limits(data)
    if suite is not None:
        tools = {tool.name: tool for tool in suite.tools}
        yield from _mocks(data, tools)
        yield from _expected_tools(data, tools)
        yield from _escalation(data, tools)


def mock_faults(mocks: object, tool: ToolSpec, at: KeyPath) -> Found:
    """Check the mocks of one tool, a single one or a list, that stand at ``at``."""
    known = argument_names(tool.parameters)
    listing = isinstance(mocks, list)
    for number, mock in enumerate(mocks if isinstance(mocks, list) else [mocks]):
        if not isinstance(mock, dict):
            continue
        place = (*at, number) if listing else at
        for name, value in _mapping(mock, "when").items():
            if name not in known:
                yield (*place, "when", name), _no_argument(name, tool.name, known)
            elif isinstance(value, str) and PLACEHOLDER.search(value):
                yield (*place, "when", name), f"expected a plain value, got {shown(value)}"
        for key, text in _texts(mock.get("returns"), (*place, "returns")):
            for name in PLACEHOLDER.findall(text):
                if name not in known:
                    yield key, _no_argument(name, tool.name, known)


def argument_names(parameters: object) -> tuple[str, ...]:
    """Names of the arguments that a tool's JSON Schema lists."""
    found = parameters.get("properties") if isinstance(parameters, dict) else None
    return tuple(found) if isinstance(found, dict) else ()


def expression_fault(text: object) -> str | None:
    """Say why a text is no regular expression; None when it is one (or no text at all)."""
    problem = problem_of(text) if isinstance(text, str) else None
    return f"not a regular expression: {problem}, in {shown(text)}" if problem else None


def _no_argument(name: str, tool: str, known: Iterable[str]) -> str:
    known = tuple(known)
    return f"{tool} has no argument {name!r}; it has: {listed(known)}{did_you_mean(name, known)}"


def _unknown(kind: str, name: object, known: Iterable[str]) -> str:
    known = tuple(known)
    return f"unknown {kind} {shown(name)}; known: {listed(known)}{did_you_mean(name, known)}"


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _items(data: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    value = data.get(key)
    for number, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, dict):
            yield number, item


def _texts(value: object, key: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    """Every text inside a value, however deep, with its place."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, (*key, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*key, number))


def _texts_with_facts(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    for part in ("turns", "answers"):
        for number, item in _items(data, part):
            yield from _texts(item.get("say"), (part, number, "say"))
    for number, tool in _items(_mapping(data, "expect"), "tools"):
        yield from _texts(tool.get("arguments"), ("expect", "tools", number, "arguments"))


def _facts(data: Mapping[str, Any]) -> Found:
    facts, used = _mapping(data, "facts"), set()
    for key, name in _named_facts(data):
        used.add(name)
        if name not in facts:
            yield key, _unknown("fact", name, facts)
    for key, text in _texts_with_facts(data):
        if set("{}") & set(PLACEHOLDER.sub("", text)):
            yield key, f"a brace that belongs to no {{fact}}, in {shown(text)}"
    for name in facts:
        if not _FACT_NAME.fullmatch(name):
            yield ("facts", name), f"expected a name of letters, digits and _, got {name!r}"
        elif name not in used:
            yield ("facts", name), f"nothing uses this fact; write {{{name}}} where it is said"


def _named_facts(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    for key, text in _texts_with_facts(data):
        for name in PLACEHOLDER.findall(text):
            yield key, name
    for number, answer in _items(data, "answers"):
        wrong = answer.get("if_agent_says_wrong")
        if isinstance(wrong, str):
            yield ("answers", number, "if_agent_says_wrong"), wrong


def _turns(data: Mapping[str, Any]) -> Found:
    for number, turn in _items(data, "turns"):
        at: KeyPath = ("turns", number)
        if number == 0 and turn.get("barge_in") is not None:
            problem = "nobody speaks yet, so the first turn cannot barge in"
            yield (*at, "barge_in"), problem
        yield from _cut_off(data, turn, (*at, "cut_off", "after_chars"))
        for key, length in (
            ((*at, "silence"), turn.get("silence")),
            ((*at, "noise_only", "for"), _mapping(turn, "noise_only").get("for")),
        ):
            if _number(length) == 0:
                yield key, "expected more than 0 seconds"


def _cut_off(data: Mapping[str, Any], turn: Mapping[str, Any], key: KeyPath) -> Found:
    count, say = _mapping(turn, "cut_off").get("after_chars"), turn.get("say")
    if not isinstance(count, int) or not isinstance(say, str):
        return
    names = PLACEHOLDER.findall(say)
    if not names:
        yield key, f"counts the characters of a {{fact}}, but there is none in {shown(say)}"
        return
    value = _mapping(_mapping(data, "facts"), names[0]).get("value")
    if isinstance(value, str) and count >= len(value):
        yield key, f"cuts nothing off: {names[0]} has only {len(value)} characters, got {count}"


def _beds(data: Mapping[str, Any]) -> Found:
    from harness.audio.noise import BEDS  # late: it brings numpy, and --help must stay quick

    places: list[tuple[KeyPath, object]] = [
        (("caller", "noise", "bed"), _mapping(_mapping(data, "caller"), "noise").get("bed"))
    ]
    for number, turn in _items(data, "turns"):
        bed = _mapping(turn, "noise_only").get("bed")
        places.append((("turns", number, "noise_only", "bed"), bed))
    for key, bed in places:
        if isinstance(bed, str) and bed not in BEDS:
            yield key, _unknown("noise bed", bed, sorted(BEDS))


def _expressions(data: Mapping[str, Any]) -> Found:
    for number, answer in _items(data, "answers"):
        if problem := expression_fault(answer.get("if_agent_asks")):
            yield ("answers", number, "if_agent_asks"), problem
    for number, turn in _items(data, "turns"):
        if problem := expression_fault(_mapping(turn, "barge_in").get("on_text")):
            yield ("turns", number, "barge_in", "on_text"), problem


def _number(value: object) -> float | None:
    try:
        number = seconds(value)
    except ValueError:  # the model's own check has the words for it
        return None
    return number if isinstance(number, float) else None


# Each row: a limit must not be below another one. The defaults stand in the model.
_ORDER = (
    ("time_to_first_audio_with_tool_s", "time_to_first_audio_s"),
    ("answer_timeout_s", "time_to_first_audio_with_tool_s"),
    ("call_s", "answer_timeout_s"),
)


def _limits(data: Mapping[str, Any]) -> Found:
    given = _mapping(data, "limits")
    values = {
        name: _number(given.get(name, getattr(Limits(), name))) for row in _ORDER for name in row
    }
    for name in given:
        if values.get(name) == 0:
            yield ("limits", name), "expected more than 0 seconds"
    for longer, shorter in _ORDER:
        high, low = values[longer], values[shorter]
        if high is not None and low is not None and high < low and {longer, shorter} & set(given):
            named = longer if longer in given else shorter
            yield ("limits", named), f"{longer} ({high:g} s) is below {shorter} ({low:g} s)"


def _mocks(data: Mapping[str, Any], tools: Mapping[str, ToolSpec]) -> Found:
    for name, mocks in _mapping(data, "mocks").items():
        if name not in tools:
            yield ("mocks", name), _unknown("tool", name, tools)
        else:
            yield from mock_faults(mocks, tools[name], ("mocks", name))


def _expected_tools(data: Mapping[str, Any], tools: Mapping[str, ToolSpec]) -> Found:
    expect = _mapping(data, "expect")
    never = expect.get("never")
    never = never if isinstance(never, list) else []
    for number, name in enumerate(never):
        if isinstance(name, str) and name not in tools:
            yield ("expect", "never", number), _unknown("tool", name, tools)
    for number, call in _items(expect, "tools"):
        at: KeyPath = ("expect", "tools", number)
        name = call.get("name")
        if not isinstance(name, str):
            continue
        if name not in tools:
            yield (*at, "name"), _unknown("tool", name, tools)
            continue
        if name in never:
            yield (*at, "name"), f"{name} is expected here and stands in 'never' too"
        known = argument_names(tools[name].parameters)
        for argument in _mapping(call, "arguments"):
            if argument not in known:
                yield (*at, "arguments", argument), _no_argument(argument, name, known)


def _escalation(data: Mapping[str, Any], tools: Mapping[str, ToolSpec]) -> Found:
    expect = _mapping(data, "expect")
    escalating = [name for name, tool in tools.items() if tool.kind is ToolKind.ESCALATE]
    due = expect.get("escalation", "none")
    if due == "none":
        for number, call in _items(expect, "tools"):
            if call.get("name") in escalating:
                problem = "hands over, but expect.escalation is 'none'"
                yield ("expect", "tools", number, "name"), problem
    if not isinstance(due, dict):
        return
    tool, turn = due.get("tool", "escalate_to_human"), due.get("due_after_turn")
    at: KeyPath = ("expect", "escalation")
    if isinstance(tool, str) and tool not in escalating:
        known = f"; tools of kind escalate: {listed(escalating)}{did_you_mean(tool, escalating)}"
        yield (*at, "tool"), f"{tool!r} is no tool that hands over{known}"
    never = expect.get("never")
    if isinstance(never, list) and tool in never:
        yield (*at, "tool"), f"{tool} is due here and stands in 'never' too"
    turns = data.get("turns")
    count = len(turns) if isinstance(turns, list) else 0
    if isinstance(turn, int) and turn > count > 0:
        yield (*at, "due_after_turn"), f"the script has only {count} turns, got {turn}"
