"""Audio quality: gaps in the agent's audio, noise, clipping, two channels as one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import judged_call

from harness.judging.judge import verdicts
from harness.judging.scorers.audio_quality import UNDERRUNS, AudioQuality
from harness.judging.scorers.base import Outcome, Score, ScoredCall
from harness.recording.provenance import Origin, SourceKind
from harness.timeline.model import Dropouts, RoughAudio, SessionChange, Span, WrongRate

PASS, FAIL, REVIEW = Outcome.PASS, Outcome.FAIL, Outcome.REVIEW
NOT_APPLICABLE = Outcome.NOT_APPLICABLE

ASKED = "0.0-1.0 caller: Where is my order?\n"
SAID = ASKED + "1.5-6.5 agent: Your order has been shipped. "
LONG = ASKED + "1.5-21.5 agent: A long story. "
FIFTH = "[gap {}]".format(" ".join(f"{at}.5-{at}.6" for at in range(2, 6)))


def score(call: ScoredCall, **limits: Any) -> Score:
    (found,) = verdicts(call, (AudioQuality(**limits),))
    return found.score


# script, outcome, longest gap in seconds, reason
ROWS: dict[str, tuple[str, Outcome, float | None, str]] = {
    "a clean answer": (SAID, PASS, 0.0, "no gap in the agent's audio, level -12 dBFS"),
    "a voice": (SAID + "[sounds voice]", PASS, 0.0, "level -19 dBFS"),
    "a quiet agent": (SAID + "[sounds quiet]", PASS, 0.0, "level -48 dBFS"),
    "sibilants of 0.3 s": (SAID + "[sounds hissing]", PASS, 0.0, "no gap"),
    "samples that touch full scale": (SAID + "[sounds peaking]", PASS, 0.0, "no gap"),
    "breath": (SAID + "[sounds faint-noise]", PASS, 0.0, "no gap"),
    # --- gaps
    "a gap that is too long": (SAID + "[gap 2.5-3.3]", FAIL, 0.8,
        "the agent's audio broke off once inside an answer, for 0.8 s in all; the longest gap was"
        " 0.80 s at 0:02.5"),
    "exactly the limit": (SAID + "[gap 2.5-3.0]", PASS, 0.5, "1 short gap, the longest 0.50 s"),
    "one frame over the limit": (SAID + "[gap 2.5-3.02]", FAIL, 0.52, "broke off once"),
    "two short gaps": (SAID + "[gap 2.5-2.9 4.0-4.4]", PASS, 0.4,
        "2 short gaps, the longest 0.40 s"),
    "three short gaps": (SAID + "[gap 2.5-2.6 3.5-3.6 4.5-4.7]", FAIL, 0.2,
        "broke off 3 times inside an answer, for 0.4 s in all; the longest gap was 0.20 s at"
        " 0:04.5"),
    "three short gaps in a long answer": (LONG + "[gap 2.5-2.6 3.5-3.6 4.5-4.6]", PASS, 0.1,
        "3 short gaps"),
    "four in a long answer": (LONG + "[gap 2.5-2.6 3.5-3.6 4.5-4.6 5.5-5.65]", FAIL, 0.15,
        "broke off 4 times"),
    "gaps of two answers": (SAID + "[gap 2.5-2.6 3.5-3.6]\n8.0-11.0 agent: Yes. [gap 9.0-9.2]",
        FAIL, 0.2, "broke off 3 times"),
    "jitter": (SAID + "[gap 2.5-2.54 3.5-3.54 4.5-4.54]", PASS, 0.0, "no gap"),
    "a pause between two sentences": (SAID + "[pause 2.5-4.5]", PASS, 0.0, "no gap"),
    "a pause between two answers": (SAID + "\n9.0-9.5 agent: Anything else?", PASS, 0.0, "no gap"),
    "audio that was dropped": (SAID + "[skip 2.5-3.3]", PASS, 0.0, "no gap"),
    "an answer that was cut": (
        SAID + "[of 9.0] [truncated 5000]\n6.2-7.0 caller: Stop! [barge-in]", PASS, 0.0, "no gap"),
    # --- the signal
    "noise": (SAID + "[sounds noise]", FAIL, 0.0,
        "the agent's audio was noise for 5.0 s from 0:01.5"),
    "swapped bytes": (SAID + "[sounds swapped]", FAIL, 0.0, "was noise for 5.0 s"),
    "one byte off": (SAID + "[sounds one-byte-off]", FAIL, 0.0, "was noise for 5.0 s"),
    "clipped": (SAID + "[sounds clipped]", FAIL, 0.0, "% of the agent's audio was clipped"),
    "two channels as one": (SAID + "[sounds stereo]", FAIL, 0.0,
        "the agent sent two channels as one: its speech had half the speed"),
    "all at once": (SAID + "[sounds noise] [gap 2.5-3.3]", FAIL, 0.8,
        "0.80 s at 0:02.5; the agent's audio was noise"),
    # --- other calls
    "an agent that says nothing": (ASKED, NOT_APPLICABLE, None,
        "no audio of the agent was heard"),
    "an agent that answers in text": (ASKED + "1.5-2.5 agent: Yes. [text]", NOT_APPLICABLE, None,
        "no audio of the agent was heard"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_the_audio_is_judged_by_its_gaps_and_its_signal(name: str) -> None:
    script, outcome, value, reason = ROWS[name]
    found = score(judged_call(script))
    assert (found.outcome, reason in found.reason) == (outcome, True), found.reason
    assert found.value == (None if value is None else pytest.approx(value, abs=1e-6))
    assert "no gap" not in found.reason or not found.evidence


@pytest.mark.parametrize(
    ("script", "limits", "outcome"),
    [
        (SAID + "[gap 2.5-3.3]", {"gap_s": 1.0}, PASS),
        (SAID + "[gap 2.5-2.7]", {"gap_s": 0.1}, FAIL),
        (SAID + FIFTH, {"gap_share": 0.1}, PASS),
        (SAID + FIFTH, {"gap_share": 0.05}, FAIL),
        (SAID + "[sounds clipped]", {"clipped_share": 0.9}, PASS),
    ],
)
def test_a_scenario_may_set_the_limits(
    script: str, limits: dict[str, Any], outcome: Outcome
) -> None:
    found = score(judged_call(script), **limits)
    assert found.outcome is outcome, found.reason


def test_the_options_of_a_scenario_are_its_limits() -> None:
    call = judged_call(ASKED)
    options = AudioQuality.options(gap_s=1.0, gap_share=0.5, clipped_share=0.25)
    assert AudioQuality.from_scenario(call.scenario, options) == AudioQuality(1.0, 0.5, 0.25)


def test_a_session_in_text_has_no_audio() -> None:
    found = score(judged_call(ASKED + "1.5-2.5 agent: Yes. [text]", in_text=True))
    assert found.outcome is NOT_APPLICABLE
    assert found.reason == "text only session: nothing in it was to be heard"


@pytest.mark.parametrize(
    "origin",
    [
        Origin(SourceKind.CHAT, "c.json", sound=False),
        Origin(SourceKind.AUDIO, "c.wav", sound=True, redacted=True),
    ],
    ids=["a source without audio", "audio that was taken out"],
)
def test_an_imported_call_without_audio_is_not_judged_by_it(origin: Origin) -> None:
    found = score(judged_call(SAID + "[sounds noise]", origin=origin))
    assert found.outcome is NOT_APPLICABLE


def test_the_audio_of_an_imported_call_is_judged() -> None:
    origin = Origin(SourceKind.AUDIO, "c.wav", sound=True)
    assert score(judged_call(SAID + "[sounds noise]", origin=origin)).outcome is FAIL


def test_gaps_and_noise_are_shown_and_counted() -> None:
    found = score(judged_call(SAID + "[gap 2.5-3.3]\n8.0-10.0 agent: Hm. [sounds noise]"))
    assert [(one.label, round(one.start_s, 1), round(one.end_s, 1)) for one in found.evidence] == [
        ("gap", 2.5, 3.3),
        ("noise", 8.0, 10.0),
    ]
    (gaps,) = found.measurements
    assert (gaps.measure, [one.value for one in gaps.values]) == (UNDERRUNS, [1])
    assert found.details["level_dbfs"] == pytest.approx(-14.0, abs=2.0)


def test_a_hundred_gaps_are_counted_and_the_first_are_shown() -> None:
    gaps = " ".join(f"{at / 5:.1f}-{at / 5 + 0.1:.1f}" for at in range(10, 110))
    found = score(judged_call(f"{ASKED}1.5-23.0 agent: A long story. [gap {gaps}]"))
    assert len(found.evidence) == 20
    assert [one.value for one in found.measurements[0].values] == [100]


# --- many short gaps

CHOPPY = " ".join(f"{at / 10:.1f}-{at / 10 + 0.02:.2f}" for at in range(20, 60, 2))
SOME = " ".join(f"{at / 10:.1f}-{at / 10 + 0.02:.2f}" for at in range(20, 38, 2))


@pytest.mark.parametrize(
    ("script", "outcome", "reason"),
    [
        (f"{SAID}[gap {CHOPPY}]", FAIL, "broke off 20 times inside an answer, for 0.4 s in all;"
         " the longest gap was 0.02 s"),
        (f"{SAID}[gap {SOME}]", PASS, "no gap"),  # nine
        (f"{LONG}[gap {CHOPPY}]", PASS, "no gap"),  # 2 % of 20 s
        (f"{SAID}[gap {CHOPPY} 6.1-6.3]", FAIL, "broke off 21 times"),
    ],
)  # fmt: skip
def test_many_short_gaps_are_heard_together(script: str, outcome: Outcome, reason: str) -> None:
    found = score(judged_call(script))
    assert (found.outcome, reason in found.reason) == (outcome, True), found.reason


def test_short_gaps_are_shown_and_are_no_underruns() -> None:
    found = score(judged_call(f"{SAID}[gap {CHOPPY}]"))
    assert {one.label for one in found.evidence} == {"gap"}
    assert ([one.value for one in found.measurements[0].values], found.value) == ([0], 0.0)


def test_short_gaps_of_our_own_making_are_no_fault_of_the_agent() -> None:
    late = "1.9-6.1 late: [read 0.03]"
    found = score(judged_call(f"{SAID}[gap {CHOPPY}]\n{late}"))
    assert (found.outcome, found.by_own_lateness) == (Outcome.UNSCORABLE, True), found.reason


# --- other properties of the signal


def heard_as(heard: str = "", said: str = "Your order has been shipped.", **more: Any) -> Score:
    """Score a clean answer whose signal is another, and in which so much was recognized."""
    call = judged_call(f"{ASKED}1.5-6.5 agent: {said} {heard}")
    quality = call.timeline.sound_quality
    assert quality is not None
    return score(
        replace(call, timeline=replace(call.timeline, sound_quality=replace(quality, **more)))
    )


SURE, UNSURE = WrongRate(48_000, 24_000, sure=True), WrongRate(16_000, 24_000, sure=False)
MULAW = RoughAudio(Span(3.0, 4.0), "µ-law")


@pytest.mark.parametrize(
    ("more", "outcome", "reason"),
    [
        ({"wrong_rate": SURE, "heard": "[heard: yer odor]"}, FAIL,
         "the agent's speech was 2 times too slow: this audio fits 48 kHz, not 24 kHz"),
        ({"wrong_rate": UNSURE}, REVIEW,
         "the agent's speech may be 1.5 times too fast: this audio fits 16 kHz, not 24 kHz: does"
         " it sound unnatural?"),
        ({"wrong_rate": SURE, "heard": "[heard: your order has been shipped]"}, REVIEW,
         "may be 2 times too slow"),
        ({"wrong_rate": SURE, "heard": "[heard: you over has been]"}, FAIL, "2 times too slow"),
        ({"wrong_rate": SURE, "said": "..."}, FAIL, "2 times too slow"),
        ({"wrong_rate": SURE, "stereo": True}, FAIL,
         "the agent sent two channels as one: its speech had half the speed"),
        ({"wrong_rate": UNSURE, "stereo": True}, FAIL, "two channels as one"),
        ({"rough": (RoughAudio(Span(5.0, 6.0), "µ-law"), MULAW)}, FAIL,
         "the agent's audio was noise for 2.0 s from 0:03.0: it sounds like µ-law read as PCM16"),
        ({"rough": (RoughAudio(Span(3.0, 5.0)),)}, REVIEW,
         "the agent's audio may be noise for 2.0 s from 0:03.0: does it sound damaged?"),
        ({"rough": (RoughAudio(Span(5.0, 6.0)), MULAW)}, FAIL,
         "read as PCM16; the agent's audio may be"),
        ({"dropouts": Dropouts(40, 0.8, 2.5)}, FAIL,
         "the agent's speech was cut 40 times by 20 ms of silence from 0:02.5"),
    ],
)  # fmt: skip
def test_what_the_signal_tells(more: dict[str, Any], outcome: Outcome, reason: str) -> None:
    found = heard_as(**more)
    assert (found.outcome, reason in found.reason) == (outcome, True), found.reason


def test_rough_audio_is_shown_as_noise() -> None:
    found = heard_as(rough=(MULAW,), noise=(Span(2.0, 3.0),))
    assert [(one.label, one.start_s) for one in found.evidence] == [("noise", 2.0), ("noise", 3.0)]


# --- the service changes the session

CHANGED = SessionChange(3.0, "output_format", "pcm16_24k", "pcmu")


@pytest.mark.parametrize(
    ("script", "change", "outcome", "reason"),
    [
        (SAID, CHANGED, Outcome.UNSCORABLE,
         "the service changed its audio from pcm16_24k to pcmu at 0:03.0, unasked: what came then"
         " was read as pcm16_24k"),
        (SAID + "[sounds noise]", CHANGED, FAIL, "was noise for 5.0 s"),
        (SAID, replace(CHANGED, at_s=7.0), PASS, "no gap"),
        (SAID, replace(CHANGED, setting="input_format"), PASS, "no gap"),
        (SAID, replace(CHANGED, setting="voice"), PASS, "no gap"),
    ],
)  # fmt: skip
def test_another_format_leaves_open_how_the_audio_sounds(
    script: str, change: SessionChange, outcome: Outcome, reason: str
) -> None:
    call = judged_call(script)
    found = score(replace(call, timeline=replace(call.timeline, session_changes=(change,))))
    assert (found.outcome, reason in found.reason) == (outcome, True), found.reason


# --- gaps of our own making


@pytest.mark.parametrize(
    ("gaps", "late", "ours"),
    [
        ("2.5-3.3", "2.4-3.4 late: [read 0.85] [stamps 0.85]", True),
        ("2.5-3.3", "2.4-3.4 late: [read 0.9]", True),
        ("2.5-3.3", "4.4-4.5 late: [read 0.9]", False),  # at another time
        ("2.5-3.3", "2.4-3.4 late: [read 0.1]", False),  # it was too long without us
        ("2.5-3.3 4.5-5.4", "2.4-3.4 late: [read 0.9]", False),  # the second was
        ("2.5-2.6 3.5-3.6 4.5-4.6", "2.4-2.7 late: [read 0.2]", True),  # two are jitter
    ],
)
def test_a_gap_that_the_harness_made_itself_is_no_fault_of_the_agent(
    gaps: str, late: str, ours: bool
) -> None:
    found = score(judged_call(f"{SAID}[gap {gaps}]\n{late}"))
    outcome = Outcome.UNSCORABLE if ours else FAIL
    assert (found.outcome, found.by_own_lateness) == (outcome, ours), found.reason


def test_a_short_gap_of_our_own_making_leaves_nothing_open() -> None:
    found = score(judged_call(f"{SAID}[gap 2.5-2.6]\n2.4-2.7 late: [read 0.2]"))
    assert found.outcome is PASS, found.reason


def test_noise_is_noise_whoever_was_late() -> None:
    late = "2.4-3.4 late: [read 0.9]"
    found = score(judged_call(f"{SAID}[sounds noise] [gap 2.5-3.3]\n{late}"))
    assert found.outcome is FAIL, found.reason


def test_a_gap_that_kept_its_limit_without_us_is_no_fault_of_the_agent() -> None:
    found = score(judged_call(f"{SAID}[gap 2.5-3.05]\n2.4-3.4 late: [read 0.1]"))
    assert (found.outcome, found.by_own_lateness) == (Outcome.UNSCORABLE, True), found.reason
