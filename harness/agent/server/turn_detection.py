"""Finds where the caller starts and stops speaking: ``server_vad`` and ``semantic_vad``.

Works in chunks of 512 samples at 16 kHz (32 ms), so every time it reports is a multiple of 32 ms on
the input clock. Sans-I/O: samples in, events out.

A chunk counts as speech when it is loud enough and the model says so. Loud enough means above an
absolute gate and clearly above the noise floor, which is the quietest half tenth of a second of the
last seconds: hold music, hum and babble of steady level therefore cannot hold a turn open, and
silence never costs a run of the model. Where it is noisy, it must also come near the level at which
this caller speaks, so that people in the background neither hold the turn nor interrupt. A turn
begins only with speech near that level, so that somebody else in the room begins none; who has
spoken from further away for 3 s is the caller, after all. A turn ends after the session's silence,
or at 20 s. With ``semantic_vad`` the words that were heard decide how much silence that is: little
behind a finished sentence, and what the vendor documents as the longest wait behind one that goes
on, or while nothing is known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from harness.audio.pcm import SILENCE_DBFS, Int16Array
from harness.protocol.commands import SemanticVad, ServerVad
from harness.protocol.wire import without_none
from harness.speech.silero import SileroVoiceActivityDetector

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
    """What changed in the caller's speech."""

    STARTED = "started"
    PAUSED = "paused"
    """Silent for ``PAUSE_MS``: probably the end of the turn, not yet decided."""
    RESUMED = "resumed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class VadChange:
    """One change at ``at_ms`` of the input clock.

    STARTED: where the speech began, padding not subtracted. STOPPED: where the decision fell,
    silence included. PAUSED and RESUMED: where they were noticed.
    """

    event: VadEvent
    at_ms: int


@dataclass(frozen=True, slots=True)
class Patience:
    """How much silence ends a turn, by what was said before it."""

    finished_ms: int
    unclear_ms: int
    """Nothing could be understood."""
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
    """What decides about a turn, whichever kind of detection the session asked for."""

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_ms: int = 500
    patience: Patience | None = None
    """What decides in place of ``silence_ms`` once the words are known."""
    hears_everybody: bool = False
    """Whether somebody who is much less loud than the caller begins a turn, too."""


def settings_of(detection: ServerVad | SemanticVad) -> Settings:
    """Return the silence rule for a kind of detection."""
    if isinstance(detection, SemanticVad):
        patience = _PATIENCE.get(detection.eagerness or "auto", _MEDIUM)
        return Settings(silence_ms=patience.unfinished_ms, patience=patience)
    told = without_none(
        threshold=detection.threshold,
        prefix_padding_ms=detection.prefix_padding_ms,
        silence_ms=detection.silence_duration_ms,
    )
    return Settings(**told)


class TurnDetector:
    """Follows one stream of 16 kHz samples; ``settings`` may change between turns."""

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
        """Levels of the last chunks before a turn; None where there was no speech."""
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
        """Judge more samples and return what changed, in order."""
        self._pending = np.concatenate([self._pending, samples])
        changes: list[VadChange] = []
        while len(self._pending) >= CHUNK:
            chunk, self._pending = self._pending[:CHUNK], self._pending[CHUNK:]
            changes += self._judge(chunk)
        return changes

    def end_turn(self) -> None:
        """Forget the turn in progress (the buffer was committed or cleared by hand)."""
        self.speaking = False
        self._onset.clear()
        self._paused = False
        self._needed_ms = None

    def heard(self, goes_on: Callable[[], bool | None]) -> None:
        """Ask, where it matters, whether the words before this pause go on; None without any."""
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
        if level < self._gate_dbfs():
            if not self._model_is_fresh and level < _GATE_DBFS:
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
        least = max(_GATE_DBFS, floor + _FLOOR_MARGIN_DB)
        if floor < _NOISY_DBFS or self._caller_dbfs is None:
            return least
        near_caller = self._caller_dbfs - _BELOW_CALLER_DB
        return max(least, min(near_caller, floor + _MOST_ABOVE_FLOOR_DB))

    def _learn_caller(self, level: float) -> None:
        if self._caller_dbfs is None:
            self._caller_dbfs = level
        elif self.speaking and level > self._caller_dbfs - _BELOW_CALLER_DB:
            pace = _RISE if level > self._caller_dbfs else _FALL
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
        if len(loud) < needed or not self._is_caller(sorted(loud)[-_ONSET_NEEDED]):
            self._far += speech
            return []
        if self._far >= _FAR_CHUNKS:
            self._caller_dbfs = max(loud)
        first = next(at for at, level in enumerate(recent) if level is not None)
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
