"""Change the rate of a track, whole or while it runs: the same bytes for the same input.

A whole track is resampled by soxr in high quality. soxr's own streams return their samples in
blocks, up to 75 ms late while a call can spare 2; so ``StreamResampler`` is a separate polyphase
filter, a windowed sinc (Kaiser, 80 dB). Sample ``n`` of the output is at ``n / to_hz`` of the
track, as it was in the input. It is returned as soon as the ``DELAY_S`` of input after it are
there: caller audio is sent 2 ms later, and agent audio is complete once its end is reported. The
same input in other pieces gives the same output.
"""

from __future__ import annotations

import math

import numpy as np
import soxr

from harness.audio.pcm import FULL_SCALE, FloatArray, Int16Array, Pcm, from_float

DELAY_S = 0.002
"""How much input the filter uses on either side of a sample."""

_PASSED = 0.92
"""Frequency at which the filter halves a tone, as a share of the lower rate's Nyquist frequency."""
_PIECE = 1 << 20
_KAISER_BETA = 7.857
"""80 dB, after Kaiser's formula."""


def resample(track: Pcm, rate_hz: int) -> Pcm:
    """Return the track at ``rate_hz``; the very same object if it already has that rate.

    The length is ``len(track) * rate_hz / track.rate_hz`` rounded by soxr to a whole sample, and
    the filter's delay is compensated: a sound stays at its time. Raises ValueError on a rate that
    is not positive.
    """
    if rate_hz <= 0:
        raise ValueError(f"rate must be positive, got {rate_hz}")
    if rate_hz == track.rate_hz:
        return track
    if not len(track):
        return Pcm(np.zeros(0, np.int16), rate_hz)
    whole = WholeResampler(track.rate_hz, rate_hz)
    for start in range(0, len(track), _PIECE):
        whole.feed(track.samples[start : start + _PIECE])
    return whole.track()


class WholeResampler:
    """Resamples a track that comes piece by piece, identical to ``resample``.

    In pieces: an hour in float at once, with its copies, is gigabytes.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._rate_hz, self._pieces = to_hz, list[Int16Array]()
        # In float: from int16 to int16 soxr dithers with a new random row each time.
        self._stream = (
            None
            if from_hz == to_hz
            else soxr.ResampleStream(from_hz, to_hz, 1, dtype="float64", quality="HQ")
        )

    def feed(self, samples: Int16Array) -> None:
        """Take the next piece."""
        self._take(samples, last=False)

    def track(self) -> Pcm:
        """Return the whole track, and release the kept pieces."""
        self._take(np.zeros(0, np.int16), last=True)
        pieces, self._pieces = self._pieces, []
        return Pcm(np.concatenate(pieces), self._rate_hz)

    def _take(self, samples: Int16Array, *, last: bool) -> None:
        if self._stream is None:
            self._pieces.append(samples.copy())
            return
        part = Pcm(samples, self._rate_hz).as_float()
        found = self._stream.resample_chunk(part, last=last)
        self._pieces.append(from_float(found, self._rate_hz).samples)


class StreamResampler:
    """Resamples a track piece by piece; with equal rates, the output is the input."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        common = math.gcd(from_hz, to_hz)
        self._up, self._down = to_hz // common, from_hz // common
        self._reach = 0 if from_hz == to_hz else round(DELAY_S * from_hz)
        self._filters = _filters(self._up, self._reach, min(1.0, to_hz / from_hz) * _PASSED)
        self._kept: FloatArray = np.zeros(max(0, self._reach - 1))
        self._first = -len(self._kept)
        """Index of the first kept sample in the track."""
        self._made = 0

    def feed(self, samples: Int16Array) -> Int16Array:
        """Take a piece; return the output that is complete."""
        if not self._reach:
            return samples
        self._kept = np.concatenate([self._kept, samples.astype(np.float64)])
        return self._until(self._first + len(self._kept) - self._reach)

    def end(self) -> Int16Array:
        """End the track; return the rest of it."""
        if not self._reach:
            return np.zeros(0, np.int16)
        stop = self._first + len(self._kept)
        self._kept = np.concatenate([self._kept, np.zeros(self._reach)])
        return self._until(stop)

    def _until(self, stop: int) -> Int16Array:
        """Return the output samples before sample ``stop`` of the input."""
        made, count = self._made, max(self._made, -(-stop * self._up // self._down))
        found = np.zeros(count - made)
        for k in range(min(self._up, len(found))):  # every up-th sample needs the same filter
            at, phase = divmod((made + k) * self._down, self._up)
            first, more = at - self._reach + 1 - self._first, len(found[k :: self._up]) - 1
            around = self._kept[first : first + more * self._down + 2 * self._reach]
            every = np.correlate(around, self._filters[phase], "valid")
            found[k :: self._up] = every[:: self._down]
        self._made = count
        self._forget(count * self._down // self._up - self._reach + 1)
        return np.clip(np.rint(found), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)

    def _forget(self, before: int) -> None:
        gone = min(before - self._first, len(self._kept))
        self._kept = self._kept[gone:]
        self._first += gone


def _filters(up: int, reach: int, passed: float) -> FloatArray:
    """Return a filter for each position of an output sample between two input samples."""
    if not reach:
        return np.zeros((0, 0))
    places = np.arange(-reach + 1, reach + 1) - np.arange(up)[:, None] / up
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0.0, 1 - (places / reach) ** 2)))
    taps: FloatArray = np.sinc(passed * places) * window
    taps /= taps.sum(axis=1, keepdims=True)
    return taps


# A band-pass with separate design and filtering: a call must not wait for a library to load.

_ORDER = 4


def band_stages(low_hz: float, high_hz: float, rate_hz: int) -> FloatArray:
    """Return a Butterworth band-pass of order 4 as second-order sections (b0 b1 b2 1 a1 a2)."""
    from scipy.signal import butter  # imported late: takes 0.5 s, 2.6 s on a busy machine

    stages = butter(_ORDER, (low_hz, high_hz), "bandpass", fs=rate_hz, output="sos")
    return np.asarray(stages, np.float64)


class BandFilter:
    """Filters blocks of a fixed length through sections, with the least delay their slopes allow.

    A block is the response to its input (a triangle of the impulse response) and to the filter's
    state before it: two products of matrices, without scipy.
    """

    def __init__(self, stages: FloatArray, size: int) -> None:
        step, enters, leaves, through = _in_line(stages)
        places = np.arange(size)
        powers = np.empty((size + 1, len(step), len(step)))
        powers[0] = np.eye(len(step))
        for place in places:
            powers[place + 1] = step @ powers[place]
        response = np.append(through, leaves @ powers[: size - 1] @ enters)
        late = places[:, None] - places
        self._passes = np.where(late >= 0, response[np.abs(late)], 0.0)
        self._leaves = leaves @ powers[:size]
        self._enters = (powers[:size] @ enters)[::-1].T
        self._step = powers[size]
        self._state = np.zeros(len(step))

    def passed(self, sound: FloatArray) -> FloatArray:
        """Return the filter's output for the next block."""
        found: FloatArray = self._passes @ sound + self._leaves @ self._state
        self._state = self._step @ self._state + self._enters @ sound
        return found


def _in_line(stages: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Return sections in series as s' = step s + enters x, y = leaves s + through x."""
    size = 2 * len(stages)
    step, enters, leaves, through = np.zeros((size, size)), np.zeros(size), np.zeros(size), 1.0
    for number, (b0, b1, b2, _, a1, a2) in enumerate(stages):
        own = slice(2 * number, 2 * number + 2)
        took = np.array([b1 - a1 * b0, b2 - a2 * b0])
        step[own] = np.outer(took, leaves)
        step[own, own] = [[-a1, 1.0], [-a2, 0.0]]
        enters[own] = took * through
        leaves = b0 * leaves
        leaves[2 * number] = 1.0
        through = b0 * through
    return step, enters, leaves, through
