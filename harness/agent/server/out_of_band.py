"""Responses beside the conversation: any number at once, remembered nowhere."""

from __future__ import annotations

from dataclasses import dataclass

from harness.agent.desk.policy import Desk
from harness.agent.desk.talk import DeskReply
from harness.agent.server.caller_side import CallerSide, Pending
from harness.agent.server.client_items import turns_of
from harness.agent.server.generation import Generation
from harness.agent.server.memory import SpokenItem
from harness.agent.server.script import Call, Message, arguments_json
from harness.agent.server.session_state import SessionState, Speak
from harness.agent.server.settings import terms_of
from harness.audio.pcm import Pcm
from harness.protocol.commands import ResponseOptions, SessionConfig
from harness.protocol.events import RateLimit, RateLimitsUpdated, ResponseCreated, ResponseDone
from harness.protocol.items import ErrorInfo, Response, ResponseStatus

OUT_OF_BAND = "none"
"""The conversation that such a response names."""

RATE_LIMITS = RateLimitsUpdated(
    (RateLimit("requests", 1000, 999, 60.0), RateLimit("tokens", 50_000, 49_000, 1.0))
)


@dataclass(slots=True)
class Beside:
    """What a response answers that takes nothing from the conversation; ``own`` is one of its own.

    Else it is what waits for an answer, and stays so.
    """

    turns: tuple[tuple[Pending, ...], ...]
    own: bool
    context: str

    @property
    def ready(self) -> bool:
        """Whether all its words are known."""
        return all(each.value is not None for turn in self.turns for each in turn)

    def reply(self, desk: Desk, options: ResponseOptions, session: SessionConfig) -> DeskReply:
        """Return the desk's answer."""
        turns = [[each.value for each in turn if each.value is not None] for turn in self.turns]
        return desk.aside(turns, terms_of(options, session, self.context), own=self.own)


def beside(options: ResponseOptions, state: SessionState, caller: CallerSide) -> Beside:
    """Return what such a response is to answer; raises Refused for items that cannot be."""
    if options.input is None:
        known = tuple(each for each in caller.pending if each.value is not None)
        return Beside((known,) if known else (), False, state.memory.words())
    turns = turns_of(options.input, state.memory, caller.audio_format)
    pending = tuple(tuple(map(caller.beside, turn)) for turn in turns)
    return Beside(pending, True, _texts(options))


@dataclass(slots=True)
class _Aside:
    """One response in progress; ``job`` is that of its voice, None while nothing is spoken."""

    generation: Generation
    options: ResponseOptions
    answers: Beside
    reply: DeskReply | None = None
    job: int | None = None


class OutOfBand:
    """Creates, advances and cancels responses that are outside of the conversation."""

    def __init__(self, state: SessionState, caller: CallerSide, desk: Desk) -> None:
        self._state, self._caller, self._desk = state, caller, desk
        self._asides: dict[str, _Aside] = {}

    def create(self, options: ResponseOptions) -> None:
        """Begin a response; raises Refused."""
        state = self._state
        answers = beside(options, state, self._caller)
        response = response_of(options, state)
        state.emit(ResponseCreated(response))
        state.emit(RATE_LIMITS)
        generation = Generation(response, in_conversation=False)
        self._asides[response.id] = _Aside(generation, options, answers)

    def _decide(self, aside: _Aside) -> None:
        state, response = self._state, aside.generation.response
        aside.reply = aside.answers.reply(self._desk, aside.options, state.config)
        if aside.reply.say and "audio" in response.modalities:
            aside.job = state.new_job()
            voice, speed = response.voice or "alloy", state.config.speed or 1.0
            state.outbox.append(Speak(aside.job, aside.reply.say, voice, speed))
        else:
            self._begin(aside, aside.reply, None, None)

    def advance(self) -> None:
        """Send what is due."""
        for aside in tuple(self._asides.values()):
            if aside.reply is None and aside.answers.ready:
                self._decide(aside)
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
        if aside is not None and aside.reply is not None:
            self._begin(aside, aside.reply, SpokenItem(aside.reply.say, marks), audio)
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

    def _begin(
        self, aside: _Aside, reply: DeskReply, spoken: SpokenItem | None, audio: Pcm | None
    ) -> None:
        state = self._state
        message = message_of(reply, state, spoken, audio)
        aside.generation.plan(message, calls_of(reply, state), state.now_s)
        self._stream(aside)

    def _stream(self, aside: _Aside) -> None:
        for event in aside.generation.due(self._state.now_s):
            self._state.emit(event)
            if isinstance(event, ResponseDone):
                self._asides.pop(aside.generation.response.id, None)


def message_of(
    reply: DeskReply, state: SessionState, spoken: SpokenItem | None, audio: Pcm | None
) -> Message | None:
    """Return the message of a reply, None for one without words."""
    if not reply.say:
        return None
    return Message(state.new_id("item"), reply.say, reply.phase, spoken, audio)


def calls_of(reply: DeskReply, state: SessionState) -> tuple[Call, ...]:
    """Return the function calls of a reply, each with ids of its own."""
    return tuple(
        Call(state.new_id("item"), state.ids.call(), call.name, arguments_json(call.arguments))
        for call in reply.calls
    )


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
        voice=options.voice or config.voice,
        audio_format=options.output_format or state.output_format,
    )


def _texts(options: ResponseOptions) -> str:
    parts = (
        part.text or part.transcript or "" for item in options.input or () for part in item.content
    )
    return "\n".join(part for part in parts if part)
