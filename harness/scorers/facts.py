"""What a scenario says an argument must be: filled in, as it is compared, and as it is shown."""

from __future__ import annotations

import re

from harness.dialogue.arguments import comparable
from harness.language.values import ValueKind
from harness.scenario.expectation import ArgumentMatch, Plain
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
    return tuple(dict.fromkeys(expected_value(value, kind, call) for value in values))


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
