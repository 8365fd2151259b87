"""Faults of tools in a file: unknown names, impossible values, contradictions, history.

The suite's tools are read from its plain data, so that a fault in one place of a suite does not
hide the others, or those of its scenarios.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError

from harness.errors import did_you_mean
from harness.language.language import Language
from harness.scenario.argument_checks import expected_argument_faults, value_faults
from harness.scenario.document import KeyPath
from harness.scenario.fault_text import (
    PLACEHOLDER,
    Found,
    expected_calls,
    expected_words,
    items,
    listed,
    mapping,
    shown,
    texts,
    unknown,
)
from harness.scenario.model import RunBy, ToolKind
from harness.scenario.turn_checks import MOMENTS
from harness.scenario.world_checks import own_world_faults
from harness.text import counted

# Faults of a scenario's earlier tool calls (``history``): each must be a tool of the suite.
#
# The agent receives exact JSON, so it is checked against the whole schema of the tool's parameters.
# A text with a ``{fact}`` is always text there: if the schema requires a number, a number in the
# text is accepted.

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "keys and values",
    "array": "a list",
    "null": "nothing",
}
_LIMITS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "text of the form {}",
    "format": "the format {}",
    "const": "{!r}",
}
_NUMERIC = frozenset({"integer", "number"})


def earlier_call_faults(
    item: Mapping[str, Any],
    parameters: Mapping[str, Any],
    facts: Mapping[str, Any],
    at: KeyPath,
) -> Found:
    """Check the ``arguments`` of an entry of ``history``; ``at`` is its place."""
    written, tool = item.get("arguments", {}), str(item.get("tool"))
    if not isinstance(written, dict):
        return  # the model's own check reports it
    known = tuple(mapping(parameters, "properties"))
    for name in written:
        if name not in known:
            near = did_you_mean(name, known)
            problem = f"{tool} has no argument {name!r}; it has: {listed(known)}{near}"
            yield (*at, "arguments", name), problem
    if not _leads_nowhere_else(parameters):
        return
    checker = Draft202012Validator.FORMAT_CHECKER
    given = {name: _filled(value, facts) for name, value in written.items() if name in known}
    for error in Draft202012Validator(parameters, format_checker=checker).iter_errors(given):
        place = tuple(error.absolute_path)
        if not _is_open(error, _at(written, place), facts):
            yield (*at, "arguments", *place), _told(error, tool)


def _leads_nowhere_else(parameters: Mapping[str, Any]) -> bool:
    """Return whether a schema only refers to parts of itself, so that no fetch is needed."""
    own = mapping(parameters, "$defs")
    named = (text for key, text in texts(parameters, ()) if key[-1] == "$ref")
    return all(text.removeprefix("#/$defs/") in own for text in named)


def _filled(value: Any, facts: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda match: _value(match[1], facts) or match[0], value)
    if isinstance(value, dict):
        return {key: _filled(inner, facts) for key, inner in value.items()}
    return [_filled(inner, facts) for inner in value] if isinstance(value, list) else value


def _value(name: str, facts: Mapping[str, Any]) -> str | None:
    value = mapping(facts, name).get("value")
    return value if isinstance(value, str) else None


def _at(written: Any, place: Iterable[str | int]) -> Any:
    for part in place:
        written = written[part]
    return written


def _is_open(error: ValidationError, written: Any, facts: Mapping[str, Any]) -> bool:
    """Return whether an error is undecidable: a fact without a value, or a numeric fact."""
    names = PLACEHOLDER.findall(written) if isinstance(written, str) else []
    if any(_value(name, facts) is None for name in names):
        return True
    wanted: Any = error.validator_value if error.validator == "type" else ()
    types = {wanted} if isinstance(wanted, str) else {*wanted}
    number = re.fullmatch(r"\s*[-+]?\d+(\.\d+)?\s*", str(error.instance))
    return bool(names and types & _NUMERIC and number)


def _told(error: ValidationError, tool: str) -> str:
    kind = str(error.validator)
    wanted: Any = error.validator_value
    if kind == "required":
        # One error for each name that is missing; only its message contains the name.
        missing = next(name for name in wanted if error.message.startswith(repr(name)))
        return f"{tool} needs {missing!r}"
    return f"{tool} cannot take it: {_expected(kind, wanted)}, got {shown(error.instance)}"


def _expected(kind: str, wanted: Any) -> str:
    if kind == "type":
        types = [wanted] if isinstance(wanted, str) else wanted
        return f"expected {' or '.join(_TYPES.get(name, name) for name in types)}"
    if kind == "enum":
        return f"expected one of {listed(map(str, wanted))}"
    if kind in _LIMITS:
        return f"expected {_LIMITS[kind].format(wanted)}"
    return f"its schema says {kind}: {shown(wanted)}"


_A_SLIP = 0.9
"""Similarity (difflib's ratio, 0 to 1) from which a name is a misspelling of another."""


@dataclass(frozen=True, slots=True)
class KnownTool:
    """A tool of a suite as far as its file can be understood.

    ``parameters`` is their schema, None if it is not a valid JSON Schema.
    """

    name: str
    escalates: bool
    parameters: Mapping[str, Any] | None
    by_server: bool = False
    mock: object = None
    """Its mock, or a list of them, as plain data."""

    @property
    def arguments(self) -> Mapping[str, Any] | None:
        """The schema of each argument, None if there is no valid schema."""
        return None if self.parameters is None else mapping(self.parameters, "properties")


def known_tools(suite: Mapping[str, Any]) -> dict[str, KnownTool]:
    """Return the tools in the data of a suite, by name."""
    found = (known_tool(tool) for _, tool in items(suite, "tools"))
    return {tool.name: tool for tool in found if tool.name}


def known_tool(tool: Mapping[str, Any]) -> KnownTool:
    """Return a tool; its name is empty if the data has none."""
    name = tool.get("name")
    return KnownTool(
        name if isinstance(name, str) else "",
        tool.get("kind") == ToolKind.ESCALATE.value,
        _schema(tool.get("parameters", {})),
        tool.get("run_by") == RunBy.SERVER.value,
        tool.get("mock"),
    )


def _schema(parameters: object) -> Mapping[str, Any] | None:
    if not isinstance(parameters, dict):
        return None
    try:
        Draft202012Validator.check_schema(parameters)
    except SchemaError:  # reported as the suite's own fault
        return None
    return parameters


def tool_faults(
    data: Mapping[str, Any], tools: Mapping[str, KnownTool], language: Language
) -> Found:
    """Check all references of a scenario to the suite's tools."""
    yield from _mocks(data, tools, language)
    yield from _earlier_tools(data, tools)
    yield from _expected_tools(data, tools, language)
    yield from _awaited_tools(data, tools)
    yield from _order(mapping(data, "expect"), tools)
    yield from _word_places(mapping(data, "expect"), tools)
    yield from _escalation(data, tools)
    mocks = {name: tool.mock for name, tool in tools.items()}
    yield from own_world_faults(data, mocks, language)


def _awaited_tools(data: Mapping[str, Any], tools: Mapping[str, KnownTool]) -> Found:
    """Check the tools whose calls a turn waits for, or requests."""
    places = [(moment, "on_tool") for moment in MOMENTS]
    for number, turn in items(data, "turns"):
        for key, part in (*places, ("when", "called"), ("when", "not_called")):
            name = mapping(turn, key).get(part)
            if isinstance(name, str) and name not in tools:
                yield ("turns", number, key, part), unknown("tool", name, sorted(tools))


def _earlier_tools(data: Mapping[str, Any], tools: Mapping[str, KnownTool]) -> Found:
    """Check the tools that were called before the call, and their arguments."""
    for number, item in items(data, "history"):
        name, at = item.get("tool"), ("history", number)
        if not isinstance(name, str):
            continue
        if name not in tools:
            yield (*at, "tool"), unknown("tool", name, tools)
            continue
        parameters = tools[name].parameters
        if parameters is not None:
            yield from earlier_call_faults(item, parameters, mapping(data, "facts"), at)


def mock_faults(
    mocks: object, tool: KnownTool, world: Mapping[str, Any], language: Language, at: KeyPath
) -> Found:
    """Check the mocks of a tool, a single mock or a list; ``at`` is their place in the file.

    ``world`` are the known tables, by name.
    """
    if tool.arguments is None:
        return
    listing = isinstance(mocks, list)
    if mocks == []:
        yield at, "expected one mock, or a list of at least one, got an empty list"
    for number, mock in enumerate(mocks if isinstance(mocks, list) else [mocks]):
        if isinstance(mock, dict):
            yield from _mock(mock, tool, world, language, (*at, number) if listing else at)


def _mock(
    mock: Mapping[str, Any],
    tool: KnownTool,
    world: Mapping[str, Any],
    language: Language,
    at: KeyPath,
) -> Found:
    known = tool.arguments or {}
    if isinstance(mock.get("world"), dict):
        yield from _world_mock(mock["world"], tool, world, (*at, "world"))
    for name, value in mapping(mock, "when").items():
        place = (*at, "when", name)
        if name not in known:
            yield place, _no_argument(name, tool.name, known)
        elif isinstance(value, str) and PLACEHOLDER.search(value):
            yield place, f"expected a plain value, got {shown(value)}"
        elif isinstance(value, str) and isinstance(known[name], dict):
            yield from value_faults(value, known[name], {}, language, place)
    given = () if mock.get("world") else texts(mock.get("returns"), (*at, "returns"))
    yield from _no_arguments(given, tool)


def _no_arguments(given: Iterable[tuple[KeyPath, str]], tool: KnownTool) -> Found:
    """Yield placeholders in texts that name an argument that the tool does not have."""
    known = tool.arguments or {}
    for key, text in given:
        for name in PLACEHOLDER.findall(text):
            if name not in known:
                yield key, _no_argument(name, tool.name, known)


def _world_mock(
    mock: Mapping[str, Any], tool: KnownTool, world: Mapping[str, Any], at: KeyPath
) -> Found:
    for action in ("find", "change", "add", "remove"):
        name = mock.get(action)
        if not isinstance(name, str):
            continue
        if name not in world:
            yield (*at, action), unknown("table", name, world)
            continue
        key = mapping(world, name).get("key")
        if action != "add" and not mock.get("by") and key not in (tool.arguments or {}):
            yield (*at, action), f"{tool.name} has no argument {key!r}: say 'by' what it is found"
    for part in ("by", "set"):
        yield from _no_arguments(texts(mock.get(part), (*at, part)), tool)


def _no_argument(name: str, tool: str, known: Iterable[str]) -> str:
    known = tuple(known)
    return f"{tool} has no argument {name!r}; it has: {listed(known)}{did_you_mean(name, known)}"


def _mocks(data: Mapping[str, Any], tools: Mapping[str, KnownTool], language: Language) -> Found:
    for name, mocks in mapping(data, "mocks").items():
        if name not in tools:
            yield ("mocks", name), unknown("tool", name, tools)
        elif tools[name].by_server:
            yield ("mocks", name), f"{name} is run by the server, which answers it itself"
        else:
            world = mapping(data, "world")
            yield from mock_faults(mocks, tools[name], world, language, ("mocks", name))


def _expected_tools(
    data: Mapping[str, Any], tools: Mapping[str, KnownTool], language: Language
) -> Found:
    expect = mapping(data, "expect")
    never = expect.get("never")
    never = never if isinstance(never, list) else []
    for number, name in enumerate(never):
        near = get_close_matches(str(name), list(tools), n=1, cutoff=_A_SLIP)
        if near and name not in tools:
            place: KeyPath = ("expect", "never", number)
            yield place, f"expected a name that is not nearly a tool's ({near[0]}), got {name!r}"
    for at, call in expected_calls(expect):
        name = call.get("name")
        if not isinstance(name, str):
            continue
        if name not in tools:
            yield (*at, "name"), unknown("tool", name, tools)
            continue
        if name in never:
            yield (*at, "name"), f"{name} is expected here and stands in 'never' too"
        yield from _expected_arguments(data, call, tools[name], language, (*at, "arguments"))


def _expected_arguments(
    data: Mapping[str, Any],
    call: Mapping[str, Any],
    tool: KnownTool,
    language: Language,
    at: KeyPath,
) -> Found:
    known, facts = tool.arguments, mapping(data, "facts")
    if known is None:
        return
    for argument, wanted in mapping(call, "arguments").items():
        place = (*at, argument)
        if argument not in known:
            yield place, _no_argument(argument, tool.name, known)
        else:
            yield from expected_argument_faults(wanted, known[argument], facts, language, place)


def _order(expect: Mapping[str, Any], tools: Mapping[str, KnownTool]) -> Found:
    listed_order, never = expect.get("order"), expect.get("never")
    names = listed_order if isinstance(listed_order, list) else []
    for number, name in enumerate(names):
        key: KeyPath = ("expect", "order", number)
        if not isinstance(name, str):
            continue
        if name not in tools:
            yield key, unknown("tool", name, tools)
        elif name in names[:number]:
            yield key, f"{name} stands in this order twice; it is the first calls that are ordered"
        elif isinstance(never, list) and name in never:
            yield key, f"{name} is expected here and stands in 'never' too"
    if len(names) == 1:
        yield ("expect", "order"), "expected at least two tools; one has no order"


def _word_places(expect: Mapping[str, Any], tools: Mapping[str, KnownTool]) -> Found:
    for key, words in expected_words(expect):
        for place in ("before", "after"):
            name = words.get(place) if isinstance(words, dict) else None
            if isinstance(name, str) and name not in tools:
                yield (*key, place), unknown("tool", name, tools)


def _escalation(data: Mapping[str, Any], tools: Mapping[str, KnownTool]) -> Found:
    expect = mapping(data, "expect")
    escalating = [name for name, tool in tools.items() if tool.escalates]
    due = expect.get("escalation", "none")
    if due == "none":
        for place, call in expected_calls(expect):
            if call.get("name") in escalating:
                problem = "hands over, but expect.escalation is 'none'"
                yield (*place, "name"), problem
    if not isinstance(due, dict):
        return
    tool, turn = due.get("tool", "escalate_to_human"), due.get("due_after_turn")
    at: KeyPath = ("expect", "escalation")
    if isinstance(tool, str) and tool not in escalating:
        known = f"; tools of kind escalate: {listed(escalating)}{did_you_mean(tool, escalating)}"
        default = "" if "tool" in due else " (what 'tool' is where it is left out)"
        yield (*at, "tool"), f"{tool!r}{default} is no tool that hands over{known}"
    never = expect.get("never")
    if isinstance(never, list) and tool in never:
        yield (*at, "tool"), f"{tool} is due here and stands in 'never' too"
    turns = data.get("turns")
    count = len(turns) if isinstance(turns, list) else 0
    if isinstance(turn, int) and turn > count > 0:
        yield (*at, "due_after_turn"), f"the script has only {counted(count, 'turn')}, got {turn}"
