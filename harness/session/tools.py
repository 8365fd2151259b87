"""Results of mocked tools, and tools that the agent's server runs itself.

Latencies are drawn from a seed of their own per call, so they do not depend on the order in which
tools end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson

from harness.protocol.events import ServerToolCall
from harness.protocol.tool_requests import ToolRequest, parsed_arguments
from harness.recording.tools import ToolOutcome, ToolRun
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
from harness.session.agent_side import AgentSide


@dataclass(frozen=True, slots=True)
class MockAnswer:
    """The answer of a mocked tool: JSON text after ``latency_s``."""

    output: str
    latency_s: float
    outcome: ToolOutcome


class ToolDesk:
    """All tools of a call, with their mocks' state."""

    def __init__(self, suite: Suite, scenario: Scenario, *, seed: int) -> None:
        self._seed = seed
        self._calls = 0
        self._kinds = {tool.name: tool.kind for tool in suite.tools}
        self._servers = {tool.name for tool in suite.tools if tool.run_by is RunBy.SERVER}
        self._tools = MockedTools(suite, scenario)

    def kind(self, name: str) -> ToolKind | None:
        """Return a tool's kind of effect; None for a tool that is not in the suite."""
        return self._kinds.get(name)

    def wants_answer(self, name: str) -> bool:
        """Return whether the agent owes the caller words after a tool: not after a hand-over."""
        return self._kinds.get(name) not in (ToolKind.NO_OP, ToolKind.ESCALATE)

    def is_servers(self, name: str) -> bool:
        """Return whether the agent's server runs a tool itself."""
        return name in self._servers

    def call(self, name: str, raw_arguments: str) -> MockAnswer:
        """Return the answer to a call; never raises, whatever the agent sends."""
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


# Tools that the agent's server runs itself, as far as its events show them, for the recording.
#
# A call is the server's if its event marks it so, or if the suite does so for its tool. The harness
# sends no result for it. The caller waits for the server's result, as for any other tool.


class ServerRuns:
    """All tool calls of a call that the server has run itself, in order."""

    def __init__(self, agent: AgentSide, desk: ToolDesk) -> None:
        self._agent, self._desk = agent, desk
        self._runs: dict[str, ToolRun] = {}

    def requested(self, at_s: float, call: ToolRequest) -> None:
        """Note a call of the server that looks like a request to the client."""
        self.began(ToolRun.asked(call, at_s))

    def began(self, run: ToolRun) -> None:
        """Note a call; its result may never come."""
        run = replace(run, outcome=ToolOutcome.UNSEEN, by_server=True)
        self._runs[run.call_id] = run
        if self._desk.kind(run.name) is ToolKind.NO_OP:
            self._agent.answered_silently(run.requested_s, run.response_id or "")
        else:
            self._agent.server_works(run.requested_s)
            self._owes(run.requested_s, run.name, ended=False)

    def left(self, at_s: float, call: ServerToolCall, run: ToolRun | None) -> None:
        """Take a server report of a call that a mock was about to answer (``run``)."""
        if run is not None:
            self.began(run)
        self.told(at_s, call)

    def told(self, at_s: float, call: ServerToolCall) -> None:
        """Take a server report of a call."""
        self._agent.calls(at_s, call.call_id, call.name)
        if call.call_id not in self._runs:
            response_id = call.response_id or None
            unseen = ToolOutcome.UNSEEN
            self.began(ToolRun(call.call_id, call.name, "", response_id, at_s, None, unseen, None))
        known = self._runs[call.call_id]
        if call.ended and known.answered_s is None:
            self._agent.server_worked(at_s)
            self._owes(at_s, known.name or call.name, ended=True)
            known = replace(known, answered_s=at_s)
        self._runs[call.call_id] = replace(
            known,
            name=known.name or call.name,
            arguments=call.arguments or known.arguments,
            response_id=known.response_id or call.response_id or None,
            outcome=_outcome(call),
            output=call.output,
        )

    def name(self, call_id: str) -> str:
        """Return the tool of a call; empty if it is unknown."""
        known = self._runs.get(call_id)
        return "" if known is None else known.name

    def _owes(self, at_s: float, name: str, *, ended: bool) -> None:
        if name and self._desk.wants_answer(name):
            self._agent.result_came(at_s, name, by_server=True, ended=ended)

    def all(self) -> Iterator[ToolRun]:
        """Yield every call as known at the end."""
        yield from self._runs.values()


def _outcome(call: ServerToolCall) -> ToolOutcome:
    if not call.ended:
        return ToolOutcome.UNSEEN
    return ToolOutcome.FAILED if call.failed else ToolOutcome.OK
