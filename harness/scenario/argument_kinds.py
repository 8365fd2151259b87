"""The value kind of a tool argument, and the normalized form for comparing two arguments."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.argument_schemas import argument_schema, item_schema
from harness.scenario.expressions import SlowExpression, expression_fault, search
from harness.scenario.model import Scenario, ToolSpec

_BY_FORMAT = {
    "date": ValueKind.DATE,
    "date-time": ValueKind.DATETIME,
    "time": ValueKind.TIME,
    "email": ValueKind.EMAIL,
    "idn-email": ValueKind.EMAIL,
    "phone": ValueKind.PHONE,
    "tel": ValueKind.PHONE,
    "uuid": ValueKind.ID,
}
"""Formats of JSON Schema, and the common "phone" and "tel"; any other format is text."""

_WORDS = ("hello", "two words", "Two Words", "Café 12, left", "a")
"""A schema pattern that matches any of these matches free text: its kind is unknown."""

_SAMPLES = (
    ("2026-04-25", ValueKind.DATE),
    ("2026-04-25T10:30", ValueKind.DATETIME),
    ("2026-04-25T10:30:00Z", ValueKind.DATETIME),
    ("10:30", ValueKind.TIME),
    ("jo@example.com", ValueKind.EMAIL),
)
"""A schema pattern that matches a sample has the kind of the sample."""

_NUMERIC = (ValueKind.AMOUNT, ValueKind.ID, ValueKind.PHONE, ValueKind.COUNT)
"""Kinds that a name may give to a number; no other kind of number is searched in speech."""


def argument_kind(
    tool: ToolSpec | None, argument: str, scenario: Scenario, language: Language
) -> ValueKind:
    """Return the kind of an argument.

    Sources, in order: the tool's ``kinds``, the scenario's fact of the same name, the JSON Schema,
    the words of the name. An exact argument without any of these is an identifier.
    """
    if tool is not None and argument in tool.kinds:
        return tool.kinds[argument]
    if argument in scenario.facts:
        return scenario.facts[argument].kind
    kind = value_kind(argument, {} if tool is None else _schema(tool, argument), language)
    if kind is None and tool is not None and argument in tool.exact:
        return ValueKind.ID
    return kind or ValueKind.TEXT


def value_kind(name: str, schema: Mapping[str, Any], language: Language) -> ValueKind | None:
    """Return the kind of a value from its schema or name, None if neither determines it."""
    named = language.arguments.kind_of(name)
    return _kind_by_schema(schema, named) or named


def _schema(tool: ToolSpec, argument: str) -> Mapping[str, Any]:
    """Return an argument's schema; for a list, the schema of its items."""
    schema = argument_schema(tool, argument)
    return item_schema(schema, tool) or schema


def _kind_by_schema(schema: Mapping[str, Any], named: ValueKind | None) -> ValueKind | None:
    """Return the kind that a schema determines, None if the name decides."""
    types = schema.get("type")
    if "enum" in schema or types == "boolean":
        choices = schema.get("enum")
        numbers = isinstance(choices, list) and all(str(one).isdecimal() for one in choices)
        return ValueKind.COUNT if numbers and named in (None, ValueKind.COUNT) else ValueKind.TEXT
    if isinstance(schema.get("format"), str):
        return _BY_FORMAT.get(schema["format"], ValueKind.TEXT)
    if types in ("number", "integer"):
        other = ValueKind.COUNT if types == "integer" and named is None else ValueKind.TEXT
        return named if named in _NUMERIC else other
    pattern = schema.get("pattern")
    return _kind_by_pattern(pattern, named) if isinstance(pattern, str) else None


@cache
def _kind_by_pattern(pattern: str, named: ValueKind | None) -> ValueKind | None:
    """Return the kind of the values that a pattern matches, None if it matches free text."""
    try:
        if expression_fault(pattern) or any(search(pattern, words) for words in _WORDS):
            return None
        for sample, kind in _SAMPLES:
            if search(pattern, sample):
                return kind
    except SlowExpression:
        return None
    untold = (None, ValueKind.TEXT, ValueKind.NAME, ValueKind.COUNT)
    return ValueKind.ID if named in untold else named


def comparable(value: Any, kind: ValueKind, language: Language) -> str:
    """Return an argument's value normalized for comparison; floats of AMOUNT get two decimals."""
    text = str(value).strip()
    if isinstance(value, float):
        whole = kind is not ValueKind.AMOUNT and value.is_integer()
        text = f"{value:.0f}" if whole else f"{value:.2f}" if kind is ValueKind.AMOUNT else text
    return language.normalize(text, kind)
