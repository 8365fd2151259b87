"""Responses beside the conversation: any number at once, remembered nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from harness.agent.desk.policy import Desk
from harness.agent.server.generation import Generation
from harness.agent.server.memory import SpokenItem
from harness.agent.server.script import Message
from harness.agent.server.session_state import SessionState, Speak
from harness.audio.pcm import Pcm
from harness.protocol.commands import ResponseOptions
from harness.protocol.events import RateLimit, RateLimitsUpdated, ResponseCreated, ResponseDone
from harness.protocol.items import ErrorInfo, Response, ResponseStatus

OUT_OF_BAND = "none"
"""The conversation that such a response names."""

RATE_LIMITS = RateLimitsUpdated(
    (RateLimit("requests", 1000, 999, 60.0), RateLimit("tokens", 50_000, 49_000, 1.0))
)


@dataclass(slots=True)
class _Aside:
    """One response in progress; ``job`` is that of its voice, None where nothing is spoken."""

    generation: Generation
    say: str
    job: int | None = None


class OutOfBand:
    """Creates, advances and cancels responses that are outside of the conversation."""

    def __init__(self, state: SessionState, desk: Desk) -> None:
        self._state, self._desk = state, desk
        self._asides: dict[str, _Aside] = {}

    def create(self, options: ResponseOptions) -> None:
        """Begin a response."""
        state = self._state
        response = response_of(options, state)
        state.emit(ResponseCreated(response))
        state.emit(RATE_LIMITS)
        say = self._desk.aside(options.instructions, _texts(options)).say
        aside = _Aside(Generation(response, in_conversation=False), say)
        self._asides[response.id] = aside
        if "audio" in response.modalities:
            aside.job = state.new_job()
            voice, speed = state.config.voice or "alloy", state.config.speed or 1.0
            state.outbox.append(Speak(aside.job, say, voice, speed))
        else:
            self._begin(aside, None, None)

    def advance(self) -> None:
        """Send what is due."""
        for aside in tuple(self._asides.values()):
            self._stream(aside)

    def next_due(self) -> float | None:
        """Return when ``advance`` has something to do, None if only another event can tell."""
        planned = (aside.generation.next_due() for aside in self._asides.values())
        return min((due_s for due_s in planned if due_s is not None), default=None)

    def cancel(self, response_id: str | None) -> bool:
        """End a response by its id; False if there is no such one."""
        aside = self._asides.pop(response_id or "", None)
        if aside is None:
            return False
        for event in aside.generation.cancel("client_cancelled"):
            self._state.emit(event)
        return True

    def spoken(self, job: int, audio: Pcm, marks: tuple[tuple[int, int], ...]) -> bool:
        """Take what the voice made of an earlier ``Speak``; False if it was not for here."""
        aside = self._of_job(job)
        if aside is not None:
            self._begin(aside, SpokenItem(aside.say, marks), audio)
        return aside is not None

    def failed(self, job: int, detail: str) -> bool:
        """End a response whose voice could not be made; False if it is none of these."""
        aside = self._of_job(job)
        if aside is not None:
            error = ErrorInfo("server_error", detail, code="server_error")
            self._state.emit(ResponseDone(aside.generation.failed(error)))
            del self._asides[aside.generation.response.id]
        return aside is not None

    def _of_job(self, job: int) -> _Aside | None:
        return next((each for each in self._asides.values() if each.job == job), None)

    def _begin(self, aside: _Aside, spoken: SpokenItem | None, audio: Pcm | None) -> None:
        message = Message(self._state.new_id("item"), aside.say, "final_answer", spoken, audio)
        aside.generation.plan(message, (), self._state.now_s)
        self._stream(aside)

    def _stream(self, aside: _Aside) -> None:
        for event in aside.generation.due(self._state.now_s):
            self._state.emit(event)
            if isinstance(event, ResponseDone):
                del self._asides[aside.generation.response.id]


def response_of(options: ResponseOptions, state: SessionState) -> Response:
    """Return a new response as its ``response.created`` tells of it."""
    config, aside = state.config, options.conversation == OUT_OF_BAND
    return Response(
        id=state.new_id("resp"),
        status=ResponseStatus.IN_PROGRESS,
        metadata=options.metadata,
        conversation_id=None if aside else state.conversation_id,
        modalities=options.modalities or config.modalities or ("audio",),
        max_output_tokens=options.max_output_tokens or config.max_output_tokens or "inf",
        voice=config.voice,
        audio_format=state.output_format,
    )


def _texts(options: ResponseOptions) -> str:
    parts = (
        part.text or part.transcript or "" for item in options.input or () for part in item.content
    )
    return " ".join(part for part in parts if part)
