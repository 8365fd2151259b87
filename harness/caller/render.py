"""A scenario's caller as audio: a clip per turn and answer, and the noise bed under the call.

Rules: a call has one voice (fixtures only if they hold all that it says); clips are trimmed to the
voice, brought to one speech level and never clip; noise is measured against that level; everything
random comes from the seed, so the same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.audio.activity import active_level_dbfs, voiced_bounds
from harness.audio.noise import BED_LEVEL_DBFS, METHOD, bed, cut_at, gain_for_snr
from harness.audio.pcm import FULL_SCALE, Pcm, from_float, join, silence
from harness.caller.model import Bed, BurstTimes, CallerScript, Clip, LinePlan
from harness.caller.utterances import (
    ScriptedUtterance,
    answer_utterances,
    spoken_text,
    turn_utterances,
    with_values,
)
from harness.errors import SpeechFailed
from harness.language.language import Language
from harness.scenario.load import LoadedSuite
from harness.scenario.model import Scenario
from harness.scenario.script import BedNoise, Bursts, NoiseOnly, PhoneLine, Turn, Voice
from harness.scenario.voice_checks import DEFAULT
from harness.speech.base import Synthesizer, VoiceChoice, synthesizer
from harness.speech.cache import ClipCache, cached_synthesizer, key_of
from harness.speech.fixture_tts import FixtureSynthesizer, fixtures_folder
from harness.speech.pyttsx3_tts import voice_problem
from harness.units import RATE_HZ, to_samples

BED_S = 60.0
"""A bed repeats after this time, without a seam."""

_SEAM_S = 2.0

SPEECH_DBFS = -23.0
"""Active level (ITU-T P.56) of every spoken clip: the same for all engines, so SNRs compare."""

_MARGIN_S = 0.08
"""What stays around the voice, so that nothing is clipped off its edges."""

_LOUDEST_BED_DBFS = -27.0
"""Single peaks of a bed stand up to 26 dB over its level."""

_ROUNDED_DB = 0.02
"""A bed of a few steps of PCM16 grows by what is rounded: from here on that is taken back."""

_PEAK_DBFS = -1.0
_FALLBACK_VARIANT = "+f2"
"""Best understood of the eSpeak voices that do not sound like the reference agent's."""

_OTHER_VARIANT = "+m7"
"""Somebody else in the room: neither the caller's voice nor the reference agent's."""


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


@dataclass(frozen=True, slots=True)
class CallerVoices:
    """The engines that may speak a caller; ``fixtures`` is None where there are no fixtures.

    ``cache`` is where rendered beds are kept; None renders them each time.
    """

    fixtures: FixtureSynthesizer | None
    fallback: Synthesizer
    cache: ClipCache | None = None


def voices_for(scenario_file: Path, cache: ClipCache | None = None) -> CallerVoices:
    """Return the nearest fixtures at or above a scenario's file, and eSpeak behind the cache."""
    folder = fixtures_folder(scenario_file.parent)
    fixtures = FixtureSynthesizer(folder) if folder is not None else None
    kept = ClipCache() if cache is None else cache
    return CallerVoices(fixtures, cached_synthesizer(synthesizer("pyttsx3"), kept), kept)


def render_script(
    scenario: Scenario, suite: LoadedSuite, *, seed: int, voices: CallerVoices
) -> CallerScript:
    """Return everything the caller may say in this call, in the language of its suite.

    Raises:
        SpeechFailed: an engine gave nothing, or a fixture that was asked for is missing.
        UnknownName: a bed or a fact that is not known.
    """
    language = suite.language
    turns, answers = turn_utterances(scenario, language), answer_utterances(scenario, language)
    utterances = (*(utterance for utterance in turns if utterance is not None), *answers)
    engine, voice = _speaker(
        scenario.caller.voice, utterances, accent=_accent(suite), voices=voices
    )
    level_dbfs = _speech_level(scenario.caller.noise)
    spoken = {
        utterance: _spoken_clip(
            utterance, engine, voice=voice, level_dbfs=level_dbfs, language=language
        )
        for utterance in utterances
    }
    return CallerScript(
        turns=tuple(
            spoken[utterance]
            if utterance is not None
            else _others_sound(turn, scenario, suite, seed=_derived(seed, index), voices=voices)
            for index, (turn, utterance) in enumerate(zip(scenario.turns, turns, strict=True))
        ),
        answers=tuple(spoken[utterance] for utterance in answers),
        bed=_bed(
            scenario.caller.noise,
            tuple(spoken.values()),
            seed=seed,
            level_dbfs=level_dbfs,
            cache=voices.cache,
        ),
        engines={"caller": f"{engine.name} {engine.version}"} if utterances else {},
        line=_line(scenario.caller.line, seed),
    )


def _accent(suite: LoadedSuite) -> str:
    """Return eSpeak's voice of the suite's region ("en-GB") where it has one, else the usual."""
    region = suite.suite.language.lower()
    return region if "-" in region and voice_problem(region) is None else suite.language.voice


def _speaker(
    wanted: Voice, utterances: tuple[ScriptedUtterance, ...], *, accent: str, voices: CallerVoices
) -> tuple[Synthesizer, VoiceChoice]:
    """Return who speaks the whole call: one person, never two."""
    recorded = VoiceChoice(wanted.name or "", wanted.rate)
    synthetic = VoiceChoice(wanted.name or accent + _FALLBACK_VARIANT, wanted.rate)
    fixtures = voices.fixtures
    if wanted.engine == "pyttsx3":
        return voices.fallback, synthetic
    if wanted.engine == "fixture":
        return fixtures if fixtures is not None else FixtureSynthesizer(), recorded
    if wanted.engine != DEFAULT:
        return cached_synthesizer(synthesizer(wanted.engine), voices.cache), recorded
    if fixtures is not None and all(
        fixtures.has(piece, recorded) for utterance in utterances for piece in utterance.pieces
    ):
        return fixtures, recorded
    return voices.fallback, synthetic


def _spoken_clip(
    utterance: ScriptedUtterance,
    engine: Synthesizer,
    *,
    voice: VoiceChoice,
    level_dbfs: float,
    language: Language,
) -> Clip:
    """Speak, trim, cut and level; the voiced span is found before, the level after a cut."""
    if utterance.pauses:
        return _with_pauses(utterance, engine, voice=voice, level_dbfs=level_dbfs)
    said = engine.speak(utterance.spoken, voice)
    bounds = voiced_bounds(said)
    if bounds is None:
        raise SpeechFailed(engine.name, "its clip holds no voice", utterance.spoken)
    start, stop = bounds
    text, spoken, cut_off = utterance.text, utterance.spoken, utterance.cut_off
    margin = int(to_samples(_MARGIN_S, RATE_HZ))
    if utterance.stop_s is not None:
        whole = stop - start
        stop = min(stop, start + max(1, to_samples(utterance.stop_s, RATE_HZ)))
        text, spoken = utterance.said_by((stop - start) / whole, language)
        cut_off = stop - start < whole  # an utterance that was over before its cut is whole
        said, margin = cut_at(said, stop), 0
    first = max(0, start - margin)
    clip = _levelled(said.cut(first, stop + margin), level_dbfs)
    return Clip(
        audio=clip,
        clean=clip,
        text=text,
        spoken=spoken,
        intended=utterance.intended,
        voiced_start=start - first,
        voiced_stop=stop - first,
        cut_off=cut_off,
    )


def _with_pauses(
    utterance: ScriptedUtterance, engine: Synthesizer, *, voice: VoiceChoice, level_dbfs: float
) -> Clip:
    """Speak a line piece by piece; each pause lies between voiced samples, and is quite silent."""
    waits_s = [*(length_s for _, length_s in utterance.pauses), _MARGIN_S]
    sounds, pauses = [silence(to_samples(_MARGIN_S, RATE_HZ), RATE_HZ)], []
    length = len(sounds[0])
    for piece, wait_s in zip(utterance.pieces, waits_s, strict=True):
        said = engine.speak(piece, voice)
        bounds = voiced_bounds(said)
        if bounds is None:
            raise SpeechFailed(engine.name, "its clip holds no voice", piece)
        voiced = _levelled(said.cut(*bounds), level_dbfs)
        wait = silence(to_samples(wait_s, RATE_HZ), RATE_HZ)
        sounds += [voiced, wait]
        pauses.append((length + len(voiced), length + len(voiced) + len(wait)))
        length = pauses[-1][1]
    clip = join(*sounds)
    return Clip(
        audio=clip,
        clean=clip,
        text=utterance.text,
        spoken=utterance.spoken,
        intended=utterance.intended,
        voiced_start=len(sounds[0]),
        voiced_stop=pauses[-1][0],
        pauses=tuple(pauses[:-1]),
    )


def _levelled(clip: Pcm, level_dbfs: float) -> Pcm:
    """Bring speech to a level, lower where its peaks would come near full scale."""
    gain_db = level_dbfs - active_level_dbfs(clip)
    peak = int(np.max(np.abs(clip.samples.astype(np.int32))))
    room_db = _PEAK_DBFS - 20.0 * math.log10(peak / FULL_SCALE)
    return clip.gained(min(gain_db, room_db))


def _speech_level(noise: BedNoise | None) -> float:
    """Return the level of speech: lower under a bed that would otherwise clip itself."""
    if noise is None:
        return SPEECH_DBFS
    return min(SPEECH_DBFS, _LOUDEST_BED_DBFS + noise.snr_db)


def _others_sound(
    turn: Turn, scenario: Scenario, suite: LoadedSuite, *, seed: int, voices: CallerVoices
) -> Clip:
    """Return a turn in which the caller says nothing aloud to the agent: its clean voice is silent.

    What is typed has no length.
    """
    text = spoken = ""
    if turn.text is not None:
        typed, still = with_values(turn.text, scenario.facts), silence(0, RATE_HZ)
        return Clip(still, still, typed, typed, typed, None, None)
    if turn.aside is not None:
        text, spoken = spoken_text(turn.aside.say, scenario.facts, suite.language)
        level_dbfs = _speech_level(scenario.caller.noise) + turn.aside.level_db
        voice = VoiceChoice(turn.aside.voice or _accent(suite) + _OTHER_VARIANT)
        audio = _aside(spoken, voices.fallback, voice=voice, level_dbfs=level_dbfs)
    elif turn.noise_only is not None:
        audio = _noise(turn.noise_only, seed)
    else:
        audio = silence(to_samples(turn.silence or 0.0, RATE_HZ), RATE_HZ)
    return Clip(audio, silence(len(audio), RATE_HZ), text, spoken, text, None, None)


def _aside(text: str, engine: Synthesizer, *, voice: VoiceChoice, level_dbfs: float) -> Pcm:
    """Speak words that are not for the agent."""
    said = engine.speak(text, voice)
    bounds = voiced_bounds(said)
    if bounds is None:
        raise SpeechFailed(engine.name, "its clip holds no voice", text)
    return _levelled(said.cut(*bounds), level_dbfs)


def _noise(noise: NoiseOnly, seed: int) -> Pcm:
    sound = bed(noise.bed, to_samples(noise.for_s, RATE_HZ), RATE_HZ, seed)
    return sound.gained(noise.level_dbfs - BED_LEVEL_DBFS)


def _bed(
    noise: BedNoise | None,
    clips: tuple[Clip, ...],
    *,
    seed: int,
    level_dbfs: float,
    cache: ClipCache | None,
) -> Bed | None:
    """Return the bed at its SNR under the mean active power of the caller's utterances."""
    if noise is None:
        return None
    powers = [10.0 ** (active_level_dbfs(clip.clean) / 10.0) for clip in clips]
    speech_dbfs = 10.0 * math.log10(sum(powers) / len(powers)) if powers else level_dbfs
    sound = seamless(noise.bed, seed, cache)
    gain = gain_for_snr(speech_dbfs, sound, noise.snr_db)
    gain_db = 20.0 * math.log10(gain)
    heard = sound.gained(gain_db)
    off_db = speech_dbfs - noise.snr_db - heard.level_dbfs()
    if abs(off_db) > _ROUNDED_DB:
        heard = sound.gained(gain_db + off_db)
    return Bed(noise.bed, heard.samples, _burst_times(noise.bursts, seed))


def _line(wanted: PhoneLine | None, seed: int) -> LinePlan | None:
    if wanted is None:
        return None
    return LinePlan(wanted, _burst_times(wanted.dropouts, seed), seed)


def _burst_times(bursts: Bursts | None, seed: int) -> BurstTimes | None:
    if bursts is None:
        return None
    period, length = to_samples(bursts.every, RATE_HZ), to_samples(bursts.for_s, RATE_HZ)
    return BurstTimes(max(2, period), max(1, min(length, period - 1)), seed)


def _derived(seed: int, index: int) -> int:
    """Return a seed of its own for a turn, far from the call's."""
    digest = hashlib.sha256(f"caller turn {index} of seed {seed}".encode()).digest()
    return int.from_bytes(digest[:6], "big")
