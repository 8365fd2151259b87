"""How the agent's audio sounds as a signal: gaps, clipping, noise instead of speech, channels.

Bytes that are decoded in the wrong format are rough (``protocol/audio_bytes.py``), and smooth in
the right format.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from harness.audio.activity import active_level_dbfs
from harness.audio.pcm import FULL_SCALE, Int16Array, Pcm
from harness.protocol.audio_bytes import bytes_of, mistaken_for
from harness.protocol.items import AudioFormat, ContentKey
from harness.recording.model import PlayedSpan, Recording
from harness.timeline.intervals import Spans, from_samples, on_grid, overlap, union
from harness.timeline.model import Dropouts, RoughAudio, SoundQuality, Span, Underrun
from harness.units import RATE_HZ

LEAST_GAP_S = 0.06
"""A shorter gap is not heard as a gap, and a client with a jitter buffer has none."""

_SHORTEST_GAP_S = 0.005
"""The shortest gap that counts among many in a row."""

_CLIPPED_RUN = 3
"""Consecutive samples at full scale that a limiter produces and a voice does not."""

_FRAME_S = 0.04
_NOISE_S = 1.0
_NOISE_DBFS = -46.0
"""Level in the band."""
_FLAT = 0.3
"""Spectral flatness from which a frame is noise: white noise has 0.56, vowels less than 0.05, and
sibilants, which may have as much, are short."""

_BAND_HZ = 300, 3400
"""The band of a telephone: noise from a telephone line is flat here, and not elsewhere."""

_NOISY_SHARE = 0.9
_STEREO_S, _STEREO_LIKENESS = 4.0, 0.3
_PAIRED, _LEAST_UNLIKE = 0.5, 0.001

_ROUGH_FRAME_S, _ROUGH_WINDOW, _ROUGH_STEP = 0.02, 50, 10
"""Every second frame of 10 ms, in windows of 1 s, each 0.2 s later."""
_ROUGH_FEWEST = 20
_ROUGH_SHORT_S, _ROUGH_SHORT_IN_ALL_S = 0.2, 0.6
_MOST_READINGS = 200
"""Maximum number of stretches to try in other formats; of more, each n-th represents those after
it."""

_ROUGH_UNKNOWN_S = 1.6
"""The shortest stretch that is reported as rough for an unknown reason."""
_ROUGH = 0.35
"""From this roughness on, other formats are tried: ``mistaken_for`` finds none below it."""
_VERY_ROUGH, _NO_VOWEL, _SMOOTH = 0.45, 0.1, 0.15
"""Of a second, of its smoothest tenth, and of the call's median second. Voices of the development
data have up to 0.42 and a median of 0.07 at most, whispers among them."""

_DROPOUT_S, _LONG_DROPOUT_S = (0.008, 0.2), (0.2, 1.0)
_SHARP = 150
"""Amplitude of the sample adjacent to a long dropout, on both sides. Pauses of 433 sentences of
eSpeak have at most 121 on one side."""
ABRUPT_S, ABRUPT_DBFS = 0.005, -35.0
"""Speech fades; audio that stops or begins at this level was cut. No sentence of 120 from eSpeak
ends so loud, of cuts at random places two thirds do."""
_ALIKE_S = 0.00025
_PACKET_S = 0.01
"""Packets last a multiple of this; the closures of a synthetic voice last any time."""
_FEWEST_DROPOUTS, _LEAST_PER_S, _LEAST_SHARE = 8, 1.0, 0.5
"""Dropouts of equal length. eSpeak, whose closures are silent, has at most 0.4 per second."""
_FEWEST_LONG, _LEAST_LONG_PER_S = 5, 0.5
"""Long dropouts of equal length, whose edges are sharp: pauses between words have none."""


def sound_quality(recording: Recording, sounds: Spans) -> SoundQuality | None:
    """Return the sound quality of the agent's audible stretches; None if there is no audio."""
    track = recording.agent
    pieces = [track.cut(*_samples(span, track.rate_hz)).samples for span in sounds]
    heard: Int16Array = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
    if not len(heard):
        return None
    noise = tuple(_noise(track, sounds))
    return SoundQuality(
        level_dbfs=round(active_level_dbfs(Pcm(heard, track.rate_hz)), 1),
        clipped_share=_clipped(heard) / len(heard),
        noise=noise,
        stereo=_is_stereo(max(pieces, key=len)),
        rough=tuple(_rough(track, sounds, noise)),
        dropouts=_dropouts(track, sounds),
    )


def underruns(recording: Recording) -> Iterator[Underrun]:
    """Yield the gaps inside content parts, in order of time: the rest came too late.

    A gap counts if the part continues from the sample at which it stopped: skipped audio was
    dropped, not late.
    """
    rate_hz = recording.agent.rate_hz
    before: dict[ContentKey, PlayedSpan] = {}
    for run in sorted(recording.played, key=lambda run: run.start):
        last = before.get(run.key)
        before[run.key] = run
        if last is None or run.item_start != last.item_start + last.samples:
            continue
        stop = last.start + last.samples
        if run.start - stop >= _SHORTEST_GAP_S * rate_hz:
            yield Underrun(from_samples(stop, run.start, rate_hz=rate_hz), run.response_id)


def _samples(span: Span, rate_hz: int) -> tuple[int, int]:
    return round(span.start_s * rate_hz), round(span.end_s * rate_hz)


def _clipped(samples: Int16Array) -> int:
    """Return the number of samples in runs at full scale."""
    top = np.abs(samples.astype(np.int32)) >= FULL_SCALE - 1
    if not top.any():
        return 0
    edges = np.flatnonzero(np.diff(np.concatenate(([False], top, [False])).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= _CLIPPED_RUN].sum())


def _is_stereo(samples: Int16Array) -> bool:
    """Return whether two channels were played as one.

    If both channels have the same voice, the samples of a pair are more alike than those of two
    pairs. If a single channel has a voice, or each has its own, every second sample follows the
    last but one and not its neighbour. In a single voice neighbours are alike from any start.
    """
    count = min(len(samples), round(_STEREO_S * RATE_HZ)) // 2 * 2
    wave = samples[:count].astype(np.float64)
    left, right = wave[::2], wave[1::2]
    powers = _product(left, left), _product(right, right)
    if min(powers) <= 0.0:
        return max(powers) > 0.0
    power = math.sqrt(powers[0] * powers[1])
    within, across = _product(left, right) / power, _product(left[1:], right[:-1]) / power
    next_but_one = _product(wave[:-2], wave[2:]) / sum(powers)
    unlike = sorted((1 - within, 1 - across))
    alike = unlike[0] < _PAIRED * unlike[1] and unlike[1] > _LEAST_UNLIKE
    return alike or next_but_one - max(abs(within), abs(across)) >= _STEREO_LIKENESS


def _power(level_dbfs: float) -> float:
    """Return the mean square of samples at a level."""
    return float((FULL_SCALE * 10 ** (level_dbfs / 20)) ** 2)


def _product(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the scalar product; without BLAS, whose threads cost more than they gain here."""
    return float(np.sum(one * other))


def _noise(track: Pcm, sounds: Spans) -> Iterator[Span]:
    """Yield stretches of a second and more that are loud and without a voice."""
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
    rows = track.samples[: count * frame].reshape(count, frame).astype(np.float32)
    spectrum = np.fft.rfft(rows * np.hanning(frame).astype(np.float32), axis=1)
    power = spectrum.real**2 + spectrum.imag**2 + 1e-9
    used = power[:, round(_BAND_HZ[0] * _FRAME_S) : round(_BAND_HZ[1] * _FRAME_S)]
    flatness = np.exp(np.mean(np.log(used), axis=1)) / np.mean(used, axis=1)
    in_band = np.sum(used, axis=1) / np.sum(power, axis=1)
    loud = in_band * np.mean(rows * rows, axis=1) >= _power(_NOISE_DBFS)
    noisy: NDArray[np.float64] = ((flatness >= _FLAT) & loud).astype(np.float64)
    return noisy


def _rough(track: Pcm, sounds: Spans, noise: Spans) -> Iterator[RoughAudio]:
    """Yield stretches as rough as bytes that are decoded in the wrong format."""
    seconds = [second for span in sounds for second in _seconds(track, span)]
    smooth = bool(seconds) and float(np.median([rough for _, rough, _ in seconds])) <= _SMOOTH
    found: dict[str, list[Span]] = {}
    # White noise is rough in every format: it would look like a wrong format.
    suspect = [one for one in seconds if one[1] >= _ROUGH and not overlap((one[0],), noise)]
    step = -(-len(suspect) // _MOST_READINGS) or 1
    likely = ""
    for number, (span, rough, smoothest) in enumerate(suspect):
        if number % step == 0:
            likely = _likely(track, span)
        if likely or (smooth and rough >= _VERY_ROUGH and smoothest >= _NO_VOWEL):
            found.setdefault(likely, []).append(span)
    for likely, spans in _short(track, sounds).items():
        found.setdefault(likely, []).extend(spans)
    known = union(span for name, spans in found.items() if name for span in spans)
    for name, spans in found.items():
        for span in union(spans):
            if name or (span.duration_s >= _ROUGH_UNKNOWN_S and not overlap((span,), known)):
                yield RoughAudio(span, name)


def _short(track: Pcm, sounds: Spans) -> dict[str, list[Span]]:
    """Return the short stretches that are smooth in another single reading, if there are enough.

    G.711 at 8 kHz that is read as PCM16 at 24 kHz lasts a sixth of its time.
    """
    found: dict[str, list[Span]] = {}
    for span in sounds:
        if _ROUGH_SHORT_S <= span.duration_s < _ROUGH_FRAME_S * _ROUGH_WINDOW:
            found.setdefault(_likely(track, span), []).append(span)
    return {
        likely: spans
        for likely, spans in found.items()
        if likely and sum(span.duration_s for span in spans) >= _ROUGH_SHORT_IN_ALL_S
    }


def _likely(track: Pcm, span: Span) -> str:
    """Return the other format in which a stretch is smooth; empty if there is none."""
    piece = track.cut(*_samples(span, track.rate_hz)).samples
    return mistaken_for(bytes_of(piece, AudioFormat.PCM16_24K), AudioFormat.PCM16_24K) or ""


def _seconds(track: Pcm, span: Span) -> Iterator[tuple[Span, float, float]]:
    """Yield overlapping seconds of a stretch: span, median roughness, that of the smoothest tenth.

    Only loud frames count.
    """
    start, stop = _samples(span, track.rate_hz)
    frame = round(_ROUGH_FRAME_S * track.rate_hz)
    count = (stop - start) // frame
    if count < _ROUGH_WINDOW:
        return
    samples = track.samples[start : start + count * frame].reshape(count, frame)
    rows = samples[:, : frame // 2].astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    energy = np.einsum("ij,ij->i", rows, rows)
    steps = np.diff(rows, axis=1)
    rough = np.einsum("ij,ij->i", steps, steps) / (2 * energy + 1e-9)
    loud = energy >= _power(_NOISE_DBFS) * rows.shape[1]
    for first in range(0, count - _ROUGH_WINDOW + 1, _ROUGH_STEP):
        here = slice(first, first + _ROUGH_WINDOW)
        if np.count_nonzero(loud[here]) >= _ROUGH_FEWEST:
            at, to = start + first * frame, start + (first + _ROUGH_WINDOW) * frame
            ordered = np.sort(rough[here][loud[here]])
            median, smoothest = (
                float(ordered[len(ordered) // 2]),
                float(ordered[len(ordered) // 10]),
            )
            yield from_samples(at, to, rate_hz=track.rate_hz), median, smoothest


def _dropouts(track: Pcm, sounds: Spans) -> Dropouts | None:
    """Return the dropouts of the most frequent length, if there are many."""
    speech_s = sum(span.duration_s for span in sounds)
    short = [cut for span in sounds for cut in _cuts(track, span, _DROPOUT_S)]
    long = [
        (start, stop)
        for span in _joined(sounds)
        for start, stop in _cuts(track, span, _LONG_DROPOUT_S)
        if min(abs(int(track.samples[start - 1])), abs(int(track.samples[stop]))) >= _SHARP
    ]
    return _of_one_length(
        short, track.rate_hz, fewest=max(_FEWEST_DROPOUTS, _LEAST_PER_S * speech_s)
    ) or _of_one_length(long, track.rate_hz, fewest=max(_FEWEST_LONG, _LEAST_LONG_PER_S * speech_s))


def _joined(sounds: Spans) -> Iterator[Span]:
    """Yield the stretches separated by more than the longest dropout."""
    joined = sounds[0]
    for sound in sounds[1:]:
        if sound.start_s - joined.end_s > _LONG_DROPOUT_S[1]:
            yield joined
            joined = sound
        joined = Span(joined.start_s, sound.end_s)
    yield joined


def _of_one_length(cuts: list[tuple[int, int]], rate_hz: int, *, fewest: float) -> Dropouts | None:
    """Return the cuts of the most frequent length, if they are ``fewest`` and half of all."""
    lengths = np.array(sorted(stop - start for start, stop in cuts))
    if len(lengths) < fewest:
        return None
    within = 2 * _ALIKE_S * rate_hz
    alike = np.searchsorted(lengths, lengths + within, "right") - np.arange(len(lengths))
    first = int(alike.argmax())
    number, shortest = int(alike[first]), lengths[first]
    if number < max(fewest, _LEAST_SHARE * len(lengths)):
        return None
    same = [cut for cut in cuts if shortest <= cut[1] - cut[0] <= shortest + within]
    length_s = float(np.median([stop - start for start, stop in same])) / rate_hz
    if abs(length_s / _PACKET_S - round(length_s / _PACKET_S)) * _PACKET_S > _ALIKE_S:
        return None
    total = sum(stop - start for start, stop in same)
    return Dropouts(number, total / rate_hz, on_grid(same[0][0] / rate_hz))


def _cuts(track: Pcm, span: Span, lengths_s: tuple[float, float]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of digital silence of the given lengths that begin and end abruptly."""
    start, stop = _samples(span, track.rate_hz)
    samples, window = track.samples[start:stop], round(0.001 * track.rate_hz)
    whole = len(samples) // window * window
    silent = ~samples[:whole].reshape(-1, window).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], silent, [False])).astype(np.int8)))
    least, most = (round(each * track.rate_hz) for each in lengths_s)
    edge, loud = round(ABRUPT_S * track.rate_hz), _power(ABRUPT_DBFS)
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if not least - 2 * window <= (last - first) * window <= most:
            continue
        begin, end = first * window, last * window
        while begin and not samples[begin - 1]:
            begin -= 1
        while end < len(samples) and not samples[end]:
            end += 1
        around = samples[max(0, begin - edge) : begin], samples[end : end + edge]
        abrupt = all(len(each) and np.mean(each.astype(np.float64) ** 2) >= loud for each in around)
        if abrupt and end - begin >= least:
            yield start + begin, start + end
