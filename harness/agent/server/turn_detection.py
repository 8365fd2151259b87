"""Turn detection of the reference agent: ``server_vad`` and ``semantic_vad`` on wire audio.

Works in chunks of 512 samples at 16 kHz (32 ms), so every time it reports is a multiple of 32 ms on
the input clock. Sans-I/O: samples in, events out.

A chunk counts as speech when it is loud enough and the model says so. Loud enough means above an
absolute gate and clearly above the noise floor, which is the quietest half tenth of a second of the
last seconds. In noise, it must also come near the level at which this caller speaks. A turn begins
only with speech near that level. A turn ends after the session's silence, or at 20 s. With
``semantic_vad`` the recognized words decide the length of that silence: short after a finished
sentence, and the vendor's documented longest wait after an unfinished sentence, or while the words
are unknown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

import numpy as np
import soxr

from harness.audio.pcm import FULL_SCALE, SILENCE_DBFS, Int16Array, Pcm, from_float
from harness.protocol.audio_bytes import samples_of
from harness.protocol.commands import SemanticVad, ServerVad
from harness.protocol.fields import without_none
from harness.protocol.items import AudioFormat
from harness.speech.silero import SileroVoiceActivityDetector
from harness.units import seconds_to_ms

VAD_RATE_HZ = 16_000
CHUNK = 512
CHUNK_MS = 32
MAX_TURN_MS = 20_000
PAUSE_MS = 192
"""Silence after which the recognizer begins to listen, in the hope that the turn is over."""

_GATE_DBFS = -52.0
_FLOOR_CHUNKS = 62
_FLOOR_PAIRS = 3
_FLOOR_MARGIN_DB = 7.0
_NOISY_DBFS = -48.0
_BELOW_CALLER_DB = 9.0
_MOST_ABOVE_FLOOR_DB = 14.0
_FAR_CHUNKS = 94
_RISE, _FALL = 0.3, 0.02
_ONSET_WINDOW = 3
_ONSET_NEEDED = 2
_NOISY_ONSET = 5


class VadEvent(Enum):
    """The changes in the caller's speech."""

    STARTED = "started"
    PAUSED = "paused"
    """Silent for ``PAUSE_MS``: probably the end of the turn, not yet decided."""
    RESUMED = "resumed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class VadChange:
    """A change at ``at_ms`` of the input clock.

    STARTED: the beginning of the speech, padding not subtracted. STOPPED: the time of the decision,
    silence included. PAUSED and RESUMED: the time of detection.
    """

    event: VadEvent
    at_ms: int


@dataclass(frozen=True, slots=True)
class Patience:
    """The silence that ends a turn, by the words before it."""

    finished_ms: int
    unclear_ms: int
    """No word was understood."""
    unfinished_ms: int


_MEDIUM = Patience(500, 1000, 4000)
_PATIENCE = {
    "low": Patience(900, 1600, 8000),
    "medium": _MEDIUM,
    "auto": _MEDIUM,
    "high": Patience(300, 500, 2000),
}
"""The longest waits are documented (API reference, semantic_vad): 8, 4 and 2 s."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of turn detection, for each kind that a session can request."""

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_ms: int = 500
    patience: Patience | None = None
    """The rule in place of ``silence_ms`` once the words are known."""
    hears_everybody: bool = False
    """Whether speech much quieter than the caller's begins a turn, too."""


def settings_of(detection: ServerVad | SemanticVad) -> Settings:
    """Return the silence rule for a kind of detection."""
    if isinstance(detection, SemanticVad):
        patience = _PATIENCE.get(detection.eagerness or "auto", _MEDIUM)
        # Until the words are known, a turn waits as long as after an unfinished sentence.
        return Settings(silence_ms=patience.unfinished_ms, patience=patience)
    told = without_none(
        threshold=detection.threshold,
        prefix_padding_ms=detection.prefix_padding_ms,
        silence_ms=detection.silence_duration_ms,
    )
    return Settings(**told)


class TurnDetector:
    """Follows a stream of 16 kHz samples; ``settings`` may change between turns."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.speaking = False
        self._model = SileroVoiceActivityDetector()
        self._pending = np.zeros(0, np.int16)
        self._clock_ms = 0
        self._last_level = SILENCE_DBFS
        self._pairs: deque[float] = deque(maxlen=_FLOOR_CHUNKS - 1)
        """The louder of every two neighbouring chunks."""
        self._onset: deque[float | None] = deque(maxlen=_NOISY_ONSET)
        """Levels of the last chunks before a turn; None for a chunk without speech."""
        self._far = 0
        """Chunks of speech since the last turn that were not taken for the caller's."""
        self._model_is_fresh = True
        self._caller_dbfs: float | None = None
        self._started_ms = 0
        self._silent_ms = 0
        self._paused = False
        self._needed_ms: int | None = None
        """Silence that ends this turn, None for that of the settings."""

    @property
    def clock_ms(self) -> int:
        """Milliseconds of input that were judged so far."""
        return self._clock_ms

    def feed(self, samples: Int16Array) -> list[VadChange]:
        """Process more samples and return the changes, in order."""
        self._pending = np.concatenate([self._pending, samples])
        changes: list[VadChange] = []
        while len(self._pending) >= CHUNK:
            chunk, self._pending = self._pending[:CHUNK], self._pending[CHUNK:]
            changes += self._judge(chunk)
        return changes

    def end_turn(self) -> None:
        """Drop the turn in progress (the buffer was committed or cleared by hand)."""
        self.speaking = False
        self._onset.clear()
        self._paused = False
        self._needed_ms = None

    def heard(self, goes_on: Callable[[], bool | None]) -> None:
        """Call ``goes_on`` if needed: do the words before this pause continue? None without any."""
        patience = self.settings.patience
        if patience is not None and self._paused:
            self._needed_ms = {
                True: patience.unfinished_ms,
                False: patience.finished_ms,
                None: patience.unclear_ms,
            }[goes_on()]

    def _judge(self, chunk: Int16Array) -> list[VadChange]:
        speech = self._is_speech(chunk)
        self._clock_ms += CHUNK_MS
        return self._in_turn(speech) if self.speaking else self._between_turns(speech)

    def _is_speech(self, chunk: Int16Array) -> bool:
        level = _level_dbfs(chunk)
        if self._clock_ms:
            self._pairs.append(max(self._last_level, level))
        self._last_level = level
        # Tested before the model runs, so that silence never costs a run of the model.
        if level < self._gate_dbfs():
            if not self._model_is_fresh and level < _GATE_DBFS:
                # The model remembers audio: earlier speech must not count after a silence.
                self._model.reset()
                self._model_is_fresh = True
            return False
        self._model_is_fresh = False
        probability = float(self._model.process_chunk(chunk.tobytes()))
        if probability < self.settings.threshold:
            return False
        self._learn_caller(level)
        return True

    def _gate_dbfs(self) -> float:
        """Return the least level of speech: in a noisy place, near the caller's own."""
        floor = self._floor_dbfs()
        # Hold music, hum and babble of steady level must not hold a turn open.
        least = max(_GATE_DBFS, floor + _FLOOR_MARGIN_DB)
        if floor < _NOISY_DBFS or self._caller_dbfs is None:
            return least
        # People in the background must neither hold the turn nor interrupt.
        near_caller = self._caller_dbfs - _BELOW_CALLER_DB
        return max(least, min(near_caller, floor + _MOST_ABOVE_FLOOR_DB))

    def _learn_caller(self, level: float) -> None:
        if self._caller_dbfs is None:
            self._caller_dbfs = level
        elif self.speaking and level > self._caller_dbfs - _BELOW_CALLER_DB:
            pace = _RISE if level > self._caller_dbfs else _FALL
            # The first speech may be a cough or a neighbour: the level follows the turns.
            self._caller_dbfs += pace * (level - self._caller_dbfs)

    def _floor_dbfs(self) -> float:
        return min(self._pairs) if len(self._pairs) >= _FLOOR_PAIRS else SILENCE_DBFS

    def _between_turns(self, speech: bool) -> list[VadChange]:
        self._onset.append(self._last_level if speech else None)
        noisy = self._caller_dbfs is not None and self._floor_dbfs() >= _NOISY_DBFS
        needed = _NOISY_ONSET - 1 if noisy else _ONSET_NEEDED
        window = _NOISY_ONSET if noisy else _ONSET_WINDOW
        recent = list(self._onset)[-window:]
        loud = [level for level in recent if level is not None]
        # Another person in the room must not begin a turn.
        if len(loud) < needed or not self._is_caller(sorted(loud)[-_ONSET_NEEDED]):
            self._far += speech
            return []
        # A speaker from further away is taken for the caller after 3 s of speech.
        if self._far >= _FAR_CHUNKS:
            self._caller_dbfs = max(loud)
        first = next(at for at, level in enumerate(recent) if level is not None)
        # The turn began with the first chunk of speech, not when there was enough of it.
        self._started_ms = self._clock_ms - (len(recent) - first) * CHUNK_MS
        self.speaking, self._silent_ms, self._paused = True, 0, False
        self._onset.clear()
        self._far = 0
        return [VadChange(VadEvent.STARTED, self._started_ms)]

    def _is_caller(self, level: float) -> bool:
        """Return whether speech of a level is taken for the caller's."""
        if self._caller_dbfs is None or self.settings.hears_everybody:
            return True
        return level >= self._caller_dbfs - _BELOW_CALLER_DB or self._far >= _FAR_CHUNKS

    def _in_turn(self, speech: bool) -> list[VadChange]:
        changes: list[VadChange] = []
        self._silent_ms = 0 if speech else self._silent_ms + CHUNK_MS
        if speech and self._paused:
            self._paused, self._needed_ms = False, None
            changes.append(VadChange(VadEvent.RESUMED, self._clock_ms))
        if not self._paused and self._silent_ms >= min(PAUSE_MS, self.settings.silence_ms):
            self._paused = True
            changes.append(VadChange(VadEvent.PAUSED, self._clock_ms))
        too_long = self._clock_ms - self._started_ms >= MAX_TURN_MS
        needed_ms = self.settings.silence_ms if self._needed_ms is None else self._needed_ms
        if self._silent_ms >= max(CHUNK_MS, needed_ms) or too_long:
            self.end_turn()
            changes.append(VadChange(VadEvent.STOPPED, self._clock_ms))
        return changes


def _level_dbfs(chunk: Int16Array) -> float:
    power = float(np.mean(np.square(chunk.astype(np.float32) / 32_768)))
    return max(SILENCE_DBFS, 10.0 * float(np.log10(power))) if power > 0 else SILENCE_DBFS


# The caller's side of the line: wire bytes in, turns with their audio out.

_NOTHING = np.zeros(0, np.int16)
_KEPT_S = 60
"""Older audio is dropped between turns; a push-to-talk turn may be this long."""


@dataclass(frozen=True, slots=True)
class Utterance:
    """The audio of a turn, at 16 kHz, and its place on the input clock."""

    audio: Pcm
    start_ms: int
    end_ms: int


class CallerTurns(Protocol):
    """Finds turns in the caller's audio."""

    received: int
    """Samples received at the wire's rate since the session began."""

    @property
    def speaking(self) -> bool:
        """Whether a turn is in progress."""
        ...

    @property
    def clock_ms(self) -> int:
        """Milliseconds of input received."""
        ...

    @property
    def appended_s(self) -> float:
        """Seconds appended since the last turn was taken or cleared."""
        ...

    @property
    def padding_ms(self) -> int:
        """How much audio before the onset belongs to a turn."""
        ...

    def configure(self, audio_format: AudioFormat, detection: Settings | None) -> None:
        """Change how turns are found; the input clock continues."""
        ...

    def heard(self, goes_on: Callable[[], bool | None]) -> None:
        """Call ``goes_on`` if needed: do the words before this pause continue? None without any."""
        ...

    def append(self, wire: bytes) -> Iterator[VadChange]:
        """Take wire bytes and yield the changes; raises ValueError on half a sample."""
        ...

    def between(self, start_ms: int, end_ms: int | None = None) -> Utterance:
        """Return the audio between two times of the input clock."""
        ...

    def take(self) -> Utterance:
        """Return everything appended since the last turn, and begin a new turn."""
        ...

    def clear(self) -> None:
        """Drop the appended audio; the input clock continues."""
        ...

    def turn_taken(self, end_ms: int) -> None:
        """Drop the audio of a turn that the detector ended."""
        ...


FindsTurns: TypeAlias = Callable[[AudioFormat, Settings | None], CallerTurns]
"""Makes the turn finder of a session; without settings, it is push to talk."""


class InputAudio:
    """Decodes, resamples and keeps the caller's audio, and passes it to the turn detector.

    ``detection`` None is push to talk: no turn is detected, ``take`` returns all appended audio.
    """

    def __init__(self, audio_format: AudioFormat, detection: Settings | None) -> None:
        self.received = 0
        """Samples received at the wire's rate since the session began."""
        self._received_s = 0.0
        self._format = audio_format
        self._detector = TurnDetector(detection or Settings())
        self._detects = detection is not None
        self._resample = _resampler(audio_format)
        self._kept: deque[Int16Array] = deque()
        self._kept_from = self._kept_to = 0
        self._appended_since_take = 0

    @property
    def speaking(self) -> bool:
        """Whether a turn is in progress."""
        return self._detector.speaking

    @property
    def clock_ms(self) -> int:
        """Milliseconds of input received."""
        return seconds_to_ms(self._received_s)

    @property
    def appended_s(self) -> float:
        """Seconds appended since the last turn was taken or cleared."""
        return self._appended_since_take / self._format.rate_hz

    @property
    def padding_ms(self) -> int:
        """How much audio before the onset belongs to a turn."""
        return self._detector.settings.prefix_padding_ms

    def configure(self, audio_format: AudioFormat, detection: Settings | None) -> None:
        """Change how turns are found; the input clock continues."""
        if audio_format is not self._format:
            self._format = audio_format
            self._resample = _resampler(audio_format)
        self._detects = detection is not None
        if detection is None:
            self._detector.end_turn()
        else:
            self._detector.settings = detection

    def heard(self, goes_on: Callable[[], bool | None]) -> None:
        """Call ``goes_on`` if needed: do the words before this pause continue? None without any."""
        self._detector.heard(goes_on)

    def append(self, wire: bytes) -> Iterator[VadChange]:
        """Take wire bytes and yield the changes; raises ValueError on half a sample."""
        samples = samples_of(wire, self._format)
        self.received += len(samples)
        self._received_s += len(samples) / self._format.rate_hz
        self._appended_since_take += len(samples)
        at_16k = self._at_16k(samples) if len(samples) else samples
        self._kept.append(at_16k)
        self._kept_to += len(at_16k)
        self._forget()
        if self._detects:
            yield from self._detector.feed(at_16k)

    def _at_16k(self, samples: Int16Array) -> Int16Array:
        # In float: with int16 soxr dithers with random numbers, and no two calls are alike.
        chunk = self._resample.resample_chunk(samples / FULL_SCALE)
        return from_float(chunk, VAD_RATE_HZ).samples

    def between(self, start_ms: int, end_ms: int | None = None) -> Utterance:
        """Return the kept audio between two times of the input clock."""
        first = max(self._kept_from, start_ms * VAD_RATE_HZ // 1000)
        last = self._kept_to
        if end_ms is not None:
            last = min(last, end_ms * VAD_RATE_HZ // 1000)
        kept = np.concatenate([_NOTHING, *self._kept])
        samples = kept[first - self._kept_from : max(first, last) - self._kept_from]
        ends = max(first, last) * 1000 // VAD_RATE_HZ
        return Utterance(Pcm(samples.copy(), VAD_RATE_HZ), first * 1000 // VAD_RATE_HZ, ends)

    def take(self) -> Utterance:
        """Return everything appended since the last turn, and begin a new turn."""
        utterance = self.between(self._kept_from * 1000 // VAD_RATE_HZ)
        self.clear()
        return utterance

    def clear(self) -> None:
        """Drop the appended audio; the input clock continues."""
        self._kept_from = self._kept_to
        self._kept.clear()
        self._appended_since_take = 0
        self._detector.end_turn()

    def turn_taken(self, end_ms: int) -> None:
        """Drop the audio of a turn that the detector ended, but keep room for padding."""
        self._drop_before(end_ms * VAD_RATE_HZ // 1000 - VAD_RATE_HZ)
        self._appended_since_take = 0

    def _forget(self) -> None:
        if not self._detector.speaking:
            # A turn that is detected late begins at most this long ago, padding included.
            keep_s = 2 if self._detects else _KEPT_S
            self._drop_before(self._kept_to - keep_s * VAD_RATE_HZ)

    def _drop_before(self, sample: int) -> None:
        drop = sample - self._kept_from
        # Dropping is done in steps of half a second, not for each frame of 20 ms.
        if drop <= VAD_RATE_HZ // 2:
            return
        self._kept_from = min(sample, self._kept_to)
        while self._kept and drop >= len(self._kept[0]):
            drop -= len(self._kept.popleft())
        if self._kept:
            self._kept[0] = self._kept[0][drop:]


def _resampler(audio_format: AudioFormat) -> soxr.ResampleStream:
    return soxr.ResampleStream(audio_format.rate_hz, VAD_RATE_HZ, 1, dtype="float64", quality="MQ")
