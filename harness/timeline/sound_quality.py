"""How the agent's audio sounds as a signal: gaps, clipping, noise in place of speech, channels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.audio.activity import active_level_dbfs
from harness.audio.pcm import FULL_SCALE, Int16Array, Pcm
from harness.recording.agent_sound import PlayedSpan
from harness.recording.model import Recording
from harness.timeline.intervals import Spans, from_samples
from harness.timeline.model import SoundQuality, Span, Underrun

LEAST_GAP_S = 0.06
"""A shorter gap is not heard as one, and a client with a jitter buffer has none."""

_CLIPPED_RUN = 3
"""Samples in a row at full scale that a limiter, and no voice, makes."""

_FRAME_S = 0.04
_NOISE_S = 1.0
_NOISE_DBFS = -46.0
"""Level in the band."""
_FLAT = 0.3
"""Spectral flatness from which a frame is noise: white noise has 0.56, vowels less than 0.05, and
sibilants, which may have as much, are short."""

_BAND_HZ = 300, 3400
"""What a telephone carries: noise that came over one is flat here, and nowhere else."""

_NOISY_SHARE = 0.9
_STEREO_SHARE = 0.98


def sound_quality(recording: Recording, sounds: Spans) -> SoundQuality | None:
    """Return what the audible stretches of the agent's track tell; None if there is no audio."""
    track = recording.agent
    pieces = [track.cut(*_samples(span, track.rate_hz)).samples for span in sounds]
    heard: Int16Array = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
    if not len(heard):
        return None
    return SoundQuality(
        level_dbfs=round(active_level_dbfs(Pcm(heard, track.rate_hz)), 1),
        clipped_share=_clipped(heard) / len(heard),
        noise=tuple(_noise(track, sounds)),
        stereo=_is_stereo(heard),
    )


def underruns(recording: Recording) -> Iterator[Underrun]:
    """Yield the gaps inside content parts, in order of time: the rest came too late.

    A gap counts if the part goes on where it stopped: skipped audio was dropped, not late.
    """
    rate_hz = recording.agent.rate_hz
    before: dict[tuple[str, str, int], PlayedSpan] = {}
    for run in sorted(recording.played, key=lambda run: run.start):
        key = run.response_id, run.item_id, run.content_index
        last = before.get(key)
        before[key] = run
        if last is None or run.item_start != last.item_start + last.samples:
            continue
        stop = last.start + last.samples
        if run.start - stop >= LEAST_GAP_S * rate_hz:
            yield Underrun(from_samples(stop, run.start, rate_hz=rate_hz), run.response_id)


def _samples(span: Span, rate_hz: int) -> tuple[int, int]:
    return round(span.start_s * rate_hz), round(span.end_s * rate_hz)


def _clipped(samples: Int16Array) -> int:
    """Return how many samples lie in runs at full scale."""
    top = np.abs(samples.astype(np.int32)) >= FULL_SCALE - 1
    if not top.any():
        return 0
    edges = np.flatnonzero(np.diff(np.concatenate(([False], top, [False])).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= _CLIPPED_RUN].sum())


def _is_stereo(samples: Int16Array) -> bool:
    """Return whether two channels with one voice were played as one: each sample comes twice."""
    even = samples[: len(samples) // 2 * 2]
    return any(
        len(pairs) > 0 and float(np.mean(pairs[:, 0] == pairs[:, 1])) >= _STEREO_SHARE
        for pairs in (even.reshape(-1, 2), even[1:-1].reshape(-1, 2))
    )


def _noise(track: Pcm, sounds: Spans) -> Iterator[Span]:
    """Yield stretches of a second and more that are loud and have no voice in them."""
    for span in sounds:
        if span.duration_s < _NOISE_S:
            continue
        start, stop = _samples(span, track.rate_hz)
        noisy = _noisy_frames(track.cut(start, stop))
        frame, least = round(_FRAME_S * track.rate_hz), round(_NOISE_S / _FRAME_S)
        kernel = np.ones(least) / least
        share = np.convolve(noisy, kernel, "valid") if len(noisy) >= least else np.zeros(0)
        there = np.flatnonzero(share >= _NOISY_SHARE)
        if len(there):
            first, last = int(there[0]), int(there[-1]) + least
            yield from_samples(start + first * frame, start + last * frame, rate_hz=track.rate_hz)


def _noisy_frames(track: Pcm) -> NDArray[np.float64]:
    """Return 1 for each frame whose spectrum is flat and loud, else 0."""
    frame = round(_FRAME_S * track.rate_hz)
    count = len(track.samples) // frame
    rows = track.samples[: count * frame].reshape(count, frame).astype(np.float64)
    power = np.abs(np.fft.rfft(rows * np.hanning(frame), axis=1)) ** 2 + 1e-9
    used = power[:, round(_BAND_HZ[0] * _FRAME_S) : round(_BAND_HZ[1] * _FRAME_S)]
    flatness = np.exp(np.mean(np.log(used), axis=1)) / np.mean(used, axis=1)
    in_band = np.sum(used, axis=1) / np.sum(power, axis=1)
    loud = in_band * np.mean(rows * rows, axis=1) >= (FULL_SCALE * 10 ** (_NOISE_DBFS / 20)) ** 2
    noisy: NDArray[np.float64] = ((flatness >= _FLAT) & loud).astype(np.float64)
    return noisy
