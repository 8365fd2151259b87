"""A scenario's caller as audio: a clip per turn and answer, and the noise bed under the call.

Rules: clips are trimmed to the voice, brought to the same speech level and never clip; noise is
measured against that level; everything random comes from the seed, so the same inputs give the same
bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.audio.codec import tones
from harness.audio.pcm import silence
from harness.caller.background import (
    Overheard,
    bed_under,
    noise_alone,
    phone_line_plan,
    second_talk,
    speech_level,
)
from harness.caller.model import CallerScript, Clip, SentPicture
from harness.caller.utterances import (
    OWN,
    ScriptedUtterance,
    answer_utterances,
    own_sound,
    recorded_clip,
    side_speech,
    spoken_clip,
    spoken_text,
    turn_utterances,
    with_values,
)
from harness.errors import FaultyFiles
from harness.files import read_plain
from harness.scenario.load import LoadedSuite
from harness.scenario.media_files import digest_of, image_type, own_file
from harness.scenario.model import Scenario, Voice
from harness.scenario.script import Turn
from harness.scenario.turn_checks import DEFAULT
from harness.speech.base import Synthesizer, VoiceChoice, synthesizer
from harness.speech.cache import ClipCache, cached_synthesizer
from harness.speech.fixture_tts import FixtureSynthesizer, fixtures_folder
from harness.speech.pyttsx3_tts import espeak_voice, voice_problem
from harness.units import RATE_HZ, to_samples

_USUAL = "woman"
"""Best understood of the eSpeak voices that do not sound like the reference agent's."""

_OTHER_VARIANT = "+m7"
"""Another person in the room: neither the caller's voice nor the reference agent's."""


@dataclass(frozen=True, slots=True)
class CallerVoices:
    """The engines that may speak a caller; ``fixtures`` is None if there are no fixtures.

    ``cache`` keeps rendered beds; None renders them each time. The author's own files are searched
    in ``beside``, the scenario's folder, and in its suite's folder.
    """

    fixtures: FixtureSynthesizer | None
    fallback: Synthesizer
    cache: ClipCache | None = None
    beside: Path = Path()


def voices_for(scenario_file: Path, cache: ClipCache | None = None) -> CallerVoices:
    """Return the nearest fixtures at or above a scenario's file, and cached eSpeak."""
    folder = fixtures_folder(scenario_file.parent)
    fixtures = FixtureSynthesizer(folder) if folder is not None else None
    kept = ClipCache() if cache is None else cache
    fallback = cached_synthesizer(synthesizer("pyttsx3"), kept)
    return CallerVoices(fixtures, fallback, kept, scenario_file.parent)


def render_script(
    scenario: Scenario, suite: LoadedSuite, *, seed: int, voices: CallerVoices
) -> CallerScript:
    """Return everything the caller may say in this call, in the language of its suite.

    Raises:
        SpeechFailed: an engine gave no audio, or a requested recording is missing.
        UnknownName: a bed or a fact that is not known.
    """
    language = suite.language
    turns, answers = turn_utterances(scenario, language), answer_utterances(scenario, language)
    utterances = (*(utterance for utterance in turns if utterance is not None), *answers)
    engine, voice = _speaker(
        scenario.caller.voice, utterances, accent=_accent(suite), voices=voices
    )
    level_dbfs = speech_level(scenario.caller.noise)
    folders = (voices.beside, suite.folder)
    # By utterance: a line that is said twice is rendered once.
    spoken = {
        utterance: spoken_clip(
            utterance, engine, voice=voice, level_dbfs=level_dbfs, language=language, seed=seed
        )
        # The author's own recording is played as it is, and no engine speaks for it.
        if utterance.own is None
        else recorded_clip(utterance, folders, level_dbfs=level_dbfs, language=language)
        for utterance in utterances
    }
    return CallerScript(
        turns=tuple(
            _in_one_piece(turn, spoken[utterance])
            if utterance is not None
            else _sent(turn, scenario, folders)
            if turn.text is not None or turn.image is not None
            else _others_sound(turn, scenario, suite, seed=_derived(seed, index), voices=voices)
            for index, (turn, utterance) in enumerate(zip(scenario.turns, turns, strict=True))
        ),
        answers=tuple(spoken[utterance] for utterance in answers),
        bed=bed_under(
            scenario.caller.noise,
            tuple(spoken.values()),
            seed=seed,
            level_dbfs=level_dbfs,
            cache=voices.cache,
            overheard=Overheard(language, voices.fallback),
        ),
        engines=_engines(engine, utterances),
        second_talk=second_talk(
            scenario.caller,
            scenario.facts,
            language=language,
            voice=partial(_others_voice, suite=suite),
            engine=voices.fallback,
            seed=seed,
        ),
        line=phone_line_plan(scenario.caller.line, seed),
    )


def _engines(engine: Synthesizer, utterances: tuple[ScriptedUtterance, ...]) -> dict[str, str]:
    """Return the speaker of the caller: the engine, the author's recordings, or both."""
    ways = {utterance.own is None for utterance in utterances}
    # The manifest names both if a caller is partly recorded and partly spoken.
    names = [f"{engine.name} {engine.version}"] * (True in ways) + [OWN] * (False in ways)
    return {"caller": ", ".join(names)} if names else {}


def _accent(suite: LoadedSuite) -> str:
    """Return eSpeak's voice of the suite's region ("en-GB") if it has one, else the usual."""
    region = suite.suite.language.lower()
    # eSpeak has no voice for most regions.
    return region if "-" in region and voice_problem(region) is None else suite.language.voice


def _others_voice(name: str | None, suite: LoadedSuite) -> str:
    accent = _accent(suite)
    return accent + _OTHER_VARIANT if name is None else espeak_voice(name, accent)


def unchosen_voice(scenario: Scenario, suite: LoadedSuite, voices: CallerVoices) -> str:
    """Return the eSpeak voice of a caller for whom the scenario chooses no voice.

    Empty if a voice is chosen, if recorded lines speak, and if there is no speech.
    """
    # Whoever wrote any key of `voice` chose it, also with the default value.
    chosen = scenario.caller.voice != Voice()
    return "" if chosen else espeak_caller(scenario, suite, voices)


def espeak_caller(scenario: Scenario, suite: LoadedSuite, voices: CallerVoices) -> str:
    """Return the eSpeak voice of a caller, empty if eSpeak does not speak."""
    language = suite.language
    turns, answers = turn_utterances(scenario, language), answer_utterances(scenario, language)
    spoken = tuple(one for one in (*turns, *answers) if one is not None and one.own is None)
    if not spoken:
        return ""
    wanted = scenario.caller.voice
    engine, voice = _speaker(wanted, spoken, accent=_accent(suite), voices=voices)
    return voice.name if engine is voices.fallback else ""


def _speaker(
    wanted: Voice, utterances: tuple[ScriptedUtterance, ...], *, accent: str, voices: CallerVoices
) -> tuple[Synthesizer, VoiceChoice]:
    """Return the speaker of the whole call: a single person."""
    recorded = VoiceChoice(wanted.name or "", wanted.rate)
    synthetic = VoiceChoice(espeak_voice(wanted.name or _USUAL, accent), wanted.rate)
    fixtures = voices.fixtures
    if wanted.engine == "pyttsx3":
        return voices.fallback, synthetic
    # Without a folder of fixtures, its error explains what is missing.
    if wanted.engine == "fixture":
        return fixtures if fixtures is not None else FixtureSynthesizer(), recorded
    if wanted.engine != DEFAULT:
        return cached_synthesizer(synthesizer(wanted.engine), voices.cache), recorded
    synthesized = [utterance for utterance in utterances if utterance.own is None]
    # A call has a single voice, so fixtures speak only if they hold all that it says.
    if fixtures is not None and all(
        fixtures.has(piece, recorded) for utterance in synthesized for piece in utterance.pieces
    ):
        return fixtures, recorded
    return voices.fallback, synthetic


def _in_one_piece(turn: Turn, clip: Clip) -> Clip:
    """Return a clip without audio on the line if its audio is sent as a single item."""
    if not turn.audio_item:
        return clip
    still = silence(0, RATE_HZ)
    bare = replace(clip, audio=still, clean=still, voiced_start=None, voiced_stop=None, pauses=())
    return replace(bare, item=clip.audio)


def _sent(turn: Turn, scenario: Scenario, folders: tuple[Path, ...]) -> Clip:
    """Return typed words, or a picture, or both: they have no length.

    Raises FaultyFiles for a picture that no longer exists.
    """
    typed, still = with_values(turn.text or "", scenario.facts), silence(0, RATE_HZ)
    clip = Clip(still, still, typed, typed, typed, None, None)
    if turn.picture is None:
        return clip
    name = with_values(turn.picture.file, scenario.facts)
    path = own_file(name, folders)
    kind = None if path is None else image_type(path)
    # Loading the scenario has checked this, but files may be removed while a run goes on.
    if path is None or kind is None:
        raise FaultyFiles.at(Path(name), "the picture is not there any more")
    picture = SentPicture(read_plain(path), kind, turn.picture.detail)
    return replace(clip, file=name, sha256=digest_of(path), picture=picture)


def _others_sound(
    turn: Turn, scenario: Scenario, suite: LoadedSuite, *, seed: int, voices: CallerVoices
) -> Clip:
    """Return a turn in which the caller does not speak to the agent: its clean voice is silent."""
    text = spoken = ""
    if turn.aside is not None:
        text, spoken = spoken_text(turn.aside.say, scenario.facts, suite.language)
        level_dbfs = speech_level(scenario.caller.noise) + turn.aside.level_db
        voice = VoiceChoice(_others_voice(turn.aside.voice, suite))
        audio = side_speech(spoken, voices.fallback, voice=voice, level_dbfs=level_dbfs)
    elif turn.sound is not None:
        level_dbfs = speech_level(scenario.caller.noise)
        audio = own_sound(turn.sound, level_dbfs=level_dbfs, seed=seed)
    elif (pressed := turn.pressed) is not None:
        text = spoken = with_values(pressed.keys, scenario.facts)
        tone_s, pause_s = pressed.tone_ms / 1000.0, pressed.pause_ms / 1000.0
        audio = tones(text, RATE_HZ, tone_s=tone_s, pause_s=pause_s)
    elif turn.noise_only is not None:
        audio = noise_alone(turn.noise_only, seed, Overheard(suite.language, voices.fallback))
    else:
        audio = silence(to_samples(turn.quiet_s, RATE_HZ), RATE_HZ)
    return Clip(audio, silence(len(audio), RATE_HZ), text, spoken, text, None, None)


def _derived(seed: int, index: int) -> int:
    """Return a seed of its own for a turn, far from the call's."""
    # Seeds that differ by 1 are those of repeats: turns must not share their noise.
    digest = hashlib.sha256(f"caller turn {index} of seed {seed}".encode()).digest()
    return int.from_bytes(digest[:6], "big")
