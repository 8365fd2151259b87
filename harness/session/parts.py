"""The parts of a call, joined: the caller's mind and voice, the agent's side, tools, steps.

The shell (``call.py``) drives them; no part waits.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.recording.lines import Record
from harness.recording.model import CallerUtterance
from harness.recording.writer import RecordingWriter
from harness.session.agent_side import AgentSide
from harness.session.caller_stream import Uplink
from harness.session.director import Director
from harness.session.ending import ServerTrouble
from harness.session.hearing import Hearing
from harness.session.network import Network
from harness.session.person import Person
from harness.session.plan import CallPlan
from harness.session.playout import Playout
from harness.session.recorded_connection import RecordedConnection
from harness.session.steps import Steps
from harness.session.tool_sources import CallNotices
from harness.session.tools import ToolDesk
from harness.session.toolwork import ToolWork
from harness.session.turns import Turns
from harness.units import RATE_HZ


class CallParts:
    """The parts of a call, over its recorded connection."""

    def __init__(
        self,
        plan: CallPlan,
        connection: RecordedConnection,
        *,
        writer: RecordingWriter,
        notices: CallNotices | None,
        person: Person | None,
    ) -> None:
        self.connection, self._notices = connection, notices
        self.playout = Playout()
        session = plan.session
        self.agent = AgentSide(
            self.playout, reads=session.output == "text", transcribes=session.transcribes
        )
        desk = ToolDesk(plan.suite, plan.scenario, seed=plan.seed)
        told = None if notices is None else notices.told
        self.tools = ToolWork(
            connection, self.agent, desk=desk, writer=writer, told=told, approve=session.approves
        )
        self.hearing = Hearing(connection, self.agent, tools=self.tools, writer=writer)
        self.steps = Steps(plan, connection, self.agent, writer=writer)
        self.turns: Turns | None = None
        """None if a person speaks: they have no script, and no button."""
        self.director: Director | Person
        self.uplink: Uplink | Person
        if person is None:
            turns = Turns(plan, connection, self.agent, tools=self.tools, hearing=self.hearing)
            self.turns, self.director, self.uplink = turns, turns.director, turns.uplink
            self.network = turns.network
        else:
            self.director = self.uplink = person
            self.network = Network(connection, None)

    @property
    def is_heard(self) -> bool:
        """Whether the microphone's audio goes to the agent."""
        return self.connection.on_line and (self.turns is None or self.turns.is_heard)

    @property
    def may_ask(self) -> bool:
        """Whether an answer may be requested: not while the caller speaks with a button held."""
        held = self.turns is not None and self.turns.holds_button
        return self.connection.on_line and not held

    def session_lost(self, at_s: float) -> CallerUtterance | None:
        """Note that the session is gone; return the caller utterance that this broke off."""
        self.connection.on_line = False
        if self.turns is not None:
            return self.turns.session_lost(at_s)
        self.network.session_lost()
        self.director.session_lost(at_s, None, self.agent)
        return None

    def line_changes(self) -> None:
        """Note that another connection takes over, without any loss."""
        self.connection.on_line = False
        if self.turns is not None:
            self.turns.director.line_changes()

    def line_back(self, at_s: float) -> None:
        """Note that another session knows the conversation."""
        self.connection.on_line = True
        self.director.line_back(at_s)

    def last_records(self, end_s: float) -> Iterator[Record]:
        """Yield the records that are only known once the call is over."""
        last = self.uplink.ended(hung_up_at=round(end_s * RATE_HZ))
        if last is not None:
            yield last
        yield from self.tools.unwritten()
        if self._notices is not None:
            yield from self._notices.told.accounts()
        yield from self.uplink.records()
        yield from self.network.faults()
        yield from self.playout.finish(end_s)
        yield from self.connection.received.generated()

    @property
    def trouble(self) -> ServerTrouble:
        """Faults in the server's messages."""
        arriving = self.connection.arriving
        return ServerTrouble(
            mistaken=arriving.mistaken,
            unheard=arriving.unheard,
            unread=self.tools.unread,
            undecided=self.connection.session.undecided if self.agent.went_on else "",
            refused=self.agent.refusal,
            unknown=arriving.unknown,
            malformed=self.connection.received.malformed,
            waited=self.connection.waited,
        )
