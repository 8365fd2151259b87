"""Whether a call holds what a scenario expects in its arguments, and how that is told."""

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
from harness.scenario.model import Scenario
from harness.scorers.base import ScoredCall
from harness.scorers.facts import expected_value, filled, listed_values


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
