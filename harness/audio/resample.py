"""Change the rate of a track, whole or while it runs: the same bytes for the same input.

A whole track goes through soxr in high quality. soxr's own streams give their samples in blocks, up
to 75 ms late where a call can spare 2; so ``StreamResampler`` is a polyphase filter of its own, a
windowed sinc (Kaiser, 80 dB). Sample ``n`` of the output lies at ``n / to_hz`` of the track, as it
did in the input. It comes as soon as the ``DELAY_S`` of input behind it are there: what is said is
sent 2 ms later, and what arrives is heard whole once its end is told. The same input in other
pieces gives the same output.
"""

from __future__ import annotations

import math

import numpy as np
import soxr

from harness.audio.pcm import FULL_SCALE, FloatArray, Int16Array, Pcm, from_float

DELAY_S = 0.002
"""How much input the filter looks at on either side of a sample."""

_PASSED = 0.92
"""Where the filter halves a tone, as a share of the lower rate's Nyquist frequency."""
_PIECE = 1 << 20
_KAISER_BETA = 7.857
"""80 dB, after Kaiser's formula."""


def resample(track: Pcm, rate_hz: int) -> Pcm:
    """Return the track at ``rate_hz``; the very same object where the rate is right already.

    The length is ``len(track) * rate_hz / track.rate_hz`` rounded by soxr to a whole sample, and
    the filter's delay is compensated: a sound stays at its time. Raises ValueError on a rate
    that is not positive.
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
    """One track that comes piece by piece, as ``resample`` changes it, to the bit.

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
        """Return the whole track; what was kept of it is given up."""
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
    """One track from one rate to another, piece by piece; the same rate gives what came."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        common = math.gcd(from_hz, to_hz)
        self._up, self._down = to_hz // common, from_hz // common
        self._reach = 0 if from_hz == to_hz else round(DELAY_S * from_hz)
        self._filters = _filters(self._up, self._reach, min(1.0, to_hz / from_hz) * _PASSED)
        self._kept: FloatArray = np.zeros(max(0, self._reach - 1))
        self._first = -len(self._kept)
        """Place of the first kept sample in the track."""
        self._made = 0

    def feed(self, samples: Int16Array) -> Int16Array:
        """Take a piece; return what is whole of the output."""
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
        """Return the samples that lie before sample ``stop`` of the input."""
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
    """Return one filter for each place that an output sample may have between two of the input."""
    if not reach:
        return np.zeros((0, 0))
    places = np.arange(-reach + 1, reach + 1) - np.arange(up)[:, None] / up
    window = np.i0(_KAISER_BETA * np.sqrt(np.maximum(0.0, 1 - (places / reach) ** 2)))
    taps: FloatArray = np.sinc(passed * places) * window
    taps /= taps.sum(axis=1, keepdims=True)
    return taps
