"""The agent's TTS and ASR, and a recognizer that knows all utterances of a caller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from harness.agent.desk.speech_acts import DeskWords
from harness.audio.pcm import Pcm, join, silence
from harness.audio.resample import resample
from harness.caller.model import CallerScript
from harness.language.language import Language
from harness.language.sounds import spoken_share
from harness.speech.base import Recognizer, Synthesizer, VoiceChoice, hears, recognizer, synthesizer
from harness.speech.cache import cached_hearing, cached_synthesizer
from harness.units import RATE_HZ

# A recognizer that knows all utterances of a caller and finds them in audio by their spectrum.
#
# It is used if no recognizer knows the language: utterances are rendered as the caller renders
# them, and the received audio is compared with each of them at every offset, as loudness in bands
# over time. So turns, policy and judging run without a model. It is not speech recognition: any
# other words, or another voice, are not understood, and no agent is judged by it.

_RATE_HZ = 16_000
_HOP = 160
_WINDOW = 400
_BANDS = 20
_LOWEST_HZ, _HIGHEST_HZ = 250.0, 3400.0
"""The pass band of a telephone."""

_RANGE = 3.5
"""How far below the loudest frame of a band its audio still counts, as a power of ten."""

_LEAST_FRAMES = 18
"""Less audio than this (0.18 s) is no utterance."""

_LEAST_PART = 45
"""A part shorter than this (0.45 s) does not identify a longer utterance: "eins" is in "nein"."""

_ALIKE, _FEW, _FEW_OF_PART = 0.5, 6.0, 18.0
"""Correlation from which a stretch is an utterance, and the extra for few frames.

The shorter a stretch, the more often chance is as similar
(``tests/agent/test_known_utterances.py``).
"""

_EXPLAINED = 0.6
"""Share of the audio that must be known: else the caller said other words."""

_OF_UNHEARD = 0.35
"""The penalty for the part of an utterance that was not heard."""

_SLACK = 0.06
"""Share of an utterance that may be missing from a whole one."""

_Grid = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KnownUtterance:
    """An utterance as it is spoken, and its audio, without the silence around it."""

    words: str
    audio: Pcm


def utterances_of(script: CallerScript) -> tuple[KnownUtterance, ...]:
    """Return the utterances that a caller may say."""
    clips = tuple(clip for clip in (*script.turns, *script.answers) if clip.spoken)
    on_the_line = (
        KnownUtterance(clip.spoken, clip.clean.cut(clip.voiced_start, clip.voiced_stop))
        for clip in clips
        if clip.voiced_start is not None and clip.voiced_stop is not None
    )
    return (
        *on_the_line,
        *(KnownUtterance(clip.spoken, clip.item) for clip in clips if clip.item is not None),
    )


class _Sound:
    """Loudness in bands over time, with the data for its correlation."""

    def __init__(self, bands: _Grid) -> None:
        self.bands = bands
        still = np.zeros((len(bands), 1))
        self.sums = np.hstack([still, np.cumsum(bands, axis=1)])
        self.squares = np.concatenate([[0.0], np.cumsum((bands**2).sum(axis=0))])
        self._spectra: dict[int, NDArray[np.complex128]] = {}

    def __len__(self) -> int:
        return int(self.bands.shape[1])

    def spectrum(self, size: int) -> NDArray[np.complex128]:
        """Return the transform of each band, padded to a size."""
        if size not in self._spectra:
            self._spectra[size] = np.fft.rfft(self.bands, size, axis=1)
        return self._spectra[size]


@dataclass(frozen=True, slots=True)
class _Place:
    """An utterance placed on the received audio, from its frame 0 at frame ``lag``."""

    utterance: KnownUtterance
    lag: int
    frames: int
    worth: float
    """How much it explains: similarity times the root of its length, less for missing parts."""
    sure: bool
    """Whether it is more similar than chance explains."""


@dataclass(frozen=True, slots=True)
class _Part:
    """The recognized words of some frames."""

    start: int
    stop: int
    words: str


class KnownUtterances:
    """Recognizes only utterances that it was given."""

    def __init__(self, utterances: Iterable[KnownUtterance]) -> None:
        self._utterances = tuple({one.words: one for one in utterances}.values())

    def hear(self, audio: Pcm) -> str:
        """Return the words of the utterances in it, in order; empty if none of them is in it."""
        heard = _bands(audio)
        sounds = _sounding(heard)
        found = sorted(self._found(heard, sounds), key=lambda part: part.start)
        known = sum(int(sounds[part.start : part.stop].sum()) for part in found)
        if known < _EXPLAINED * sounds.sum():
            return ""
        return " ".join(part.words for part in found if part.words)

    def listening_s(self, audio: Pcm) -> float:
        """Return the cost of recognition in virtual time: about its own pace on one core."""
        return 0.08 + 0.02 * audio.duration_s

    @cached_property
    def _known(self) -> tuple[tuple[KnownUtterance, _Sound], ...]:
        return tuple((one, _Sound(_bands(one.audio))) for one in self._utterances)

    def _found(self, heard: _Grid, sounds: NDArray[np.bool_], start: int = 0) -> Iterator[_Part]:
        """Yield the utterances in a stretch: the best, then those in the remaining parts."""
        if sounds.sum() < _LEAST_FRAMES:
            return
        part = _Sound(heard)
        best = max(
            (place for one, sound in self._known for place in _places(one, sound, part)),
            key=lambda place: place.worth,
            default=None,
        )
        if best is None or not best.sure:
            return
        begins, ends = max(0, best.lag), min(len(part), best.lag + best.frames)
        yield _Part(start + begins, start + ends, _words_between(best, len(part)))
        yield from self._found(heard[:, :begins], sounds[:begins], start)
        yield from self._found(heard[:, ends:], sounds[ends:], start + ends)


def _words_between(place: _Place, heard: int) -> str:
    """Return the words of an utterance whose middles lie in the received audio."""
    first = max(0, -place.lag) / place.frames
    last = min(place.frames, heard - place.lag) / place.frames
    text = place.utterance.words
    said = [
        match[0]
        for match in re.finditer(r"\S+", text)
        if first
        <= (spoken_share(text, match.start()) + spoken_share(text, match.end())) / 2
        <= last
    ]
    return " ".join(said)


def _places(utterance: KnownUtterance, sound: _Sound, heard: _Sound) -> Iterator[_Place]:
    """Yield the best place of an utterance in the received audio, if it has any."""
    lags = np.arange(-len(sound) + 1, len(heard))
    over = np.minimum(len(heard), lags + len(sound)) - np.maximum(0, lags)
    alike = _correlations(sound, heard, lags)
    missing = 1.0 - over / len(sound)
    worth = alike * np.sqrt(over) * (1.0 - _OF_UNHEARD * missing)
    whole = missing < _SLACK
    worth[over < np.where(whole, _LEAST_FRAMES, _LEAST_PART)] = -1.0
    best = int(np.argmax(worth))
    if worth[best] > 0:
        few = _FEW if whole[best] else _FEW_OF_PART
        sure = bool(alike[best] >= _ALIKE + few / over[best])
        yield _Place(utterance, int(lags[best]), len(sound), float(worth[best]), sure)


def _correlations(sound: _Sound, heard: _Sound, lags: NDArray[np.int64]) -> _Grid:
    """Return the similarity of an utterance and the received audio at each lag, over their overlap.

    Pearson's correlation of all bands at once, each from its own mean over that stretch.
    """
    starts, stops = np.maximum(0, lags), np.minimum(len(heard), lags + len(sound))
    size = 1 << int(np.ceil(np.log2(len(sound) + len(heard))))
    spectrum = np.einsum("bf,bf->f", heard.spectrum(size), np.conj(sound.spectrum(size)))
    together = np.fft.irfft(spectrum, size)[lags]
    of_heard = heard.sums[:, stops] - heard.sums[:, starts]
    of_known = sound.sums[:, stops - lags] - sound.sums[:, starts - lags]
    count = (stops - starts).astype(float)
    shared = together - np.einsum("bl,bl->l", of_heard, of_known) / count
    squares = heard.squares[stops] - heard.squares[starts]
    squares_known = sound.squares[stops - lags] - sound.squares[starts - lags]
    spread = squares - np.einsum("bl,bl->l", of_heard, of_heard) / count
    spread_known = squares_known - np.einsum("bl,bl->l", of_known, of_known) / count
    alike: _Grid = shared / np.sqrt(np.maximum(spread * spread_known, 1e-9))
    return alike


def _bands(audio: Pcm) -> _Grid:
    """Return the loudness of the bands over time, shape (bands, frames), smoothed a little."""
    samples = resample(audio, _RATE_HZ).as_float()
    count = 1 + max(0, len(samples) - _WINDOW) // _HOP
    padded = np.concatenate([samples, np.zeros(_WINDOW)])
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP][:count]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), 512, axis=1)) ** 2
    bands = power @ _filters().T
    floor = bands.max(axis=0, initial=1e-9) * 10.0**-_RANGE + 1e-9
    loud: _Grid = np.log(bands + floor)
    smooth = np.concatenate([loud[:1], loud, loud[-1:]])
    even: _Grid = (smooth[:-2] + smooth[1:-1] + smooth[2:]) / 3.0
    return np.ascontiguousarray(even.T)


def _sounding(bands: _Grid) -> NDArray[np.bool_]:
    """Return which frames are nearer to the loudest than to the quietest."""
    level = bands.mean(axis=0)
    loud: NDArray[np.bool_] = level > (np.quantile(level, 0.1) + np.quantile(level, 0.95)) / 2
    return loud


def _filters() -> _Grid:
    """Return triangles over the spectrum, evenly spaced on the mel scale."""
    low, high = (2595.0 * np.log10(1.0 + hz / 700.0) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    centres = 700.0 * (10.0 ** (np.linspace(low, high, _BANDS + 2) / 2595.0) - 1.0)
    places = np.arange(257) * _RATE_HZ / 512.0
    rising = (places[None] - centres[:-2, None]) / np.diff(centres)[:-1, None]
    falling = (centres[2:, None] - places[None]) / np.diff(centres)[1:, None]
    triangles: _Grid = np.maximum(0.0, np.minimum(rising, falling))
    return triangles


_SILENT_BELOW = 33
"""Smallest sample that counts as audio: -60 dBFS."""

_LEAD_S = 0.005
_GAP_S = 0.12
_VOICING_S = 0.06
_VOICING_PER_CHAR_S = 0.0008


@dataclass(frozen=True, slots=True)
class Voiced:
    """Spoken words at 24 kHz; ``marks`` as in ``memory.SpokenItem``."""

    audio: Pcm
    marks: tuple[tuple[int, int], ...]


class AgentTts:
    """Speaks with eSpeak, in another voice than any caller of the shipped suite."""

    def __init__(self, words: DeskWords, engine: Synthesizer | None = None) -> None:
        self._language, self._voice = words.language, words.voice
        self._engine = engine or cached_synthesizer(synthesizer("pyttsx3"))

    def speak(self, text: str, speed: float) -> Voiced:
        """Return the words as audio that begins within 10 ms of its first sample.

        Raises:
            SpeechFailed: the engine returned no audio.
        """
        choice = VoiceChoice(self._voice, rate=speed)
        parts: list[Pcm] = []
        marks: list[tuple[int, int]] = []
        chars = samples = 0
        for sentence in self._language.sentences(text) or (text,):
            spoken = _trimmed(self._engine.speak(sentence, choice))
            parts += [spoken, silence(round(_GAP_S * RATE_HZ), RATE_HZ)]
            samples += len(spoken) + len(parts[-1])
            chars = text.find(sentence, chars) + len(sentence)
            marks.append((max(chars, marks[-1][0] if marks else 0), samples))
        parts.pop()
        marks[-1] = (len(text), samples - round(_GAP_S * RATE_HZ))
        return Voiced(join(*parts), tuple(marks))


def voicing_s(text: str) -> float:
    """Return the cost of synthesis in virtual time: a start, and a little for every character."""
    return _VOICING_S + _VOICING_PER_CHAR_S * len(text)


def _trimmed(spoken: Pcm) -> Pcm:
    """Cut silence: 5 ms stay before the first audible sample, none after the last."""
    loud = np.flatnonzero(np.abs(spoken.samples.astype(np.int32)) >= _SILENT_BELOW)
    if not len(loud):
        return spoken
    first = max(0, int(loud[0]) - round(_LEAD_S * RATE_HZ))
    return spoken.cut(first, int(loud[-1]) + 1)


class Ears(Protocol):
    """Recognizes the caller's words."""

    def hear(self, audio: Pcm) -> str:
        """Return the words, empty for audio without words; raises SpeechFailed."""
        ...

    def listening_s(self, audio: Pcm) -> float:
        """Return the cost of recognition in virtual time: about its own pace on one core."""
        ...


class AgentAsr:
    """Recognizes with moonshine, locally."""

    def __init__(self, engine: Recognizer | None = None) -> None:
        self._engine = engine or cached_hearing(recognizer("moonshine"))

    def hear(self, audio: Pcm) -> str:
        """Return the words, empty for audio without words; raises SpeechFailed."""
        return " ".join(part.text.strip() for part in self._engine.hear(audio)).strip()

    def listening_s(self, audio: Pcm) -> float:
        """Return the cost of recognition in virtual time: the engine's own pace on one core."""
        return 0.08 + 0.10 * audio.duration_s


def warm_up(words: DeskWords) -> None:
    """Load voice and recognizer, past their caches: else the first caller waits seconds for them.

    Raises:
        SpeechFailed: an engine could not be loaded.
    """
    spoken = synthesizer("pyttsx3").speak(words.language.name, VoiceChoice(words.voice))
    engine = recognizer("moonshine")
    if hears(engine, words.language.name):
        engine.hear(spoken)


def ears_for(language: Language, known: Iterable[KnownUtterance]) -> Ears:
    """Return the recognizer of a language, or the known utterances if it has no recognizer."""
    engine = cached_hearing(recognizer("moonshine"))
    return AgentAsr(engine) if hears(engine, language.name) else KnownUtterances(known)
