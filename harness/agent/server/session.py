"""The agent's side of a Realtime session, without I/O, and the effects of caller turns.

All output and actions are in ``state.outbox`` afterwards, in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.agent.desk.policy import Policy
from harness.agent.faults import CUT_OFF_S, PHANTOM_TURN_S, TALKS_ON_S, AgentFault, AgentSwitch
from harness.agent.server.answers import Responder, already_active
from harness.agent.server.caller_side import CallerSide, Noticed, given_by
from harness.agent.server.memory import Refused
from harness.agent.server.responses import OUT_OF_BAND, OutOfBand
from harness.agent.server.session_state import (
    DEFAULTS,
    HangUp,
    Ids,
    Lifetime,
    SessionState,
    check_options,
    served,
    updated,
)
from harness.agent.server.turn_detection import FindsTurns, InputAudio
from harness.audio.pcm import Pcm
from harness.protocol.commands import (
    AppendAudio,
    CancelResponse,
    ClearAudio,
    ClearOutput,
    ClientCommand,
    CommitAudio,
    ConfigureSession,
    CreateItem,
    CreateResponse,
    DeleteItem,
    ResponseOptions,
    RetrieveItem,
    SessionConfig,
    TruncateItem,
)
from harness.protocol.events import (
    InputCleared,
    ItemDeleted,
    ItemRetrieved,
    ItemTruncated,
    SessionCreated,
    SessionUpdated,
)
from harness.protocol.items import ErrorInfo, ItemKind, ItemStatus, Json, Role
from harness.units import RATE_HZ

# The effects of caller turns on the agent: they are reported, interrupt it, and are answered.
#
# Under the fault ``CUTS_ITSELF_OFF``, phantom turns have the same effects: speech that is detected
# on a silent line.


class TurnTaking:
    """Delays the turns of an agent that is deaf while it talks, and reports all others."""

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
        """Begin an answer; if an answer is in progress, report an error."""
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
        """Return when ``time_out`` or ``advance`` has work, None if there is none."""
        release_s = self._release_s() if self._held else None
        planned = (self._idle_due(), release_s, self._phantom_due_s())
        return min((due_s for due_s in planned if due_s is not None), default=None)

    def _hold(self, noticed: Noticed) -> None:
        if not self._held:
            self._held_since_s = self._state.now_s
            self._responder.interrupted()
        self._held.append(noticed)

    def _release_s(self) -> float:
        """Return when a deaf agent notices speech from the time of its own talk."""
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


_GOING_AWAY = 1001
"""The close code of the service for a session that is over."""


class ServedSession:
    """A session; every method takes the time and puts its output into ``state.outbox``."""

    def __init__(
        self,
        desk: Policy,
        *,
        fault: AgentSwitch | None,
        now_s: float,
        ids: Ids,
        lifetime: Lifetime | None,
        config: SessionConfig = DEFAULTS,
        turns: FindsTurns = InputAudio,
    ) -> None:
        self.state = SessionState(ids, now_s)
        self._lifetime, self._over = lifetime, False
        self.state.config = config
        self.caller = CallerSide(self.state, desk.goes_on, fault, turns=turns)
        self._desk, self._fault = desk, fault
        self._responder = Responder(self.state, self.caller, self._desk, fault)
        self.turns = TurnTaking(self.state, self.caller, self._responder, fault=fault)
        self._out_of_band = OutOfBand(self.state, self.caller, self._desk)
        self.id = self.state.new_id("sess")
        self.state.emit(SessionCreated(self.id, self.state.config, self._served()))

    def command(self, command: ClientCommand, now_s: float) -> None:
        """Carry out a command; a command that fails is answered with an error event."""
        self.state.now_s = now_s
        if self._over:
            return
        try:
            _HANDLERS[type(command)](self, command)
        except Refused as refused:
            self.state.refuse(refused.info, command.event_id)
        self._go_on()

    def refuse(self, error: ErrorInfo, now_s: float) -> None:
        """Answer a message that is not a command."""
        self.state.now_s = now_s
        self.state.refuse(error, error.event_id)

    def recognized(self, job: int, words: Callable[[], str], now_s: float) -> None:
        """Take the result of a ``Listen``; its words are read if an input needs them."""
        self.state.now_s = now_s
        self.caller.recognized(job, words)
        self._go_on()

    def spoken(
        self, job: int, audio: Pcm, marks: tuple[tuple[int, int], ...], *, now_s: float
    ) -> None:
        """Take the audio of a ``Speak``; ``marks`` as in ``memory.SpokenItem``."""
        self.state.now_s = now_s
        if not self._out_of_band.spoken(job, audio, marks):
            self._responder.spoken(job, audio, marks)
        self._go_on()

    def failed(self, job: int, detail: str, now_s: float) -> None:
        """Take the failure of an engine's job."""
        self.state.now_s = now_s
        if not (self.caller.failed(job, detail) or self._out_of_band.failed(job, detail)):
            self._responder.failed(job, detail)
        self._go_on()

    def tick(self, now_s: float) -> None:
        """Do all due work."""
        self.state.now_s = now_s
        if self._lifetime is not None and now_s >= self._lifetime.ends_s - 1e-9:
            self._expire(self._lifetime.told)
            return
        self.turns.time_out()
        self._go_on()

    def next_due(self) -> float | None:
        """Return when ``tick`` should be called, None if there is no planned work."""
        if self._over:
            return None
        planned = (
            self._responder.next_due(),
            self._out_of_band.next_due(),
            self.turns.next_due(),
            None if self._lifetime is None else self._lifetime.ends_s,
        )
        return min((due_s for due_s in planned if due_s is not None), default=None)

    def _served(self) -> Json:
        lifetime = self._lifetime
        return served(self.state.config, None if lifetime is None else lifetime.expires_at)

    def _expire(self, told: str) -> None:
        """End the session as the service does: an error, and a close frame with the same text."""
        if self._over:
            return
        self._over = True
        self.state.refuse(ErrorInfo("invalid_request_error", told, code="session_expired"), None)
        self.state.outbox.append(HangUp(_GOING_AWAY, told))

    def _go_on(self) -> None:
        if self._over:
            return
        if self.state.transcribes:
            self.caller.forget_transcribed()
            return
        self._responder.advance()
        self._out_of_band.advance()
        self.turns.advance()

    # --- audio ---------------------------------------------------------------------------

    def _append(self, command: AppendAudio) -> None:
        self.turns.append(command.audio)

    def _commit(self, command: CommitAudio) -> None:
        self.caller.commit_by_hand()

    def _clear(self, command: ClearAudio) -> None:
        self.caller.clear()
        self.state.emit(InputCleared())

    # --- session and responses -----------------------------------------------------------

    def _configure(self, command: ConfigureSession) -> None:
        state = self.state
        state.config = updated(state.config, command.config, has_spoken=self._responder.has_spoken)
        self.caller.configure()
        self._desk.configure(state.config.instructions or "")
        state.emit(SessionUpdated(self.id, state.config, self._served()))

    def _create_response(self, command: CreateResponse) -> None:
        if self.state.transcribes:
            raise Refused(
                "invalid_event", "Responses cannot be created in a transcription session."
            )
        spoke = self._responder.has_spoken
        check_options(command.options, self.state.config, has_spoken=spoke)
        if command.options.conversation == OUT_OF_BAND:
            self._out_of_band.create(command.options)
            return
        if self._responder.active:
            raise Refused(
                "conversation_already_has_active_response",
                already_active(self._responder.active_id).message,
            )
        silent = self._fault is AgentFault.SILENT_AFTER_TOOL and command.options.input is None
        if not (silent and self.caller.has_only_results):
            self._responder.create(command.options)

    def _cancel(self, command: CancelResponse) -> None:
        if self._out_of_band.cancel(command.response_id):
            return
        active_id = self._responder.active_id
        if active_id is None or command.response_id not in (None, active_id):
            raise Refused(
                "response_cancel_not_active", "Cancellation failed: no active response found."
            )
        self._responder.interrupted()
        self._responder.cancel("client_cancelled")

    def _clear_output(self, command: ClearOutput) -> None:
        raise Refused(
            "invalid_event", "output_audio_buffer.clear is only for WebRTC and SIP sessions."
        )

    # --- items ---------------------------------------------------------------------------

    def _create_item(self, command: CreateItem) -> None:
        state, item = self.state, command.item
        given = given_by(item, state.memory.called, self.caller.audio_format)
        item_id = item.id or state.new_id("item")
        item = replace(item, id=item_id, status=item.status or ItemStatus.COMPLETED)
        state.add_item(item, command.previous_item_id)
        if item.role is Role.ASSISTANT or item.kind is ItemKind.FUNCTION_CALL:
            self._responder.catch_up(called=item.kind is ItemKind.FUNCTION_CALL)
        for each in given:
            if isinstance(each, Pcm):
                self.caller.sent_audio(item_id, each)
            else:
                self.caller.gave(each)

    def _truncate(self, command: TruncateItem) -> None:
        state = self.state
        state.memory.truncate(command.item_id, command.content_index, command.audio_end_ms)
        if state.playing is not None and state.playing.item_id == command.item_id:
            state.playing.heard_samples = command.audio_end_ms * RATE_HZ // 1000
        state.emit(ItemTruncated(command.item_id, command.content_index, command.audio_end_ms))

    def _delete(self, command: DeleteItem) -> None:
        self.state.memory.delete(command.item_id)
        self.state.emit(ItemDeleted(command.item_id))

    def _retrieve(self, command: RetrieveItem) -> None:
        audio_format = self.caller.audio_format
        self.state.emit(ItemRetrieved(self.state.memory.retrieved(command.item_id, audio_format)))


_HANDLERS: dict[type, Callable[[ServedSession, Any], None]] = {
    ConfigureSession: ServedSession._configure,
    AppendAudio: ServedSession._append,
    CommitAudio: ServedSession._commit,
    ClearAudio: ServedSession._clear,
    CreateItem: ServedSession._create_item,
    TruncateItem: ServedSession._truncate,
    DeleteItem: ServedSession._delete,
    RetrieveItem: ServedSession._retrieve,
    CreateResponse: ServedSession._create_response,
    CancelResponse: ServedSession._cancel,
    ClearOutput: ServedSession._clear_output,
}
"""Functions, not methods of a session: it would hold itself, and its model of 3 MB, in memory."""
