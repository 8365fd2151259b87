"""Expected arguments of a scenario's tools: fills in facts, and compares calls with them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import Unscorable
from harness.judging.dialogue.argument_paths import tool_named
from harness.judging.scorers.base import ScoredCall
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.argument_checks import (
    Schema,
    argument_kind,
    argument_schema,
    comparable,
    inner_schema,
    item_schema,
    value_kind,
)
from harness.scenario.expectation import (
    ArgumentMatch,
    Bound,
    ExpectedTool,
    Fields,
    Plain,
    Wanted,
)
from harness.scenario.fault_text import PLACEHOLDER, SlowExpression, first_match
from harness.scenario.model import Scenario, ToolSpec


def filled(text: str, scenario: Scenario) -> str:
    """Return a text with every {fact} replaced by its value; unknown names stay as written."""

    def value(match: re.Match[str]) -> str:
        fact = scenario.facts.get(match[1])
        return match[0] if fact is None else fact.value

    return PLACEHOLDER.sub(value, text)


def expected_values(
    call: ScoredCall, tool: ToolSpec, argument: str, kind: ValueKind
) -> tuple[str, ...]:
    """Return the permitted values of an argument, normalized; see ``expected_given``."""
    given = expected_given(call, tool, argument, kind)
    return tuple(dict.fromkeys(expected_value(value, kind, call) for value in given))


def expected_given(
    call: ScoredCall, tool: ToolSpec, argument: str, kind: ValueKind
) -> tuple[Plain, ...]:
    """Return the permitted values of an argument; empty if the scenario does not restrict it."""
    scenario = call.scenario
    asked = [
        expected.arguments[argument]
        for expected in scenario.expect.calls
        if expected.name == tool.name and argument in expected.arguments
    ]
    values = [value for wanted in asked for value in listed_values(wanted)]
    # Expected calls come first, then the fact of the argument's name, then all facts of its kind.
    if not values and argument in scenario.facts:
        values = [scenario.facts[argument].value]
    # Facts are not used if a pattern or a range restricts the argument.
    if not values and not asked and kind is not ValueKind.TEXT:  # a text may fit any argument
        values = [fact.value for fact in scenario.facts.values() if fact.kind is kind]
    return tuple(values)


def listed_values(wanted: Wanted) -> tuple[Plain, ...]:
    """Return the permitted values of an expected argument; empty for a rule or fields."""
    if isinstance(wanted, ArgumentMatch):
        items = wanted.any_order or wanted.contains or ()
        return wanted.one_of or tuple(value for one in items for value in listed_values(one))
    if isinstance(wanted, tuple):
        return tuple(value for one in wanted for value in listed_values(one))
    return () if isinstance(wanted, dict) else (wanted,)


def expected_value(value: Plain, kind: ValueKind, call: ScoredCall) -> str:
    """Return a value of ``expect``, normalized, with facts filled in."""
    given = filled(value, call.scenario) if isinstance(value, str) else value
    return comparable(given, kind, call.language)


def as_written(value: str, kind: ValueKind, call: ScoredCall) -> str:
    """Return a normalized value as the scenario writes it, for people to read.

    A fact's value is shown as the scenario has it, and another id of the same shape with the fact's
    dashes and spaces: if the fact is ORD-4715B, "ORD4718B" is shown as ORD-4718B.
    """
    facts = [fact.value for fact in call.scenario.facts.values() if fact.kind is kind]
    for fact in facts:
        if comparable(fact, kind, call.language) == value:
            return fact
    shaped = (_shaped(value, fact) for fact in facts)
    return next(filter(None, shaped), value)


def _shaped(value: str, like: str) -> str:
    """Return a value with the separators of another; empty if it does not fit."""
    solid = [sign for sign in like if sign.isalnum()]
    # Only a value of the same shape gets the same dashes.
    if [sign.isdigit() for sign in solid] != [sign.isdigit() for sign in value]:
        return ""
    left = iter(value)
    return "".join(next(left) if sign.isalnum() else sign for sign in like)


def fits(call: ScoredCall, arguments: Mapping[str, Any] | None, wanted: ExpectedTool) -> bool:
    """Return whether a call's arguments contain every expected argument; others are free.

    Raises ``Unscorable`` if a pattern does not terminate on the agent's text.
    """
    spec = tool_named(call.suite, wanted.name)
    return holds_fields(call, arguments or {}, wanted.arguments, spec)


def holds_fields(
    call: ScoredCall, given: Mapping[str, Any], rules: Fields, spec: ToolSpec | None = None
) -> bool:
    """Return whether arguments of a tool, or a record of the world, match every expected field."""
    for name, rule in rules.items():
        kind = argument_kind(spec, name, call.scenario, call.language)
        schema = {} if spec is None else argument_schema(spec, name)
        if not _Place(call, spec, kind, schema).holds(given.get(name), rule):
            return False
    return True


def found(expression: str, text: str) -> tuple[int, int] | None:
    """Return the span of a pattern's first match, as characters [start, stop); None if none.

    Raises ``Unscorable`` if the pattern does not terminate.
    """
    try:
        return first_match(expression, text)
    except SlowExpression as slow:
        raise Unscorable(str(slow)) from slow


def shown_arguments(wanted: ExpectedTool, scenario: Scenario) -> str:
    """Return the expected arguments for a person to read."""
    return shown_fields(wanted.arguments, scenario)


def shown_fields(rules: Fields, scenario: Scenario) -> str:
    """Return expected fields for a person to read."""
    return ", ".join(f"{name}{_shown(rule, scenario)}" for name, rule in rules.items())


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in the arguments of a call, with its schema."""

    call: ScoredCall
    spec: ToolSpec | None
    kind: ValueKind
    schema: Schema

    def holds(self, given: Any, rule: Wanted) -> bool:
        """Return whether the value at this place is as expected."""
        # An argument that is left out has the default of its schema, as the tool would use it.
        if given is None:
            given = self.schema.get("default")
        if given is None:
            return isinstance(rule, ArgumentMatch) and rule.optional
        if isinstance(rule, dict):
            return self._holds_fields(given, rule)
        if isinstance(rule, tuple):
            free = self.schema.get("uniqueItems") is True  # a set has no order
            return self._any_order(given, rule) if free else self._in_order(given, rule)
        if isinstance(rule, ArgumentMatch):
            return self._holds_rule(given, rule)
        return self._is_one_of(given, (rule,))

    def _holds_rule(self, given: Any, rule: ArgumentMatch) -> bool:
        if rule.one_of is not None:
            return self._is_one_of(given, rule.one_of)
        if rule.fields is not None:
            return self._holds_fields(given, rule.fields)
        if rule.any_order is not None:
            return self._any_order(given, rule.any_order)
        if rule.contains is not None:
            return isinstance(given, list) and self._placed(given, rule.contains)
        if rule.matches is not None:
            # As it was sent: true, not Python's True.
            text = given if isinstance(given, str) else json.dumps(given)
            return found(rule.matches, text) is not None
        (low, high), language = rule.ends, self.call.language
        return _beyond(given, low, language, at_least=True) and _beyond(
            given, high, language, at_least=False
        )

    def _is_one_of(self, given: Any, values: tuple[Plain, ...]) -> bool:
        wanted = {expected_value(value, self.kind, self.call) for value in values}
        return comparable(given, self.kind, self.call.language) in wanted

    def _holds_fields(self, given: Any, rules: Fields) -> bool:
        if not isinstance(given, Mapping):
            return False
        return all(self._field(name).holds(given.get(name), rule) for name, rule in rules.items())

    def _in_order(self, given: Any, rules: tuple[Wanted, ...]) -> bool:
        item = self._item()
        return (
            isinstance(given, list)
            and len(given) == len(rules)
            and all(item.holds(one, rule) for one, rule in zip(given, rules, strict=True))
        )

    def _any_order(self, given: Any, rules: tuple[Wanted, ...]) -> bool:
        alike = isinstance(given, list) and len(given) == len(rules)
        return alike and self._placed(given, rules)

    def _placed(self, given: list[Any], rules: tuple[Wanted, ...]) -> bool:
        """Return whether each rule can have an item of its own."""
        item = self._item()
        fitting = [[item.holds(one, rule) for one in given] for rule in rules]
        return each_has_its_own(fitting)

    def _field(self, name: str) -> _Place:
        schema = {} if self.spec is None else inner_schema(self.schema, name, self.spec)
        kind = value_kind(name, schema, self.call.language) or ValueKind.TEXT
        return replace(self, schema=schema, kind=kind)

    def _item(self) -> _Place:
        schema = {} if self.spec is None else item_schema(self.schema, self.spec)
        return replace(self, schema=schema)


def each_has_its_own(fitting: list[list[bool]]) -> bool:
    """Return whether each row can have a column of its own among those that fit it."""
    taken: dict[int, int] = {}
    return all(_place_one(number, fitting, taken, set()) for number in range(len(fitting)))


def _place_one(
    number: int, fitting: list[list[bool]], taken: dict[int, int], tried: set[int]
) -> bool:
    """Assign an item to a rule, reassigning other rules if needed (bipartite matching)."""
    for item, fits_item in enumerate(fitting[number]):
        if not fits_item or item in tried:
            continue
        tried.add(item)
        # The item is free, or its rule can take another one (an augmenting path).
        if item not in taken or _place_one(taken[item], fitting, taken, tried):
            taken[item] = number
            return True
    return False


def _beyond(given: Any, end: Bound | None, language: Language, *, at_least: bool) -> bool:
    """Return whether a value satisfies an end of a range, inclusive."""
    if end is None:
        return True
    if isinstance(end, str):
        day, limit = (language.normalize(str(one), ValueKind.DATE) for one in (given, end))
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", day)) and (
            day >= limit if at_least else day <= limit
        )
    number = _number(given, language)
    return number is not None and (number >= end if at_least else number <= end)


def _number(given: Any, language: Language) -> float | None:
    # True would be 1, and inside of many ranges.
    if isinstance(given, bool):
        return None
    if isinstance(given, int | float):
        return float(given)
    try:
        return float(language.normalize(str(given), ValueKind.AMOUNT))
    except ValueError:
        return None


def _shown(rule: Wanted, scenario: Scenario) -> str:
    """Return the expectation for a place with its operator, for a person to read."""
    if not isinstance(rule, ArgumentMatch):
        return f"={_shown_value(rule, scenario)}"
    shown = _shown_rule(rule, scenario)
    return f"{shown} or nothing" if rule.optional else shown


def _shown_rule(rule: ArgumentMatch, scenario: Scenario) -> str:
    if rule.one_of is not None:
        return f"={' or '.join(_shown_value(value, scenario) for value in rule.one_of)}"
    if rule.fields is not None:
        return f"={_shown_value(rule.fields, scenario)}"
    if rule.any_order is not None:
        return f"={_shown_value(rule.any_order, scenario)} in any order"
    if rule.contains is not None:
        return f" with {_shown_value(rule.contains, scenario)}"
    if rule.matches is not None:
        return f" matching '{rule.matches}'"
    ends = zip(("at least", "at most"), rule.ends, strict=True)
    return " " + " and ".join(
        f"{words} {end if isinstance(end, str) else f'{end:g}'}"
        for words, end in ends
        if end is not None
    )


def _shown_value(value: Wanted, scenario: Scenario) -> str:
    if isinstance(value, dict):
        return f"{{{shown_fields(value, scenario)}}}"
    if isinstance(value, tuple):
        return f"[{', '.join(_shown(one, scenario).strip(' =') for one in value)}]"
    return filled(value, scenario) if isinstance(value, str) else json.dumps(value)
