"""Checks that a value that a scenario expects, or mocks, is valid under the tool's own schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from operator import ge, gt, le, lt
from typing import Any, TypeGuard

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from harness.errors import did_you_mean
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.document import KeyPath
from harness.scenario.expectation import LOWER_FIRST, RULES
from harness.scenario.fault_text import (
    PLACEHOLDER,
    Found,
    SlowExpression,
    expression_fault,
    listed,
    mapping,
    nearest,
    search,
    shown,
)
from harness.scenario.model import Scenario, ToolSpec

# The value kind and JSON Schema of a tool argument, and its normalized form.

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

    ``allOf`` allows the choices that all its forms allow, ``anyOf`` and ``oneOf`` those of any;
    forms that differ otherwise give no schema.
    """
    found = _mapping(schema)
    # An empty schema allows everything: what cannot be read is not held against the writer.
    if depth > _DEEPEST:
        return {}
    if isinstance(found.get("$ref"), str):
        rest = {key: value for key, value in found.items() if key != "$ref"}
        # Keys next to a reference add to it, and win where both have the key.
        return {**plain_schema(_referred(found["$ref"], tool), tool, depth + 1), **rest}
    if isinstance(found.get("type"), list):
        # "null" only says that the argument may be missing; the expected value is never null.
        types = [one for one in found["type"] if one != _NULL]
        found = {**found, "type": types[0] if len(types) == 1 else types}
    if "const" in found and "enum" not in found:
        found = {**found, "enum": [found["const"]]}
    for key in ("allOf", "anyOf", "oneOf"):
        if isinstance(found.get(key), list):
            forms = [plain_schema(one, tool, depth + 1) for one in found[key]]
            rest = {name: value for name, value in found.items() if name != key}
            real = [one for one in forms if one.get("type") != _NULL]
            found = _all_of([*real, rest]) if key == "allOf" else {**_one_of(real), **rest}
    return found


def _all_of(forms: list[Schema]) -> Schema:
    """Return the keys that hold in every form; of the choices, those that every form allows."""
    lists = [one["enum"] for one in forms if isinstance(one.get("enum"), list)]
    named = {key: value for one in forms for key, value in one.items()}
    # Forms that differ in a key are not understood, and hold nothing against the writer.
    found = {k: v for k, v in named.items() if all(one.get(k, v) == v for one in forms)}
    if lists:
        found["enum"] = [choice for choice in lists[0] if all(choice in one for one in lists)]
    if "properties" in named:
        parts = [_mapping(one.get("properties")) for one in forms]
        found["properties"] = {key: value for part in parts for key, value in part.items()}
    return found


def _one_of(forms: list[Schema]) -> Schema:
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
            # The escapes of a JSON Pointer (RFC 6901), in this order: "~01" is "~1", not "/".
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
        # Choices such as 1, 2, 3 are said as counts; any other choice is a word.
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
        # A pattern that also fits free text says nothing about the kind.
        if expression_fault(pattern) or any(search(pattern, words) for words in _WORDS):
            return None
        for sample, kind in _SAMPLES:
            if search(pattern, sample):
                return kind
    # The name decides instead; a pattern of a tool must not hold a run up.
    except SlowExpression:
        return None
    untold = (None, ValueKind.TEXT, ValueKind.NAME, ValueKind.COUNT)
    return ValueKind.ID if named in untold else named


def comparable(value: Any, kind: ValueKind, language: Language) -> str:
    """Return an argument's value normalized for comparison; floats of AMOUNT get two decimals."""
    text = str(value).strip()
    # JSON has one kind of number, so 3 may arrive as 3.0; an amount is compared with its cents.
    if isinstance(value, float):
        whole = kind is not ValueKind.AMOUNT and value.is_integer()
        text = f"{value:.0f}" if whole else f"{value:.2f}" if kind is ValueKind.AMOUNT else text
    return language.normalize(text, kind)


_RANGES = (
    ("minimum", "at least", ge),
    ("maximum", "at most", le),
    ("exclusiveMinimum", "more than", gt),
    ("exclusiveMaximum", "less than", lt),
)

_KINDS = {"date": ValueKind.DATE, "email": ValueKind.EMAIL}
"""Formats whose values are compared in any spelling."""


def expected_argument_faults(
    wanted: object, schema: object, facts: Mapping[str, Any], language: Language, at: KeyPath
) -> Found:
    """Check the expectation for an argument of a call: a value, or a rule."""
    schema = schema if isinstance(schema, dict) else {}
    if isinstance(wanted, list):
        yield from _item_faults(wanted, schema, facts, language, at)
        return
    if not isinstance(wanted, dict):
        yield from value_faults(wanted, schema, facts, language, at)
        return
    if RULES.isdisjoint(wanted):
        known = mapping(schema, "properties")
        # With known properties, an unknown key is reported with the fields that the tool has.
        if slip := None if known else misspelt_rule(wanted):
            yield at, slip
        else:
            yield from _field_faults(wanted, schema, facts, language, at)
        return
    if "type" in schema and _types(schema) == ["object"] and "fields" not in wanted:
        yield at, f"the tool takes an object here: write {{fields: {{…}}}}, got {shown(wanted)}"
        return
    faulty_ends = list(_dates(wanted, language, at))
    yield from faulty_ends
    one_of, fields = wanted.get("one_of"), wanted.get("fields")
    for number, value in enumerate(one_of if isinstance(one_of, list) else []):
        yield from value_faults(value, schema, facts, language, (*at, "one_of", number))
    if isinstance(fields, dict):
        yield from _field_faults(fields, schema, facts, language, (*at, "fields"))
    for key in ("any_order", "contains"):
        if isinstance(wanted.get(key), list):
            yield from _item_faults(wanted[key], schema, facts, language, (*at, key))
    yield from _expression(wanted.get("matches"), schema, (*at, "matches"))
    # An end that is no date is reported once, not also as out of range.
    places = {place for place, _ in faulty_ends}
    yield from (one for one in _range(wanted, schema, language, at) if one[0] not in places)


def misspelt_rule(wanted: object) -> str | None:
    """Return the fault of fields that contain a misspelt rule, such as ``contain``."""
    for key in wanted if isinstance(wanted, dict) and RULES.isdisjoint(wanted) else ():
        if meant := nearest(key, RULES):
            return (
                f"unknown rule {shown(key)} (did you mean {meant!r}?); rules: "
                f"{listed(sorted(RULES))}; for a field of this name write {{fields: {{{key}: …}}}}"
            )
    return None


def _item_faults(
    wanted: list[object],
    schema: Mapping[str, Any],
    facts: Mapping[str, Any],
    language: Language,
    at: KeyPath,
) -> Found:
    if "array" not in _types(schema):
        yield at, f"the tool cannot take it: expected {' or '.join(_types(schema))}, got a list"
        return
    for number, one in enumerate(wanted):
        yield from expected_argument_faults(
            one, schema.get("items"), facts, language, (*at, number)
        )


def _field_faults(
    wanted: Mapping[str, object],
    schema: Mapping[str, Any],
    facts: Mapping[str, Any],
    language: Language,
    at: KeyPath,
) -> Found:
    if "object" not in _types(schema):
        rules = listed(sorted(RULES))
        types = " or ".join(_types(schema))
        yield at, f"expected {types}, or a rule ({rules}), got the key {listed(wanted)}"
        return
    known = mapping(schema, "properties")
    for key, one in wanted.items():
        if known and key not in known:
            near = did_you_mean(key, known)
            yield (*at, key), f"expected a field of {listed(known)}{near}, got {shown(key)}"
        else:
            yield from expected_argument_faults(one, known.get(key), facts, language, (*at, key))


def _types(schema: Mapping[str, Any]) -> list[str]:
    """Return the types that a schema allows; object or array if its keywords imply them."""
    types = schema.get("type", ["array", "object"])
    return types if isinstance(types, list) else [types]


def value_faults(
    value: object,
    schema: Mapping[str, Any],
    facts: Mapping[str, Any],
    language: Language,
    at: KeyPath,
) -> Found:
    """Check a value against the schema of its argument, facts filled in."""
    if isinstance(value, dict | list) or value is None:
        return  # not an argument's value: the model's own check reports it
    text = _filled(value, facts)
    if text is None:
        return
    checks = (_no_single_value, _not_allowed, _wrong_type, _wrong_format)
    # The first fault of a value is enough: the others often follow from it.
    problem = next(filter(None, (check(text, schema, language) for check in checks)), None)
    problem = problem or _number_in_words(value, schema)
    if problem:
        filled = isinstance(value, str) and text != value
        got = f"{shown(text)} from {shown(value)}" if filled else shown(value)
        yield at, f"the tool cannot take it: {problem}, got {got}"


def _filled(value: object, facts: Mapping[str, Any]) -> str | None:
    """Return a value as text with its facts; None if a fact is unknown or has no value."""
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    for name in PLACEHOLDER.findall(text):
        fact = mapping(facts, name).get("value")
        if not isinstance(fact, str):
            return None
        text = text.replace(f"{{{name}}}", fact)
    return text


def _no_single_value(_text: str, schema: Mapping[str, Any], _language: Language) -> str | None:
    only_fields = "type" in schema and {*_types(schema)} - {"null"} == {"object"}
    return "expected fields, {...}" if only_fields else None


def _not_allowed(text: str, schema: Mapping[str, Any], language: Language) -> str | None:
    allowed = schema.get("enum")
    allowed = [schema["const"]] if allowed is None and "const" in schema else allowed
    if not isinstance(allowed, list) or any(_same(text, value, language) for value in allowed):
        return None
    names = [str(value) for value in allowed]
    return f"expected one of {listed(names)}{did_you_mean(text, names)}"


def _same(text: str, value: object, language: Language) -> bool:
    """Return whether two values are equal as scorers compare them: without case and signs."""
    number, other = _number(text, language), _number(str(value), language)
    if number is not None and other is not None:
        return number == other
    return _bare(text) == _bare(str(value))


def _bare(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _wrong_type(text: str, schema: Mapping[str, Any], language: Language) -> str | None:
    types = schema.get("type")
    types = [types] if isinstance(types, str) else types
    if not isinstance(types, list) or not {*types} <= {"number", "integer", "boolean", "null"}:
        return None
    if "boolean" in types and text.lower() in ("true", "false"):
        return None
    number = _number(text, language)
    if number is None or not {"number", "integer"} & {*types}:
        return f"expected {' or '.join(types)}"
    if "number" not in types and not number.is_integer():
        return "expected a whole number"
    return next((problem for problem in _out_of_range(number, schema)), None)


def _number_in_words(value: object, schema: Mapping[str, Any]) -> str | None:
    """Return the fault of a number that is written as words: a tool takes digits.

    The value of a fact may be in words, as the caller says it: it has a kind and is converted.
    """
    types = schema.get("type")
    types = {types} if isinstance(types, str) else {*types} if isinstance(types, list) else set()
    if not isinstance(value, str) or not types or not types <= {"number", "integer", "null"}:
        return None
    if PLACEHOLDER.search(value) or any(sign.isdigit() for sign in value):
        return None
    return f"expected {' or '.join(sorted(types - {'null'}))}, in digits"


def _out_of_range(number: float, schema: Mapping[str, Any]) -> Iterator[str]:
    for key, words, holds in _RANGES:
        limit = schema.get(key)
        if isinstance(limit, int | float) and not holds(number, limit):
            yield f"expected {words} {limit:g}"


def _wrong_format(text: str, schema: Mapping[str, Any], language: Language) -> str | None:
    wanted = schema.get("format")
    if not isinstance(wanted, str):
        return None
    if wanted in _KINDS:
        return language.problem(text, _KINDS[wanted])
    fits = Draft202012Validator.FORMAT_CHECKER.conforms(text, wanted)
    return None if fits else f"expected the format {wanted}"


def _expression(expression: object, schema: Mapping[str, Any], at: KeyPath) -> Found:
    if not isinstance(expression, str) or expression_fault(expression):
        return
    allowed = schema.get("enum")
    if isinstance(allowed, list) and not any(search(expression, str(each)) for each in allowed):
        names = listed(str(each) for each in allowed)
        yield at, f"matches nothing that the tool can take: {names}, got {shown(expression)}"


def _range(
    wanted: Mapping[str, Any], schema: Mapping[str, Any], language: Language, at: KeyPath
) -> Found:
    """Check the ends of a range: of the right kind, and not all beyond the tool's limits."""
    kind = {key: schema[key] for key in ("type", "format") if key in schema}
    beyond_limits = (("maximum", lt), ("minimum", gt))
    for (key, end), (limit, beyond) in zip(_ends(wanted), beyond_limits, strict=True):
        yield from value_faults(end, kind, {}, language, (*at, *key))
        bound = schema.get(limit)
        if _is_number(end) and _is_number(bound) and beyond(bound, end):
            yield (*at, *key), f"the tool takes nothing there: its {limit} is {bound}, got {end}"


def _ends(wanted: Mapping[str, Any]) -> tuple[tuple[KeyPath, object], tuple[KeyPath, object]]:
    """Return the lower and the upper end of a range, each with its key."""
    between = wanted.get("between")
    if isinstance(between, list) and len(between) == 2:
        return (("between", 0), between[0]), (("between", 1), between[1])
    return (("min",), wanted.get("min")), (("max",), wanted.get("max"))


def _dates(wanted: Mapping[str, Any], language: Language, at: KeyPath) -> Found:
    """Check ends that are dates: each with its year, the earlier one first."""
    days: list[str] = []
    for key, end in _ends(wanted):
        if not isinstance(end, str):
            continue
        day = language.normalize(end, ValueKind.DATE)
        if not day[:1].isdigit() or language.problem(end, ValueKind.DATE):
            yield (*at, *key), f"expected a number or a date with its year, got {shown(end)}"
        else:
            days.append(day)
    if len(days) == 2 and days[0] > days[1]:
        yield at, f"{LOWER_FIRST}, got {days[0]} and {days[1]}"


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(text: str, language: Language) -> float | None:
    try:
        return float(text)
    except ValueError:
        amount = language.normalize(text, ValueKind.AMOUNT)
        return float(amount) if re.fullmatch(r"\d+\.\d\d", amount) else None


def schema_misfit(parameters: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    """Return how arguments break a JSON Schema, the worst place first; empty if they fit."""
    worst = best_match(Draft202012Validator(dict(parameters)).iter_errors(dict(arguments)))
    if worst is None:
        return ""
    place = ".".join(map(str, worst.absolute_path))
    return f"{place}: {worst.message}" if place else str(worst.message)
