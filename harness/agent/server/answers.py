"""The agent's half of a session: one response at a time, and its audio with planted faults.

States of a response::

    listening   the recognizer still works on its inputs
    thinking    the desk decides (a late agent waits here first)
    voicing     the voice engine works
    streaming   events leave on time, then done(completed)

Caller speech or a cancel command ends any of them with done(cancelled). A response that ended
before the caller can have heard a third of a second of it, and before a tool call, was a false
start: the desk's state is restored, and its inputs are answered together with the next inputs; a
written response is a false start only if no part of it left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from harness.agent.desk.policy import Policy
from harness.agent.desk.toolbox import DeskReply, DeskState, LastWords, Said
from harness.agent.faults import (
    AUDIO_LEFT_S,
    DROPPED_EVERY_S,
    DROPPED_S,
    LATE_BY_S,
    LONG_ANSWER_WORDS,
    LOUDER_BY_DB,
    LOUDEST,
    NOISE_FROM_S,
    QUIETER_BY_DB,
    RESULT_LATE_BY_S,
    AgentFault,
    AgentQuirk,
    AgentSwitch,
)
from harness.agent.server.caller_side import CallerSide, Pending, is_result
from harness.agent.server.generation import Generation, Message, Pace
from harness.agent.server.memory import SpokenItem
from harness.agent.server.responses import (
    RATE_LIMITS,
    ResponseInput,
    calls_of,
    message_of,
    response_input,
    response_of,
)
from harness.agent.server.session_state import HangUp, Playing, SessionState, Speak, terms_of
from harness.audio.pcm import FULL_SCALE, Pcm
from harness.audio.resample import resample
from harness.protocol.commands import ResponseOptions
from harness.protocol.events import ResponseCreated, ResponseDone
from harness.protocol.items import ErrorInfo, ResponseStatus

# Faults and quirks in the agent's audio: its level, its length, and the time of its departure.


def _lost_byte(audio: Pcm) -> Pcm:
    at = round(NOISE_FROM_S * audio.rate_hz)
    # A missing byte shifts the halves of all later samples: they are noise.
    rest = audio.cut(at).to_bytes()[1:]
    noise = np.frombuffer(rest[: len(rest) // 2 * 2], np.int16)
    return Pcm(np.concatenate((audio.cut(0, at).samples, noise)), audio.rate_hz)


def _loud(audio: Pcm) -> Pcm:
    peak = int(np.abs(audio.samples.astype(np.int32)).max(initial=1))
    return Pcm((audio.samples * (LOUDEST * FULL_SCALE / peak)).astype(np.int16), audio.rate_hz)


def _dropped(audio: Pcm) -> Pcm:
    samples, every = audio.samples.copy(), round(DROPPED_EVERY_S * audio.rate_hz)
    for at in range(every, len(samples), every):
        samples[at : at + round(DROPPED_S * audio.rate_hz)] = 0
    return Pcm(samples, audio.rate_hz)


def _at_half_speed(audio: Pcm) -> Pcm:
    return Pcm(resample(audio, 2 * audio.rate_hz).samples, audio.rate_hz)


_CHANGED: Mapping[AgentSwitch, Callable[[Pcm], Pcm]] = {
    AgentQuirk.QUIET_VOICE: lambda audio: audio.gained(-QUIETER_BY_DB),
    AgentQuirk.LOUD_VOICE: _loud,
    AgentFault.CLIPS_AUDIO: lambda audio: audio.gained(LOUDER_BY_DB),
    AgentFault.SENDS_NOISE: _lost_byte,
    AgentFault.SENDS_SLOW_AUDIO: _at_half_speed,
    AgentFault.DROPS_PACKETS: _dropped,
    AgentFault.SENDS_STEREO: lambda audio: Pcm(np.repeat(audio.samples, 2), audio.rate_hz),
}
"""The change to all audio, by switch."""


def sent_audio(words: str, audio: Pcm, switch: AgentSwitch | None) -> Pcm:
    """Return the audio that is sent for these words."""
    if switch is not None and switch in _CHANGED:
        return _CHANGED[switch](audio)
    if switch is AgentFault.TEXT_WITHOUT_AUDIO and len(words.split()) >= LONG_ANSWER_WORDS:
        return audio.cut(0, round(AUDIO_LEFT_S * audio.rate_hz))
    return audio


def pace_of(switch: AgentSwitch | None) -> Pace:
    """Return how fast audio leaves."""
    if switch is AgentQuirk.SENDS_AUDIO_AHEAD:
        return Pace.AT_ONCE
    return Pace.CHOPPY if switch is AgentFault.SENDS_CHOPPY_AUDIO else Pace.STEADY


_FALSE_START_S = 0.33
_STOPS_WITH: Mapping[AgentSwitch | None, ErrorInfo | None] = {
    AgentFault.STOPS_MID_ANSWER: None,
    AgentFault.FAILS_MID_ANSWER: ErrorInfo(
        "server_error", "The server had an error while it processed the request."
    ),
}
"""The error with which an answer stops half-way; None if a filter stops it."""
_LINGERS_S = 0.1
"""The time from the end of the farewell to the hang-up."""

_NORMAL_END = 1000
"""The close code of a client or server that is done."""

_NO_REPLY = DeskReply()
_NEW_STATE = DeskState()


class Stage(Enum):
    """The stages of a response."""

    LISTENING = "listening"
    THINKING = "thinking"
    VOICING = "voicing"
    STREAMING = "streaming"


@dataclass(slots=True)
class Current:
    """The response in progress."""

    generation: Generation
    options: ResponseOptions
    own_input: ResponseInput | None = None
    """Its input in place of the conversation, if it was given any."""
    stage: Stage = Stage.LISTENING
    inputs: list[Pending] = field(default_factory=list)
    reply: DeskReply = _NO_REPLY
    before: DeskState = _NEW_STATE
    """The desk's state before it decided."""
    not_before_s: float = 0.0
    job: int | None = None
    heard_from_s: float = 0.0
    """When its first audio plays, if a client plays all audio in sequence."""

    @property
    def reports_result(self) -> bool:
        """Whether it reports a tool's result to the caller, and calls no other tool."""
        return not self.reply.calls and any(map(is_result, self.inputs))


class Responder:
    """Creates, advances and cancels responses."""

    def __init__(
        self, state: SessionState, caller: CallerSide, desk: Policy, fault: AgentSwitch | None
    ) -> None:
        self._state, self._caller, self._desk, self._fault = state, caller, desk, fault
        self._current: Current | None = None
        self._last: Current | None = None
        self._hangs_up_s: float | None = None
        self.has_spoken = False
        self.done_s: float | None = None
        """When the last response ended, None during a response and before the first."""

    @property
    def active(self) -> bool:
        """Whether a response is in progress."""
        return self._current is not None

    @property
    def active_id(self) -> str | None:
        """Id of the response in progress."""
        return self._current.generation.response.id if self._current else None

    @property
    def talking(self) -> bool:
        """Whether the agent is sending words, or a client still plays them."""
        if self._current is not None and self._current.stage is Stage.STREAMING:
            return True
        playing = self._state.playing
        return playing is not None and self._state.now_s < playing.ends_s

    @property
    def result_heard_since_s(self) -> float | None:
        """When the caller began to hear a result that is being sent; None if there is none."""
        current = self._current
        if current is None or not current.reports_result:
            return None
        return None if current.generation.first_audio_s is None else current.heard_from_s

    def create(self, options: ResponseOptions, *, answers_caller: bool = False) -> None:
        """Begin a response; the caller of this makes sure that none is in progress.

        Raises:
            Refused: its own input cannot be used.
        """
        state = self._state
        given = None if options.input is None else response_input(options, state, self._caller)
        response = response_of(options, state)
        generation = Generation(response)
        self._current = Current(generation, options, given)
        self.done_s = self._hangs_up_s = None
        if self._fault is AgentFault.LATE_ANSWER and answers_caller:
            self._current.not_before_s = state.now_s + LATE_BY_S
        if self._fault is AgentFault.LATE_RESULT and self._caller.has_only_results:
            self._current.not_before_s = state.now_s + RESULT_LATE_BY_S
        state.emit(ResponseCreated(response))
        state.emit(RATE_LIMITS)
        self.advance()

    def catch_up(self, *, called: bool) -> None:
        """Mark pending inputs as answered: the client added the answers to the conversation.

        So a conversation that began in another session continues there. Words alone may only
        announce a call: unless a tool was ``called``, their input still waits for it.
        """
        if self._current is not None or not self._caller.ready:
            return
        before, taken = self._desk.state, self._caller.take()
        values = [each.value for each in taken if each.value is not None]
        if values:
            terms = terms_of(ResponseOptions(), self._state.config, "")
            reply = self._desk.respond(values, None, terms)
            if reply.calls and not called:
                self._desk.restore(before)
                self._caller.give_back(taken)

    def advance(self) -> None:
        """Do all work that is possible now: decide, voice, send due events, hang up."""
        if self._hangs_up_s is not None and self._state.now_s >= self._hangs_up_s - 1e-9:
            self._hangs_up_s = None
            self._state.outbox.append(HangUp(_NORMAL_END, ""))
        current = self._current
        if current is None:
            return
        if current.stage is Stage.LISTENING and (current.own_input or self._caller).ready:
            current.stage = Stage.THINKING
        if current.stage is Stage.THINKING and self._state.now_s >= current.not_before_s - 1e-9:
            self._decide(current)
        if current.stage is Stage.STREAMING:
            self._stream(current)

    def next_due(self) -> float | None:
        """Return when ``advance`` has work, None if that depends on another event."""
        current = self._current
        if current is None:
            return self._hangs_up_s
        if current.stage in (Stage.LISTENING, Stage.VOICING):
            return None
        if current.stage is Stage.THINKING:
            return current.not_before_s
        return current.generation.next_due()

    def cancel(self, reason: str) -> None:
        """End the response in progress at once."""
        current = self._current
        if current is None:
            return
        for event in current.generation.cancel(reason):
            self._state.emit(event)
        self._current, self.done_s = None, self._state.now_s
        if current.stage in (Stage.LISTENING, Stage.THINKING):
            return
        # Words before a call that never left are dropped like a false start, but not repeated: of
        # their inputs, only tool results are taken again.
        if current.reply.calls and not current.generation.calls_sent:
            self._desk.restore(current.before)
            self._caller.give_back(each for each in current.inputs if is_result(each))
        self._last = current
        self._ended_early(current)
        if current.generation.first_audio_s is None and not current.generation.calls_sent:
            self._state.playing = None

    def _ended_early(self, current: Current) -> None:
        """Remember how much of its words left."""
        message, sent = current.generation.message, current.generation.sent_samples
        if message is not None and message.spoken is not None:
            self._state.memory.limit_sent(message.item_id, sent)

    def interrupted(self) -> None:
        """Record that the caller spoke during the audio being heard."""
        playing = self._state.playing
        if playing is not None:
            source = self._current or self._last
            sent = source.generation.sent_samples if source is not None else 0
            playing.interrupted(self._state.now_s, sent)

    def spoken(self, job: int, audio: Pcm, marks: tuple[tuple[int, int], ...]) -> None:
        """Take the audio of an earlier ``Speak``."""
        current = self._current
        if current is None or current.job != job:
            return
        reply, spoken = current.reply, SpokenItem(current.reply.say, marks)
        sent, pace = sent_audio(reply.say, audio, self._fault), pace_of(self._fault)
        if self._fault in _STOPS_WITH and current.reports_result:
            current.generation.stop_samples = len(sent) // 2
            current.generation.stop_error = _STOPS_WITH[self._fault]
        message = message_of(reply, self._state, spoken, sent, pace=pace)
        self._begin_streaming(current, message)

    def failed(self, job: int, detail: str) -> None:
        """End a response whose audio could not be synthesized."""
        current = self._current
        if current is None or current.job != job:
            return
        error = ErrorInfo("server_error", detail, code="server_error")
        self._state.emit(ResponseDone(current.generation.failed(error)))
        self._current, self.done_s = None, self._state.now_s

    def _decide(self, current: Current) -> None:
        state, options = self._state, current.options
        if current.own_input is not None:
            current.before = self._desk.state
            current.reply = current.own_input.reply(self._desk, options, state.config)
        else:
            self._take_inputs(current)
            current.before = self._desk.state
            values = tuple(each.value for each in current.inputs if each.value is not None)
            terms = terms_of(options, state.config, state.memory.words())
            current.reply = self._desk.respond(values, self._last_words(), terms)
        self._last = current
        heard_s = sum(each.audio_s for each in current.inputs)
        current.generation.input_audio_tokens = round(heard_s * 10)
        instructions = options.instructions or state.config.instructions or ""
        current.generation.input_text_tokens = len(instructions.split())
        if current.reply.say and "audio" in current.generation.response.modalities:
            current.stage, current.job = Stage.VOICING, state.new_job()
            response = current.generation.response
            voice, speed = response.voice or "alloy", state.config.speed or 1.0
            state.outbox.append(Speak(current.job, current.reply.say, voice, speed))
        else:
            self._begin_streaming(current, message_of(current.reply, state, None, None))

    def _last_words(self) -> LastWords | None:
        """Return the last spoken or written words; None if there are none or none of them left."""
        playing, last = self._state.playing, self._last
        if playing is not None:
            return playing.last_words()
        if last is None or not last.generation.text_sent:
            return None
        return LastWords(" ".join(last.reply.say.split()), last.generation.text_sent)

    def _take_inputs(self, current: Current) -> None:
        """Collect the inputs to answer; after a false start, together with the earlier inputs."""
        last = self._last
        current.inputs = self._caller.take()
        if last is None or last.generation.calls_sent or not last.inputs:
            return
        spoke_again = any(isinstance(each.value, Said) for each in current.inputs)
        if self._went_unheard(last) and spoke_again and last.reply.say:
            self._desk.restore(last.before)
            given_back = [each for each in current.inputs if is_result(each)]
            current.inputs = [
                # Results that ``cancel`` gave back are among the current inputs already.
                *(each for each in last.inputs if not any(each is one for one in given_back)),
                *current.inputs,
            ]
            self._state.playing = None

    def _went_unheard(self, last: Current) -> bool:
        """Return whether an answer was cut too early for the caller to understand any of it."""
        playing = self._state.playing
        if playing is None:
            return not last.generation.text_sent
        return playing.heard_samples is not None and playing.heard_s < _FALSE_START_S

    def _begin_streaming(self, current: Current, message: Message | None) -> None:
        state = self._state
        calls = calls_of(current.reply, state)
        current.generation.plan(message, calls, state.now_s)
        current.stage = Stage.STREAMING
        if message is not None and message.spoken is not None:
            self.has_spoken = True
            state.memory.keep_spoken(message.item_id, message.spoken)
            current.heard_from_s = max(state.now_s, state.playing.ends_s if state.playing else 0.0)
            state.playing = Playing(message.item_id, message.spoken, state.now_s)
        elif message is not None or not calls:
            state.playing = None
        self._stream(current)

    def _stream(self, current: Current) -> None:
        for event in current.generation.due(self._state.now_s):
            self._state.emit(event)
            if isinstance(event, ResponseDone):
                self._current, self.done_s = None, self._state.now_s
                if event.response.status is not ResponseStatus.COMPLETED:
                    self._ended_early(current)
                if current.reply.farewell:
                    self._hangs_up_s = self._end_of_call()

    def _end_of_call(self) -> float | None:
        """Return when the agent hangs up after its farewell (seconds); None if the client does."""
        playing, now_s = self._state.playing, self._state.now_s
        if self._fault is AgentFault.HANGS_UP_EARLY:
            return now_s
        if self._fault is AgentQuirk.HANGS_UP_LAST:
            return _LINGERS_S + (now_s if playing is None else max(now_s, playing.ends_s))
        return None


def already_active(response_id: str | None) -> ErrorInfo:
    """Return the error for a request for a second response."""
    return ErrorInfo(
        "invalid_request_error",
        f"Conversation already has an active response in progress: {response_id}.",
        code="conversation_already_has_active_response",
    )
