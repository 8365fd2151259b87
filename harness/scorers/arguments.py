"""What a scenario expects in a tool's arguments: facts filled in, and whether a call holds them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from harness.dialogue.arguments import argument_kind, comparable, tool_named
from harness.errors import Unscorable
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.expectation import ArgumentMatch, Bound, ExpectedTool, Plain
from harness.scenario.expressions import SlowExpression, first_match
from harness.scenario.model import Scenario, ToolSpec
from harness.scenario.pieces import PLACEHOLDER
from harness.scorers.base import ScoredCall


def filled(text: str, scenario: Scenario) -> str:
    """Return a text with every {fact} replaced by its value; unknown names stay as written."""

    def value(match: re.Match[str]) -> str:
        fact = scenario.facts.get(match[1])
        return match[0] if fact is None else fact.value

    return PLACEHOLDER.sub(value, text)


def expected_values(
    call: ScoredCall, tool: ToolSpec, argument: str, kind: ValueKind
) -> tuple[str, ...]:
    """Return the values that an argument may have, as they are compared; see ``expected_given``."""
    given = expected_given(call, tool, argument, kind)
    return tuple(dict.fromkeys(expected_value(value, kind, call) for value in given))


def expected_given(
    call: ScoredCall, tool: ToolSpec, argument: str, kind: ValueKind
) -> tuple[Plain, ...]:
    """Return the values that an argument may have, empty where the scenario does not say.

    The scenario's expected calls of the tool come first, then the fact of the argument's name, then
    all facts of the argument's kind, which says nothing of plain text. Those not where a pattern or
    range says what it must be like.
    """
    scenario = call.scenario
    asked = [
        expected.arguments[argument]
        for expected in scenario.expect.calls
        if expected.name == tool.name and argument in expected.arguments
    ]
    values = [value for wanted in asked for value in listed_values(wanted)]
    if not values and argument in scenario.facts:
        values = [scenario.facts[argument].value]
    if not values and not asked and kind is not ValueKind.TEXT:  # any text is no other's
        values = [fact.value for fact in scenario.facts.values() if fact.kind is kind]
    return tuple(values)


def listed_values(wanted: Plain | ArgumentMatch) -> tuple[Plain, ...]:
    """Return the values that an expected argument may have; none where a rule says it."""
    if isinstance(wanted, ArgumentMatch):
        return wanted.one_of or ()
    return (wanted,)


def expected_value(value: Plain, kind: ValueKind, call: ScoredCall) -> str:
    """Return a value of ``expect`` as it is compared, facts filled in."""
    given = filled(value, call.scenario) if isinstance(value, str) else value
    return comparable(given, kind, call.language)


def as_written(value: str, kind: ValueKind, call: ScoredCall) -> str:
    """Return a compared value as the scenario writes it, for people to read.

    A fact's value is shown as it stands there, and another id of the same shape with its dashes and
    spaces: beside ORD-4715B, "ORD4718B" is ORD-4718B.
    """
    facts = [fact.value for fact in call.scenario.facts.values() if fact.kind is kind]
    for fact in facts:
        if comparable(fact, kind, call.language) == value:
            return fact
    shaped = (_shaped(value, fact) for fact in facts)
    return next(filter(None, shaped), value)


def _shaped(value: str, like: str) -> str:
    """Return a value with the signs of another between its characters, empty if it does not fit."""
    solid = [sign for sign in like if sign.isalnum()]
    if [sign.isdigit() for sign in solid] != [sign.isdigit() for sign in value]:
        return ""
    left = iter(value)
    return "".join(next(left) if sign.isalnum() else sign for sign in like)


def fits(call: ScoredCall, arguments: Mapping[str, Any] | None, wanted: ExpectedTool) -> bool:
    """Return whether a call's arguments hold every expected one; those not listed are free.

    Raises ``Unscorable`` where a pattern does not come to an end on what the agent sent.
    """
    spec = tool_named(call.suite, wanted.name)
    for name, rule in wanted.arguments.items():
        given = (arguments or {}).get(name)
        kind = argument_kind(spec, name, call.scenario, call.language)
        if given is None or not _holds(given, rule, kind, call):
            return False
    return True


def found(expression: str, text: str) -> tuple[int, int] | None:
    """Return where a pattern first matches, if it does, as characters [start, stop).

    Raises ``Unscorable`` where it does not come to an end.
    """
    try:
        return first_match(expression, text)
    except SlowExpression as slow:
        raise Unscorable(str(slow)) from slow


def shown_arguments(wanted: ExpectedTool, scenario: Scenario) -> str:
    """Return the expected arguments for a person to read."""
    return ", ".join(f"{name}{_shown(rule, scenario)}" for name, rule in wanted.arguments.items())


def _holds(given: Any, rule: Plain | ArgumentMatch, kind: ValueKind, call: ScoredCall) -> bool:
    values = listed_values(rule)
    if values:
        wanted = {expected_value(value, kind, call) for value in values}
        return comparable(given, kind, call.language) in wanted
    assert isinstance(rule, ArgumentMatch)
    if rule.matches is not None:
        text = given if isinstance(given, str) else json.dumps(given)
        return found(rule.matches, text) is not None
    (low, high), language = rule.ends, call.language
    return _beyond(given, low, language, at_least=True) and _beyond(
        given, high, language, at_least=False
    )


def _beyond(given: Any, end: Bound | None, language: Language, *, at_least: bool) -> bool:
    """Return whether a value is on the right side of one end of a range, the end included."""
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
    if isinstance(given, bool):
        return None
    if isinstance(given, int | float):
        return float(given)
    try:
        return float(language.normalize(str(given), ValueKind.AMOUNT))
    except ValueError:
        return None


def _shown(rule: Plain | ArgumentMatch, scenario: Scenario) -> str:
    values = [
        filled(value, scenario) if isinstance(value, str) else json.dumps(value)
        for value in listed_values(rule)
    ]
    if values:
        return f"={' or '.join(values)}"
    assert isinstance(rule, ArgumentMatch)
    if rule.matches is not None:
        return f" matching '{rule.matches}'"
    ends = zip(("at least", "at most"), rule.ends, strict=True)
    return " " + " and ".join(
        f"{words} {end if isinstance(end, str) else f'{end:g}'}"
        for words, end in ends
        if end is not None
    )
