"""A line as a clip: spoken by an engine, trimmed to the voice, cut, brought to a level.

Clips never clip: a level is lower where peaks would come near full scale.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from harness.audio.activity import active_level_dbfs, voiced_bounds
from harness.audio.noise import cut_at
from harness.audio.pcm import FULL_SCALE, Pcm, join, silence
from harness.audio.resample import resample
from harness.audio.vocal_sounds import vocal_sound
from harness.caller.model import Clip
from harness.caller.utterances import ScriptedUtterance
from harness.errors import RecordingDamaged, SpeechFailed
from harness.language.language import Language
from harness.scenario.own_audio import one_channel
from harness.scenario.own_files import digest_of, own_file
from harness.scenario.script import Pause, Sound, Tongue
from harness.speech.base import Synthesizer, VoiceChoice
from harness.units import RATE_HZ, to_samples

SPEECH_DBFS = -23.0
"""Active level (ITU-T P.56) of every spoken clip: the same for all engines, so SNRs compare."""

OWN = "own recordings"
"""Who speaks where the author's files are played, in the words of the manifest."""

_ESPEAK = "pyttsx3"

_MARGIN_S = 0.08
"""What stays around the voice, so that nothing is clipped off its edges."""

_PEAK_DBFS = -1.0


def spoken_clip(
    utterance: ScriptedUtterance,
    engine: Synthesizer,
    *,
    voice: VoiceChoice,
    level_dbfs: float,
    language: Language,
    seed: int,
) -> Clip:
    """Speak, trim, cut and level; the voiced span is found before, the level after a cut.

    Sounds between the words come from the ``seed``.
    """
    if utterance.between:
        return _in_pieces(utterance, engine, voice=voice, level_dbfs=level_dbfs, seed=seed)
    said, bounds = _spoken(engine, utterance.spoken, voice)
    return _clip(utterance, said, bounds, level_dbfs=level_dbfs, language=language)


def recorded_clip(
    utterance: ScriptedUtterance,
    folders: tuple[Path, ...],
    *,
    level_dbfs: float,
    language: Language,
) -> Clip:
    """Return a recording of the author's as a clip, cut and levelled as a spoken one.

    Raises SpeechFailed for a file that is in no folder, cannot be read or holds no voice.
    """
    own = utterance.own
    assert own is not None
    path = own_file(own.file, folders)
    if path is None:
        raise SpeechFailed(OWN, f"there is no {own.file}", own.transcript)
    try:
        said = resample(one_channel(path, own.channel), RATE_HZ)
    except RecordingDamaged as error:
        raise SpeechFailed(OWN, str(error), own.transcript) from error
    bounds = voiced_bounds(said)
    if bounds is None:
        raise SpeechFailed(OWN, f"{own.file} holds no voice", own.transcript)
    wanted = level_dbfs if own.level == "speech" else None
    clip = _clip(utterance, said, bounds, level_dbfs=wanted, language=language)
    return replace(clip, file=own.file, sha256=digest_of(path))


def _clip(
    utterance: ScriptedUtterance,
    said: Pcm,
    bounds: tuple[int, int],
    *,
    level_dbfs: float | None,
    language: Language,
) -> Clip:
    """Cut and level what was said; without a level it stays as loud as it is."""
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
    clip = said.cut(first, stop + margin)
    clip = clip if level_dbfs is None else _levelled(clip, level_dbfs)
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


def _in_pieces(
    utterance: ScriptedUtterance,
    engine: Synthesizer,
    *,
    voice: VoiceChoice,
    level_dbfs: float,
    seed: int,
) -> Clip:
    """Speak a line piece by piece; its clean speech is quite silent where no words are.

    What lies between two words is a pause of the line, whether it is quiet or a cough.
    """
    margin = silence(to_samples(_MARGIN_S, RATE_HZ), RATE_HZ)
    audio, clean = [margin], [margin]
    words: list[tuple[int, int]] = []
    at = len(margin)
    tongue = voice
    for number, step in enumerate(utterance.steps):
        if isinstance(step, Tongue):
            tongue = _in_language(step.language, voice, engine)
            continue
        if isinstance(step, str):
            said, bounds = _spoken(engine, step, tongue)
            heard = speech = _levelled(said.cut(*bounds), level_dbfs)
            words.append((at, at + len(heard)))
        else:
            heard = _between(step, level_dbfs=level_dbfs, seed=seed + number)
            speech = silence(len(heard), RATE_HZ)
        audio.append(heard)
        clean.append(speech)
        at += len(heard)
    return Clip(
        audio=join(*audio, margin),
        clean=join(*clean, margin),
        text=utterance.text,
        spoken=utterance.spoken,
        intended=utterance.intended,
        voiced_start=words[0][0],
        voiced_stop=words[-1][1],
        pauses=tuple((stop, start) for (_, stop), (start, _) in pairwise(words) if stop < start),
    )


def _in_language(language: str, voice: VoiceChoice, engine: Synthesizer) -> VoiceChoice:
    """Return the same person in another language; voices of other engines are left alone."""
    home, plus, variant = voice.name.partition("+")
    if engine.name != _ESPEAK or language in (home, home.partition("-")[0]):
        return voice
    return VoiceChoice(f"{language}{plus}{variant}", voice.rate)


def _between(what: Pause | Sound, *, level_dbfs: float, seed: int) -> Pcm:
    if isinstance(what, Pause):
        return silence(to_samples(what.pause, RATE_HZ), RATE_HZ)
    return own_sound(what.sound, level_dbfs=level_dbfs, seed=seed)


def own_sound(name: str, *, level_dbfs: float, seed: int) -> Pcm:
    """Return a cough or the like of a caller whose speech has this level."""
    made, above_db = vocal_sound(name, RATE_HZ, seed)
    return _levelled(made, level_dbfs + above_db)


def _spoken(engine: Synthesizer, text: str, voice: VoiceChoice) -> tuple[Pcm, tuple[int, int]]:
    """Speak words; return the sound and its voiced samples."""
    said = engine.speak(text, voice)
    bounds = voiced_bounds(said)
    if bounds is None:
        raise SpeechFailed(engine.name, "its clip holds no voice", text)
    return said, bounds


def _levelled(clip: Pcm, level_dbfs: float) -> Pcm:
    """Bring speech to a level, lower where its peaks would come near full scale."""
    gain_db = level_dbfs - active_level_dbfs(clip)
    peak = int(np.max(np.abs(clip.samples.astype(np.int32))))
    room_db = _PEAK_DBFS - 20.0 * math.log10(peak / FULL_SCALE)
    return clip.gained(min(gain_db, room_db))


def side_speech(text: str, engine: Synthesizer, *, voice: VoiceChoice, level_dbfs: float) -> Pcm:
    """Speak words that are not for the agent."""
    said, bounds = _spoken(engine, text, voice)
    return _levelled(said.cut(*bounds), level_dbfs)
