"""The line between the caller's microphone and the wire, frame by frame, with a seed.

In the order in which a real line does it: the agent's own voice comes back into the microphone
(echo), the device amplifies and clips, the network's band and codec, lost packets, dropouts. The
caller's clean speech never passes here: all times of the caller are measured on that.

Band and G.711 delay the sound by at most 5 ms, as they do outside. Opus looks ahead, and is given
the sound that much earlier.
"""

from __future__ import annotations

import numpy as np

from harness.audio.band import BandFilter
from harness.audio.codec import decode_pcma, decode_pcmu, encode_pcma, encode_pcmu
from harness.audio.opus import AHEAD, OpusCoder
from harness.audio.pcm import FULL_SCALE, FloatArray, Int16Array
from harness.audio.resample import StreamResampler
from harness.caller.model import PhoneLinePlan
from harness.recording.caller import ImpairedSpan, Impairment
from harness.scenario.sound import PhoneLine
from harness.units import FRAME_S, RATE_HZ, to_samples

_CODECS = {"pcmu": (encode_pcmu, decode_pcmu), "pcma": (encode_pcma, decode_pcma)}
_G711_HZ = 8000
_OPUS_KBPS = 24.0
"""What usual calls over the net take for speech."""

_FADE_FRAMES = 3
"""A lost packet sounds like the one before it, fading; after 60 ms (as in G.711) it is silence."""


class PhoneLineSound:
    """One call's line: takes the frames in order, and tells afterwards what it did."""

    def __init__(self, plan: PhoneLinePlan) -> None:
        wanted = plan.wanted
        self._wanted = wanted
        self._gain = 10.0 ** (wanted.gain_db / 20.0)
        self._echo = _Echo(wanted)
        self._band = (
            None if plan.band is None else BandFilter(plan.band, to_samples(FRAME_S, RATE_HZ))
        )
        self._codec = _codec(wanted)
        self.ahead = AHEAD if wanted.codec == "opus" else 0
        """Samples by which the sound has to come early, so that it arrives when it was said."""
        self._losses = None if wanted.loss is None else _Losses(wanted, plan.seed)
        self._dropouts = plan.dropouts
        self._faults: list[ImpairedSpan] = []

    def played(self, agent: Int16Array) -> None:
        """Take what the caller has just heard of the agent: it may come back as an echo."""
        self._echo.played(agent)

    def carry(self, start: int, samples: Int16Array) -> Int16Array:
        """Return what arrives of the frame that begins at a sample of the call."""
        sound = (samples.astype(np.float64) + self._echo.at(start, len(samples))) * self._gain
        if self._wanted.clip_dbfs is not None:
            most = FULL_SCALE * 10.0 ** (self._wanted.clip_dbfs / 20.0)
            sound = np.clip(sound, -most, most)
        if self._band is not None:
            sound = self._band.passed(sound)
        arrived = np.clip(np.rint(sound), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
        if self._codec is not None:
            arrived = self._codec.coded(arrived)
        if self._losses is not None:
            lost, arrived = self._losses.passed(arrived)
            if lost:
                self._note(Impairment.LOST, start, len(samples))
        return arrived if self._dropouts is None else self._dropped(start, arrived)

    def faults(self) -> tuple[ImpairedSpan, ...]:
        """Return the stretches that were lost or dropped so far, in order."""
        return tuple(self._faults)

    def _dropped(self, start: int, samples: Int16Array) -> Int16Array:
        assert self._dropouts is not None
        gone = self._dropouts.gate(start, len(samples))
        places = np.flatnonzero(gone)
        if not len(places):
            return samples
        self._note(Impairment.DROPPED, start + int(places[0]), len(places))
        return np.rint(samples * (1.0 - gone)).astype(np.int16)

    def _note(self, what: Impairment, start: int, samples: int) -> None:
        for at in range(len(self._faults) - 1, max(-1, len(self._faults) - 3), -1):
            last = self._faults[at]
            if last.what is what and last.start + last.samples == start:
                self._faults[at] = ImpairedSpan(what, last.start, last.samples + samples)
                return
        self._faults.append(ImpairedSpan(what, start, samples))


class _Echo:
    """The agent's voice in the caller's microphone, some time after the caller heard it."""

    def __init__(self, wanted: PhoneLine) -> None:
        echo = wanted.echo
        self._delay = 0 if echo is None else to_samples(echo.delay_ms / 1000.0, RATE_HZ)
        self._gain = 0.0 if echo is None else 10.0 ** (echo.level_db / 20.0)
        self._heard: Int16Array = np.zeros(0, np.int16)
        self._first = 0

    def played(self, agent: Int16Array) -> None:
        if self._gain:
            self._heard = np.concatenate([self._heard, agent])

    def at(self, start: int, count: int) -> FloatArray:
        """Return the echo of a frame: silence where the agent was not heard yet."""
        found = np.zeros(count)
        first = start - self._delay - self._first
        part = self._heard[max(0, first) : max(0, first + count)]
        offset = max(0, -first)
        found[offset : offset + len(part)] = part * self._gain
        gone = max(0, min(first, len(self._heard)))
        self._heard, self._first = self._heard[gone:], self._first + gone
        return found


class _G711:
    """8 kHz, 8 bits: there and back again, 4 ms late."""

    def __init__(self, name: str) -> None:
        self._encode, self._decode = _CODECS[name]
        self._down = StreamResampler(RATE_HZ, _G711_HZ)
        self._up = StreamResampler(_G711_HZ, RATE_HZ)
        self._ready: Int16Array = np.zeros(round(0.004 * RATE_HZ), np.int16)

    def coded(self, samples: Int16Array) -> Int16Array:
        heard = self._up.feed(self._decode(self._encode(self._down.feed(samples))))
        ready = np.concatenate([self._ready, heard])
        self._ready = ready[len(samples) :]
        return ready[: len(samples)]


def _codec(wanted: PhoneLine) -> _G711 | OpusCoder | None:
    if wanted.codec == "opus":
        return OpusCoder(_OPUS_KBPS if wanted.bitrate_kbps is None else wanted.bitrate_kbps)
    return None if wanted.codec is None else _G711(wanted.codec)


class _Losses:
    """Packets of one frame, lost in bursts (Gilbert 1960): a good state and a bad one.

    The mean length of a burst and the share of lost packets are those that were asked for.
    """

    def __init__(self, wanted: PhoneLine, seed: int) -> None:
        assert wanted.loss is not None
        rate = wanted.loss.rate
        self._ends = min(1.0, FRAME_S * 1000.0 / wanted.loss.burst_ms)
        self._begins = self._ends * rate / (1.0 - rate)
        self._chance = np.random.default_rng([seed, *b"loss"])
        self._bad = bool(self._chance.random() < rate)
        self._last: Int16Array = np.zeros(0, np.int16)
        self._missing = 0

    def passed(self, frame: Int16Array) -> tuple[bool, Int16Array]:
        """Return whether a packet is lost, and what is heard instead."""
        lost = self._bad
        turn = self._chance.random()
        self._bad = turn >= self._ends if self._bad else turn < self._begins
        if not lost:
            self._last, self._missing = frame, 0
            return False, frame
        self._missing += 1
        return True, self._concealed(len(frame))

    def _concealed(self, count: int) -> Int16Array:
        if self._missing > _FADE_FRAMES or len(self._last) != count:
            return np.zeros(count, np.int16)
        from_, to = 1 - (self._missing - 1) / _FADE_FRAMES, 1 - self._missing / _FADE_FRAMES
        return np.rint(self._last * np.linspace(from_, to, count)).astype(np.int16)
