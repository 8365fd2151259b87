"""Noise for a caller's audio at a stated SNR, with speech in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from harness.audio import ambience
from harness.audio import ambience as single_sounds
from harness.audio.activity import active_level_dbfs
from harness.audio.ambience import CONTROL_HZ, add_at, at_level_one, drawn, hold_music, shaped
from harness.audio.pcm import SILENCE_DBFS, FloatArray, Pcm, from_float
from harness.errors import UnknownName

# Places with people, made of sentences: television, radio, hold, babble.
#
# Every maker takes (sentences, count, rate_hz, generator): a pile of sentences per voice, as float
# samples at the rate, and returns ``count`` samples of any level. The words are intelligible; their
# content has no meaning for the call.

Piles = Sequence[Sequence[FloatArray]]
"""Sentences by voice."""

_HELD_S = 9.0
"""Duration of hold music between two announcements."""

_DUCKED = 0.18
"""Gain of the music under a voice: -15 dB."""


def tv_words(piles: Piles, count: int, rate_hz: int, generator: np.random.Generator) -> FloatArray:
    """Return a television in the room: two people in turn, music between, a small speaker."""
    speech = _in_turn(piles, count, rate_hz, generator, gaps_s=(0.1, 2.5))
    music = at_level_one(hold_music(count, rate_hz, generator))
    between = music * (0.08 + 0.5 * _quiet_share(speech, rate_hz))
    heard = _compressed(speech + between, rate_hz)
    return _in_a_room(_banded(heard, rate_hz, (120, 7000)), rate_hz, generator, decay_s=0.35)


def radio_words(
    piles: Piles, count: int, rate_hz: int, generator: np.random.Generator
) -> FloatArray:
    """Return a radio: a speaker with hardly any pauses, always over music, strongly compressed."""
    speech = _in_turn(piles, count, rate_hz, generator, gaps_s=(0.05, 0.35))
    music = 0.25 * at_level_one(hold_music(count, rate_hz, generator))
    hiss = 0.01 * shaped(count, rate_hz, generator, ((20, -40), (300, 0), (12_000, 0)))
    heard = _compressed(speech + music + hiss, rate_hz)
    return _in_a_room(_banded(heard, rate_hz, (200, 5000)), rate_hz, generator, decay_s=0.2)


def hold_words(
    piles: Piles, count: int, rate_hz: int, generator: np.random.Generator
) -> FloatArray:
    """Return hold music with a friendly voice in between, through a telephone."""
    gaps_s = (0.8 * _HELD_S, 1.2 * _HELD_S)
    speech = _in_turn(piles, count, rate_hz, generator, gaps_s=gaps_s)
    music = at_level_one(hold_music(count, rate_hz, generator))
    open_share = _DUCKED + (1.0 - _DUCKED) * _quiet_share(speech, rate_hz)
    return _banded(speech + 0.7 * open_share * music, rate_hz, (300, 3400))


def babble_words(
    piles: Piles, count: int, rate_hz: int, generator: np.random.Generator
) -> FloatArray:
    """Return several people talking at once, each with a voice, a distance and a pace."""
    total = np.zeros(count)
    for pile in piles:
        near = generator.uniform(0.6, 1.0)
        total += near * _in_turn([pile], count, rate_hz, generator, gaps_s=(0.1, 0.8))
    return _in_a_room(_banded(total, rate_hz, (80, 8000)), rate_hz, generator, decay_s=0.5)


def _in_turn(
    piles: Piles,
    count: int,
    rate_hz: int,
    generator: np.random.Generator,
    *,
    gaps_s: tuple[float, float],
) -> FloatArray:
    """Return voices in sequence, starting in the middle of a sentence; all equally loud."""
    total = np.zeros(count)
    at, voice = -int(generator.integers(0, rate_hz)), int(generator.integers(0, 60))
    order = generator.permutation(min(len(pile) for pile in piles))
    while at < count:
        sentence = piles[voice % len(piles)][order[voice % len(order)]]
        add_at(total, max(0, at), at_level_one(sentence)[max(0, -at) :])
        at += len(sentence) + max(1, int(generator.uniform(*gaps_s) * rate_hz))
        voice += 1
    return total


def _quiet_share(speech: FloatArray, rate_hz: int) -> FloatArray:
    """Return 1 in pauses and 0 during speech, gliding within some 0.3 s."""
    loud = _levels(speech, rate_hz) > 0.05
    width = round(0.3 * CONTROL_HZ)
    near = np.convolve(loud, np.ones(2 * width + 1), "same") > 0
    glide = np.convolve(np.where(near, 0.0, 1.0), np.ones(width) / width, "same")
    return drawn(glide, len(speech), rate_hz)


def _compressed(sound: FloatArray, rate_hz: int) -> FloatArray:
    """Return audio whose loud parts are compressed, four to one, as radio stations do it."""
    levels = np.convolve(_levels(sound, rate_hz), np.ones(5) / 5, "same")
    gain = (np.maximum(levels, 0.05)) ** (1.0 / 4.0 - 1.0)
    return sound * drawn(gain, len(sound), rate_hz)


def _levels(sound: FloatArray, rate_hz: int) -> FloatArray:
    """Return the RMS of each step of the control rate."""
    step = rate_hz // CONTROL_HZ
    padded = np.concatenate([sound, np.zeros(-len(sound) % step)])
    power: FloatArray = np.mean(np.square(padded.reshape(-1, step)), axis=1)
    return np.sqrt(power)


def _banded(sound: FloatArray, rate_hz: int, band_hz: tuple[int, int]) -> FloatArray:
    """Return the audio between two frequencies, with slopes of half an octave."""
    size = 1 << (len(sound) + rate_hz // 10 - 1).bit_length()
    at_hz = np.maximum(np.fft.rfftfreq(size, 1 / rate_hz), 1e-3)
    low, high = np.log2(at_hz / band_hz[0]), np.log2(at_hz / band_hz[1])
    gains = np.clip(1 + 2 * low, 0.0, 1.0) * np.clip(1 - 2 * high, 0.0, 1.0)
    return np.fft.irfft(np.fft.rfft(sound, size) * gains, size)[: len(sound)]


def _in_a_room(
    sound: FloatArray, rate_hz: int, generator: np.random.Generator, *, decay_s: float
) -> FloatArray:
    """Return audio with the echoes of a room that lose 60 dB within ``decay_s``."""
    at_s = np.arange(round(decay_s * rate_hz)) / rate_hz
    tail = generator.standard_normal(len(at_s)) * 10.0 ** (-3.0 * at_s / decay_s)
    room = 0.6 * tail / max(float(np.sqrt(np.sum(np.square(tail)))), 1e-9)
    room[:1] += 1.0
    size = 1 << (len(sound) + len(room) - 1).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.fft.rfft(room, size)
    return np.fft.irfft(spectrum, size)[: len(sound)]


__all__ = ["BEDS", "BED_LEVEL_DBFS", "active_level_dbfs", "bed", "gain_for_snr"]

_MAKERS: dict[str, Callable[[int, int, np.random.Generator], FloatArray]] = {
    "white": ambience.white,
    "pink": ambience.pink,
    "hum": ambience.hum,
    "babble": ambience.babble,
    "cafe": ambience.cafe,
    "street": ambience.street,
    "tv": ambience.tv,
    "hold_music": ambience.hold_music,
    "car": single_sounds.car,
    "keyboard": single_sounds.keyboard,
    "baby": single_sounds.baby,
    "siren": single_sounds.siren,
}

_OF_WORDS: dict[str, Callable[[Piles, int, int, np.random.Generator], FloatArray]] = {
    "tv_words": tv_words,
    "radio_words": radio_words,
    "hold_words": hold_words,
    "babble_words": babble_words,
}

BEDS_OF_WORDS: tuple[str, ...] = tuple(_OF_WORDS)
"""Beds that are made of sentences, which must be synthesized first."""

BEDS: tuple[str, ...] = (*_MAKERS, *BEDS_OF_WORDS)

SOUNDS: dict[str, str] = {
    "white": "hiss, the same at all pitches",
    "pink": "softer hiss, like wind or a fan",
    "hum": "mains hum of a bad line",
    "babble": "six people talking at once",
    "cafe": "talk, crockery, the tone of the room",
    "street": "a low rumble, and cars that pass",
    "tv": "a television in the next room",
    "hold_music": "a melody over four chords, over and over",
    "car": "a car from inside: engine, tyres, wind",
    "keyboard": "somebody who types",
    "baby": "a baby that cries, a breath between two wails",
    "siren": "an ambulance that comes and goes",
    "tv_words": "a television: two people with words, music between",
    "radio_words": "a radio: a speaker with words over music",
    "hold_words": "music, and announcements with words: the caller is on hold",
    "babble_words": "eight people talking at once, with words",
}
"""A description of each bed, for a person."""

BED_LEVEL_DBFS = -26.0
"""RMS of every bed as returned by ``bed``, over its whole length."""

METHOD = 1
"""Counts up whenever a bed of the same seed becomes other samples: rendered beds are kept."""

_FLOOR_DBFS = -70.0
_PEAK = 0.98

FADE_S = 0.002
"""A hard stop fades over this long, to avoid an audible click."""


Spoken = tuple[tuple[Pcm, ...], ...]
"""Sentences by voice, at the rate of the bed."""


def bed(name: str, count: int, rate_hz: int, seed: int, spoken: Spoken = ()) -> Pcm:
    """Return ``count`` samples of a bed at -26 dBFS; same arguments, same samples.

    Beds of words are made of the sentences in ``spoken``. Raises UnknownName for a name that is not
    in BEDS, ValueError for a bed of words without any.
    """
    if name not in BEDS:
        raise UnknownName("noise bed", name, BEDS)
    if name in _OF_WORDS and not spoken:
        raise ValueError(f"nobody speaks the words of {name!r}")
    if count <= 0:
        return Pcm(np.zeros(0, np.int16), rate_hz)
    generator = np.random.default_rng([seed, *name.encode("ascii")])
    if name in _OF_WORDS:
        piles = [[sentence.as_float() for sentence in pile] for pile in spoken]
        samples = _OF_WORDS[name](piles, count, rate_hz, generator)
    else:
        samples = _MAKERS[name](count, rate_hz, generator)
    level = 10.0 ** (BED_LEVEL_DBFS / 20.0)
    samples *= level / max(float(np.sqrt(np.mean(np.square(samples)))), 1e-9)
    # A faint room noise floor, so that no bed contains digital silence.
    samples += ambience.white(count, rate_hz, generator) * 10.0 ** (_FLOOR_DBFS / 20.0)
    # Single peaks (clatter) are limited softly.
    return from_float(_PEAK * np.tanh(samples / _PEAK), rate_hz)


def gain_for_snr(speech_dbfs: float, bed: Pcm, snr_db: float) -> float:
    """Return the linear gain that puts ``bed`` ``snr_db`` below speech of that active level.

    Speech level is ``active_level_dbfs`` of the clean clip. Raises ValueError for a silent bed.
    """
    level_dbfs = bed.level_dbfs()
    if level_dbfs <= SILENCE_DBFS:
        raise ValueError("a silent bed has no signal-to-noise ratio")
    return float(10.0 ** ((speech_dbfs - snr_db - level_dbfs) / 20.0))


def cut_at(track: Pcm, at: int) -> Pcm:
    """Return the first ``at`` samples, the last 2 ms of them faded out.

    A cut at or after the end leaves the track as it is. Raises ValueError on a negative ``at``.
    """
    if at < 0:
        raise ValueError(f"cannot cut at sample {at}")
    if at >= len(track):
        return track
    kept = track.cut(0, at).as_float()
    fade = min(at, round(FADE_S * track.rate_hz))
    kept[at - fade :] *= np.linspace(1.0, 0.0, fade, endpoint=False)
    return from_float(kept, track.rate_hz)
