"""A band-pass with separate design and filtering: a call must not wait for a library to load."""

from __future__ import annotations

import numpy as np

from harness.audio.pcm import FloatArray

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
