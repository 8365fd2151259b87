"""The kinds of value that tool arguments have, and that can be searched for in speech."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.language.language import Language
from harness.language.phrasebook import matches, name_words, plain
from harness.language.values import ValueKind
from harness.scenario.argument_kinds import argument_kind, comparable
from harness.scenario.model import Scenario, Suite, ToolSpec

PATTERNED = (
    ValueKind.ID,
    ValueKind.PHONE,
    ValueKind.EMAIL,
    ValueKind.AMOUNT,
    ValueKind.DATE,
    ValueKind.TIME,
    ValueKind.DATETIME,
)
"""Kinds that a pattern recognizes in running text; a count may count anything."""

EXACT = (*PATTERNED, ValueKind.COUNT)
"""Kinds whose values can be compared exactly: a different value is never a paraphrase."""

_ALSO_BARE = (ValueKind.TIME, ValueKind.DATETIME)
"""Patterned kinds that speakers also say without a marker of the kind: "five thirty"."""


def whole_units(name: str, description: object, value: Any, language: Language) -> Any:
    """Return an amount in whole units, converted from hundredths if needed: 18900 is 189.0."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    small = language.arguments.hundredths
    told = (*name_words(name), plain(description) if isinstance(description, str) else "")
    return value / 100 if any(matches(small, words) for words in told) else value


def is_findable(value: Any, kind: ValueKind, language: Language) -> bool:
    """Whether the pattern of its kind finds a value in speech without knowing the value."""
    if kind not in PATTERNED or kind in _ALSO_BARE:
        return False
    wanted = comparable(value, kind, language)
    said = language.speak(wanted, kind)
    return any(found.value == wanted for found in language.find(said, kind))


def spoken_kinds(scenario: Scenario, suite: Suite, language: Language) -> tuple[ValueKind, ...]:
    """Return the kinds to search for in speech: those of facts and of tool arguments."""
    kinds = {fact.kind for fact in scenario.facts.values()}
    for tool in suite.tools:
        for argument in {*tool.exact, *properties(tool)}:
            kinds.add(argument_kind(tool, argument, scenario, language))
    return tuple(kind for kind in PATTERNED if kind in kinds)


def exact_kinds(scenario: Scenario, suite: Suite, language: Language) -> tuple[ValueKind, ...]:
    """Return the kinds that must be read back: those of the tools' exact arguments."""
    kinds = {argument_kind(t, name, scenario, language) for t in suite.tools for name in t.exact}
    return tuple(kind for kind in PATTERNED if kind in kinds)


def properties(tool: ToolSpec) -> tuple[str, ...]:
    """Return the argument names of a tool's JSON Schema."""
    named = tool.parameters.get("properties")
    return tuple(named) if isinstance(named, Mapping) else ()


def tool_named(suite: Suite, name: str) -> ToolSpec | None:
    """Return the suite's tool of that name, None if the agent invented it."""
    return next((tool for tool in suite.tools if tool.name == name), None)
