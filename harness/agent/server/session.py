"""The agent's side of one Realtime session, without I/O: commands and results in, events out.

Everything to be sent or done stands in ``state.outbox`` afterwards, in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.agent.desk.policy import Policy
from harness.agent.faults import AgentFault, AgentSwitch
from harness.agent.server.caller_side import CallerSide
from harness.agent.server.client_items import given_by
from harness.agent.server.input_audio import FindsTurns, InputAudio
from harness.agent.server.memory import Refused
from harness.agent.server.out_of_band import OutOfBand
from harness.agent.server.responding import Responder, already_active
from harness.agent.server.response_parts import OUT_OF_BAND
from harness.agent.server.session_state import HangUp, Ids, Lifetime, SessionState
from harness.agent.server.settings import DEFAULTS, check_options, served, updated
from harness.agent.server.turn_taking import TurnTaking
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

_GOING_AWAY = 1001
"""The close code of the service for a session that is over."""


class ServedSession:
    """One session; every method takes the time and leaves its doings in ``state.outbox``."""

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
        """Carry out a command; what cannot be done is answered with an error event."""
        self.state.now_s = now_s
        if self._over:
            return
        try:
            _HANDLERS[type(command)](self, command)
        except Refused as refused:
            self.state.refuse(refused.info, command.event_id)
        self._go_on()

    def refuse(self, error: ErrorInfo, now_s: float) -> None:
        """Answer a message that is no command."""
        self.state.now_s = now_s
        self.state.refuse(error, error.event_id)

    def recognized(self, job: int, words: Callable[[], str], now_s: float) -> None:
        """Take that a ``Listen`` is done; what was heard is asked for where somebody needs it."""
        self.state.now_s = now_s
        self.caller.recognized(job, words)
        self._go_on()

    def spoken(
        self, job: int, audio: Pcm, marks: tuple[tuple[int, int], ...], *, now_s: float
    ) -> None:
        """Take what the voice made of a ``Speak``; ``marks`` as in ``memory.SpokenItem``."""
        self.state.now_s = now_s
        if not self._out_of_band.spoken(job, audio, marks):
            self._responder.spoken(job, audio, marks)
        self._go_on()

    def failed(self, job: int, detail: str, now_s: float) -> None:
        """Take that an engine could not do a job."""
        self.state.now_s = now_s
        if not (self.caller.failed(job, detail) or self._out_of_band.failed(job, detail)):
            self._responder.failed(job, detail)
        self._go_on()

    def tick(self, now_s: float) -> None:
        """Do what is due."""
        self.state.now_s = now_s
        if self._lifetime is not None and now_s >= self._lifetime.ends_s - 1e-9:
            self._expire(self._lifetime.told)
            return
        self.turns.time_out()
        self._go_on()

    def next_due(self) -> float | None:
        """Return when ``tick`` should be called, None if nothing is planned."""
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
        """End the session as the service does: an error, and a close frame that says the same."""
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
"""Functions, no methods of one session: it would hold itself, and its model of 3 MB, in memory."""
