"""How rough a sound is from sample to sample: speech is smooth, bytes read in a wrong way are not.

The measure is half the energy of a signal's first difference over its own (1 minus the correlation
of neighbours, what white noise has at 1): the median over the frames that sound, each without its
mean. Measured on synthesized speech in four voices: 0.02 to 0.34 at 48 to 8 kHz, up to 0.55 under
white noise as loud as itself, and 0.4 to 1 where µ-law, A-law and PCM16 are taken for each other.
"""

from __future__ import annotations

import numpy as np

from harness.audio.pcm import FULL_SCALE, Int16Array

NOISE = 1.0
"""How rough white noise is, and what is said of a sound of which nothing can be heard."""

_FRAME = 240
_SOUNDING = 1e-3
"""What is further than 30 dB below the loudest frame is a pause."""
_LEAST_POWER = (FULL_SCALE * 10 ** (-50 / 20)) ** 2


def roughness(samples: Int16Array) -> float:
    """Return the roughness of the frames that sound; ``NOISE`` where none does."""
    whole = len(samples) // _FRAME * _FRAME
    frames = samples[:whole].reshape(-1, _FRAME).astype(np.float32)
    frames = frames - frames.mean(axis=1, keepdims=True)
    energy = np.einsum("ij,ij->i", frames, frames)
    loudest = float(energy.max(initial=0.0))
    if loudest < _LEAST_POWER * _FRAME:
        return NOISE
    steps = np.diff(frames[energy >= _SOUNDING * loudest], axis=1)
    moved = np.einsum("ij,ij->i", steps, steps)
    return float(np.median(moved / (2 * energy[energy >= _SOUNDING * loudest])))
