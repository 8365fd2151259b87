"""Tools that the agent's server runs itself: what of them its events show, as the recording has it.

A call is the server's where its event says so, or where the suite says so of its tool. Nothing is
sent for it. The caller waits for what the server makes of it, as for any other tool.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.protocol.events import ServerToolCall
from harness.protocol.tool_requests import ToolRequest
from harness.recording.tools import ToolOutcome, ToolRun
from harness.scenario.model import ToolKind
from harness.session.agent_side import AgentSide
from harness.session.tools import ToolDesk


class ServerRuns:
    """All tool calls of one call that the server has run itself, in order."""

    def __init__(self, agent: AgentSide, desk: ToolDesk) -> None:
        self._agent, self._desk = agent, desk
        self._runs: dict[str, ToolRun] = {}

    def requested(self, at_s: float, call: ToolRequest) -> None:
        """Note a call that looks as if it were to be answered, and is the server's."""
        self.began(ToolRun.asked(call, at_s))

    def began(self, run: ToolRun) -> None:
        """Note a call; its result may come, or not."""
        run = replace(run, outcome=ToolOutcome.UNSEEN, by_server=True)
        self._runs[run.call_id] = run
        if self._desk.kind(run.name) is ToolKind.NO_OP:
            self._agent.answered_silently(run.requested_s, run.response_id or "")
        else:
            self._agent.server_works(run.requested_s)
            self._owes(run.requested_s, run.name, ended=False)

    def left(self, at_s: float, call: ServerToolCall, run: ToolRun | None) -> None:
        """Take note of what the server says of a call, which we were about to answer (``run``)."""
        if run is not None:
            self.began(run)
        self.told(at_s, call)

    def told(self, at_s: float, call: ServerToolCall) -> None:
        """Take note of what the server says of a call."""
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
        """Return the tool of a call; empty if nothing tells it."""
        known = self._runs.get(call_id)
        return "" if known is None else known.name

    def _owes(self, at_s: float, name: str, *, ended: bool) -> None:
        if name and self._desk.wants_answer(name):
            self._agent.result_came(at_s, name, by_server=True, ended=ended)

    def all(self) -> Iterator[ToolRun]:
        """Yield every call with what is known of it at the end."""
        yield from self._runs.values()


def _outcome(call: ServerToolCall) -> ToolOutcome:
    if not call.ended:
        return ToolOutcome.UNSEEN
    return ToolOutcome.FAILED if call.failed else ToolOutcome.OK
