"""The caller's utterances: as written, as text for TTS, and as audio clips.

A cut is a place in the spoken words, because the agent hears those. The transcript of a cut
utterance follows from that place: it has a value whose words come in the order of its signs (an
order number) as far as it was said, and any other value (a date, an amount) by its spoken words.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from harness.audio.activity import active_level_dbfs, voiced_bounds
from harness.audio.ambience import vocal_sound
from harness.audio.noise import cut_at
from harness.audio.pcm import FULL_SCALE, Pcm, join, silence
from harness.audio.resample import resample
from harness.caller.model import Clip
from harness.errors import RecordingDamaged, SpeechFailed, UnknownName
from harness.language.language import Language
from harness.language.values import ValueKind
from harness.scenario.fault_text import PLACEHOLDER
from harness.scenario.media_files import OwnAudio, digest_of, one_channel, own_file
from harness.scenario.model import Fact, Scenario
from harness.scenario.script import Between, CutOff, Pause, Sound, Tongue, Turn
from harness.speech.base import Synthesizer, VoiceChoice
from harness.units import RATE_HZ, to_samples

_WORD = re.compile(r"\S+")
# A letter or digit of any script: \w also matches the underscore.
_SIGN = re.compile(r"[^\W_]")

_BREATH_PHONES = {",": 3.0, ";": 3.0, ":": 3.0, ".": 5.0, "?": 5.0, "!": 5.0}
"""How long the pause after a mark is, in the length of phones."""

_WORD_PHONES = 1.5
"""Added to the phones of every word."""

_SURE_SHARE = 0.08
"""A word counts as said before a cut by time if it ends this share of the utterance before it:
with eSpeak, the ends of 72 words in 6 were found up to 0.09 too early, five in six up to 0.07."""


def with_values(text: str, facts: Mapping[str, Fact]) -> str:
    """Fill each ``{fact}`` with its value, as written.

    Raises:
        UnknownName: the text names a fact that is not there.
    """
    return PLACEHOLDER.sub(lambda match: _fact(match[1], facts).value, text)


def spoken_text(say: str, facts: Mapping[str, Fact], language: Language) -> tuple[str, str]:
    """Return a caller's utterance with the values as written, and as the words that are spoken.

    Raises:
        UnknownName: the text names a fact that is not there.
    """
    return with_values(say, facts), PLACEHOLDER.sub(
        lambda match: _said(_fact(match[1], facts), language), say
    )


def _fact(name: str, facts: Mapping[str, Fact]) -> Fact:
    if name not in facts:
        raise UnknownName("fact", name, tuple(facts))
    return facts[name]


def _said(fact: Fact, language: Language) -> str:
    return fact.spoken if fact.spoken is not None else language.speak(fact.value, fact.kind)


@dataclass(frozen=True, slots=True)
class UtterancePart:
    """Words as the script has them, or a fact; ``place`` maps spoken to written words.

    ``signs`` are the ends of the written signs that the spoken words name singly, empty if words
    and signs are unrelated.
    """

    written: str
    spoken: str
    signs: tuple[int, ...] = ()

    def told(self, stop: int) -> str:
        """Return the transcript of the first ``stop`` characters of ``spoken``."""
        said = self.spoken[:stop]
        if stop >= len(self.spoken):
            return self.written
        if self.written == self.spoken:
            return said
        count = len(_WORD.findall(said))
        # "O R D 4" names a sign with each word, so the transcript ends at the sign that was said.
        if self.signs:
            return self.written[: self.signs[count - 1]] if count else ""
        # Half a date has no written form, so the transcript has its words: "the third of".
        return said.rstrip(" ,")


@dataclass(frozen=True, slots=True)
class ScriptedUtterance:
    """An utterance: ``text`` with values as written, ``spoken`` as given to the synthesizer.

    Both stop at the place of a cut in the words; ``intended`` is the whole text. ``stop_s`` is a
    cut by time, which only the audio can place: the words are then still whole, and ``said_by``
    returns the words that were said.
    """

    text: str
    spoken: str
    intended: str
    cut_off: bool = False
    stop_s: float | None = None
    parts: tuple[UtterancePart, ...] = ()
    between: tuple[tuple[int, Between], ...] = ()
    """Pauses and sounds between the words, each with the characters of ``spoken`` before it."""
    own: OwnAudio | None = None
    """The recording that is played, if no voice speaks."""

    @property
    def steps(self) -> tuple[str | Between, ...]:
        """The utterance in order: texts that the voice speaks without a break, and breaks."""
        steps: list[str | Between] = []
        at = 0
        for out, what in self.between:
            steps += [self.spoken[at:out].strip(), what]
            at = out
        return tuple(step for step in (*steps, self.spoken[at:].strip()) if step)

    @property
    def pieces(self) -> tuple[str, ...]:
        """The texts that the voice speaks without a break, in order."""
        return tuple(step for step in self.steps if isinstance(step, str))

    def said_by(self, share: float, language: Language) -> tuple[str, str]:
        """Return the text and spoken words that are surely said after a share of the time."""
        stop = _end_of_word(self.spoken, _words_said(self.spoken, share, language))
        return _told(self.parts, stop), self.spoken[:stop]


def turn_utterances(scenario: Scenario, language: Language) -> tuple[ScriptedUtterance | None, ...]:
    """Return an utterance per turn, None for turns without words.

    Raises:
        UnknownName: an utterance names a fact that is not there.
    """
    return tuple(
        _turn_utterance(turn, scenario.facts, language) if turn.words is not None else None
        for turn in scenario.turns
    )


def answer_utterances(scenario: Scenario, language: Language) -> tuple[ScriptedUtterance, ...]:
    """Return an utterance per answer; raises UnknownName as ``turn_utterances`` does."""
    return tuple(
        replace(
            _utterance(answer.words, None, scenario.facts, language),
            own=_own(answer.own, scenario.facts),
        )
        for answer in scenario.answers
    )


def _own(own: OwnAudio | None, facts: Mapping[str, Fact]) -> OwnAudio | None:
    return own and own.model_copy(update={"file": with_values(own.file, facts)})


def _turn_utterance(turn: Turn, facts: Mapping[str, Fact], language: Language) -> ScriptedUtterance:
    words = turn.words or ""
    whole = _utterance(words, turn.cut_off, facts, language)
    between = tuple(
        (len(spoken_text(words[:out], facts, language)[1]), what) for out, what in turn.between
    )
    return replace(whole, between=between, own=_own(turn.own, facts))


def _utterance(
    say: str, cut: CutOff | None, facts: Mapping[str, Fact], language: Language
) -> ScriptedUtterance:
    text, spoken = spoken_text(say, facts, language)
    if cut is None:
        return ScriptedUtterance(text, spoken, text)
    parts = tuple(_parts(say, facts, language))
    if cut.after_s is not None:
        return ScriptedUtterance(text, spoken, text, cut_off=True, stop_s=cut.after_s, parts=parts)
    if cut.after_word is not None:
        stop = _end_of_word(spoken, cut.after_word)
    else:
        stop = _end_of_characters(say, parts, facts=facts, count=cut.after_chars or 0)
    # The comma keeps the voice up, as within an utterance; a full text ends falling.
    given = f"{spoken[:stop].rstrip(' ,.;:!?')},"
    return ScriptedUtterance(_told(parts, stop), given, text, cut_off=stop < len(spoken))


def _parts(say: str, facts: Mapping[str, Fact], language: Language) -> Iterator[UtterancePart]:
    at = 0
    for place in PLACEHOLDER.finditer(say):
        yield UtterancePart(say[at : place.start()], say[at : place.start()])
        written, spoken = spoken_text(place[0], facts, language)
        yield UtterancePart(written, spoken, _sign_ends(facts[place[1]]))
        at = place.end()
    yield UtterancePart(say[at:], say[at:])


def _sign_ends(fact: Fact) -> tuple[int, ...]:
    """Return the ends of a value's signs if each sign is a single spoken word, else empty."""
    # The author's own words need not name a value sign by sign.
    if fact.spoken is not None:
        return ()
    if fact.kind is ValueKind.ID:
        named = r"\S"
    elif fact.kind is ValueKind.PHONE:
        named = r"\d|^\s*\+"
    else:
        return ()
    return tuple(match.end() for match in re.finditer(named, fact.value))


def _told(parts: tuple[UtterancePart, ...], stop: int) -> str:
    """Return the written form of the first ``stop`` characters of a spoken utterance."""
    text, left = "", stop
    for part in parts:
        if left <= 0:
            break
        text += part.told(left)
        left -= len(part.spoken)
    return text


def _end_of_characters(
    say: str, parts: tuple[UtterancePart, ...], *, facts: Mapping[str, Fact], count: int
) -> int:
    """Return the end of the first fact's ``count``-th letter or digit in the spoken words."""
    place = PLACEHOLDER.search(say)
    if place is None:
        return _end_of_sign(say, count)
    before, part = parts[0], parts[1]
    if part.written == part.spoken:
        end = _end_of_sign(part.spoken, count)
    elif part.signs:
        until = _end_of_sign(part.written, count)
        end = _end_of_word(part.spoken, sum(sign <= until for sign in part.signs))
    else:  # no beginning of its own: its share of the words
        words = len(_WORD.findall(part.spoken))
        share = min(1.0, count / max(1, len(_SIGN.findall(facts[place[1]].value))))
        end = _end_of_word(part.spoken, max(1, math.floor(share * words)))
    return len(before.spoken) + end


def _end_of_sign(text: str, count: int) -> int:
    """Return the end of the ``count``-th letter or digit, or of the last."""
    ends = [match.end() for match in _SIGN.finditer(text)]
    return ends[min(count, len(ends)) - 1] if ends and count else 0


def _end_of_word(text: str, count: int) -> int:
    """Return the end of the ``count``-th word, with its comma; the whole text if it has fewer."""
    ends = [match.end() for match in _WORD.finditer(text)]
    if count >= len(ends):
        return len(text)
    return ends[count - 1] if count else 0


def _words_said(spoken: str, share: float, language: Language) -> int:
    """Return how many words are surely said after a share of the time, by their sounds."""
    # The whole utterance was played: no estimate is needed.
    if share >= 1.0:
        return len(_WORD.findall(spoken))
    words = [(_WORD_PHONES + len(language.sounds.of(word)), word) for word in spoken.split()]
    lengths = [length + _BREATH_PHONES.get(word[-1], 0.0) for length, word in words]
    # The pause after the last word is trimmed away, so it takes no time.
    whole = sum(lengths[:-1]) + words[-1][0]
    ends = [sum(lengths[:place]) + word[0] for place, word in enumerate(words)]
    return sum(end <= (share - _SURE_SHARE) * whole for end in ends)


# A line as a clip: spoken by an engine, trimmed to the voice, cut, brought to a level.
#
# Clips never clip: a level is lower if peaks would come near full scale.

SPEECH_DBFS = -23.0
"""Active level (ITU-T P.56) of every spoken clip: the same for all engines, so SNRs compare."""

OWN = "own recordings"
"""The manifest's name for the speaker if the author's files are played."""

_ESPEAK = "pyttsx3"

_MARGIN_S = 0.08
"""Audio kept around the voice, so that its edges are not clipped off."""

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
    """Return the author's recording as a clip, cut and levelled as spoken clips are.

    Raises SpeechFailed for a file that is in no folder, cannot be read or holds no voice.
    """
    own = utterance.own
    assert own is not None
    path = own_file(own.file, folders)
    if path is None:
        raise SpeechFailed(OWN, f"there is no {own.file}", own.transcript)
    try:
        # A file in stereo is one channel of a call; the other one is not the caller.
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
    """Cut and level a recording; without a level it stays as loud as it is."""
    start, stop = bounds
    text, spoken, cut_off = utterance.text, utterance.spoken, utterance.cut_off
    margin = int(to_samples(_MARGIN_S, RATE_HZ))
    if utterance.stop_s is not None:
        whole = stop - start
        stop = min(stop, start + max(1, to_samples(utterance.stop_s, RATE_HZ)))
        text, spoken = utterance.said_by((stop - start) / whole, language)
        # The words were planned before the length of the audio was known.
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
    """Speak a line piece by piece; its clean speech is digital silence between the words.

    The audio between two words is a pause of the line, whether it is quiet or a cough.
    """
    margin = silence(to_samples(_MARGIN_S, RATE_HZ), RATE_HZ)
    audio, clean = [margin], [margin]
    words: list[tuple[int, int]] = []
    at = len(margin)
    # Holds from the step that changes it until the next one.
    tongue = voice
    for number, step in enumerate(utterance.steps):
        if isinstance(step, Tongue):
            tongue = _in_language(step.language, voice, engine)
            continue
        if isinstance(step, str):
            said, bounds = _spoken(engine, step, tongue)
            # Each piece has the same level: engines speak a short piece louder or softer.
            heard = speech = _levelled(said.cut(*bounds), level_dbfs)
            words.append((at, at + len(heard)))
        else:
            # Two coughs of a line differ.
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
    # Only eSpeak speaks several languages with one voice: "en-us+f3", "de+f3".
    # "en" changes nothing in "en-gb+f3": the accent stays.
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
    """Speak words; return the audio and its voiced samples."""
    said = engine.speak(text, voice)
    bounds = voiced_bounds(said)
    if bounds is None:
        raise SpeechFailed(engine.name, "its clip holds no voice", text)
    return said, bounds


def _levelled(clip: Pcm, level_dbfs: float) -> Pcm:
    """Bring speech to a level, lower if its peaks would come near full scale."""
    gain_db = level_dbfs - active_level_dbfs(clip)
    # As int32: the absolute value of -32,768 does not fit into 16 bits.
    peak = int(np.max(np.abs(clip.samples.astype(np.int32))))
    room_db = _PEAK_DBFS - 20.0 * math.log10(peak / FULL_SCALE)
    return clip.gained(min(gain_db, room_db))


def side_speech(text: str, engine: Synthesizer, *, voice: VoiceChoice, level_dbfs: float) -> Pcm:
    """Speak words that are not for the agent."""
    said, bounds = _spoken(engine, text, voice)
    return _levelled(said.cut(*bounds), level_dbfs)
