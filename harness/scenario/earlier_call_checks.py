"""Faults of tool calls that an agent is told of as made before: each must be one of the suite's.

What is told is exact JSON, so it is held against the whole schema of the tool's parameters. A text
with a ``{fact}`` is always text there: where the schema wants a number, one in it will do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from harness.errors import did_you_mean
from harness.scenario.document import KeyPath
from harness.scenario.pieces import PLACEHOLDER, Found, mapping, texts
from harness.scenario.wording import listed, shown

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
    """Check the ``arguments`` of one entry of ``history`` that stands ``at``."""
    written, tool = item.get("arguments", {}), str(item.get("tool"))
    if not isinstance(written, dict):
        return  # the model's own check has the words for it
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
    """Whether all that a schema refers to stands in it: nothing is fetched to check a file."""
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
    """Whether nobody can say that it is wrong: a fact without a value, or one that is a number."""
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
        # One error for each name that is missing; which, only its sentence tells.
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
