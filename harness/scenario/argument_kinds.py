"""The value kind and JSON Schema of a tool argument, and its normalized form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.model import Scenario, ToolSpec
from harness.scenario.wording import SlowExpression, expression_fault, search

# The JSON Schema of a tool's arguments in its plain form: references followed, one choice left.
#
# Generators of schemas write a list of choices that may be missing as ``anyOf`` of a reference and
# ``null``. Only the allowed values matter here; the schema itself stays as it was written. Source:
# JSON Schema 2020-12, sections 8.2.3 ($ref), 8.2.4 ($defs) and 10.2.1 (allOf, anyOf, oneOf).

Schema = Mapping[str, Any]

_DEEPEST = 8
"""References may go in a circle."""

_NULL = "null"


def argument_schema(tool: ToolSpec, argument: str) -> Schema:
    """Return the plain schema of an argument of a tool, empty if it has none."""
    return inner_schema(plain_schema(tool.parameters, tool), argument, tool)


def inner_schema(schema: Schema, key: str, tool: ToolSpec) -> Schema:
    """Return the plain schema of an object's value at a key."""
    return plain_schema(_mapping(schema.get("properties")).get(key), tool)


def item_schema(schema: Schema, tool: ToolSpec) -> Schema:
    """Return the plain schema of a list's items."""
    return plain_schema(schema.get("items"), tool)


def plain_schema(schema: Any, tool: ToolSpec, depth: int = 0) -> Schema:
    """Return a schema with its own references followed, and without the ``null`` choice.

    Of several forms, the lists of choices are merged; forms that differ otherwise give no schema.
    """
    found = _mapping(schema)
    if depth > _DEEPEST:
        return {}
    if isinstance(found.get("$ref"), str):
        rest = {key: value for key, value in found.items() if key != "$ref"}
        return {**plain_schema(_referred(found["$ref"], tool), tool, depth + 1), **rest}
    if isinstance(found.get("type"), list):
        types = [one for one in found["type"] if one != _NULL]
        found = {**found, "type": types[0] if len(types) == 1 else types}
    if "const" in found and "enum" not in found:
        found = {**found, "enum": [found["const"]]}
    for key in ("allOf", "anyOf", "oneOf"):
        if isinstance(found.get(key), list):
            forms = [plain_schema(one, tool, depth + 1) for one in found[key]]
            rest = {name: value for name, value in found.items() if name != key}
            found = {**_joined([one for one in forms if one.get("type") != _NULL]), **rest}
    return found


def _joined(forms: list[Schema]) -> Schema:
    if len(forms) == 1:
        return forms[0]
    if forms and all(isinstance(one.get("enum"), list) for one in forms):
        return {"enum": [choice for one in forms for choice in one["enum"]]}
    return {}


def _referred(reference: str, tool: ToolSpec) -> Any:
    """Return the target of a reference within the schema, None for any other reference."""
    found: Any = tool.parameters
    for key in _steps(reference):
        found = _mapping(found).get(key)
    return found if reference.startswith("#") else None


def _steps(reference: str) -> Iterator[str]:
    for step in reference.removeprefix("#").split("/"):
        if step:
            yield step.replace("~1", "/").replace("~0", "~")


def _mapping(value: Any) -> Schema:
    return value if isinstance(value, Mapping) else {}


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
