"""A person on the line in place of a script: their microphone, and when they hang up.

Takes the place of ``Director`` and ``Uplink``: called at every frame border, never waits. The
person's utterances, with their times, are found in the audio after the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from harness.audio.pcm import Int16Array
from harness.recording.lines import Record
from harness.recording.model import CallerUtterance, ImpairedSpan
from harness.recording.provenance import CallStatus
from harness.recording.writer import RecordingWriter
from harness.session.agent_side import AgentSide
from harness.session.call_end import ServerTrouble
from harness.session.call_plan import CallPlan
from harness.session.caller_actions import HangUp, Invite
from harness.session.caller_stream import FRAME, Frame, Uplink
from harness.session.director import OPENING_S, Director, DirectorState
from harness.session.network import Network
from harness.session.playout import Playout
from harness.session.recorded_connection import RecordedConnection
from harness.session.tool_calls import Hearing, ToolWork
from harness.session.tool_sources import CallNotices
from harness.session.tools import ToolDesk
from harness.session.turns import Steps, Turns
from harness.units import RATE_HZ

CUSHION_S = 0.1
MOST_S = 2.0
"""Upper limit of buffered audio; the rest is lost: with a longer delay a conversation is
impossible."""

VOICE_DBFS = -40.0
"""Level from which a frame counts as voice during the call: the person has the floor."""

PAUSE_S = 0.7
"""Silence after which voice counts as another turn, the same as in the later analysis of
the audio."""

_VOICE = 32_768 * 10 ** (VOICE_DBFS / 20)
Play = Callable[[Int16Array], None]
"""Takes the audio that the person is to hear, a frame at a time."""

Tell = Callable[[str], None]
"""Shows the person a sentence."""

LOST = (
    "The service ended its session, as the longest time of one has passed. Another one is being "
    "opened: please wait."
)
BACK = "You are on the line again. Please say again what was not answered."


class Person:
    """A person in a call."""

    state = DirectorState.WAITING
    only_listens = False
    unsaid = 0

    def __init__(self, play: Play, tell: Tell, *, call_s: float, agent_opens: bool) -> None:
        """``call_s`` is the longest that the call may take."""
        self._play, self._tell = play, tell
        self._call_s, self._agent_opens = call_s, agent_opens
        self._waiting = np.zeros(0, np.int16)
        self._flows = self._gone = self._invited = self._line_gone = False
        self._position = 0
        self._voice_s: float | None = None
        self._speaks = False

    def spoke(self, samples: Int16Array) -> None:
        """Take the next microphone audio, at 24 kHz."""
        waiting = np.concatenate([self._waiting, samples])
        self._waiting = waiting[-round(MOST_S * RATE_HZ) :]
        # Microphone audio arrives irregularly: with a cushion, a late piece leaves no gap.
        self._flows = self._flows or len(waiting) >= CUSHION_S * RATE_HZ

    def played(self, samples: Int16Array) -> None:
        """Let the person hear a frame of the agent's audio."""
        self._play(samples)

    def hang_up(self) -> None:
        """End the call at the next border."""
        self._gone = True

    def decide(self, at_s: float, agent: AgentSide) -> Invite | HangUp | None:
        """Return the action that ends or opens the call; report to the agent who has the floor."""
        if self._gone:
            return HangUp(CallStatus.COMPLETED)
        if at_s >= self._call_s:
            told = f"the call reached its limit of {self._call_s:g} s"
            return HangUp(CallStatus.COMPLETED, told)
        if self._line_gone:
            return None
        if self._speaks and (self._voice_s is None or at_s - self._voice_s > PAUSE_S):
            agent.turn_begun(at_s)
        if self._speaks:
            self._voice_s = at_s
        if self._agent_opens and not self._invited and at_s >= OPENING_S:
            self._invited = True
            return None if agent.has_begun else Invite()
        return None

    def is_done(self, at_s: float, agent: AgentSide) -> bool:
        """A person is free to go at any time."""
        return True

    def session_lost(self, at_s: float, said: CallerUtterance | None, agent: AgentSide) -> None:
        """Show the person that they are not heard; their speech then is in no script."""
        self._line_gone = True
        self._tell(LOST)

    def line_back(self, at_s: float) -> None:
        """Show the person that they are heard again; audio that piled up meanwhile is not sent."""
        self._line_gone = False
        self._waiting = self._waiting[:0]
        self._tell(BACK)

    def take_left_out(self) -> tuple[int, ...]:
        """Return no turns: a person has no script."""
        return ()

    def records(self) -> tuple[ImpairedSpan, ...]:
        """Return no records: the impairments of a person's own line and room are unknown."""
        return ()

    def next(self) -> Frame:
        """Return the next frame, silence if no audio has come."""
        start, self._position = self._position, self._position + FRAME
        sound = self._taken()
        # Audio piles up, since two clocks never run alike: the excess is removed during silence.
        while not _voiced(sound) and len(self._waiting) > 2 * CUSHION_S * RATE_HZ:
            sound = self._taken()
        self._speaks = _voiced(sound)
        return Frame(start, sound, sound)

    def _taken(self) -> Int16Array:
        if not self._flows or len(self._waiting) < FRAME:
            self._flows = False
            return np.zeros(FRAME, np.int16)
        sound, self._waiting = self._waiting[:FRAME], self._waiting[FRAME:]
        return sound

    def ended(self, *, hung_up_at: int | None = None) -> None:
        """Ignore the end of clips: the person's utterances are found after the call."""


def _voiced(sound: Int16Array) -> bool:
    return float(np.sqrt(np.mean(np.square(sound.astype(np.float64))))) >= _VOICE


# The parts of a call, joined: the caller's mind and voice, the agent's side, tools, steps.
#
# The shell (``call.py``) drives them; no part waits.


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
