"""Mocked tools: what each call of the agent gets back, after how long, and how it ended.

A suite gives each tool one mock or a list; a scenario may replace them for its call. A list is used
one after another, each mock once, and the last that fits stays. A mock with ``when`` only fits
calls whose arguments equal it as text. Latencies are drawn from a seed of their own per call, so
they do not depend on the order in which tools end.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from harness.recording.tools import ToolOutcome, parsed_arguments
from harness.scenario.model import (
    FailureKind,
    NormalLatency,
    RunBy,
    Scenario,
    Suite,
    ToolKind,
    ToolMock,
    UniformLatency,
)
from harness.scenario.pieces import PLACEHOLDER

_DEFAULT = ToolMock(returns={"ok": True})


@dataclass(frozen=True, slots=True)
class MockAnswer:
    """What a mocked tool gives back: JSON text after ``latency_s``."""

    output: str
    latency_s: float
    outcome: ToolOutcome


class ToolDesk:
    """All tools of one call, with their mocks' state."""

    def __init__(self, suite: Suite, scenario: Scenario, *, seed: int) -> None:
        self._seed = seed
        self._calls = 0
        self._facts = {name: fact.value for name, fact in scenario.facts.items()}
        self._kinds = {tool.name: tool.kind for tool in suite.tools}
        self._servers = {tool.name for tool in suite.tools if tool.run_by is RunBy.SERVER}
        self._mocks = {
            tool.name: _listed(scenario.mocks.get(tool.name, tool.mock)) for tool in suite.tools
        }
        self._used: set[tuple[str, int]] = set()

    def kind(self, name: str) -> ToolKind | None:
        """Return what a tool does to the world; None for one that is not in the suite."""
        return self._kinds.get(name)

    def wants_answer(self, name: str) -> bool:
        """Return whether the agent owes the caller words after a tool: not after a hand-over."""
        return self._kinds.get(name) not in (ToolKind.NO_OP, ToolKind.ESCALATE)

    def is_servers(self, name: str) -> bool:
        """Return whether the agent's server runs a tool itself."""
        return name in self._servers

    def call(self, name: str, raw_arguments: str) -> MockAnswer:
        """Return the answer to one call; never raises, whatever the agent sends."""
        self._calls += 1
        if name not in self._kinds:
            return _failed("unknown tool", ToolOutcome.UNKNOWN_TOOL)
        arguments = parsed_arguments(raw_arguments)
        if arguments is None:
            return _failed("invalid arguments", ToolOutcome.FAILED)
        mock = self._next_mock(name, arguments)
        if mock is None:
            return _failed("not_found", ToolOutcome.FAILED)
        latency_s = self._latency_s(mock, name)
        if mock.fails is not None:
            timed_out = mock.fails is FailureKind.TIMEOUT
            outcome = ToolOutcome.TIMED_OUT if timed_out else ToolOutcome.FAILED
            return _failed(mock.fails.value, outcome, latency_s=latency_s)
        values = {**self._facts, **arguments}
        output = orjson.dumps(_filled(mock.returns, values)).decode()
        return MockAnswer(output, latency_s, ToolOutcome.OK)

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
            key in arguments and str(arguments[key]) == str(_filled(value, self._facts))
            for key, value in wanted.items()
        )

    def _latency_s(self, mock: ToolMock, name: str) -> float:
        draw = random.Random(f"{self._seed}:{self._calls}:{name}")
        match mock.latency_s:
            case NormalLatency(normal=(mean_s, deviation_s)):
                return round(max(0.0, draw.gauss(mean_s, deviation_s)), 6)
            case UniformLatency(uniform=(low_s, high_s)):
                return round(draw.uniform(low_s, high_s), 6)
            case fixed:
                return float(fixed)


def _listed(mock: ToolMock | tuple[ToolMock, ...] | None) -> tuple[ToolMock, ...]:
    if mock is None:
        return (_DEFAULT,)
    return mock if isinstance(mock, tuple) else (mock,)


def _failed(reason: str, outcome: ToolOutcome, *, latency_s: float = 0.0) -> MockAnswer:
    return MockAnswer(orjson.dumps({"error": reason}).decode(), latency_s, outcome)


def _filled(template: Any, values: Mapping[str, Any]) -> Any:
    """Fill {name} in every text of a JSON value; a text of one place takes the value's type."""
    if isinstance(template, str):
        whole = PLACEHOLDER.fullmatch(template)
        if whole is not None and whole[1] in values:
            return values[whole[1]]
        return PLACEHOLDER.sub(lambda place: str(values.get(place[1], place[0])), template)
    if isinstance(template, dict):
        return {key: _filled(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [_filled(value, values) for value in template]
    return template
