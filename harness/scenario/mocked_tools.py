"""The results of mocked tools, call by call: pure, so a recorded call can be replayed.

A suite gives each tool a mock or a list; a scenario may replace them for its call. A list is used
in order, each mock once, and the last mock that fits stays. A mock with ``when`` only fits calls
whose arguments are the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.language.language import language_named
from harness.language.values import ValueKind
from harness.scenario.argument_checks import argument_kind, comparable
from harness.scenario.fault_text import PLACEHOLDER, mapping
from harness.scenario.model import FailureKind, Scenario, Suite, ToolMock, ToolSpec
from harness.scenario.world import NOT_FOUND, Alike, Refused, World, WorldMock, filled, same

_DEFAULT = ToolMock(returns={"ok": True})


@dataclass(frozen=True, slots=True)
class Given:
    """The result of a mocked tool; ``mock`` is None if none fits the arguments."""

    output: Mapping[str, Any]
    mock: ToolMock | None
    failed: bool = False

    @property
    def timed_out(self) -> bool:
        """Whether no answer came from the tool at all."""
        return self.mock is not None and self.mock.fails is FailureKind.TIMEOUT


class MockedTools:
    """The mocks of all tools of a call, with their state."""

    def __init__(self, suite: Suite, scenario: Scenario) -> None:
        self._scenario, self._language = scenario, language_named(suite.language)
        self._specs = {tool.name: tool for tool in suite.tools}
        self._facts = {name: fact.value for name, fact in scenario.facts.items()}
        self._mocks = {
            tool.name: _listed(scenario.mocks.get(tool.name, tool.mock)) for tool in suite.tools
        }
        self._parameters = {
            tool.name: mapping(tool.parameters, "properties") for tool in suite.tools
        }
        self._used: set[tuple[str, int]] = set()
        self.world = World(scenario.world, self._facts)

    def call(self, name: str, arguments: Mapping[str, Any]) -> Given:
        """Return the result of a tool of the suite; raises KeyError for any other tool."""
        mock = self._next_mock(name, arguments)
        if mock is None:
            return _failed(NOT_FOUND)
        if mock.fails is not None:
            return _failed(mock.fails.value, mock)
        values = {**self._facts, **arguments}
        if mock.world is None:
            return Given(filled(mock.returns, values), mock)
        # An argument that the agent left out must not take the caller's fact.
        facts = {n: v for n, v in self._facts.items() if n not in self._parameters[name]}
        alike = self.comparing(self._specs[name], mock.world)
        try:
            record = self.world.do(mock.world, {**facts, **arguments}, alike)
        except Refused as refused:
            return _failed(str(refused), mock)
        return Given(
            record if mock.returns is None else filled(mock.returns, {**values, **record}), mock
        )

    def comparing(self, tool: ToolSpec | None = None, mock: WorldMock | None = None) -> Alike:
        """Return the comparison of record fields by their kinds, those of a tool's arguments too.

        Values of the same kind are compared as ``expect.tools`` compares arguments.
        """

        def alike(field: str, one: Any, other: Any) -> bool:
            if same(one, other):
                return True
            kind = self._kind(field, tool, mock)
            if kind is ValueKind.TEXT or not (_is_plain(one) and _is_plain(other)):
                return False
            first, second = (comparable(value, kind, self._language) for value in (one, other))
            return first == second

        return alike

    def _kind(self, field: str, tool: ToolSpec | None, mock: WorldMock | None) -> ValueKind:
        """Return the kind of a field: that of the argument that it is compared with, or its own."""
        templates = {} if mock is None else {**mock.set, **mock.by}
        template = templates.get(field, f"{{{field}}}")
        named = PLACEHOLDER.fullmatch(template) if isinstance(template, str) else None
        if tool is not None and named is not None and named[1] in self._parameters[tool.name]:
            kind = argument_kind(tool, named[1], self._scenario, self._language)
            if kind is not ValueKind.TEXT:
                return kind
        return argument_kind(None, field, self._scenario, self._language)

    def _next_mock(self, name: str, arguments: Mapping[str, Any]) -> ToolMock | None:
        fitting = [
            index
            for index, mock in enumerate(self._mocks[name])
            if self._fits(mock, name, arguments)
        ]
        if not fitting:
            return None
        index = next((i for i in fitting if (name, i) not in self._used), fitting[-1])
        self._used.add((name, index))
        return self._mocks[name][index]

    def _fits(self, mock: ToolMock, name: str, arguments: Mapping[str, Any]) -> bool:
        alike = self.comparing(self._specs[name])
        return all(
            key in arguments and alike(key, arguments[key], filled(value, self._facts))
            for key, value in (mock.when or {}).items()
        )


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""


def _listed(mock: ToolMock | tuple[ToolMock, ...] | None) -> tuple[ToolMock, ...]:
    if mock is None:
        return (_DEFAULT,)
    return mock if isinstance(mock, tuple) else (mock,)


def _failed(reason: str, mock: ToolMock | None = None) -> Given:
    return Given({"error": reason}, mock, failed=True)
