"""Mocked tools: what each call of the agent gets back, after how long, and how it ended.

Latencies are drawn from a seed of their own per call, so they do not depend on the order in which
tools end.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import orjson

from harness.recording.tools import ToolOutcome, parsed_arguments
from harness.scenario.mocked_tools import MockedTools
from harness.scenario.model import (
    NormalLatency,
    RunBy,
    Scenario,
    Suite,
    ToolKind,
    ToolMock,
    UniformLatency,
)


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
        self._kinds = {tool.name: tool.kind for tool in suite.tools}
        self._servers = {tool.name for tool in suite.tools if tool.run_by is RunBy.SERVER}
        self._tools = MockedTools(suite, scenario)

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
        given = self._tools.call(name, arguments)
        latency_s = 0.0 if given.mock is None else self._latency_s(given.mock, name)
        outcome = ToolOutcome.FAILED if given.failed else ToolOutcome.OK
        outcome = ToolOutcome.TIMED_OUT if given.timed_out else outcome
        return MockAnswer(orjson.dumps(given.output).decode(), latency_s, outcome)

    def _latency_s(self, mock: ToolMock, name: str) -> float:
        draw = random.Random(f"{self._seed}:{self._calls}:{name}")
        match mock.latency_s:
            case NormalLatency(normal=(mean_s, deviation_s)):
                return round(max(0.0, draw.gauss(mean_s, deviation_s)), 6)
            case UniformLatency(uniform=(low_s, high_s)):
                return round(draw.uniform(low_s, high_s), 6)
            case fixed:
                return float(fixed)


def _failed(reason: str, outcome: ToolOutcome) -> MockAnswer:
    return MockAnswer(orjson.dumps({"error": reason}).decode(), 0.0, outcome)
