"""Who was late, the agent or we: an excess no greater than our lateness leaves the verdict open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import judged_call, record

from harness.judging.judge import judge
from harness.judging.scorers.base import HarnessTooLate, Outcome
from harness.judging.scorers.time_to_first_audio import TimeToFirstAudio

PASS, FAIL, OPEN = Outcome.PASS, Outcome.FAIL, "open"


def verdict(script: str, scorer: str, **changes):
    """Return a scorer's outcome; OPEN if the harness was too late, and only then."""
    judged = judge(record(script, **changes))
    (score,) = (one.score for one in judged.judgements if one.scorer.scorer_name == scorer)
    assert bool(judged.mistimed) is score.by_own_lateness
    if score.by_own_lateness:
        assert score.outcome is Outcome.UNSCORABLE
        assert judged.mistimed.startswith(f"{scorer}: {score.reason}: this machine was too busy")
    return OPEN if score.by_own_lateness else score.outcome


def wait(took_s: float, late: str, tool: str = "", second_s: float | None = None) -> str:
    second = ""
    if second_s is not None:
        second = f"\n10.0-12.0 caller: And then?\n{12 + second_s}-15.0 agent: Nothing."
    return f"""
        0.0-2.0    caller: Where is my order?
        {tool}
        {2 + took_s}-6.0    agent: It is on its way.{second}
        {late}
    """


NONE = "0.0-0.0 late:"
FRAMES = "2.1-2.2 late: [frames 0.03]"
STAMP = "2.5-3.6 late: [stamps 0.03]"
LONG_AGO = "0.1-0.2 late: [frames 0.03]"


@pytest.mark.parametrize(
    ("script", "outcome"),
    [
        (wait(1.5, NONE), PASS),
        (wait(1.52, NONE), FAIL),
        (wait(1.52, FRAMES), OPEN),
        (wait(1.53, FRAMES), OPEN),  # just as much as we were late
        (wait(1.531, FRAMES), FAIL),
        (wait(1.49, FRAMES), PASS),  # the true wait is shorter still
        (wait(1.52, LONG_AGO), FAIL),
        (wait(1.52, STAMP), OPEN),
        (wait(1.55, f"{FRAMES}\n{STAMP}"), OPEN),
        (wait(1.57, f"{FRAMES}\n{STAMP}"), FAIL),
        (wait(1.52, FRAMES, second_s=1.4), OPEN),
        (wait(1.52, FRAMES, second_s=1.6), FAIL),  # a wait is late for sure
        (wait(1.52, f"{FRAMES}\n12.1-12.2 late: [frames 0.03]", second_s=1.51), OPEN),
        (wait(3.02, FRAMES, tool="2.2-2.5 lookup_order order_id=ORD-4715B"), OPEN),
        # the scenario's network delayed an answer, and we the other
        (
            wait(1.52, FRAMES, second_s=1.6) + "\n12.0-12.2 network: [late 0.3]",
            Outcome.UNSCORABLE,
        ),
    ],
)
def test_an_answer_is_too_late_if_it_was_so_without_us(script, outcome):
    assert verdict(script, "time_to_first_audio") is outcome


def test_what_is_told_of_a_wait_holds_how_far_it_is_off():
    call = judged_call(wait(0.8, FRAMES))
    scorer = TimeToFirstAudio()
    score = scorer.score(call)
    assert score.reason == "slowest answer took 0.80 s ± 30 ms, limit 1.50 s"
    ((measured,),) = (one.values for one in score.measurements)
    assert measured.uncertainty_s == pytest.approx(0.03, abs=1e-8)
    assert score.details["waits"][0]["uncertainty_s"] == measured.uncertainty_s
    (exact,) = scorer.score(judged_call(wait(0.8, ""))).measurements[0].values
    assert exact.uncertainty_s == 0.0
    with pytest.raises(HarnessTooLate) as late:
        scorer.score(judged_call(wait(1.52, FRAMES)))
    told = "an answer took 1.520 s ± 30 ms, limit 1.50 s: too near to tell"
    assert late.value.reason == told


@pytest.mark.parametrize(
    ("silent_s", "late", "outcome"),
    [
        (1.6, NONE, FAIL),
        (1.52, FRAMES, Outcome.UNSCORABLE),  # not overdue for sure when the line was lost
        (1.54, FRAMES, FAIL),
    ],
)
def test_an_agent_was_mute_when_the_line_went_if_it_was_so_without_us(silent_s, late, outcome):
    script = f"""
        0.0-2.0    caller: Where is my order?
        {2 + silent_s}-6.0    line:
        {late}
    """
    assert verdict(script, "time_to_first_audio") is outcome


@pytest.mark.parametrize(
    ("yield_s", "late", "outcome"),
    [
        (2.0, NONE, PASS),
        (2.02, NONE, FAIL),
        (2.02, "4.0-4.1 late: [frames 0.03]", OPEN),
        (2.04, "4.0-4.1 late: [frames 0.03]", FAIL),
        (2.02, "1.0-1.1 late: [frames 0.03]", FAIL),
        (2.02, "4.5-4.5 late: [stamps 0.03]", OPEN),
    ],
)
def test_a_yield_is_too_late_if_it_was_so_without_us(yield_s, late, outcome):
    heard_ms = round((2.2 + yield_s) * 1000)
    script = f"""
        0.0-1.0    caller: Where is my order?
        1.8-{4 + yield_s} agent: It is on its way. [of 9] [cancelled 4.1] [truncated {heard_ms}]
        4.0-7.0    caller: Stop. [barge-in]
        8.0-9.0    agent: Yes?
        {late}
    """
    assert verdict(script, "barge_in_yield") is outcome


@pytest.mark.parametrize(
    ("agent", "late", "outcome"),
    [
        ("2.5-4.0 agent: Which order is it then? [created 2.3]", NONE, FAIL),
        # noticed the silence because of frames that left late before it
        (
            "2.9-4.0 agent: Which order is it then? [created 2.78]",
            "1.98-2.0 late: [frames 0.03]",
            OPEN,
        ),
        (
            "2.9-4.0 agent: Which order is it then? [created 2.76]",
            "1.98-2.0 late: [frames 0.03]",
            FAIL,
        ),
        # began after the pause, or within it
        ("2.81-4.0 agent: Which order is it then? [created 2.81]", NONE, PASS),
        (
            "2.81-4.0 agent: Which order is it then? [created 2.81]",
            "2.81-2.81 late: [stamps 0.02]",
            OPEN,
        ),
        ("2.81-3.0 agent: Mhm. [created 2.81]", "2.81-2.81 late: [stamps 0.02]", PASS),
        # began within it, or before it
        (
            "2.01-4.0 agent: Which order is it then? [created 2.01]",
            "2.01-2.01 late: [stamps 0.02]",
            OPEN,
        ),
    ],
)
def test_a_pause_was_taken_if_it_was_so_without_us(agent, late, outcome):
    script = f"""
        1.0-5.0    caller: My order is the one of Monday. [pauses 2.0-2.8]
        {agent}
        {late}
    """
    assert verdict(script, "pause_handling") is outcome


@pytest.mark.parametrize(
    ("agent", "late", "outcome"),
    [
        ("1.8-5.0 agent: It is on its way. [of 9.0] [cancelled 4.6]", NONE, FAIL),
        ("1.8-5.02 agent: It is on its way. [of 9.0] [cancelled 4.6]", NONE, Outcome.REVIEW),
        (
            "1.8-5.02 agent: It is on its way. [of 9.0] [cancelled 4.6]",
            "4.0-4.2 late: [frames 0.03]",
            OPEN,
        ),
        (
            "1.8-5.02 agent: It is on its way. [of 9.0] [cancelled 4.6]",
            "1.0-1.2 late: [frames 0.03]",
            Outcome.REVIEW,
        ),
        # silent before; answered 2.0 s after the end, or a little later
        ("1.8-3.0 agent: It is on its way.\n6.9-8.5 agent: Yes? [created 6.6]", NONE, PASS),
        (
            "1.8-3.0 agent: It is on its way.\n6.91-8.5 agent: Yes? [created 6.6]",
            "6.8-6.95 late: [stamps 0.03]",
            OPEN,
        ),
    ],
)
def test_a_sound_was_reacted_to_if_it_was_so_without_us(agent, late, outcome):
    script = f"""
        0.0-1.0    caller: Where is my order?
        {agent}
        4.0-4.89   caller: [noise]
        9.0-10.0   caller: Thank you.
        10.5-11.0  agent: You are welcome.
        {late}
    """
    assert verdict(script, "selectivity") is outcome


@pytest.mark.parametrize(
    ("written", "late", "outcome"),
    [
        ("[written 4.0 where is my order]", NONE, PASS),
        ("[written 4.02 where is my order]", NONE, FAIL),
        ("[written 4.02 where is my order]", "2.1-2.2 late: [frames 0.03]", OPEN),
        ("[written 4.04 where is my order]", "2.1-2.2 late: [frames 0.03]", FAIL),
        ("[written 4.02 where is my order]", "4.02-4.02 late: [stamps 0.03]", OPEN),
        ("[written 4.02 a wholly other line]", "2.1-2.2 late: [frames 0.03]", FAIL),
    ],
)
def test_a_transcript_is_too_late_if_it_was_so_without_us(written, late, outcome):
    script = f"0.0-2.0 caller: Where is my order? {written}\n{late}"
    assert verdict(script, "transcription") is outcome


def test_a_stall_amid_words_spoils_the_call_and_one_in_silence_does_not():
    amid = judge(record(wait(0.8, "1.0-1.1 late: [frames 0.25]")))
    assert amid.mistimed.startswith("our stream stood still for 0.25 s: this machine was too busy")
    assert judge(record(wait(0.8, "5.0-5.1 late: [frames 0.25]"))).mistimed == ""
    assert judge(record(wait(0.8, ""))).mistimed == ""


def test_frames_that_were_later_than_we_let_them_leave_were_not_taken():
    busy = record(wait(0.8, "1.0-1.1 late: [frames 0.25]"))
    assert busy.manifest.lateness is not None
    own = replace(busy.manifest.lateness, max_s=0.002)
    stuck = replace(busy, manifest=replace(busy.manifest, lateness=own))
    assert judge(stuck).mistimed.startswith(
        "our stream stood still for 0.25 s: the server, or the way to it, took nothing"
    )


def test_where_nobody_knows_how_late_we_were_a_time_is_taken_as_it_is():
    script = """
        0.0-2.0    caller: Where is my order?
        3.6-6.0    line:
    """
    recording = record(script)
    recording = replace(recording, manifest=replace(recording.manifest, clock="real"))
    judged = judge(recording)
    (score,) = (
        one.score for one in judged.judgements if one.scorer.scorer_name == "time_to_first_audio"
    )
    assert score.outcome is FAIL
    assert judged.timeline.own_lateness is None
    assert judged.mistimed == ""
