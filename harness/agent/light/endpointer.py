"""The light agent's ears: turns by loudness alone, nothing kept, no model.

A block of up to 20 ms is loud when its power reaches the gate: ``GATE_DBFS``, or ``MARGIN_DB`` over
the quietest block of the last three seconds, so that a steady noise holds no turn open for good.
A turn begins after ``ONSET_MS`` of loud blocks in a row, at the first of them, and ends after the
session's silence, or at 20 s. Times are milliseconds on the input clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

import numpy as np

from harness.agent.server.input_audio import Utterance
from harness.agent.server.turn_detection import MAX_TURN_MS, Settings, VadChange, VadEvent
from harness.audio.pcm import FULL_SCALE, Int16Array, Pcm
from harness.protocol.items import AudioFormat
from harness.protocol.sound import samples_of
from harness.units import seconds_to_ms

GATE_DBFS = -45.0
MARGIN_DB = 9.0
ONSET_MS = 60.0

_BLOCKS_A_SECOND = 50
_FLOOR_BLOCKS = 50
"""Blocks of which the quietest is remembered."""
_FLOORS = 3
_GATE = (FULL_SCALE * 10 ** (GATE_DBFS / 20)) ** 2
_MARGIN = 10 ** (MARGIN_DB / 10)
_NO_SOUND = np.int16(0)


class LoudTurns:
    """Finds turns in the caller's audio; the same to a session as ``InputAudio``.

    ``detection`` None is push to talk. Of what was said only the length is kept, so an
    ``Utterance`` is as long as the turn and silent.
    """

    def __init__(self, audio_format: AudioFormat, detection: Settings | None) -> None:
        self.received = 0
        self.speaking = False
        self._taken = 0
        self._clock_ms = 0.0
        self._onset_ms = self._started_ms = self._silent_ms = 0.0
        self._quietest = float("inf")
        self._blocks = 0
        self._floors: deque[float] = deque(maxlen=_FLOORS)
        self._gate = _GATE
        self.configure(audio_format, detection)

    @property
    def clock_ms(self) -> int:
        """Milliseconds of input received."""
        return round(self._clock_ms)

    @property
    def appended_s(self) -> float:
        """Seconds appended since the last turn was taken or cleared."""
        return (self.received - self._taken) / self._rate_hz

    @property
    def padding_ms(self) -> int:
        """How much audio before the onset belongs to a turn."""
        return self._settings.prefix_padding_ms

    def configure(self, audio_format: AudioFormat, detection: Settings | None) -> None:
        """Change how turns are found; the input clock goes on."""
        self._format, self._settings = audio_format, detection or Settings()
        self._detects = detection is not None
        self._rate_hz = audio_format.rate_hz
        self._block = self._rate_hz // _BLOCKS_A_SECOND
        patience = self._settings.patience
        needed_ms = self._settings.silence_ms if patience is None else patience.finished_ms
        self._needed_ms = float(needed_ms)
        if detection is None:
            self._end_turn()

    def heard(self, goes_on: Callable[[], bool | None]) -> None:
        """Take nothing: words decide nothing here."""

    def append(self, wire: bytes) -> Iterator[VadChange]:
        """Take wire bytes and yield what changed; raises ValueError on half a sample."""
        samples = samples_of(wire, self._format)
        self.received += len(samples)
        if not self._detects:
            self._clock_ms += 1000 * len(samples) / self._rate_hz
            return
        for start in range(0, len(samples), self._block):
            yield from self._judge(samples[start : start + self._block])

    def between(self, start_ms: int, end_ms: int | None = None) -> Utterance:
        """Return silence as long as the audio between two times of the input clock."""
        stop_ms = max(start_ms, self.clock_ms if end_ms is None else end_ms)
        return self._silence(start_ms, stop_ms)

    def take(self) -> Utterance:
        """Return silence as long as everything since the last turn, and begin a new one."""
        taken = self._silence(self.clock_ms - seconds_to_ms(self.appended_s), self.clock_ms)
        self.clear()
        return taken

    def clear(self) -> None:
        """Forget what was appended; the input clock goes on."""
        self._taken = self.received
        self._end_turn()

    def turn_taken(self, end_ms: int) -> None:
        """Begin to count anew what is appended."""
        self._taken = self.received

    def _silence(self, start_ms: int, stop_ms: int) -> Utterance:
        count = (stop_ms - start_ms) * self._rate_hz // 1000
        silent = np.broadcast_to(_NO_SOUND, count)  # as long as it must be, and takes no memory
        return Utterance(Pcm(silent, self._rate_hz), start_ms, stop_ms)

    def _judge(self, block: Int16Array) -> Iterator[VadChange]:
        values = block.astype(np.float32)
        power = float(values.dot(values)) / len(block)
        length_ms = 1000 * len(block) / self._rate_hz
        self._clock_ms += length_ms
        self._learn_floor(power)
        loud = power >= self._gate
        if not self.speaking:
            self._onset_ms = self._onset_ms + length_ms if loud else 0.0
            if self._onset_ms >= ONSET_MS:
                self._started_ms = self._clock_ms - self._onset_ms
                self.speaking, self._silent_ms = True, 0.0
                yield VadChange(VadEvent.STARTED, round(self._started_ms))
            return
        self._silent_ms = 0.0 if loud else self._silent_ms + length_ms
        too_long = self._clock_ms - self._started_ms >= MAX_TURN_MS
        if too_long or self._silent_ms >= max(length_ms, self._needed_ms):
            self._end_turn()
            yield VadChange(VadEvent.STOPPED, self.clock_ms)

    def _learn_floor(self, power: float) -> None:
        self._quietest = min(self._quietest, power)
        self._blocks += 1
        if self._blocks == _FLOOR_BLOCKS:
            self._floors.append(self._quietest)
            if len(self._floors) == _FLOORS:  # a word may be loud for a second, none for three
                self._gate = max(_GATE, _MARGIN * min(self._floors))
            self._quietest, self._blocks = float("inf"), 0

    def _end_turn(self) -> None:
        self.speaking = False
        self._onset_ms = 0.0
