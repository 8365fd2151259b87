"""Out-of-band responses: any number at once, remembered nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from harness.agent.desk.policy import Policy
from harness.agent.desk.talk import DeskReply
from harness.agent.server.caller_side import CallerSide
from harness.agent.server.generation import Generation
from harness.agent.server.memory import SpokenItem
from harness.agent.server.response_parts import (
    RATE_LIMITS,
    ResponseInput,
    calls_of,
    message_of,
    response_input,
    response_of,
)
from harness.agent.server.session_state import SessionState, Speak
from harness.audio.pcm import Pcm
from harness.protocol.commands import ResponseOptions
from harness.protocol.events import ResponseCreated, ResponseDone
from harness.protocol.items import ErrorInfo


@dataclass(slots=True)
class _InProgress:
    """One response in progress; ``job`` is that of its voice, None while nothing is spoken."""

    generation: Generation
    options: ResponseOptions
    given: ResponseInput
    reply: DeskReply | None = None
    job: int | None = None


class OutOfBand:
    """Creates, advances and cancels responses that are outside of the conversation."""

    def __init__(self, state: SessionState, caller: CallerSide, desk: Policy) -> None:
        self._state, self._caller, self._desk = state, caller, desk
        self._in_progress: dict[str, _InProgress] = {}

    def create(self, options: ResponseOptions) -> None:
        """Begin a response; raises Refused."""
        state = self._state
        given = response_input(options, state, self._caller)
        response = response_of(options, state)
        state.emit(ResponseCreated(response))
        state.emit(RATE_LIMITS)
        generation = Generation(response, in_conversation=False)
        self._in_progress[response.id] = _InProgress(generation, options, given)

    def _decide(self, current: _InProgress) -> None:
        state, response = self._state, current.generation.response
        current.reply = current.given.reply(self._desk, current.options, state.config)
        if current.reply.say and "audio" in response.modalities:
            current.job = state.new_job()
            voice, speed = response.voice or "alloy", state.config.speed or 1.0
            state.outbox.append(Speak(current.job, current.reply.say, voice, speed))
        else:
            self._begin(current, current.reply, None, None)

    def advance(self) -> None:
        """Send what is due."""
        for current in tuple(self._in_progress.values()):
            if current.reply is None and current.given.ready:
                self._decide(current)
            self._stream(current)

    def next_due(self) -> float | None:
        """Return when ``advance`` has something to do, None if only another event can tell."""
        planned = (current.generation.next_due() for current in self._in_progress.values())
        return min((due_s for due_s in planned if due_s is not None), default=None)

    def cancel(self, response_id: str | None) -> bool:
        """End a response by its id; False if there is no such one."""
        current = self._in_progress.pop(response_id or "", None)
        if current is None:
            return False
        for event in current.generation.cancel("client_cancelled"):
            self._state.emit(event)
        return True

    def spoken(self, job: int, audio: Pcm, marks: tuple[tuple[int, int], ...]) -> bool:
        """Take what the voice made of an earlier ``Speak``; False if it was not for here."""
        current = self._of_job(job)
        if current is not None and current.reply is not None:
            self._begin(current, current.reply, SpokenItem(current.reply.say, marks), audio)
        return current is not None

    def failed(self, job: int, detail: str) -> bool:
        """End a response whose voice could not be made; False if it is none of these."""
        current = self._of_job(job)
        if current is not None:
            error = ErrorInfo("server_error", detail, code="server_error")
            self._state.emit(ResponseDone(current.generation.failed(error)))
            del self._in_progress[current.generation.response.id]
        return current is not None

    def _of_job(self, job: int) -> _InProgress | None:
        return next((each for each in self._in_progress.values() if each.job == job), None)

    def _begin(
        self, current: _InProgress, reply: DeskReply, spoken: SpokenItem | None, audio: Pcm | None
    ) -> None:
        state = self._state
        message = message_of(reply, state, spoken, audio)
        current.generation.plan(message, calls_of(reply, state), state.now_s)
        self._stream(current)

    def _stream(self, current: _InProgress) -> None:
        for event in current.generation.due(self._state.now_s):
            self._state.emit(event)
            if isinstance(event, ResponseDone):
                self._in_progress.pop(current.generation.response.id, None)
