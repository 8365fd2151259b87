"""What lies under the caller's speech: a bed at its SNR, without a seam, whole or in bursts."""

from __future__ import annotations

import math

import numpy as np

from harness.audio.activity import active_level_dbfs
from harness.audio.noise import BED_LEVEL_DBFS, METHOD, Spoken, bed, gain_for_snr
from harness.audio.pcm import Pcm, from_float
from harness.caller.model import Bed, BurstTimes, Clip
from harness.caller.overheard import Overheard
from harness.caller.spoken import SPEECH_DBFS
from harness.scenario.script import NoiseOnly
from harness.scenario.sound import BedNoise, Bursts
from harness.speech.cache import ClipCache, key_of
from harness.units import RATE_HZ, to_samples

BED_S = 60.0
"""A bed repeats after this time, without a seam."""

_SEAM_S = 2.0

_LOUDEST_BED_DBFS = -27.0
"""Single peaks of a bed stand up to 26 dB over its level."""

_ROUNDED_DB = 0.02
"""A bed of a few steps of PCM16 grows by what is rounded: from here on that is taken back."""


def seamless(name: str, seed: int, cache: ClipCache | None, overheard: Overheard) -> Pcm:
    """Return one round of a bed at 24 kHz, from the cache if it was rendered before.

    Raises UnknownName for a bed that does not exist, SpeechFailed where its words fail.
    """
    # numpy is part of the key: only one release of it promises the same random numbers.
    key = key_of(
        did="bed",
        bed=name,
        seed=seed,
        length_s=BED_S,
        method=METHOD,
        numpy=np.__version__,
        **overheard.key(name),
    )
    kept = cache.clip(key) if cache is not None else None
    if kept is not None:
        return kept
    made = _rendered(name, seed, overheard.spoken(name))
    if cache is not None:
        cache.keep_clip(key, made)
    return made


def _rendered(name: str, seed: int, spoken: Spoken) -> Pcm:
    """Render a bed whose end runs into its beginning: what follows the end fades into the start."""
    count, seam = to_samples(BED_S, RATE_HZ), to_samples(_SEAM_S, RATE_HZ)
    samples = bed(name, count + seam, RATE_HZ, seed, spoken).as_float()
    fade = np.sqrt(np.linspace(0.0, 1.0, seam))
    loop = samples[:count].copy()
    loop[:seam] = samples[:seam] * fade + samples[count:] * fade[::-1]
    return from_float(loop, RATE_HZ)


def speech_level(noise: BedNoise | None) -> float:
    """Return the level of speech: lower under a bed that would otherwise clip itself."""
    if noise is None:
        return SPEECH_DBFS
    return min(SPEECH_DBFS, _LOUDEST_BED_DBFS + noise.snr_db)


def noise_alone(noise: NoiseOnly, seed: int, overheard: Overheard) -> Pcm:
    """Return a turn of sound without speech to the agent, at its level."""
    count = to_samples(noise.for_s, RATE_HZ)
    sound = bed(noise.bed, count, RATE_HZ, seed, overheard.spoken(noise.bed))
    return sound.gained(noise.level_dbfs - BED_LEVEL_DBFS)


def bed_under(
    noise: BedNoise | None,
    clips: tuple[Clip, ...],
    *,
    seed: int,
    level_dbfs: float,
    cache: ClipCache | None,
    overheard: Overheard,
) -> Bed | None:
    """Return the bed at its SNR under the mean active power of the caller's utterances."""
    if noise is None:
        return None
    powers = [10.0 ** (active_level_dbfs(clip.clean) / 10.0) for clip in clips]
    speech_dbfs = 10.0 * math.log10(sum(powers) / len(powers)) if powers else level_dbfs
    sound = seamless(noise.bed, seed, cache, overheard)
    gain = gain_for_snr(speech_dbfs, sound, noise.snr_db)
    gain_db = 20.0 * math.log10(gain)
    heard = sound.gained(gain_db)
    off_db = speech_dbfs - noise.snr_db - heard.level_dbfs()
    if abs(off_db) > _ROUNDED_DB:
        heard = sound.gained(gain_db + off_db)
    return Bed(noise.bed, heard.samples, burst_times(noise.bursts, seed))


def burst_times(bursts: Bursts | None, seed: int) -> BurstTimes | None:
    """Return the times of bursts on the stream, in samples; None for what never stops."""
    if bursts is None:
        return None
    period, length = to_samples(bursts.every, RATE_HZ), to_samples(bursts.for_s, RATE_HZ)
    return BurstTimes(max(2, period), max(1, min(length, period - 1)), seed)
