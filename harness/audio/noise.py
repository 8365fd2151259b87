"""What spoils a caller's audio: noise at a stated SNR, seeded by name, and a line that stops."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.audio import ambience, single_sounds, talk
from harness.audio.activity import active_level_dbfs
from harness.audio.pcm import SILENCE_DBFS, FloatArray, Pcm, from_float
from harness.errors import UnknownName

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

_OF_WORDS: dict[str, Callable[[talk.Piles, int, int, np.random.Generator], FloatArray]] = {
    "tv_words": talk.tv_words,
    "radio_words": talk.radio_words,
    "hold_words": talk.hold_words,
    "babble_words": talk.babble_words,
}

BEDS_OF_WORDS: tuple[str, ...] = tuple(_OF_WORDS)
"""Beds that are made of sentences, which somebody has to speak first."""

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
"""What each bed sounds like, for a person."""

BED_LEVEL_DBFS = -26.0
"""RMS of every bed as returned by ``bed``, over its whole length."""

METHOD = 1
"""Counts up whenever a bed of the same seed becomes other samples: rendered beds are kept."""

_FLOOR_DBFS = -70.0
_PEAK = 0.98

FADE_S = 0.002
"""A hard stop fades over this long, so that no click is heard that nobody made."""


Spoken = tuple[tuple[Pcm, ...], ...]
"""Sentences by voice, at the rate of the bed."""


def bed(name: str, count: int, rate_hz: int, seed: int, spoken: Spoken = ()) -> Pcm:
    """Return ``count`` samples of a bed at -26 dBFS; same arguments, same samples.

    A faint room floor lies under all of them, so that no bed holds digital silence. Single
    peaks (clatter) are limited softly. Beds of words are made of what is ``spoken``. Raises
    UnknownName for a name that is not in BEDS, ValueError for a bed of words without any.
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
    samples += ambience.white(count, rate_hz, generator) * 10.0 ** (_FLOOR_DBFS / 20.0)
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

    A cut at or behind the end leaves the track as it is. Raises ValueError on a negative ``at``.
    """
    if at < 0:
        raise ValueError(f"cannot cut at sample {at}")
    if at >= len(track):
        return track
    kept = track.cut(0, at).as_float()
    fade = min(at, round(FADE_S * track.rate_hz))
    kept[at - fade :] *= np.linspace(1.0, 0.0, fade, endpoint=False)
    return from_float(kept, track.rate_hz)
