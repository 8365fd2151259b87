"""Requests of the service for approval of a tool, and the target's answer to them.

The service runs the tool by itself once it is approved. Then, and after a refusal, it waits for the
client to ask for an answer (openai-ruby, ``examples/realtime/mcp_approval.rb``).
"""

from __future__ import annotations

from harness.protocol.commands import AnswerApproval
from harness.protocol.events import ApprovalAsked, ServerToolCall
from harness.session.agent_side import AgentSide, OwedKind
from harness.session.tools import ToolDesk


class Approvals:
    """All requests for approval of one call; ``approve`` is None if the target answers none."""

    def __init__(self, agent: AgentSide, desk: ToolDesk, approve: bool | None) -> None:
        self._agent, self._desk, self._approve = agent, desk, approve
        self._asked: set[str] = set()
        self._answered: set[str] = set()
        self._approved: list[str] = []
        self._begun: dict[str, str] = {}
        """The approved tools that the service runs or ran, by the id of their call."""

    def received(self, at_s: float, event: ApprovalAsked) -> AnswerApproval | None:
        """Take note of a request; return the answer to it if the target has one."""
        seen = event.item_id in self._asked
        self._asked.add(event.item_id)
        if event.approved is not None:
            if event.item_id not in self._answered:
                self._decided(at_s, event, approve=event.approved)
        elif not seen and self._approve is None:
            self._owes(at_s, event, OwedKind.UNAPPROVED)
        elif not seen and self._approve is not None:
            self._decided(at_s, event, approve=self._approve)
            if self._approve:
                self._approved.append(event.tool)
            return AnswerApproval(event.item_id, self._approve)
        return None

    def has_ended(self, call: ServerToolCall, name: str) -> bool:
        """Take note of a call that the server runs; return True if an approved one has ended.

        Then an answer is to be asked for. ``name`` is the tool, which ``call`` may leave out.
        """
        if call.call_id not in self._begun and name in self._approved:
            self._approved.remove(name)
            self._begun[call.call_id] = name
        if not call.ended or not self._begun.get(call.call_id):
            return False
        self._begun[call.call_id] = ""
        return self._desk.wants_answer(name)

    def never_began(self, tool: str) -> bool:
        """Return whether an approved tool has not begun to run; it is not waited for any more."""
        waits = tool in self._approved
        if waits:
            self._approved.remove(tool)
        return waits

    def wants_answer(self, tool: str) -> bool:
        """Return whether an answer is to be asked for after a refusal of a tool."""
        return self._desk.wants_answer(tool)

    def begin_anew(self) -> None:
        """Forget the approvals of a session that is over."""
        self._approved.clear()
        self._begun.clear()

    def _decided(self, at_s: float, event: ApprovalAsked, *, approve: bool) -> None:
        self._answered.add(event.item_id)
        if approve:
            self._agent.server_works(at_s)
        self._owes(at_s, event, OwedKind.RUNNING if approve else OwedKind.REFUSED)

    def _owes(self, at_s: float, event: ApprovalAsked, kind: OwedKind) -> None:
        if self._desk.wants_answer(event.tool):
            self._agent.owes(at_s, event.tool or "a tool", kind)
