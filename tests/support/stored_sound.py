"""Tracks of stored calls, made of tones and hiss: the time of each is known to the sample."""

from __future__ import annotations

import numpy as np

from harness.audio.pcm import Pcm

RATE_HZ = 24_000


def track(
    *spans: tuple[float, float], length_s: float = 10.0, noise_dbfs: float | None = None
) -> Pcm:
    """Return a track on which a voice-like buzz sounds in some spans, over noise if wanted."""
    count = round(length_s * RATE_HZ)
    samples = np.zeros(count)
    times = np.arange(count) / RATE_HZ
    buzz = sum(np.sin(2 * np.pi * 140 * k * times) / k for k in range(1, 20))
    for start_s, end_s in spans:
        part = slice(round(start_s * RATE_HZ), round(end_s * RATE_HZ))
        samples[part] = 4000 * buzz[part]
    if noise_dbfs is not None:
        level = 32_768 * 10 ** (noise_dbfs / 20)
        samples += np.random.default_rng(7).normal(0, level, count)
    return Pcm(np.clip(samples, -32_768, 32_767).astype(np.int16), RATE_HZ)
