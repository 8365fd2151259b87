"""Checks that a value that a scenario expects, or mocks, is valid under the tool's own schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from operator import ge, gt, le, lt
from typing import Any, TypeGuard

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from harness.errors import did_you_mean
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.document import KeyPath
from harness.scenario.expectation import LOWER_FIRST, RULES
from harness.scenario.wording import (
    PLACEHOLDER,
    Found,
    expression_fault,
    listed,
    mapping,
    nearest,
    search,
    shown,
)

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
