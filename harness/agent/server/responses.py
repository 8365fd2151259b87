"""Parts of responses, and out-of-band responses."""

from __future__ import annotations

from dataclasses import dataclass

from harness.agent.desk.policy import Policy
from harness.agent.desk.toolbox import DeskReply
from harness.agent.server.caller_side import CallerSide, Pending, turns_of
from harness.agent.server.generation import Call, Generation, Message, Pace, arguments_json
from harness.agent.server.memory import SpokenItem
from harness.agent.server.session_state import SessionState, Speak, terms_of
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
class ResponseInput:
    """The input of a response outside the conversation; ``own`` means that it has its own input.

    Otherwise it is the pending input, which stays pending.
    """

    turns: tuple[tuple[Pending, ...], ...]
    own: bool
    context: str

    @property
    def ready(self) -> bool:
        """Whether all its words are known."""
        return all(each.value is not None for turn in self.turns for each in turn)

    def reply(self, desk: Policy, options: ResponseOptions, session: SessionConfig) -> DeskReply:
        """Return the desk's answer."""
        turns = [[each.value for each in turn if each.value is not None] for turn in self.turns]
        return desk.respond_stateless(turns, terms_of(options, session, self.context), own=self.own)


def response_input(
    options: ResponseOptions, state: SessionState, caller: CallerSide
) -> ResponseInput:
    """Return the input of such a response; raises Refused for unusable items."""
    if options.input is None:
        known = tuple(each for each in caller.pending if each.value is not None)
        return ResponseInput((known,) if known else (), False, state.memory.words())
    turns = turns_of(options.input, state.memory, caller.audio_format)
    pending = tuple(tuple(map(caller.own_input, turn)) for turn in turns)
    return ResponseInput(pending, True, _texts(options))


def message_of(
    reply: DeskReply,
    state: SessionState,
    spoken: SpokenItem | None,
    audio: Pcm | None,
    *,
    pace: Pace = Pace.STEADY,
) -> Message | None:
    """Return the message of a reply, None for a reply without words."""
    if not reply.say:
        return None
    return Message(state.new_id("item"), reply.say, reply.phase, spoken, audio, pace)


def calls_of(reply: DeskReply, state: SessionState) -> tuple[Call, ...]:
    """Return the function calls of a reply, each with ids of its own."""
    return tuple(
        Call(state.new_id("item"), state.ids.call(), call.name, arguments_json(call.arguments))
        for call in reply.calls
    )


def response_of(options: ResponseOptions, state: SessionState) -> Response:
    """Return a new response as ``response.created`` reports it."""
    config, out_of_band = state.config, options.conversation == OUT_OF_BAND
    return Response(
        id=state.new_id("resp"),
        status=ResponseStatus.IN_PROGRESS,
        metadata=options.metadata,
        conversation_id=None if out_of_band else state.conversation_id,
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


# Out-of-band responses: any number at once, not kept in the conversation.


@dataclass(slots=True)
class _InProgress:
    """A response in progress; ``job`` is that of its voice, None if there is no speech."""

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
        """Send the due events."""
        for current in tuple(self._in_progress.values()):
            if current.reply is None and current.given.ready:
                self._decide(current)
            self._stream(current)

    def next_due(self) -> float | None:
        """Return when ``advance`` has work, None if that depends on another event."""
        planned = (current.generation.next_due() for current in self._in_progress.values())
        return min((due_s for due_s in planned if due_s is not None), default=None)

    def cancel(self, response_id: str | None) -> bool:
        """End a response by its id; False if the id is unknown."""
        current = self._in_progress.pop(response_id or "", None)
        if current is None:
            return False
        for event in current.generation.cancel("client_cancelled"):
            self._state.emit(event)
        return True

    def spoken(self, job: int, audio: Pcm, marks: tuple[tuple[int, int], ...]) -> bool:
        """Take the audio of an earlier ``Speak``; False if its job is not of these responses."""
        current = self._of_job(job)
        if current is not None and current.reply is not None:
            self._begin(current, current.reply, SpokenItem(current.reply.say, marks), audio)
        return current is not None

    def failed(self, job: int, detail: str) -> bool:
        """End a response whose audio could not be synthesized; False if it is none of these."""
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
