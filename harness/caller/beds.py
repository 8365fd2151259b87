"""The sound under a whole call: a bed that repeats without a seam, rendered once and then kept."""

from __future__ import annotations

import numpy as np

from harness.audio.noise import METHOD, bed
from harness.audio.pcm import Pcm, from_float
from harness.speech.cache import ClipCache, key_of
from harness.units import RATE_HZ, to_samples

BED_S = 60.0
"""A bed repeats after this time, without a seam."""

_SEAM_S = 2.0


def seamless(name: str, seed: int, cache: ClipCache | None) -> Pcm:
    """Return one round of a bed at 24 kHz, from the cache if it was rendered before.

    Raises UnknownName for a bed that does not exist.
    """
    # numpy is part of the key: only one release of it promises the same random numbers.
    key = key_of(
        did="bed", bed=name, seed=seed, length_s=BED_S, method=METHOD, numpy=np.__version__
    )
    kept = cache.clip(key) if cache is not None else None
    if kept is not None:
        return kept
    made = _rendered(name, seed)
    if cache is not None:
        cache.keep_clip(key, made)
    return made


def _rendered(name: str, seed: int) -> Pcm:
    """Render a bed whose end runs into its beginning: what follows the end fades into the start."""
    count, seam = to_samples(BED_S, RATE_HZ), to_samples(_SEAM_S, RATE_HZ)
    samples = bed(name, count + seam, RATE_HZ, seed).as_float()
    fade = np.sqrt(np.linspace(0.0, 1.0, seam))
    loop = samples[:count].copy()
    loop[:seam] = samples[:seam] * fade + samples[count:] * fade[::-1]
    return from_float(loop, RATE_HZ)
