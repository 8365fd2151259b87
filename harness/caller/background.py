"""The background of the caller's audio: noise bed, other speakers, line impairments."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from harness.audio.activity import active_level_dbfs, voiced_bounds
from harness.audio.ffmpeg import load_opus
from harness.audio.noise import BED_LEVEL_DBFS, METHOD, Spoken, bed, gain_for_snr
from harness.audio.pcm import Pcm, from_float
from harness.audio.resample import band_stages
from harness.caller.model import Bed, BurstTimes, Clip, OtherSentence, PhoneLinePlan, SecondTalk
from harness.caller.utterances import SPEECH_DBFS, side_speech, spoken_text
from harness.errors import SpeechFailed
from harness.language.en.english import ENGLISH_BYSTANDERS
from harness.language.language import Language
from harness.language.phrases import Bystanders
from harness.scenario.model import BedNoise, Bursts, Caller, Fact, PhoneLine
from harness.scenario.script import NoiseOnly
from harness.speech.base import Synthesizer, VoiceChoice
from harness.speech.cache import ClipCache, key_of
from harness.units import RATE_HZ, to_samples

# Speech around a caller: television, radio, hold lines and other people.
#
# The sentences are those of the suite's language (``Language.bystanders``), else English ones.

VOICES = {
    "tv_words": ("m3", "f4"),
    "radio_words": ("m1",),
    "hold_words": ("f5",),
    "babble_words": ("m2", "f1", "m4", "f3", "m5", "linda", "m6", "steph"),
}
"""Which of eSpeak's variants speak in a bed, none of them the caller's or the agent's own."""

_RATES = (1.0, 1.12, 0.94)
"""Paces, so that voices do not speak in step."""

_SAYS: dict[str, Callable[[Bystanders], tuple[str, ...]]] = {
    "tv_words": lambda said: said.news,
    "radio_words": lambda said: said.news,
    "hold_words": lambda said: said.hold,
    "babble_words": lambda said: said.chat,
}


def bystanders(language: Language) -> Bystanders:
    """Return the sentences around a caller; the English ones if a language has none."""
    return language.bystanders or ENGLISH_BYSTANDERS


@dataclass(frozen=True, slots=True)
class Overheard:
    """Speaks the words of beds in the language of a suite."""

    language: Language
    engine: Synthesizer

    def spoken(self, bed: str) -> Spoken:
        """Return the spoken clips of a bed, by voice; empty for a bed without words.

        Raises:
            SpeechFailed: the engine gave no audio.
        """
        return tuple(
            tuple(
                self._sentence(sentence, self._voice(variant), _RATES[number % len(_RATES)])
                for sentence in self._sentences(bed)
            )
            for number, variant in enumerate(VOICES.get(bed, ()))
        )

    def key(self, bed: str) -> dict[str, str]:
        """Return the inputs of the audio of a bed's words; empty for a bed without words."""
        if bed not in VOICES:
            return {}
        voices = " ".join(self._voice(variant) for variant in VOICES[bed])
        engine = f"{self.engine.name} {self.engine.version}"
        return {"says": "\n".join(self._sentences(bed)), "voices": voices, "engine": engine}

    def _sentences(self, bed: str) -> tuple[str, ...]:
        return _SAYS[bed](bystanders(self.language))

    def _voice(self, variant: str) -> str:
        # English sentences, spoken for want of others, get an English voice.
        own = self.language.bystanders is not None
        return f"{self.language.voice if own else 'en-us'}+{variant}"

    def _sentence(self, text: str, voice: str, rate: float) -> Pcm:
        said = self.engine.speak(text, VoiceChoice(voice, rate))
        bounds = voiced_bounds(said)
        if bounds is None:
            raise SpeechFailed(self.engine.name, "its clip holds no voice", text)
        return said.cut(*bounds)


BED_S = 60.0
"""A bed repeats after this time, without a seam."""

_SEAM_S = 2.0

_LOUDEST_BED_DBFS = -27.0
"""Single peaks of a bed are up to 26 dB over its level."""

_ROUNDED_DB = 0.02
"""Rounding makes a bed of a few steps of PCM16 louder: from here on that is corrected."""


def seamless(name: str, seed: int, cache: ClipCache | None, overheard: Overheard) -> Pcm:
    """Return a seamless round of a bed at 24 kHz, from the cache if it was rendered before.

    Raises UnknownName for a bed that does not exist, SpeechFailed if its words fail.
    """
    # numpy is part of the key: its random numbers may differ between releases.
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
    """Render a bed whose end runs into its beginning: audio after the end fades into the start."""
    count, seam = to_samples(BED_S, RATE_HZ), to_samples(_SEAM_S, RATE_HZ)
    samples = bed(name, count + seam, RATE_HZ, seed, spoken).as_float()
    # Square roots: the powers of two unrelated sounds add up, so the level stays even in the seam.
    fade = np.sqrt(np.linspace(0.0, 1.0, seam))
    loop = samples[:count].copy()
    loop[:seam] = samples[:seam] * fade + samples[count:] * fade[::-1]
    return from_float(loop, RATE_HZ)


def speech_level(noise: BedNoise | None) -> float:
    """Return the level of speech: lower under a bed that would otherwise clip itself."""
    if noise is None:
        return SPEECH_DBFS
    # Below an SNR of 4 dB the bed would be louder than it may be: then the speech is lowered, so
    # that the bed is not clipped.
    return min(SPEECH_DBFS, _LOUDEST_BED_DBFS + noise.snr_db)


def noise_alone(noise: NoiseOnly, seed: int, overheard: Overheard) -> Pcm:
    """Return a turn of audio without speech to the agent, at its level."""
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
    """Return the bed at its SNR below the mean active power of the caller's utterances."""
    if noise is None:
        return None
    # Levels are averaged as powers: a mean of decibels would favour the quiet lines.
    powers = [10.0 ** (active_level_dbfs(clip.clean) / 10.0) for clip in clips]
    speech_dbfs = 10.0 * math.log10(sum(powers) / len(powers)) if powers else level_dbfs
    sound = seamless(noise.bed, seed, cache, overheard)
    gain = gain_for_snr(speech_dbfs, sound, noise.snr_db)
    gain_db = 20.0 * math.log10(gain)
    heard = sound.gained(gain_db)
    # What rounding to PCM16 changed; a second pass with the difference corrects it.
    off_db = speech_dbfs - noise.snr_db - heard.level_dbfs()
    if abs(off_db) > _ROUNDED_DB:
        heard = sound.gained(gain_db + off_db)
    return Bed(noise.bed, heard.samples, burst_times(noise.bursts, seed))


def burst_times(bursts: Bursts | None, seed: int) -> BurstTimes | None:
    """Return the times of bursts on the stream, in samples; None for continuous audio."""
    if bursts is None:
        return None
    period, length = to_samples(bursts.every, RATE_HZ), to_samples(bursts.for_s, RATE_HZ)
    # At least one silent sample in each period, or the bursts would be a continuous sound.
    return BurstTimes(max(2, period), max(1, min(length, period - 1)), seed)


# Another person near the caller: sentences and their times, computed before the call.


def second_talk(
    caller: Caller,
    facts: Mapping[str, Fact],
    *,
    language: Language,
    voice: Callable[[str | None], str],
    engine: Synthesizer,
    seed: int,
) -> SecondTalk | None:
    """Return the speech of a person near the caller; ``voice`` gives eSpeak's name.

    Raises:
        SpeechFailed: the engine gave no audio.
        UnknownName: a sentence names an unknown fact.
    """
    wanted = caller.second_talker
    if wanted is None:
        return None
    level_dbfs = speech_level(caller.noise) + wanted.level_db
    chosen = VoiceChoice(voice(wanted.voice))

    def spoken() -> Iterator[OtherSentence]:
        for say in wanted.say or bystanders(language).chat:
            text, words = spoken_text(say, facts, language)
            sound = side_speech(words, engine, voice=chosen, level_dbfs=level_dbfs)
            yield OtherSentence(text, sound.samples)

    said = tuple(spoken())
    # The author's own lines keep their order; stock lines are shuffled by the seed.
    order = np.arange(len(said))
    if wanted.say is None:
        # The text makes these numbers unrelated to those of other uses of the same seed.
        order = np.random.default_rng([seed, *b"second talker"]).permutation(len(said))
    ordered = tuple(said[place] for place in order)
    return SecondTalk(ordered, burst_times(wanted.bursts, seed), seed)


# The impairments of a phone line, computed before the call: no filter is designed in a call.

_BANDS_HZ = {"telephone": (300.0, 3400.0), "wideband": (50.0, 7000.0)}


def phone_line_plan(wanted: PhoneLine | None, seed: int) -> PhoneLinePlan | None:
    """Return the impairments of the line in this call; None for a clean line.

    Raises UsageError for a codec that is not installed.
    """
    if wanted is None:
        return None
    if wanted.codec == "opus":
        # Refused before the call; and loading takes time that a call in real time does not have.
        load_opus()
    band = None if wanted.band is None else band_stages(*_BANDS_HZ[wanted.band], RATE_HZ)
    stalls = None if wanted.network is None else burst_times(wanted.network.stalls, seed)
    return PhoneLinePlan(wanted, burst_times(wanted.dropouts, seed), seed, band, stalls)
