"""Finds audible and voiced spans of a track, to the sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.audio.pcm import FULL_SCALE, Int16Array, Pcm

WINDOW_S = 0.001
"""Energy is measured in windows of this length before an edge is refined to the sample."""

AUDIBLE_DBFS = -50.0
"""From this level on the agent counts as audible."""

_BELOW_SPEECH_DB = 27.0
"""Audio of a clean clip that is further below the speech level is the engine's noise floor."""

_LEAST_VOICED_DBFS = -75.0
_LEVEL_FRAME_S = 0.01
_P56_MARGIN_DB = 15.9
_P56_HANGOVER_S = 0.2
_FLOOR_FRAME_S = 0.03
_FLOOR_SHARE = 0.1
_PIECE = 1 << 20


def audible_spans(
    track: Pcm,
    *,
    threshold_dbfs: float = AUDIBLE_DBFS,
    min_gap_s: float = 0.2,
    min_sound_s: float = 0.02,
) -> tuple[tuple[int, int], ...]:
    """Return the sample ranges [start, stop) that contain sound, in order, never touching.

    A window of 1 ms is sound when its RMS reaches ``threshold_dbfs``; an edge is then the first
    (one past the last) sample whose magnitude reaches the threshold. Gaps under ``min_gap_s`` are
    bridged first; a span that is then still shorter than ``min_sound_s`` is a click and left out.
    """
    threshold = FULL_SCALE * 10.0 ** (threshold_dbfs / 20.0)
    window = max(1, round(WINDOW_S * track.rate_hz))
    loud = np.flatnonzero(_window_power(track.samples, window) >= threshold * threshold)
    if not len(loud):
        return ()
    breaks = np.flatnonzero(np.diff(loud) > 1)
    firsts = loud[np.concatenate(([0], breaks + 1))]
    lasts = loud[np.concatenate((breaks, [len(loud) - 1]))]
    gap, sound = min_gap_s * track.rate_hz, min_sound_s * track.rate_hz
    # Windows are coarse: runs that surely belong together are joined here, the rest after refining.
    near = (firsts[1:] - lasts[:-1] + 1) * window < gap
    firsts, lasts = firsts[np.r_[True, ~near]], lasts[np.r_[~near, True]]
    spans: list[tuple[int, int]] = []
    for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
        start, stop = _refined(track.samples, (first, last), window, threshold)
        if spans and start - spans[-1][1] < gap:
            spans[-1] = (spans[-1][0], stop)
        else:
            spans.append((start, stop))
    return tuple(span for span in spans if span[1] - span[0] >= sound)


def audible_places(samples: Int16Array, rate_hz: int) -> NDArray[np.intp]:
    """Return the indices of the audible samples, by the rule of ``audible_spans``.

    No gap is bridged, and no click is left out: more audio may follow.
    """
    threshold = FULL_SCALE * 10.0 ** (AUDIBLE_DBFS / 20.0)
    window = max(1, round(WINDOW_S * rate_hz))
    loud = _window_power(samples, window) >= threshold * threshold
    if not loud.any():
        return np.zeros(0, np.intp)
    here = np.repeat(loud, window)[: len(samples)]
    return np.flatnonzero(here & (np.abs(samples.astype(np.int32)) >= threshold * (1 - 1e-6)))


def voiced_bounds(track: Pcm) -> tuple[int, int] | None:
    """Return the first voiced sample of a clean clip and the end (exclusive); None in silence.

    The threshold is 27 dB under the clip's own speech level, so that an engine's noise floor,
    lead-in and trailing silence are excluded at any loudness of the clip. At the callers' playback
    level (-23 dBFS) that is -50 dBFS, the level from which on the agent counts as audible: both
    ends of a wait are measured alike.
    """
    spans = voiced_spans(track)
    return (spans[0][0], spans[-1][1]) if spans else None


def voiced_spans(track: Pcm) -> tuple[tuple[int, int], ...]:
    """Return the voiced spans of a clean clip, separated by pauses of 0.2 s and more."""
    level_dbfs = _speech_dbfs(track)
    if level_dbfs is None:
        return ()
    return audible_spans(
        track,
        threshold_dbfs=max(level_dbfs - _BELOW_SPEECH_DB, _LEAST_VOICED_DBFS),
        min_sound_s=0.005,
    )


def active_level_dbfs(clean: Pcm) -> float:
    """Return the active speech level in dB relative to full scale (RMS); -120 in silence.

    After ITU-T P.56, with its margin and hangover: active is a 10 ms frame no more than 15.9 dB
    below the level of all active frames, and every pause under 200 ms between such frames; so
    silence around speech changes nothing. The standard's method B also counts the 200 ms after each
    end of speech, and reads 0.3 to 0.7 dB lower for single sentences.
    """
    level_dbfs = _speech_dbfs(clean)
    return -120.0 if level_dbfs is None else level_dbfs


def flat_tops(track: Pcm) -> int:
    """Return how often three samples or more in a row have the track's largest value.

    Speech that was not clipped has such a run by chance, if at all; silence has none.
    """
    sizes = np.abs(track.samples.astype(np.int32))
    peak = int(sizes.max(initial=0))
    if not peak:
        return 0
    top = sizes >= min(peak, FULL_SCALE - 1)
    runs = top[:-2] & top[1:-1] & top[2:]
    return int(np.count_nonzero(runs[1:] & ~runs[:-1]) + (len(runs) > 0 and bool(runs[0])))


def snr_db(track: Pcm) -> float:
    """Return roughly how far noise is below speech: active level over the quietest tenth.

    To about 4 dB, at 10 and 20 dB of white noise or babble; above 25 if pauses are clean. Noise
    that stops with the speech is not noticed. 0 for silence.
    """
    level_dbfs = _speech_dbfs(track)
    if level_dbfs is None:
        return 0.0
    return level_dbfs - floor_dbfs(track)


def floor_dbfs(track: Pcm) -> float:
    """Return the level of a track's quietest tenth; -90 for silence and for an empty track."""
    power = _window_power(track.samples, max(1, round(_FLOOR_FRAME_S * track.rate_hz)))
    floor = max(float(np.quantile(power, _FLOOR_SHARE)), 1.0) if len(power) else 1.0
    return 10.0 * float(np.log10(floor / FULL_SCALE**2))


def _speech_dbfs(track: Pcm) -> float | None:
    frame = max(1, round(_LEVEL_FRAME_S * track.rate_hz))
    power = _window_power(track.samples, frame)
    if not power.any():
        return None
    level = float(power.max())
    while True:  # the active set only grows, so this ends
        active = np.flatnonzero(power >= level / 10.0 ** (_P56_MARGIN_DB / 10.0))
        lower = float(np.mean(power[_bridged(active, round(_P56_HANGOVER_S / _LEVEL_FRAME_S))]))
        if lower >= level:
            return 10.0 * float(np.log10(level / FULL_SCALE**2))
        level = lower


def _bridged(active: NDArray[np.intp], pause: int) -> NDArray[np.intp]:
    """Return the active frames and those in pauses shorter than ``pause`` frames between them."""
    mask = np.zeros(active[-1] + 1, np.bool_)
    mask[active] = True
    gaps = np.flatnonzero((np.diff(active) > 1) & (np.diff(active) <= pause))
    for index in gaps.tolist():
        mask[active[index] : active[index + 1]] = True
    return np.flatnonzero(mask)


def _window_power(samples: Int16Array, window: int) -> NDArray[np.float32]:
    """Return the mean square of each window; a partial last window by its own length."""
    whole = len(samples) // window * window
    windows = samples[:whole].reshape(-1, window)
    power = np.zeros(len(windows), np.float32)
    step = max(1, _PIECE // window)
    for start in range(0, len(windows), step):  # an hour in float at once is half a gigabyte
        rows = windows[start : start + step].astype(np.float32)
        power[start : start + step] = np.einsum("ij,ij->i", rows, rows) / np.float32(window)
    if whole == len(samples):
        return power
    rest = samples[whole:].astype(np.float32)
    return np.append(power, np.float32(np.mean(rest * rest)))


def _refined(
    samples: Int16Array, windows: tuple[int, int], window: int, threshold: float
) -> tuple[int, int]:
    """Return the edges of a run of loud windows to the sample, up to a window further out."""
    first, last = windows
    begin, end = max(0, (first - 1) * window), min(len(samples), (last + 2) * window)
    head = np.abs(samples[begin : (first + 1) * window].astype(np.int32))
    tail = np.abs(samples[last * window : end].astype(np.int32))
    # A small tolerance: a window whose every sample equals the threshold must find itself.
    limit = threshold * (1 - 1e-6)
    start = begin + int(np.argmax(head >= limit))
    stop = last * window + int(np.flatnonzero(tail >= limit)[-1]) + 1
    return start, stop
