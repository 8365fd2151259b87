"""The caller's line: band, codec, clipping, losses, dropouts, echo; clean speech stays whole."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.call_plans import clip

from harness.audio.ffmpeg import AHEAD
from harness.audio.pcm import FULL_SCALE, Int16Array, Pcm
from harness.caller.background import phone_line_plan
from harness.caller.model import BurstTimes, Clip, PhoneLinePlan
from harness.errors import UsageError
from harness.recording.model import Impairment, UtteranceKind
from harness.scenario.model import PhoneLine
from harness.session.caller_stream import FRAME, PhoneLineSound, PlacedUtterance, Uplink
from harness.speech.base import VoiceChoice
from harness.speech.fixture_tts import FOLDER, MANIFEST, FixtureSynthesizer, read_manifest
from harness.units import RATE_HZ

SECOND = RATE_HZ // FRAME
FIXTURES = Path(__file__).parents[2] / FOLDER


def tone(hertz: float, frames: int = SECOND, level: float = 0.25) -> Int16Array:
    at_s = np.arange(frames * FRAME) / RATE_HZ
    return np.rint(level * FULL_SCALE * np.sin(2 * np.pi * hertz * at_s)).astype(np.int16)


def carried(sound: Int16Array, line: PhoneLineSound) -> Int16Array:
    starts = range(0, len(sound), FRAME)
    return np.concatenate([line.carry(at, sound[at : at + FRAME]) for at in starts])


def a_line(seed: int = 1, dropouts: BurstTimes | None = None, **keys: Any) -> PhoneLineSound:
    plan = phone_line_plan(PhoneLine.model_validate(keys), seed)
    assert plan is not None
    return PhoneLineSound(replace(plan, dropouts=dropouts))


def level(sound: Int16Array) -> float:
    return Pcm(sound.copy(), RATE_HZ).level_dbfs()


@pytest.mark.parametrize(
    ("keys", "hertz", "least_db", "most_db"),
    [
        ({}, 1000, -0.01, 0.01),
        ({"gain_db": -6}, 1000, -6.01, -5.99),
        ({"band": "telephone"}, 1000, -0.2, 0.2),
        ({"band": "telephone"}, 100, -80, -25),
        ({"band": "telephone"}, 6000, -80, -25),
        ({"band": "wideband"}, 6000, -1.5, 0.2),
        ({"band": "wideband"}, 11_000, -80, -25),
        ({"codec": "pcmu"}, 1000, -0.5, 0.5),
        ({"codec": "pcma"}, 1000, -0.5, 0.5),
        ({"codec": "pcmu"}, 6000, -120, -40),
        ({"codec": "opus"}, 1000, -1, 1),
        ({"codec": "opus", "bitrate_kbps": 6}, 6000, -120, -20),
        ({"codec": "opus", "bitrate_kbps": 64}, 6000, -1, 1),
        ({"clip_dbfs": -30}, 1000, -16, -15),
    ],
)
def test_a_line_passes_what_it_should(
    keys: dict[str, Any], hertz: float, least_db: float, most_db: float
) -> None:
    sound = tone(hertz)
    found = carried(sound, a_line(**keys))
    assert len(found) == len(sound)
    changed_db = level(found[RATE_HZ // 4 :]) - level(sound[RATE_HZ // 4 :])
    assert least_db <= changed_db <= most_db


@pytest.mark.parametrize("keys", [{"band": "telephone"}, {"codec": "pcmu"}, {"codec": "pcma"}])
def test_a_line_delays_the_sound_by_no_more_than_five_milliseconds(keys: dict[str, Any]) -> None:
    generator = np.random.default_rng(1)
    sound = (3000 * generator.standard_normal(SECOND * FRAME)).astype(np.int16)
    found = carried(sound, a_line(**keys)).astype(float)
    scores = [np.dot(found[lag : 4800 + lag], sound[:4800].astype(float)) for lag in range(480)]
    assert int(np.argmax(np.abs(scores))) <= 0.005 * RATE_HZ


@pytest.mark.parametrize("kbps", [6, 12, 24, 64])
def test_opus_delays_nothing_as_the_sound_is_taken_ahead(kbps: float) -> None:
    wanted = PhoneLine.model_validate({"codec": "opus", "bitrate_kbps": kbps})
    uplink = Uplink(None, phone_line_plan(wanted, 1))
    for _ in range(3):
        uplink.next()
    uplink.begin(speech(), PlacedUtterance(UtteranceKind.SPEECH, 0, None, barge_in=False))
    frames = [uplink.next() for _ in range(3 * SECOND)]
    sent, clean = (
        np.concatenate([getattr(one, track) for one in frames]).astype(float)
        for track in ("sent", "clean")
    )
    size = 2 * len(sent)
    spectrum = np.fft.rfft(sent, size) * np.conj(np.fft.rfft(clean, size))
    lag = int(np.argmax(np.fft.irfft(spectrum)))
    # its high-pass turns the phase by a sample or two
    assert min(lag, size - lag) <= 2


def speech() -> Clip:
    """Return a recorded line: the codec is made for voices."""
    line = read_manifest(FIXTURES / MANIFEST)[0]
    sound = FixtureSynthesizer(FIXTURES).speak(line.text, VoiceChoice(line.voice))
    return Clip(sound, sound, line.text, line.text, line.text, 0, len(sound))


def test_more_bits_are_nearer_to_the_sound() -> None:
    sound = tone(440) + tone(1330) // 3
    off = []
    for kbps in (6, 16, 64):
        found = carried(sound, a_line(codec="opus", bitrate_kbps=kbps))[AHEAD:].astype(float)
        off.append(float(np.mean(np.square(found - sound[: len(found)]))))
    assert off == sorted(off, reverse=True)


def test_opus_without_its_library_is_refused_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UsageError, match=r"codec: opus needs PyAV .*voice-agent-harness\[opus\]"):
        phone_line_plan(PhoneLine.model_validate({"codec": "opus"}), 1)


@pytest.mark.parametrize(("rate", "burst_ms"), [(0.02, 20), (0.1, 60), (0.3, 200)])
def test_losses_have_the_share_and_the_length_that_were_asked_for(
    rate: float, burst_ms: float
) -> None:
    line = a_line(seed=5, loss={"rate": rate, "burst_ms": burst_ms})
    frames = 15_000
    frame = np.full(FRAME, 1000, np.int16)
    for number in range(frames):
        line.carry(number * FRAME, frame)
    faults = line.faults()
    assert {fault.what for fault in faults} == {Impairment.LOST}
    lost = sum(fault.samples for fault in faults) / FRAME
    assert lost / frames == pytest.approx(rate, rel=0.15)
    assert lost / len(faults) * 20 == pytest.approx(burst_ms, rel=0.15)


def test_what_is_lost_sounds_like_what_was_before_and_fades_within_60_ms() -> None:
    line = a_line(seed=2, loss={"rate": 0.2, "burst_ms": 400})
    sound = np.full(60 * SECOND * FRAME, 1000, np.int16)
    found = carried(sound, line)
    long = next(f for f in line.faults() if f.start and f.samples >= 5 * FRAME)
    gone = found[long.start : long.start + long.samples]
    assert gone[0] == 1000
    assert (np.diff(gone.astype(int)[: 3 * FRAME]) <= 0).all()
    assert not gone[3 * FRAME :].any()
    whole = np.ones(len(found), bool)
    for fault in line.faults():
        whole[fault.start : fault.start + fault.samples] = False
    assert (found[whole] == 1000).all()


def test_a_dropout_is_silence_and_told_to_the_sample() -> None:
    times = BurstTimes(period=RATE_HZ, length=RATE_HZ // 4, seed=3)
    line = a_line(dropouts=times)
    sound = np.full(5 * SECOND * FRAME, 1000, np.int16)
    found = carried(sound, line)
    assert [(f.what, f.start, f.samples) for f in line.faults()] == [
        (Impairment.DROPPED, times.first(n), RATE_HZ // 4) for n in range(5)
    ]
    first = times.first(0)
    assert not found[first + 480 : first + RATE_HZ // 4 - 480].any()
    assert (found[:first] == 1000).all()


@pytest.mark.parametrize("delay_ms", [40, 150, 333])
def test_the_echo_is_the_agent_later_and_softer(delay_ms: float) -> None:
    line = a_line(echo={"delay_ms": delay_ms, "level_db": -20})
    agent = tone(500, frames=2 * SECOND)
    found = []
    for start in range(0, len(agent), FRAME):
        found.append(line.carry(start, np.zeros(FRAME, np.int16)))
        # At the border of a frame the agent was heard up to there, and no further.
        line.played(agent[max(0, start - FRAME) : start])
    heard = np.concatenate(found)
    delay = round(delay_ms * RATE_HZ / 1000)
    assert not heard[:delay].any()
    assert np.abs(heard[delay:] - agent[: len(heard) - delay] / 10).max() <= 0.51


@pytest.mark.parametrize("codec", ["pcmu", "opus"])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(codec: str) -> None:
    keys: dict[str, Any] = {"band": "telephone", "codec": codec, "loss": {"rate": 0.1}}
    sound = tone(700, frames=5 * SECOND)
    first, again, other = (carried(sound, a_line(seed, **keys)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_clean_speech_stays_whole_whatever_the_line_does() -> None:
    wanted = PhoneLine.model_validate({"gain_db": -60, "loss": {"rate": 0.5, "burst_ms": 200}})
    uplink, plain = Uplink(None, PhoneLinePlan(wanted, None, 1)), Uplink(None)
    for one in (uplink, plain):
        one.begin(clip("Hi.", 0.5), PlacedUtterance(UtteranceKind.SPEECH, 0, None, barge_in=False))
    frames = [(uplink.next(), plain.next()) for _ in range(100)]
    assert all(np.array_equal(spoiled.clean, whole.clean) for spoiled, whole in frames)
    assert not any(np.array_equal(a.sent, b.sent) for a, b in frames if b.sent.any())
    assert uplink.records()
