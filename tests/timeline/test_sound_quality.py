"""The agent's audio as a signal: gaps, clipping, noise in place of speech, two channels as one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.agent_sounds import RATE_HZ, SOUNDS
from support.call_script import record

from harness.audio.pcm import Int16Array, Pcm
from harness.audio.resample import resample
from harness.protocol.audio_bytes import bytes_of
from harness.protocol.items import AudioFormat
from harness.recording.model import Recording
from harness.recording.provenance import Origin, SourceKind
from harness.speech.base import VoiceChoice
from harness.speech.pyttsx3_tts import EspeakSynthesizer
from harness.timeline.build import build
from harness.timeline.model import SoundQuality

ASKED = "0.0-1.0 caller: Tell me.\n"


def quality(recording: Recording) -> SoundQuality:
    found = build(recording).sound_quality
    assert found is not None
    return found


def heard(sound: str) -> SoundQuality:
    return quality(record(f"{ASKED}1.5-6.5 agent: Your order has been shipped. [sounds {sound}]"))


# --- noise


def track(*pieces: tuple[str, float]) -> Recording:
    """Return a call in which sounds follow each other in an answer."""
    length_s = sum(seconds for _, seconds in pieces)
    call = record(f"{ASKED}1.5-{1.5 + length_s} agent: Your order has been shipped.")
    sound = np.concatenate([SOUNDS[name](round(s * RATE_HZ)) for name, s in pieces])
    samples = call.agent.samples.copy()
    samples[round(1.5 * RATE_HZ) :][: len(sound)] = sound
    return replace(call, agent=Pcm(samples, RATE_HZ))


@pytest.mark.parametrize(
    ("pieces", "bounds"),
    [
        ([("voice", 5.0)], None),
        ([("quiet", 5.0)], None),
        ([("tone", 5.0)], None),
        ([("noise", 5.0)], (1.5, 6.5)),
        ([("swapped", 5.0)], (1.5, 6.5)),
        ([("one-byte-off", 5.0)], (1.5, 6.5)),
        ([("faint-noise", 5.0)], None),  # breath, or a room
        ([("hissing", 5.0)], None),  # a sibilant of 0.3 s in each second
        ([("voice", 2.0), ("noise", 1.5), ("voice", 2.0)], (3.5, 5.0)),
        ([("voice", 2.0), ("noise", 0.8), ("voice", 2.0)], None),
        ([("noise", 0.8)], None),
        ([("noise", 1.1)], (1.5, 2.6)),
        ([("voice", 1.0), ("noise", 1.2), ("voice", 1.0), ("noise", 1.2)], (2.5, 5.9)),
    ],
    ids=lambda value: " ".join(f"{n} {s}" for n, s in value) if isinstance(value, list) else "",
)
def test_noise_is_a_second_of_a_flat_spectrum(
    pieces: list[tuple[str, float]], bounds: tuple[float, float] | None
) -> None:
    found = [(one.start_s, one.end_s) for one in quality(track(*pieces)).noise]
    assert found == ([] if bounds is None else [pytest.approx(bounds, abs=0.15)])


TEXT = "I have found your order, and it was shipped this morning. It should reach you on Thursday."


@pytest.mark.parametrize("voice", ["en-us", "en-us+f3", "de"])
@pytest.mark.parametrize("rate", [0.7, 1.0, 1.6])
def test_a_voice_is_no_noise_until_its_bytes_are_swapped(voice: str, rate: float) -> None:
    said = EspeakSynthesizer().speak(TEXT, VoiceChoice(voice, rate)).samples
    for sound, is_noise in ((said, False), (said.byteswap(), True)):
        call = record(f"1.0-{1.0 + len(sound) / RATE_HZ} agent: {TEXT}")
        samples = call.agent.samples.copy()
        samples[RATE_HZ:][: len(sound)] = sound
        found = quality(replace(call, agent=Pcm(samples, RATE_HZ)))
        noise_s = sum(span.duration_s for span in found.noise)
        assert (noise_s > 0.5 * len(sound) / RATE_HZ) is is_noise
        assert not found.stereo
        assert is_noise or (found.noise, found.clipped_share) == ((), 0.0)


def test_noise_on_a_telephone_line_is_noise_too() -> None:
    assert heard("telephone-noise").noise


# --- bytes that are read in a wrong way


def misread(text: str, kind: AudioFormat = AudioFormat.PCMU) -> Int16Array:
    """Return speech as G.711 whose bytes are taken for PCM16 at 24 kHz: a sixth of its length."""
    said = resample(EspeakSynthesizer().speak(text, VoiceChoice("en-us", 1.0)), kind.rate_hz)
    data = bytes_of(said.samples[: len(said) // 2 * 2], kind)
    return np.frombuffer(data, "<i2").astype(np.int16)


def mixed(*pieces: Int16Array) -> Recording:
    """Return a call of one answer that is made of these sounds, from second 1.5 on."""
    sound = np.concatenate(pieces)
    call = record(f"{ASKED}1.5-{1.5 + len(sound) / RATE_HZ:.3f} agent: {TEXT}")
    samples = call.agent.samples.copy()
    samples[round(1.5 * RATE_HZ) :][: len(sound)] = sound[: len(samples) - round(1.5 * RATE_HZ)]
    return replace(call, agent=Pcm(samples, RATE_HZ))


@pytest.mark.parametrize(
    ("kind", "likely"), [(AudioFormat.PCMU, "µ-law"), (AudioFormat.PCMA, "A-law")]
)
@pytest.mark.parametrize("before", [0, 4], ids=["from the beginning", "from some second on"])
def test_misread_bytes_are_rough_and_smooth_in_another_reading(
    kind: AudioFormat, likely: str, before: int
) -> None:
    wrong = misread(4 * TEXT, kind)
    found = quality(mixed(SOUNDS["voice"](before * RATE_HZ), wrong))
    assert {one.likely for one in found.rough} == {likely}
    assert found.rough[0].span.start_s == pytest.approx(1.5 + before, abs=0.8)
    assert found.rough[-1].span.end_s == pytest.approx(1.5 + before + len(wrong) / RATE_HZ, abs=0.8)


def test_short_answers_are_misread_together() -> None:
    pause = np.zeros(RATE_HZ // 2, np.int16)
    short = misread("Your order has been shipped.")
    assert 0.2 < len(short) / RATE_HZ < 0.6
    one = quality(mixed(SOUNDS["voice"](RATE_HZ), pause, short))
    three = quality(mixed(SOUNDS["voice"](RATE_HZ), *(3 * [pause, short])))
    assert (one.rough, [each.likely for each in three.rough]) == ((), ["µ-law"] * 3)


@pytest.mark.parametrize(
    ("pieces", "rough"),
    [
        ([("voice", 5.0), ("overflowing", 3.0)], True),
        ([("voice", 5.0), ("overflowing", 1.2)], False),
        ([("overflowing", 5.0)], False),  # such may be the agent's voice
        ([("voice", 3.0), ("noise", 2.0)], False),  # it is in ``noise``
        ([("voice", 5.0), ("music", 5.0)], False),
        ([("voice", 5.0), ("laughter", 3.0)], False),
        ([("voice", 5.0), ("hissing", 3.0)], False),
        ([("voice", 5.0), ("faint-noise", 3.0)], False),
        ([("quiet", 5.0)], False),
    ],
    ids=lambda value: " ".join(f"{n} {s}" for n, s in value) if isinstance(value, list) else "",
)
def test_what_is_rough_in_every_reading_is_told_by_the_rest_of_the_call(
    pieces: list[tuple[str, float]], rough: bool
) -> None:
    found = quality(track(*pieces))
    assert [one.likely for one in found.rough] == [""] * rough
    assert bool(found.noise) is (pieces[-1][0] == "noise")


# --- dropouts


@pytest.mark.parametrize(
    ("pieces", "dropouts"),
    [
        ([("voice", 6.0)], None),
        ([("cut", 6.0)], (50, 1.0, 1.6)),
        ([("voice", 6.0), ("cut", 3.0)], (25, 0.5, 7.6)),
        ([("cut", 0.8)], None),  # too few
        ([("cut-odd", 6.0)], None),  # no packet lasts 23 ms
        ([("voice", 40.0), ("cut", 3.0)], None),  # too rare
        ([("cut-anyhow", 6.0)], None),  # such are the closures of a synthetic voice
        ([("cut-long", 6.0)], (7, 1.82, 1.94)),
        ([("cut-long", 3.0), ("silence", 2.0), ("cut-long", 3.0)], (8, 2.08, 1.94)),
        ([("cut-long", 2.5)], None),  # too few
        ([("voice", 40.0), ("cut-long", 6.0)], None),  # too rare
        ([("pausing", 6.0)], None),  # pauses between words have no sharp edges
    ],
    ids=lambda value: " ".join(f"{n} {s}" for n, s in value) if isinstance(value, list) else "",
)
def test_dropouts_are_many_silences_of_one_length(
    pieces: list[tuple[str, float]], dropouts: tuple[int, float, float] | None
) -> None:
    found = quality(track(*pieces)).dropouts
    if dropouts is None:
        assert found is None
    else:
        assert found is not None
        number, total_s, first_s = dropouts
        assert found.number == pytest.approx(number, abs=2)
        assert found.total_s == pytest.approx(total_s, abs=0.1)
        assert found.first_s == pytest.approx(first_s, abs=0.2)


# --- clipping


@pytest.mark.parametrize(
    ("sound", "low", "high"),
    [
        ("voice", 0.0, 0.0),
        ("peaking", 0.0, 0.0),  # single samples at full scale
        ("clipped", 0.1, 0.5),
        ("noise", 0.0, 0.0),
    ],
)
def test_clipped_samples_are_flat_tops(sound: str, low: float, high: float) -> None:
    assert low <= heard(sound).clipped_share <= high


@pytest.mark.parametrize(
    ("top", "run", "share"),
    [
        (32_767, 3, 0.003),
        (-32_768, 3, 0.003),
        (32_766, 3, 0.0),
        (32_767, 2, 0.0),
        (32_767, 10, 0.01),
    ],
)
def test_a_flat_top_is_three_samples_at_full_scale(top: int, run: int, share: float) -> None:
    call = record("1.0-2.0 agent: Yes.")
    samples = call.agent.samples.copy()
    for start in range(RATE_HZ, 2 * RATE_HZ, 1000):
        samples[start + 100 : start + 100 + run] = top
    found = quality(replace(call, agent=Pcm(samples, RATE_HZ)))
    assert found.clipped_share == pytest.approx(share)


# --- two channels as one


@pytest.mark.parametrize(
    ("sound", "stereo"),
    [
        ("voice", False),
        ("quiet", False),
        ("clipped", False),
        ("noise", False),
        ("music", False),
        ("cut", False),
        ("stereo", True),
        ("stereo-off-by-one", True),
        ("louder-left", True),
        ("left", True),
        ("two-voices", True),
    ],
)
def test_two_channels_played_as_one_repeat_each_sample(sound: str, stereo: bool) -> None:
    assert heard(sound).stereo is stereo


# --- level, and the audio that is examined


def test_the_level_is_that_of_the_speech() -> None:
    assert heard("voice").level_dbfs == pytest.approx(-19.0, abs=0.5)
    assert heard("quiet").level_dbfs == pytest.approx(-47.5, abs=0.5)


@pytest.mark.parametrize(
    ("script", "origin"),
    [
        (ASKED, None),
        (ASKED + "1.5-2.5 response: completed", None),
        (ASKED + "1.5-2.5 agent: Yes.", Origin(SourceKind.CHAT, "c.json", sound=False)),
        (
            ASKED + "1.5-2.5 agent: Yes.",
            Origin(SourceKind.AUDIO, "c.wav", sound=True, redacted=True),
        ),
    ],
    ids=["no agent", "no audio", "a source without audio", "audio that was taken out"],
)
def test_without_audio_there_is_no_quality(script: str, origin: Origin | None) -> None:
    assert build(record(script, origin=origin)).sound_quality is None


# --- gaps


@pytest.mark.parametrize(
    ("options", "gaps"),
    [
        ("", []),
        ("[gap 2.5-3.3]", [(2.5, 3.3)]),
        ("[gap 2.5-2.56]", [(2.5, 2.56)]),
        ("[gap 2.5-2.54]", [(2.5, 2.54)]),
        ("[gap 2.5-2.504 3.0-3.02]", [(3.0, 3.02)]),  # 4 ms are not heard, however many there are
        ("[gap 2.5-2.6 3.0-3.2]", [(2.5, 2.6), (3.0, 3.2)]),
        ("[pause 2.5-3.3]", []),  # silence that the agent sent
        ("[skip 2.5-3.3]", []),  # audio that came then was dropped, and is not late
        ("[of 9.0] [truncated 3500]", []),
    ],
)
def test_a_gap_is_where_a_part_goes_on_after_it_ran_dry(
    options: str, gaps: list[tuple[float, float]]
) -> None:
    told = build(record(f"{ASKED}1.5-5.0 agent: Your order has been shipped. {options}"))
    found = [(one.span.start_s, one.span.end_s) for one in told.underruns]
    assert found == [pytest.approx(gap, abs=1e-6) for gap in gaps]
    assert all(one.response_id == "resp_0" for one in told.underruns)


def test_between_two_items_there_is_no_gap() -> None:
    script = "1.5-2.5 agent: A. [response r]\n3.5-4.5 agent: B. [response r]\n5.5-6.5 agent: C."
    assert build(record(script)).underruns == ()


def test_an_item_that_plays_in_a_gap_does_not_hide_it() -> None:
    script = "1.5-5.0 agent: A. [response r] [gap 2.5-3.5]\n2.6-3.4 agent: B. [response r]"
    (gap,) = build(record(script)).underruns
    assert (gap.span.start_s, gap.span.end_s) == pytest.approx((2.5, 3.5))


def test_the_gaps_of_items_that_play_in_turns_are_kept_apart() -> None:
    script = "1.5-5.0 agent: A. [gap 2.0-2.5]\n6.0-8.0 agent: B. [gap 6.5-6.7]"
    call = record(script)
    mixed = replace(call, played=tuple(reversed(call.played)))
    spans = [(one.span.start_s, one.span.end_s) for one in build(mixed).underruns]
    assert spans == [pytest.approx((2.0, 2.5)), pytest.approx((6.5, 6.7))]
