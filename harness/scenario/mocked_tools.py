"""The results of mocked tools, call by call: pure, so a recorded call can be replayed.

A suite gives each tool one mock or a list; a scenario may replace them for its call. A list is used
one after another, each mock once, and the last that fits stays. A mock with ``when`` only fits
calls whose arguments equal it as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.scenario.model import FailureKind, Scenario, Suite, ToolMock
from harness.scenario.pieces import mapping
from harness.scenario.world import NOT_FOUND, Refused, World, filled

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
    """The mocks of all tools of one call, with their state."""

    def __init__(self, suite: Suite, scenario: Scenario) -> None:
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
        # An argument that the agent left out is not what the caller's fact says.
        facts = {n: v for n, v in self._facts.items() if n not in self._parameters[name]}
        try:
            record = self.world.do(mock.world, {**facts, **arguments})
        except Refused as refused:
            return _failed(str(refused), mock)
        return Given(
            record if mock.returns is None else filled(mock.returns, {**values, **record}), mock
        )

    def _next_mock(self, name: str, arguments: Mapping[str, Any]) -> ToolMock | None:
        fitting = [
            index for index, mock in enumerate(self._mocks[name]) if self._fits(mock, arguments)
        ]
        if not fitting:
            return None
        index = next((i for i in fitting if (name, i) not in self._used), fitting[-1])
        self._used.add((name, index))
        return self._mocks[name][index]

    def _fits(self, mock: ToolMock, arguments: Mapping[str, Any]) -> bool:
        wanted = mock.when or {}
        return all(
            key in arguments and str(arguments[key]) == str(filled(value, self._facts))
            for key, value in wanted.items()
        )


def _listed(mock: ToolMock | tuple[ToolMock, ...] | None) -> tuple[ToolMock, ...]:
    if mock is None:
        return (_DEFAULT,)
    return mock if isinstance(mock, tuple) else (mock,)


def _failed(reason: str, mock: ToolMock | None = None) -> Given:
    return Given({"error": reason}, mock, failed=True)
