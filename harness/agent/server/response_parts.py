"""What responses are made of: what they answer, their beginning, their message and their calls."""

from __future__ import annotations

from dataclasses import dataclass

from harness.agent.desk.policy import Policy
from harness.agent.desk.talk import DeskReply
from harness.agent.server.caller_side import CallerSide, Pending
from harness.agent.server.client_items import turns_of
from harness.agent.server.memory import SpokenItem
from harness.agent.server.script import Call, Message, Pace, arguments_json
from harness.agent.server.session_state import SessionState
from harness.agent.server.settings import terms_of
from harness.audio.pcm import Pcm
from harness.protocol.commands import ResponseOptions, SessionConfig
from harness.protocol.events import RateLimit, RateLimitsUpdated
from harness.protocol.items import Response, ResponseStatus

OUT_OF_BAND = "none"
"""The conversation that such a response names."""

RATE_LIMITS = RateLimitsUpdated(
    (RateLimit("requests", 1000, 999, 60.0), RateLimit("tokens", 50_000, 49_000, 1.0))
)


@dataclass(slots=True)
class ResponseInput:
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

    def reply(self, desk: Policy, options: ResponseOptions, session: SessionConfig) -> DeskReply:
        """Return the desk's answer."""
        turns = [[each.value for each in turn if each.value is not None] for turn in self.turns]
        return desk.respond_stateless(turns, terms_of(options, session, self.context), own=self.own)


def response_input(
    options: ResponseOptions, state: SessionState, caller: CallerSide
) -> ResponseInput:
    """Return what such a response is to answer; raises Refused for items that cannot be."""
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
    """Return the message of a reply, None for one without words."""
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
    """Return a new response as its ``response.created`` tells of it."""
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
