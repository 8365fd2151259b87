"""The caller's half of a session: audio in, turns found, words recognized, inputs for the desk."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from harness.agent.desk.toolbox import Idle, Input, Returned, Said, Shown
from harness.agent.faults import EAGER_MS, AgentFault, AgentSwitch
from harness.agent.server.memory import Memory, Purpose, Refused
from harness.agent.server.session_state import Listen, SessionState
from harness.agent.server.turn_detection import (
    FindsTurns,
    Settings,
    Utterance,
    VadChange,
    VadEvent,
    settings_of,
)
from harness.audio.pcm import Pcm
from harness.errors import SpeechFailed
from harness.protocol.audio_bytes import samples_of
from harness.protocol.events import (
    InputCommitted,
    InputTimedOut,
    InputTranscriptDelta,
    InputTranscriptDone,
    InputTranscriptFailed,
    ItemAdded,
    ItemDone,
    SpeechStarted,
    SpeechStopped,
)
from harness.protocol.items import (
    AudioFormat,
    Content,
    ContentKind,
    ErrorInfo,
    Item,
    ItemKind,
    ItemStatus,
    Json,
    Role,
    TranscriptionUsage,
)
from harness.protocol.tool_requests import parsed_arguments

# The inputs for the agent in an item that a client adds to the conversation.

Given: TypeAlias = Returned | Said | Shown | Pcm
"""A tool's result, typed words, a picture, or a whole turn as audio."""


Called: TypeAlias = Callable[[str], Item | None]
"""Finds a function call by its call id."""

_REFERENCE = "item_reference"


def given_by(item: Item, called: Called, audio_format: AudioFormat) -> tuple[Given, ...]:
    """Return the inputs in an item, none for the agent's own items and for settings.

    ``audio_format`` is the session's: audio in items has it too.

    Raises:
        Refused: a call whose arguments are no JSON object, a result without a call, or audio that
            ends inside a sample.
    """
    if item.kind is ItemKind.FUNCTION_CALL:
        _arguments(item.arguments or "", "item.arguments")
        return ()
    if item.kind is ItemKind.FUNCTION_CALL_OUTPUT:
        return (_returned(item, called),)
    return tuple(_parts(item, audio_format)) if item.role is Role.USER else ()


def turns_of(
    items: Iterable[Item], memory: Memory, audio_format: AudioFormat
) -> tuple[tuple[Given, ...], ...]:
    """Return the inputs of a separate conversation, turn by turn.

    The items between two of the agent's messages or calls are one turn. Items may be references to
    those of the session.

    Raises:
        Refused: as ``given_by``, or a reference to an item that is not there.
    """
    whole = [_referred(item, memory) for item in items]
    calls = {item.call_id: item for item in whole if item.kind is ItemKind.FUNCTION_CALL}
    turns: list[list[Given]] = [[]]
    for item in whole:
        if item.role is Role.ASSISTANT or item.kind is ItemKind.FUNCTION_CALL:
            turns.append([])
        found = given_by(item, lambda name: calls.get(name) or memory.called(name), audio_format)
        turns[-1] += found
    return tuple(tuple(turn) for turn in turns if turn)


def _referred(item: Item, memory: Memory) -> Item:
    if item.kind is ItemKind.OTHER and item.extra.get("type") == _REFERENCE:
        return memory.get(item.id or "", Purpose.RETRIEVE)
    return item


def _returned(item: Item, called: Called) -> Returned:
    call = called(item.call_id or "")
    if call is None:
        raise Refused(
            "invalid_tool_call_id",
            f"Tool call ID {item.call_id!r} not found in conversation.",
            "item.call_id",
        )
    arguments = _arguments(call.arguments or "", "item.call_id")
    return Returned(call.name or "", arguments, item.output or "")


def _arguments(text: str, param: str) -> Json:
    arguments = parsed_arguments(text)
    if arguments is None:
        raise Refused("invalid_value", "The arguments of a call must be a JSON object.", param)
    return arguments


def _parts(item: Item, audio_format: AudioFormat) -> Iterator[Given]:
    for index, part in enumerate(item.content):
        if part.audio:
            try:
                samples = samples_of(part.audio, audio_format)
            except ValueError:
                at = f"item.content[{index}].audio"
                raise Refused("invalid_value", "Audio must be whole samples.", at) from None
            yield Pcm(samples, audio_format.rate_hz)
        elif part.kind is ContentKind.INPUT_IMAGE:
            yield Shown()
        elif part.text or part.transcript:
            yield Said(part.text or part.transcript or "")


_RESULTS = 16
"""How many turns may wait to be reported."""

_LEAST_MS = 100
"""Shorter turns cannot be committed by hand (measured at the service)."""


@dataclass(slots=True)
class Pending:
    """An input that no response has taken up; ``value`` is None while it is being recognized."""

    value: Input | None
    job: int | None = None
    item_id: str | None = None
    audio_s: float = 0.0


def is_result(pending: Pending) -> bool:
    """Return whether it is a tool's result."""
    return isinstance(pending.value, Returned)


@dataclass(frozen=True, slots=True)
class Noticed:
    """A turn's beginning (``stopped_ms`` None) or end, ready to be reported."""

    item_id: str
    started_ms: int
    stopped_ms: int | None = None
    utterance: Utterance | None = None
    job: int | None = None


class CallerSide:
    """Owns the input buffer and the inputs that wait for a response."""

    def __init__(
        self,
        state: SessionState,
        goes_on: Callable[[str], bool],
        fault: AgentSwitch | None,
        *,
        turns: FindsTurns,
    ) -> None:
        self._state, self._goes_on, self._fault = state, goes_on, fault
        self._audio = turns(AudioFormat.PCM16_24K, self._detection)
        self._turn_id = ""
        self._started_ms = 0
        self._early_job: int | None = None
        self._results: dict[int, Callable[[], str]] = {}
        self.pending: list[Pending] = []
        self._own_inputs: list[Pending] = []
        self.noticed: deque[Noticed] = deque()
        """Beginnings and ends of turns, in order, not reported yet."""

    @property
    def audio_format(self) -> AudioFormat:
        """Format of audio from the client."""
        return self._state.config.input_format or AudioFormat.PCM16_24K

    @property
    def received_samples(self) -> int:
        """Samples received since the session began, at the wire's rate."""
        return self._audio.received

    @property
    def speaking(self) -> bool:
        """Whether the caller is in a turn."""
        return self._audio.speaking

    @property
    def has_only_results(self) -> bool:
        """Whether tool results wait for an answer, and no other input does."""
        return bool(self.pending) and all(map(is_result, self.pending))

    @property
    def ready(self) -> bool:
        """Whether the words of all pending inputs are known."""
        return all(each.value is not None for each in self.pending)

    def configure(self) -> None:
        """Follow the session's settings."""
        self._audio.configure(self.audio_format, self._detection)

    @property
    def _detection(self) -> Settings | None:
        """How turns are found, None with push to talk."""
        detection = self._state.config.turn_detection
        if detection is None:
            return None
        found = settings_of(detection)
        if self._fault is AgentFault.JUMPS_INTO_PAUSES:
            return replace(found, silence_ms=min(found.silence_ms, EAGER_MS), patience=None)
        return replace(found, hears_everybody=self._fault is AgentFault.ANSWERS_SIDE_SPEECH)

    def append(self, wire: bytes) -> None:
        """Take caller audio; fills ``noticed``."""
        for change in self._audio.append(wire):
            self._follow(change)

    def _follow(self, change: VadChange) -> None:
        state = self._state
        if change.event is VadEvent.STARTED:
            self._turn_id = state.new_id("item")
            self._started_ms = max(0, change.at_ms - self._audio.padding_ms)
            self._early_job = None
            self.noticed.append(Noticed(self._turn_id, self._started_ms))
        elif change.event is VadEvent.PAUSED:
            # Recognition starts while the detector still waits for the session's silence.
            self._early_job = self._listen(self._audio.between(self._started_ms).audio)
        elif change.event is VadEvent.RESUMED:
            # The caller continued: the early result is of an incomplete turn.
            self._early_job = None
        else:
            utterance = self._audio.between(self._started_ms, change.at_ms)
            job = self._early_job or self._listen(utterance.audio)
            self._audio.turn_taken(change.at_ms)
            self.noticed.append(
                Noticed(self._turn_id, self._started_ms, change.at_ms, utterance, job)
            )

    def tell(self, noticed: Noticed) -> None:
        """Emit the events of a turn's beginning or end; an end becomes a pending input."""
        state = self._state
        if noticed.stopped_ms is None or noticed.utterance is None:
            state.emit(SpeechStarted(noticed.item_id, noticed.started_ms))
            return
        state.emit(SpeechStopped(noticed.item_id, noticed.stopped_ms))
        self._commit(noticed.item_id, noticed.utterance, noticed.job)

    def phantom_begins(self) -> Noticed:
        """Return the beginning of a phantom turn, without speech of the caller."""
        started_ms = max(0, self._audio.clock_ms - self._audio.padding_ms)
        return Noticed(self._state.new_id("item"), started_ms)

    def phantom_ends(self, phantom: Noticed) -> Noticed:
        """Return the end of such a turn: now, with the audio that was on the line."""
        utterance = self._audio.between(phantom.started_ms)
        job = self._listen(utterance.audio)
        return replace(phantom, stopped_ms=self._audio.clock_ms, utterance=utterance, job=job)

    def commit_by_hand(self) -> None:
        """Make a turn of everything appended; raises Refused if that is too little."""
        appended_ms = self._audio.appended_s * 1000
        if appended_ms < _LEAST_MS:
            raise Refused(
                "input_audio_buffer_commit_empty",
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"{_LEAST_MS}ms of audio, but buffer only has {appended_ms:.2f}ms of audio.",
            )
        item_id = self._turn_id if self._audio.speaking else self._state.new_id("item")
        utterance = self._audio.take()
        self._commit(item_id, utterance, self._listen(utterance.audio))

    def clear(self) -> None:
        """Drop audio that was not committed."""
        self._audio.clear()
        self._early_job = None

    def time_out(self) -> None:
        """Commit the silence since the last turn, as a turn without words."""
        end_ms = self._audio.clock_ms
        item_id = self._state.new_id("item")
        start_ms = max(0, end_ms - (self.idle_timeout_ms or 0))
        self._state.emit(InputTimedOut(item_id, start_ms, end_ms))
        self._commit_item(item_id)
        self.pending.append(Pending(Idle(), item_id=item_id))

    @property
    def idle_timeout_ms(self) -> int | None:
        """The session's idle limit, None if it has no limit."""
        return getattr(self._state.config.turn_detection, "idle_timeout_ms", None)

    def gave(self, value: Said | Returned | Shown) -> None:
        """Take typed words as if they were spoken, a picture, or a tool's result."""
        self.pending.append(Pending(value))

    def own_input(self, given: Given) -> Pending:
        """Return an input of a response with its own input, with its words as soon as known."""
        if not isinstance(given, Pcm):
            return Pending(given)
        pending = Pending(None, self._listen(given), audio_s=given.duration_s)
        self._own_inputs.append(pending)
        return pending

    def sent_audio(self, item_id: str, audio: Pcm) -> None:
        """Take an audio message that was sent whole."""
        job = self._listen(audio)
        self.pending.append(Pending(None, job, item_id, audio.duration_s))

    def recognized(self, job: int, words: Callable[[], str]) -> None:
        """Take the result of an earlier ``Listen``; raises SpeechFailed if ``words`` does."""
        if job == self._early_job:
            self._audio.heard(lambda: self._goes_on(text) if (text := words()) else None)
        self._results[job] = words
        # results of pauses that ended no turn are never requested
        if len(self._results) > _RESULTS:
            del self._results[next(iter(self._results))]
        for each in (*self.pending, *self._own_inputs):
            self._settle(each)
        self._own_inputs = [each for each in self._own_inputs if each.value is None]

    def failed(self, job: int, detail: str) -> bool:
        """Note that the recognizer could not work; the turn then counts as not understood."""
        concerned = [each for each in (*self.pending, *self._own_inputs) if each.job == job]
        for each in concerned:
            each.value = Said("", each.audio_s)
            if each.item_id is not None and self._state.config.transcription_model is not None:
                error = ErrorInfo("server_error", detail, code="transcription_failed")
                self._state.emit(InputTranscriptFailed(each.item_id, 0, error))
        # The turn may be committed later: it then counts as not understood, too.
        self._results[job] = lambda: ""
        return bool(concerned)

    def forget_transcribed(self) -> None:
        """Drop the inputs that were transcribed, if they have no other use."""
        self.pending = [each for each in self.pending if each.value is None]

    def take(self) -> list[Pending]:
        """Return the pending inputs and clear them."""
        taken, self.pending = self.pending, []
        return taken

    def give_back(self, taken: Iterable[Pending]) -> None:
        """Let inputs wait again, before all others."""
        self.pending = [*taken, *self.pending]

    def _listen(self, audio: Pcm) -> int:
        job = self._state.new_job()
        self._state.outbox.append(Listen(job, audio))
        return job

    def _commit(self, item_id: str, utterance: Utterance, job: int | None) -> None:
        self._commit_item(item_id)
        self._state.memory.keep_heard(item_id, utterance.audio)
        pending = Pending(None, job, item_id, utterance.audio.duration_s)
        self.pending.append(pending)
        self._settle(pending)

    def _commit_item(self, item_id: str) -> None:
        state = self._state
        state.emit(InputCommitted(item_id, state.memory.last_id))
        content = (Content(ContentKind.INPUT_AUDIO),)
        item = Item(item_id, ItemKind.MESSAGE, ItemStatus.COMPLETED, Role.USER, content)
        state.emit(ItemAdded(item))
        state.emit(ItemDone(item))

    def _settle(self, pending: Pending) -> None:
        """Give a pending input its words, once they are there."""
        words = self._results.pop(pending.job, None) if pending.job is not None else None
        if pending.value is not None or pending.job is None or words is None:
            return
        try:
            text = words()
        except SpeechFailed as failed:
            self.failed(pending.job, str(failed))
            return
        pending.value = Said(text, pending.audio_s)
        item_id, state = pending.item_id, self._state
        item = None if item_id is None else state.memory.find(item_id)
        if item_id is None or item is None:
            return
        content = (Content(ContentKind.INPUT_AUDIO, transcript=text),)
        state.memory.put(replace(item, content=content))
        if state.config.transcription_model is not None:
            state.emit(InputTranscriptDelta(item_id, 0, text))
            usage = TranscriptionUsage(seconds=round(pending.audio_s, 3))
            state.emit(InputTranscriptDone(item_id, 0, text, usage))
