"""Whether the agent's audio was made at another sample rate than it was played at.

PCM has no header. Audio of 16 kHz that is played at 24 kHz is half as fast again, and sounds like
the voice of a small child; audio of 48 kHz, or of two channels, has half its speed.

The same samples are read at each rate. A reading fits as far as its pitch, its formants and its
syllables per second are those of a speaking adult. Pitch and speed alone prove little: voices are
high or low, slow or fast. Formants follow from the length of the vocal tract, which differs by less
than a fifth between adults.

Formants: linear prediction (Markel and Gray, Linear Prediction of Speech, 1976). Their means are
those of Peterson and Barney (1952) over all vowels, between men and women.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.language.sounds import syllables
from harness.protocol.items import AudioFormat
from harness.recording.model import Recording
from harness.recording.provenance import SourceKind
from harness.timeline.model import AgentUtterance, Transcript, WrongRate

_RATES_HZ = 8_000, 16_000, 24_000, 48_000
"""Sample rates of voice agents' audio."""
_MOST_FACTOR = 2.0

_FEWEST_SYLLABLES, _SHORTEST_S = 12.0, 2.5
"""With less speech, neither speed nor voice can be judged."""
_LIKELY = 2.0
"""The check runs only if another rate makes the speed about as likely (squared deviations)."""
_DOUBTED, _BETTER, _MUCH_BETTER = 4.0, 5.0, 9.0
_SURE, _SURE_VOICE = 8.0, 6.0
_GOOD_VOICE, _PERFECT_VOICE = 6.0, 5.0
_HASTE = 7.3
"""Syllables per second that no voice of the development data reached (eSpeak at 260 words per
minute: 6.3)."""

_ANALYZED_HZ = 12_000
_ORDER = 14
_LONGEST_S = 6.0
_FRAME_S, _STEP_S = 0.03, 0.015
_MOST_FRAMES = 300
_FEWEST_FRAMES = 20
_FFT = 512
_FORMANTS = np.log(np.array([550.0, 1450.0, 2700.0, 3600.0]))
_TRACT_DEVIATION, _VOWEL_DEVIATION = 0.09, 0.12
_LOWEST_HZ, _HIGHEST_HZ, _PITCH_DEVIATION = 75.0, 260.0, 0.12
_PITCH_HZ, _PITCH_BY_TRACT, _PITCH_BY_TRACT_DEVIATION = 153.0, 3.6, 0.28
"""A short tract has a high pitch: men about 115 Hz, with formants 8 % lower than the mean of both;
women 205 Hz, and 8 % higher."""
_HIGH_PITCH_HZ = 280.0
_SYLLABLES_PER_S, _RATE_DEVIATION = 4.0, 0.3
_WORST = 16.0
_VOICED, _HIGH_PEAK = 0.5, 0.88
"""Autocorrelation of a voiced frame; the first peak that is nearly as high is the period."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """How badly samples that are read at a rate fit the speech of an adult.

    Squared deviations, each in units of its spread.
    """

    voice: float
    speed: float
    pitch_hz: float | None

    @property
    def total(self) -> float:
        return self.voice + self.speed


def wrong_rate(recording: Recording, agent: tuple[AgentUtterance, ...]) -> WrongRate | None:
    """Return the rate that the agent's audio was made at if it sounds like another rate.

    None also if it cannot be known: no session with PCM, too few words, or numbers in figures.
    """
    origin, settings = recording.manifest.origin, recording.manifest.target.get("session") or {}
    form = AudioFormat(settings.get("output_format") or AudioFormat.PCM16_24K.value)
    if form.codec != "PCM16" or (origin is not None and origin.kind is not SourceKind.REALTIME):
        return None
    track, pieces, count = recording.agent, [], 0.0
    for said in agent:
        known = said.transcript in (Transcript.TOLD, Transcript.UNEQUAL) and not said.inferred
        number = syllables(said.claimed) if known and not said.interrupted else None
        if number and not (said.as_text or said.without_audio):
            count += number
            pieces += [
                track.samples[round(s.start_s * track.rate_hz) : round(s.end_s * track.rate_hz)]
                for s in said.sounds
            ]
    if not pieces:
        return None
    return fitted_rate(Pcm(np.concatenate(pieces), track.rate_hz), count, played_hz=form.rate_hz)


def fitted_rate(speech: Pcm, spoken: float, *, played_hz: int) -> WrongRate | None:
    """Return the rate that audio was made at if it sounds unlike ``played_hz``.

    ``speech`` is the audio as heard, without its pauses; ``spoken`` is the number of syllables of
    its text. ``played_hz`` is the rate of the session's audio format.
    """
    if spoken < _FEWEST_SYLLABLES or speech.duration_s < _SHORTEST_S:
        return None
    per_s = spoken / speech.duration_s
    likely = [
        rate_hz
        for rate_hz in _RATES_HZ
        if rate_hz != played_hz
        and 1 / _MOST_FACTOR <= rate_hz / played_hz <= _MOST_FACTOR
        and _speed_fit(per_s * rate_hz / played_hz) <= _speed_fit(per_s) + _LIKELY
    ]
    if not likely:
        return None
    played = _read(speech, 1.0, per_s)
    found = {rate_hz: _read(speech, rate_hz / played_hz, per_s) for rate_hz in likely}
    made_hz = min(found, key=lambda rate_hz: found[rate_hz].total)
    made = found[made_hz]
    better, voice = played.total - made.total, played.voice - made.voice
    too_fast = made_hz < played_hz
    # Some women and cartoon voices have formants as high: a second sign is needed for certainty.
    fits = not too_fast or per_s > _HASTE or (played.pitch_hz or 0.0) > _HIGH_PITCH_HZ
    if better >= _SURE and voice >= _SURE_VOICE and made.voice <= _PERFECT_VOICE and fits:
        return WrongRate(made_hz, played_hz, sure=True)
    by_voice = voice >= _DOUBTED and (
        better >= _MUCH_BETTER or (better >= _BETTER and made.voice <= _GOOD_VOICE)
    )
    by_haste = per_s > _HASTE and too_fast and better >= _DOUBTED and made.voice < _WORST
    return WrongRate(made_hz, played_hz, sure=False) if by_voice or by_haste else None


def _read(speech: Pcm, factor: float, per_s: float) -> _Reading:
    """Return how audio fits if it was made at ``factor`` times the rate at which it is played."""
    part = speech.samples[: round(_LONGEST_S * speech.rate_hz)]
    sound = resample(Pcm(part, round(speech.rate_hz * factor)), _ANALYZED_HZ)
    wave = sound.samples.astype(np.float64)
    pitch_hz = _pitch_hz(wave)
    return _Reading(_voice_fit(_formants(wave), pitch_hz), _speed_fit(per_s * factor), pitch_hz)


def _speed_fit(per_s: float) -> float:
    return (math.log(per_s / _SYLLABLES_PER_S) / _RATE_DEVIATION) ** 2


def _frames(wave: NDArray[np.float64], length_s: float, rate_hz: int) -> NDArray[np.float64]:
    """Return loud frames, evenly spaced."""
    length, step = round(length_s * rate_hz), round(_STEP_S * rate_hz)
    rows = np.lib.stride_tricks.sliding_window_view(wave, length)[::step]
    power = np.mean(rows * rows, axis=1)
    loud = rows[power >= 0.1 * np.percentile(power, 95)]
    spaced: NDArray[np.float64] = loud[:: -(-len(loud) // _MOST_FRAMES) or 1]
    return spaced


def _voice_fit(formants: NDArray[np.float64] | None, pitch_hz: float | None) -> float:
    """Return how far formants and pitch are from an adult's, with a vocal tract of any length."""
    if formants is None:
        return _WORST + (0.0 if pitch_hz is None else _pitch_range_fit(pitch_hz))
    off = np.log(formants) - _FORMANTS
    within, between = _VOWEL_DEVIATION**2, _TRACT_DEVIATION**2
    covariance = within * np.eye(len(off)) + between
    fit = min(_WORST, float(off @ np.linalg.solve(covariance, off)))
    if pitch_hz is None:
        return fit
    tract = float(off.sum()) / within / (len(off) / within + 1 / between)
    usual_hz = math.log(_PITCH_HZ) + _PITCH_BY_TRACT * tract
    odd = ((math.log(pitch_hz) - usual_hz) / _PITCH_BY_TRACT_DEVIATION) ** 2
    return fit + min(_WORST, _pitch_range_fit(pitch_hz) + odd)


def _pitch_range_fit(pitch_hz: float) -> float:
    outside = max(0.0, math.log(_LOWEST_HZ / pitch_hz), math.log(pitch_hz / _HIGHEST_HZ))
    return min(_WORST, (outside / _PITCH_DEVIATION) ** 2)


def _formants(wave: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Return the medians of the four lowest formants in Hz; None if there are too few vowels."""
    frames = _frames(np.append(wave[:1], wave[1:] - 0.9 * wave[:-1]), _FRAME_S, _ANALYZED_HZ)
    power = np.abs(np.fft.rfft(frames * np.hamming(frames.shape[1]), _FFT, axis=1)) ** 2
    lags = np.fft.irfft(power, axis=1)[:, : _ORDER + 1]
    lags = lags[lags[:, 1] > 0.3 * lags[:, 0]]
    places = np.abs(np.arange(_ORDER)[:, None] - np.arange(_ORDER))
    matrix = lags[:, places] + 1e-4 * lags[:, :1, None] * np.eye(_ORDER)
    predictor = np.linalg.solve(matrix, lags[:, 1:, None])[..., 0]
    inverse = np.concatenate((np.ones((len(lags), 1)), -predictor), axis=1)
    level = -np.log(np.abs(np.fft.rfft(inverse, _FFT, axis=1)) + 1e-9)
    peaks = (level[:, 1:-1] > level[:, :-2]) & (level[:, 1:-1] >= level[:, 2:])
    step_hz = _ANALYZED_HZ / _FFT
    peaks[:, : round(150 / step_hz)] = False
    order = np.cumsum(peaks, axis=1)
    whole = order[:, -1] >= len(_FORMANTS)
    if np.count_nonzero(whole) < _FEWEST_FRAMES:
        return None
    middles = [
        np.median(np.argmax(order[whole] == number, axis=1) + 1)
        for number in range(1, len(_FORMANTS) + 1)
    ]
    return np.array(middles) * step_hz


def _pitch_hz(wave: NDArray[np.float64]) -> float | None:
    """Return the median pitch in Hz, by autocorrelation; None for a whisper."""
    rate_hz = _ANALYZED_HZ // 2
    low = wave[: len(wave) // 2 * 2].reshape(-1, 2).mean(axis=1)
    frames = _frames(low, 2 * _FRAME_S, rate_hz)
    window = np.hanning(frames.shape[1])
    spectrum = np.fft.rfft((frames - frames.mean(axis=1, keepdims=True)) * window, _FFT, axis=1)
    lags = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)
    shape = np.fft.irfft(np.abs(np.fft.rfft(window, _FFT)) ** 2)
    first, last = rate_hz // 600, rate_hz // 40
    likeness = lags[:, first:last] / (lags[:, :1] + 1e-9) / (shape[first:last] / shape[0])
    best = likeness.max(axis=1)
    inner = likeness[:, 1:-1]
    peaks = (
        (inner >= likeness[:, :-2])
        & (inner >= likeness[:, 2:])
        & (inner >= _HIGH_PEAK * best[:, None])
    )
    voiced = (best >= _VOICED) & peaks.any(axis=1)
    if np.count_nonzero(voiced) < _FEWEST_FRAMES:
        return None
    return float(np.median(rate_hz / (first + 1 + peaks[voiced].argmax(axis=1))))
