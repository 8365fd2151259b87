"""Caller audio: trimmed, at a fixed level, cut as the script says, noise at its SNR, same bytes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.audio.activity import active_level_dbfs, audible_spans, voiced_bounds
from harness.audio.noise import BEDS, BEDS_OF_WORDS
from harness.audio.pcm import Int16Array, Pcm, join, silence
from harness.caller.background import BED_S, VOICES, Overheard, seamless
from harness.caller.model import CallerScript
from harness.caller.render import (
    CallerVoices,
    render_script,
    voices_for,
)
from harness.caller.utterances import SPEECH_DBFS
from harness.errors import SpeechFailed, UnknownName
from harness.language.en.english import ENGLISH, ENGLISH_BYSTANDERS
from harness.language.language import language_named
from harness.language.values import ValueKind
from harness.recording.model import NoiseBurst, UtteranceKind
from harness.scenario.load import LoadedSuite
from harness.scenario.model import Scenario, Suite
from harness.session.caller_stream import PlacedUtterance, Uplink
from harness.speech.base import VoiceChoice
from harness.speech.cache import ClipCache
from harness.units import FRAME_S, RATE_HZ

FACTS = {"order_id": {"value": "ORD-6079R", "kind": "id"}}


class Hum:
    """Says each character as 50 ms of tone, with 300 ms of silence on both sides."""

    name, version = "hum", "1"

    def speak(self, text: str, voice: VoiceChoice) -> Pcm:
        if text == "mute":
            return silence(2400, 24_000)
        tone = (900 * np.sin(np.arange(1200 * len(text)) * 0.2)).astype(np.int16)
        return join(silence(7200, 24_000), Pcm(tone, 24_000), silence(7200, 24_000))


HUMMING = CallerVoices(None, Hum())
OVERHEARD = Overheard(ENGLISH, Hum())
SUITE = LoadedSuite(Suite(format=1, suite="s", instructions="prompt.md"), Path(), "")


def script(seed: int = 7, voices: CallerVoices = HUMMING, **fields: Any) -> CallerScript:
    data = {"format": 1, "name": "x", "facts": FACTS, "turns": [{"say": "Hello there"}]} | fields
    scenario = Scenario.model_validate_json(json.dumps(data))
    return render_script(scenario, SUITE, seed=seed, voices=voices)


def test_a_clip_is_its_voice_with_a_breath_around_it_at_the_speech_level() -> None:
    (clip,) = script().turns
    assert clip.voiced_start == pytest.approx(1920, abs=30)
    assert len(clip.audio) - (clip.voiced_stop or 0) == pytest.approx(1920, abs=30)
    assert (clip.voiced_stop or 0) - (clip.voiced_start or 0) == pytest.approx(1200 * 11, abs=60)
    assert active_level_dbfs(clip.clean) == pytest.approx(SPEECH_DBFS, abs=0.1)
    assert clip.audio == clip.clean


def test_the_voiced_bounds_are_those_of_the_clip_itself() -> None:
    (clip,) = script().turns
    assert voiced_bounds(clip.clean) == pytest.approx((clip.voiced_start, clip.voiced_stop), abs=24)


def test_a_cut_by_time_stops_the_audio_and_the_words_there() -> None:
    (clip,) = script(turns=[{"say": "one two three", "cut_off": {"after_s": 0.5}}]).turns
    assert len(clip.audio) == (clip.voiced_stop or 0) - (clip.voiced_start or 0) == 12_000
    assert (clip.text, clip.spoken, clip.intended) == ("one two", "one two", "one two three")
    assert clip.cut_off


def test_a_pause_inside_a_line_is_as_long_as_written_and_quite_silent() -> None:
    line = ["It's", {"pause": "1.2s"}, "{order_id}.", {"pause": 0.5}, "Thanks."]
    (clip,) = script(turns=[{"say": line}]).turns
    assert clip.text == "It's ORD-6079R. Thanks."
    assert clip.spoken == "It's O, R, D, dash, six, zero, seven, nine, R. Thanks."
    assert [stop - first for first, stop in clip.pauses] == [28_800, 12_000]
    for first, stop in clip.pauses:
        assert not clip.clean.samples[first:stop].any()
        # the Hum's tone reaches the very edge: the pause is counted between voiced samples
        assert clip.clean.samples[first - 24 : first].any()
        assert clip.clean.samples[stop : stop + 24].any()
    heard = audible_spans(clip.clean)
    assert len(heard) == 3
    assert voiced_bounds(clip.clean) == pytest.approx((clip.voiced_start, clip.voiced_stop), abs=24)


def test_a_cough_inside_a_line_is_a_pause_of_its_clean_speech() -> None:
    line = [{"sound": "sniff"}, "one", {"pause": 0.5}, {"sound": "cough"}, "two", {"sound": "sigh"}]
    (clip,) = script(turns=[{"say": line}]).turns
    assert clip.text == "one two"
    ((first, stop),) = clip.pauses
    assert first < stop
    quiet, cough = clip.audio.cut(first, first + 12_000), clip.audio.cut(first + 12_000, stop)
    assert not quiet.samples.any()
    assert active_level_dbfs(cough) == pytest.approx(SPEECH_DBFS + 3, abs=0.1)
    assert not clip.clean.samples[first:stop].any()
    assert clip.audio.samples[: clip.voiced_start].any()
    assert clip.audio.samples[clip.voiced_stop :].any()
    assert not clip.clean.samples[clip.voiced_stop :].any()
    assert script(turns=[{"say": line}]).turns[0].audio == clip.audio
    assert script(8, turns=[{"say": line}]).turns[0].audio != clip.audio


def test_keys_and_coughs_are_sound_without_speech() -> None:
    turns = [{"dtmf": "{pin}#"}, {"sound": "cough"}, {"dtmf": {"keys": "1", "tone_ms": 100}}]
    keys, cough, one = script(turns=turns, facts={"pin": {"value": "12"}}).turns
    assert (keys.text, keys.spoken, len(keys.audio)) == ("12#", "12#", round(0.35 * RATE_HZ))
    assert len(one.audio) == 2400
    assert active_level_dbfs(cough.audio) == pytest.approx(SPEECH_DBFS + 3, abs=0.1)
    for clip in (keys, cough):
        assert not clip.clean.samples.any()
        assert clip.voiced_start is None


def test_pauses_are_placed_on_the_callers_track() -> None:
    (clip,) = script(turns=[{"say": ["one", {"pause": 1}, "two"]}]).turns
    uplink = Uplink(None)
    for _ in range(10):
        uplink.next()
    uplink.begin(clip, PlacedUtterance(UtteranceKind.SPEECH, 0, None, False))
    while (said := uplink.ended()) is None:
        uplink.next()
    assert said.pauses == tuple((a + said.start, b + said.start) for a, b in clip.pauses)
    assert said.start == 10 * 480


def test_a_line_that_is_over_before_its_cut_is_not_cut_off() -> None:
    (clip,) = script(turns=[{"say": "one two three", "cut_off": {"after_s": 9}}]).turns
    assert (clip.text, clip.cut_off) == ("one two three", False)


def test_a_date_cut_by_time_is_told_by_its_words() -> None:
    facts = {"born": {"value": "1984-04-05", "kind": "date"}}
    turn = {"say": "It's {born}.", "cut_off": {"after_s": 1.1}}
    (clip,) = script(turns=[turn], facts=facts).turns
    assert (clip.text, clip.intended) == ("It's April fifth", "It's 1984-04-05.")


def test_a_cut_by_time_fades_so_that_no_click_is_heard() -> None:
    (clip,) = script(turns=[{"say": "one two three", "cut_off": {"after_s": 0.45}}]).turns
    peaks = np.abs(clip.audio.samples.astype(np.int32))
    assert peaks[-8:].max() < 0.25 * peaks.max()


def test_a_cut_after_characters_is_the_voice_of_those_characters() -> None:
    turn = {"say": "{order_id}", "cut_off": {"after_chars": 4}}
    (clip,) = script(turns=[turn]).turns
    assert clip.text == "ORD-6"
    assert clip.spoken == "O, R, D, dash, six,"
    assert clip.audio.duration_s == pytest.approx(0.05 * len(clip.spoken) + 0.16, abs=0.01)


@pytest.mark.parametrize("level_db", [-12.0, -30.0])
def test_an_aside_is_another_voice_at_its_level_and_no_speech_of_the_callers(
    level_db: float,
) -> None:
    asked: list[str] = []

    class Listening(Hum):
        def speak(self, text: str, voice: VoiceChoice) -> Pcm:
            asked.append(voice.name)
            return super().speak(text, voice)

    turns = [{"say": "Hello"}, {"aside": {"say": "It's {order_id}, dear.", "level_db": level_db}}]
    mine, other = script(turns=turns, voices=CallerVoices(None, Listening())).turns
    assert len(set(asked)) == 2
    assert other.text == "It's ORD-6079R, dear."
    assert (other.voiced_start, other.voiced_stop) == (None, None)
    assert not other.clean.samples.any()
    loud_db = active_level_dbfs(mine.audio) + level_db
    assert active_level_dbfs(other.audio) == pytest.approx(loud_db, abs=0.1)


def test_an_aside_may_have_a_voice_of_its_own() -> None:
    asked: list[str] = []

    class Listening(Hum):
        def speak(self, text: str, voice: VoiceChoice) -> Pcm:
            asked.append(voice.name)
            return super().speak(text, voice)

    script(
        turns=[{"aside": {"say": "Hi", "voice": "en-gb+f4"}}],
        voices=CallerVoices(None, Listening()),
    )
    assert asked == ["en-gb+f4"]


def test_silence_and_noise_turns_hold_no_speech() -> None:
    noise = {"noise_only": {"bed": "hold_music", "for": 2, "level_dbfs": -35}}
    quiet, music = script(turns=[{"silence": 1.5}, noise]).turns
    assert quiet.audio == quiet.clean == silence(36_000, 24_000)
    assert music.clean == silence(48_000, 24_000)
    assert music.audio.level_dbfs() == pytest.approx(-35, abs=0.5)
    assert (music.voiced_start, music.text) == (None, "")


@pytest.mark.parametrize("snr_db", [-15, 0, 10, 20])
def test_the_bed_lies_at_its_ratio_under_the_speech_and_nothing_clips(snr_db: float) -> None:
    made = script(caller={"noise": {"bed": "cafe", "snr_db": snr_db}})
    assert made.bed is not None
    bed = Pcm(made.bed.samples.copy(), 24_000)
    speech_dbfs = active_level_dbfs(made.turns[0].clean)
    assert speech_dbfs - bed.level_dbfs() == pytest.approx(snr_db, abs=0.5)
    assert int(np.abs(made.bed.samples.astype(np.int32)).max()) < 32_700


@pytest.mark.parametrize("bed", BEDS)
def test_every_bed_is_sent_at_its_ratio_to_a_tenth_of_a_decibel(bed: str, tmp_path: Path) -> None:
    voices = CallerVoices(None, Hum(), ClipCache(tmp_path))
    for snr_db in (-20, -3, 0, 10, 30, 60):
        made = script(caller={"noise": {"bed": bed, "snr_db": snr_db}}, voices=voices)
        sent, clean = on_the_line(made)
        added = Pcm((sent.astype(np.int32) - clean).astype(np.int16), RATE_HZ)
        speech_dbfs = active_level_dbfs(Pcm(clean, RATE_HZ))
        assert speech_dbfs - added.level_dbfs() == pytest.approx(snr_db, abs=0.1), snr_db


def on_the_line(made: CallerScript) -> tuple[Int16Array, Int16Array]:
    """Return a minute as sent and its clean stem: the first turn, then a long pause."""
    uplink = Uplink(made.bed)
    uplink.begin(made.turns[0], PlacedUtterance(UtteranceKind.SPEECH, 0, None, barge_in=False))
    frames = [uplink.next() for _ in range(round(BED_S / FRAME_S))]
    sent = np.concatenate([frame.sent for frame in frames])
    return sent, np.concatenate([frame.clean for frame in frames])


def test_bursts_keep_their_ratio_while_they_sound_and_leave_silence_between() -> None:
    bursts = {"every": "8s", "for": "1.5s"}
    made = script(caller={"noise": {"bed": "white", "snr_db": 10, "bursts": bursts}})
    assert made.bed is not None
    steady = script(caller={"noise": {"bed": "white", "snr_db": 10}}).bed
    assert steady is not None
    track = Pcm(made.bed.at(0, 80 * RATE_HZ).copy(), RATE_HZ)
    spans = audible_spans(track, threshold_dbfs=-60)
    assert len(spans) == 10
    for number, (start, stop) in enumerate(spans):
        assert 8 * number <= start / RATE_HZ <= stop / RATE_HZ <= 8 * number + 8
        assert (stop - start) / RATE_HZ == pytest.approx(1.5, abs=0.002)
        inside = track.cut(start + 480, stop - 480)
        assert inside.level_dbfs() == pytest.approx(
            Pcm(steady.samples, RATE_HZ).level_dbfs(), abs=0.1
        )
    uplink = Uplink(made.bed)
    for _ in range(round(20 / FRAME_S)):
        uplink.next()
    told = uplink.records()
    assert [type(one) for one in told] == [NoiseBurst] * len(told)
    assert len(told) in (2, 3)
    for one, (start, stop) in zip(told, spans, strict=False):
        assert one.start == pytest.approx(start, abs=48)
        assert one.start + one.samples == pytest.approx(min(stop, 20 * RATE_HZ), abs=48)
    starts = {round(start / RATE_HZ % 8, 2) for start, _ in spans}
    assert len(starts) > 5
    frames = [made.bed.at(n, 480) for n in range(0, 80 * RATE_HZ, 480)]
    assert np.array_equal(np.concatenate(frames), track.samples)


def test_the_bed_has_no_seam() -> None:
    made = script(caller={"noise": {"bed": "pink", "snr_db": 10}})
    assert made.bed is not None
    samples = made.bed.samples.astype(np.float64)
    step = np.abs(np.diff(samples))
    assert abs(samples[0] - samples[-1]) <= step.max()
    assert abs(made.bed.at(len(samples) - 1, 2)[1] - samples[0]) == 0


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_noise() -> None:
    fields: dict[str, Any] = {
        "caller": {"noise": {"bed": "cafe", "snr_db": 10}},
        "turns": [
            {"say": "Hello"},
            {"noise_only": {"bed": "tv", "for": 1}},
            {"noise_only": {"bed": "tv", "for": 1}},
        ],
    }
    first, again, other = script(**fields), script(**fields), script(seed=8, **fields)
    assert first.turns == again.turns
    assert first.bed is not None
    assert again.bed is not None
    assert other.bed is not None
    assert np.array_equal(first.bed.samples, again.bed.samples)
    assert not np.array_equal(first.bed.samples, other.bed.samples)
    assert first.turns[1].audio != other.turns[1].audio
    assert first.turns[1].audio != first.turns[2].audio
    assert first.turns[0] == other.turns[0]


def test_a_mute_engine_and_an_unknown_bed_are_errors() -> None:
    with pytest.raises(SpeechFailed, match="no voice"):
        script(turns=[{"say": "mute"}])
    with pytest.raises(UnknownName, match="disco"):
        script(caller={"noise": {"bed": "disco", "snr_db": 10}})


def test_the_shipped_lines_are_spoken_by_the_fixtures_and_others_by_espeak(tmp_path: Path) -> None:
    suite = next(
        folder / "scenarios"
        for folder in Path(__file__).parents
        if (folder / "scenarios" / "order_desk").is_dir()
    )
    voices = voices_for(suite / "order_desk" / "x.yaml", ClipCache(tmp_path))
    shipped = script(voices=voices, turns=[{"say": "Yes, that's right."}])
    own = script(voices=voices, turns=[{"say": "Yes, that's right."}, {"say": "My own words."}])
    assert shipped.engines["caller"].startswith("fixture ")
    assert own.engines["caller"].startswith("pyttsx3 ")


def test_an_engine_that_was_asked_for_is_used(tmp_path: Path) -> None:
    voices = voices_for(tmp_path / "x.yaml", ClipCache(tmp_path / "cache"))
    assert voices.fixtures is None
    made = script(voices=voices, caller={"voice": {"engine": "pyttsx3", "name": "en-us+f3"}})
    assert made.engines["caller"].startswith("pyttsx3 ")


def test_a_kept_bed_is_the_rendered_one_sample_for_sample(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    rendered = seamless("hum", 3, None, OVERHEARD)
    assert seamless("hum", 3, cache, OVERHEARD) == rendered
    assert seamless("hum", 3, cache, OVERHEARD) == rendered
    assert rendered.duration_s == BED_S


def test_a_bed_is_taken_from_the_cache_and_another_seed_is_another_bed(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path)
    seamless("hum", 3, cache, OVERHEARD)
    (kept,) = tmp_path.rglob("*.wav")
    marked = silence(10, RATE_HZ)
    cache.keep_clip(kept.stem, marked)
    assert seamless("hum", 3, cache, OVERHEARD) == marked
    assert seamless("hum", 4, cache, OVERHEARD) != marked
    assert seamless("hold_words", 3, cache, OVERHEARD) != marked


def overheard(language: str) -> tuple[str, ...]:
    said = language_named(language).bystanders
    assert said is not None
    return (*said.news, *said.hold, *said.chat)


@pytest.mark.parametrize("bed", BEDS_OF_WORDS)
@pytest.mark.parametrize(
    ("language", "voice", "words"),
    [("en", "en-us+", "en"), ("de", "de+", "de"), ("tlh", "en-us+", "en")],
)
def test_the_words_of_a_bed_are_in_the_language_of_the_suite_or_else_english(
    bed: str, language: str, voice: str, words: str
) -> None:
    asked: list[tuple[str, str]] = []

    class Listening(Hum):
        def speak(self, text: str, voice: VoiceChoice) -> Pcm:
            asked.append((text, voice.name))
            return super().speak(text, voice)

    strange = replace(ENGLISH, name=language, bystanders=None)
    spoken = language_named(language) if language == words else strange
    assert Overheard(spoken, Listening()).spoken(bed)
    known = {*overheard(words)}
    assert {text for text, _ in asked} <= known
    assert {name for _, name in asked} == {voice + variant for variant in VOICES[bed]}
    keys = [Overheard(language_named(name), Hum()).key(bed) for name in ("en", "de")]
    assert keys[0] != keys[1]


def test_a_babble_with_words_has_at_least_six_talkers() -> None:
    assert len(set(VOICES["babble_words"])) >= 6


@pytest.mark.parametrize("language", ["en", "de"])
def test_nothing_that_is_overheard_could_be_a_value_of_a_call(language: str) -> None:
    tongue = language_named(language)
    assert len(overheard(language)) >= 15
    for text in overheard(language):
        assert not any(tongue.find(text, kind) for kind in ValueKind), text


@pytest.mark.parametrize("level_db", [-6.0, -20.0])
def test_a_second_talker_has_words_a_voice_and_a_level(level_db: float) -> None:
    asked: list[tuple[str, str]] = []

    class Listening(Hum):
        def speak(self, text: str, voice: VoiceChoice) -> Pcm:
            asked.append((voice.name, text))
            return super().speak(text, voice)

    talker = {"say": ["It's {order_id}.", "No."], "level_db": level_db}
    made = script(caller={"second_talker": talker}, voices=CallerVoices(None, Listening()))
    assert made.second_talk is not None
    assert [one.text for one in made.second_talk.sentences] == ["It's ORD-6079R.", "No."]
    assert len({voice for voice, _ in asked}) == 2
    speech_dbfs = active_level_dbfs(made.turns[0].audio)
    for one in made.second_talk.sentences:
        loud_dbfs = active_level_dbfs(Pcm(one.samples.copy(), RATE_HZ))
        assert loud_dbfs == pytest.approx(speech_dbfs + level_db, abs=0.1)


def test_a_second_talker_without_words_makes_small_talk_in_the_order_of_the_seed() -> None:
    first, again, other = (
        script(seed=seed, caller={"second_talker": {}}).second_talk for seed in (1, 1, 3)
    )
    orders = [[one.text for one in talk.sentences] for talk in (first, again, other) if talk]
    assert len(orders) == 3
    assert sorted(orders[0]) == sorted(ENGLISH_BYSTANDERS.chat)
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize(
    ("name", "spoken"),
    [("old_man", "en-us+grandpa"), ("scottish_man", "en-gb-scotland+m3"), ("en-us+f3", "en-us+f3")],
)
def test_a_caller_by_a_plain_name_has_the_accent_of_the_suite_or_their_own(
    name: str, spoken: str
) -> None:
    asked: list[str] = []

    class Listening(Hum):
        def speak(self, text: str, voice: VoiceChoice) -> Pcm:
            asked.append(voice.name)
            return super().speak(text, voice)

    voices = CallerVoices(None, Listening())
    talker = {"say": ["No."], "voice": name}
    script(caller={"voice": {"name": name}}, voices=voices)
    script(turns=[{"aside": {"say": "Hi", "voice": name}}], voices=voices)
    script(turns=[{"silence": 1}], caller={"second_talker": talker}, voices=voices)
    assert asked == [spoken] * 3


@pytest.mark.parametrize(
    ("engine", "voice", "spoken"),
    [
        ("pyttsx3", "woman", ["en-us+f2", "de+f2", "en-us+f2"]),
        ("pyttsx3", "scottish_man", ["en-gb-scotland+m3", "de+m3", "en-gb-scotland+m3"]),
        ("hum", "woman", ["en-us+f2"] * 3),
    ],
)
def test_a_name_in_another_language_is_said_by_the_same_person_without_a_pause(
    engine: str, voice: str, spoken: list[str]
) -> None:
    asked: list[str] = []

    class Listening(Hum):
        name = engine

        def speak(self, text: str, voice: VoiceChoice) -> Pcm:
            asked.append(voice.name)
            return super().speak(text, voice)

    line = ["My name is", {"language": "de"}, "Jürgen Weiß,", {"language": "en"}, "and you?"]
    made = script(
        turns=[{"say": line}],
        caller={"voice": {"name": voice}},
        voices=CallerVoices(None, Listening()),
    )
    (clip,) = made.turns
    assert asked == spoken
    assert clip.text == clip.spoken == "My name is Jürgen Weiß, and you?"
    assert clip.pauses == ()
    assert len(audible_spans(clip.clean)) == 1
