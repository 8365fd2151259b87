"""What kind of value a tool argument holds, and the form in which two arguments are compared."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.model import Scenario, Suite, ToolSpec

PATTERNED = (ValueKind.ID, ValueKind.PHONE, ValueKind.EMAIL, ValueKind.AMOUNT, ValueKind.DATE)
"""Kinds whose values can be found in running text."""

_NAMED = (
    (re.compile(r"phone|mobile|callback"), ValueKind.PHONE),
    (re.compile(r"e?mail"), ValueKind.EMAIL),
    (re.compile(r"amount|price|total|sum|cost"), ValueKind.AMOUNT),
    (re.compile(r"date|birthday|dob"), ValueKind.DATE),
    (re.compile(r"address|street|city"), ValueKind.ADDRESS),
    (re.compile(r"(^|_)(id|ids|number|no|code|ref|reference)$"), ValueKind.ID),
    (re.compile(r"name$"), ValueKind.NAME),
)


def argument_kind(tool: ToolSpec | None, argument: str, scenario: Scenario) -> ValueKind:
    """Return the kind of an argument: its fact's, else what its name tells, else ID if exact."""
    if argument in scenario.facts:
        return scenario.facts[argument].kind
    for pattern, kind in _NAMED:
        if pattern.search(argument.lower()):
            return kind
    return ValueKind.ID if tool is not None and argument in tool.exact else ValueKind.TEXT


def comparable(value: Any, kind: ValueKind, language: Language) -> str:
    """Return an argument's value in the form in which it is compared; numbers become amounts."""
    text = str(value).strip()
    if isinstance(value, float):
        whole = kind is not ValueKind.AMOUNT and value.is_integer()
        text = f"{value:.0f}" if whole else f"{value:.2f}" if kind is ValueKind.AMOUNT else text
    return language.normalize(text, kind)


def spoken_kinds(scenario: Scenario, suite: Suite) -> tuple[ValueKind, ...]:
    """Return the kinds worth looking for in speech: those of facts and of tool arguments."""
    kinds = {fact.kind for fact in scenario.facts.values()}
    for tool in suite.tools:
        for argument in {*tool.exact, *properties(tool)}:
            kinds.add(argument_kind(tool, argument, scenario))
    return tuple(kind for kind in PATTERNED if kind in kinds)


def exact_kinds(scenario: Scenario, suite: Suite) -> tuple[ValueKind, ...]:
    """Return the kinds that must be read back: those of the tools' exact arguments."""
    kinds = {argument_kind(t, name, scenario) for t in suite.tools for name in t.exact}
    return tuple(kind for kind in PATTERNED if kind in kinds)


def properties(tool: ToolSpec) -> tuple[str, ...]:
    """Return the argument names of a tool's JSON Schema."""
    named = tool.parameters.get("properties")
    return tuple(named) if isinstance(named, Mapping) else ()


def tool_named(suite: Suite, name: str) -> ToolSpec | None:
    """Return the suite's tool of that name, None where the agent invented it."""
    return next((tool for tool in suite.tools if tool.name == name), None)
