"""What the caller's turns do to the agent: they are told, interrupt it, and are answered.

Under the fault ``CUTS_ITSELF_OFF`` so do phantom turns: speech that is detected on a silent line.
"""

from __future__ import annotations

from collections import deque

from harness.agent.faults import (
    CUT_OFF_S,
    PHANTOM_TURN_S,
    TALKS_ON_S,
    AgentFault,
    AgentSwitch,
)
from harness.agent.server.caller_side import CallerSide, Noticed
from harness.agent.server.memory import Refused
from harness.agent.server.responding import Responder, already_active
from harness.agent.server.session_state import SessionState
from harness.protocol.commands import ResponseOptions


class TurnTaking:
    """Holds what an agent that is deaf while it talks notices later, and tells all the rest."""

    def __init__(
        self,
        state: SessionState,
        caller: CallerSide,
        responder: Responder,
        *,
        fault: AgentSwitch | None,
    ) -> None:
        self._state, self._caller, self._responder = state, caller, responder
        self._deaf_while_talking = fault is AgentFault.TALKS_OVER_BARGE_IN
        self._held: deque[Noticed] = deque()
        self._held_since_s = 0.0
        self._cuts_itself_off = fault is AgentFault.CUTS_ITSELF_OFF
        self._phantom: Noticed | None = None
        """The phantom turn in progress."""
        self._phantom_ends_s = 0.0

    def append(self, wire: bytes) -> None:
        """Take caller audio; raises Refused for half a sample."""
        try:
            self._caller.append(wire)
        except ValueError:
            raise Refused("invalid_value", "Audio must be whole 16-bit samples.", "audio") from None
        while self._caller.noticed:
            noticed = self._caller.noticed.popleft()
            self._end_phantom()
            if self._deaf_while_talking and (self._responder.talking or self._held):
                self._hold(noticed)
            else:
                self._tell(noticed)

    def time_out(self) -> None:
        """Answer a caller who has been silent for the session's idle limit, if that is due."""
        if (due_s := self._idle_due()) is not None and self._state.now_s >= due_s - 1e-9:
            self._caller.time_out()
            self.answer_caller()

    def answer_caller(self) -> None:
        """Begin an answer; one that is still going on is told as an error."""
        if self._responder.active:
            self._state.refuse(already_active(self._responder.active_id), None)
        else:
            self._responder.create(ResponseOptions(), answers_caller=True)

    def advance(self) -> None:
        """Report held turns, and begin or end a phantom turn, once the time has come."""
        due_s = self._phantom_due_s()
        if due_s is not None and self._state.now_s >= due_s - 1e-9:
            if self._phantom is None:
                self._begin_phantom()
            else:
                self._end_phantom()
        if self._held and self._state.now_s >= self._release_s() - 1e-9:
            while self._held:
                self._tell(self._held.popleft())

    def next_due(self) -> float | None:
        """Return when ``time_out`` or ``advance`` has something to do, None if nothing is due."""
        release_s = self._release_s() if self._held else None
        planned = (self._idle_due(), release_s, self._phantom_due_s())
        return min((due_s for due_s in planned if due_s is not None), default=None)

    def _hold(self, noticed: Noticed) -> None:
        if not self._held:
            self._held_since_s = self._state.now_s
            self._responder.interrupted()
        self._held.append(noticed)

    def _release_s(self) -> float:
        """Return when a deaf agent notices what was said while it talked."""
        playing = self._state.playing
        latest_s = self._held_since_s + TALKS_ON_S
        return latest_s if playing is None else min(latest_s, playing.ends_s)

    def _tell(self, noticed: Noticed) -> None:
        begins = noticed.stopped_ms is None
        if begins:
            self._responder.interrupted()
        self._caller.tell(noticed)
        detection = self._state.config.turn_detection
        if detection is None or self._state.transcribes:
            return
        if begins and detection.interrupt_response:
            self._responder.cancel("turn_detected")
        elif not begins and detection.create_response:
            self.answer_caller()

    def _phantom_due_s(self) -> float | None:
        """Return when a phantom turn begins or ends; None if none is due."""
        if self._phantom is not None:
            return self._phantom_ends_s
        detection = self._state.config.turn_detection
        if not self._cuts_itself_off or detection is None or not detection.interrupt_response:
            return None
        result_heard_since_s = self._responder.result_heard_since_s
        if result_heard_since_s is None or self._caller.speaking:
            return None
        return result_heard_since_s + CUT_OFF_S

    def _begin_phantom(self) -> None:
        self._phantom = self._caller.phantom_begins()
        self._phantom_ends_s = self._state.now_s + PHANTOM_TURN_S
        self._tell(self._phantom)

    def _end_phantom(self) -> None:
        if self._phantom is not None:
            phantom, self._phantom = self._phantom, None
            self._tell(self._caller.phantom_ends(phantom))

    def _idle_due(self) -> float | None:
        idle_ms, done_s = self._caller.idle_timeout_ms, self._responder.done_s
        if idle_ms is None or done_s is None or self._caller.speaking or self._caller.pending:
            return None
        playing = self._state.playing
        quiet_s = max(done_s, playing.ends_s) if playing is not None else done_s
        return quiet_s + idle_ms / 1000
