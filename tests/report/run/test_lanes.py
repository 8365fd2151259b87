"""Outlines of tracks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from support.synthetic_run import Talk, bad_call, result, run_results, score, three_calls

from harness.audio.pcm import Pcm
from harness.judging.judge import judge
from harness.protocol.events import ToolCallCancelled
from harness.recording.model import AgentEvent
from harness.recording.provenance import CallStatus
from harness.report.run.call_timeline import (
    BINS_PER_S,
    MOST_BINS,
    Strip,
    common_scale,
    outline,
    strip,
    vad_spans,
)
from harness.report.run.call_view import call_page
from harness.report.run.view import index_page


def pcm(*samples: int, rate_hz: int = 100) -> Pcm:
    return Pcm(np.array(samples, np.int16), rate_hz)


def test_a_bin_holds_its_loudest_sample_of_either_sign() -> None:
    track = pcm(0, -16384, 8192, 0, 0, 0)
    assert outline(track, duration_s=0.06) == (0.5, 0.25, 0.0)


def test_the_axis_goes_on_where_the_track_has_ended() -> None:
    assert outline(pcm(16384, 16384), duration_s=0.08) == (0.5, 0.0, 0.0, 0.0)
    assert outline(pcm(), duration_s=0.04) == (0.0, 0.0)


def test_a_long_call_gets_wider_bins_and_not_more() -> None:
    assert len(outline(pcm(*range(100)), duration_s=600.0)) == MOST_BINS


def test_the_loudest_negative_sample_is_full_scale() -> None:
    assert outline(pcm(-32768, 0), duration_s=0.02) == (1.0,)


def test_one_scale_brings_the_louder_track_near_the_top_and_keeps_the_ratio() -> None:
    loud, quiet = pcm(16384, 0), pcm(8192, 0)
    scale = common_scale(loud, quiet, pcm())
    assert outline(loud, duration_s=0.02, scale=scale) == (0.95,)
    assert outline(quiet, duration_s=0.02, scale=scale) == pytest.approx((0.475,), abs=0.006)


def test_near_silence_stays_small_and_silence_has_a_scale() -> None:
    assert common_scale(pcm(33)) == 8.0
    assert common_scale(pcm(0), pcm()) == 1.0


@given(
    arrays.arrays(np.int16, st.integers(0, 3000)),
    st.floats(0.0, 40.0),
    st.sampled_from([8000, 24000, 100]),
)
def test_an_outline_is_shares_of_full_scale_one_per_bin(
    samples: np.ndarray, duration_s: float, rate_hz: int
) -> None:
    got = outline(Pcm(samples, rate_hz), duration_s=duration_s)
    assert len(got) == max(1, min(MOST_BINS, round(duration_s * BINS_PER_S)))
    assert all(0.0 <= share <= 1.0 for share in got)
    if len(samples) and duration_s >= len(samples) / rate_hz:
        loudest = np.abs(samples.astype(int)).max() / 32768
        assert max(got) == round(float(loudest), 2)


def glance(length: int) -> Strip:
    return Strip(length, "", "", "", "", "", "")


def test_a_tool_that_the_agent_took_back_ends_there() -> None:
    recording = bad_call().recording("bad", seed=8, status=CallStatus.COMPLETED)
    cancelled = AgentEvent(13.0, ToolCallCancelled(recording.tools[0].call_id))
    call = judge(replace(recording, events=(*recording.events, cancelled)))
    page = call_page(three_calls()[1], call)
    assert page.lanes
    assert strip(page.lanes).tools == "M120 18h10"


def test_a_strip_shows_who_spoke_when_and_where_it_went_wrong() -> None:
    recording = bad_call().recording("bad", seed=8, status=CallStatus.COMPLETED)
    page = call_page(three_calls()[1], judge(recording))
    assert page.lanes
    found = strip(page.lanes)
    assert found.length == 210
    assert found.caller == "M3 4h24M89 4h21"
    assert found.agent.startswith("M61 11h3")
    assert found.tools == "M120 18h90"  # never answered: to the end
    assert (found.failed, found.open) == ("M27 0v22M89 0v22M120 0v22", "M61 0v22")
    assert found.text == (
        "2 turns of the caller, 1 tool call; time to first audio at 0:02.7, "
        "entity confirmation at 0:06.1, write confirmation at 0:08.9, write confirmation at 0:12.0"
    )


def test_calls_stand_under_their_scenario_in_the_order_of_the_run() -> None:
    good, bad = score("x", "pass", ""), score("x", "fail", "")
    calls = (
        result("one", good, recording="calls/1"),
        result("two", bad, recording="calls/2"),
        result("one", bad, recording="calls/3", repeat=1),
        result("one", good, recording="calls/4", condition="cafe"),
        result("gone", status="socket_closed", recording="calls/5"),
        result("mute", score("x", "unscorable", ""), recording="calls/6"),
    )
    strips = {"calls/1": glance(100), "calls/2": glance(1000), "calls/3": glance(300)}
    page = index_page(run_results(calls), strips, title="t")
    told = [(g.name, g.passed, g.tone, g.flaky, g.many, g.scale) for g in page.groups]
    assert told == [
        ("one", "1 of 2 passed", "fail", True, True, 900),  # three times its own longest
        ("two", "0 of 1 passed", "fail", False, False, 1000),
        ("one (cafe)", "1 of 1 passed", "pass", False, False, 3),
        ("mute", "0 of 1 passed", "review", False, False, 3),  # not known
    ]
    assert [row.repeat for row in page.rows] == [1, 2, 1, 1, 1]
    assert {group.suite for group in page.groups} == {""}


def test_suites_are_named_where_there_are_several() -> None:
    calls = (result("one", suite="a", recording="1"), result("one", suite="b", recording="2"))
    passed = tuple(replace(call, passed=True, scores=(score("x", "pass", ""),)) for call in calls)
    page = index_page(run_results(passed), title="t")
    assert [(group.suite, group.many) for group in page.groups] == [("a", False), ("b", False)]


@pytest.mark.parametrize(
    ("messages", "spans"),
    [
        ([], ()),
        ([(1, "started"), (2, "stopped"), (4, "started"), (5, "stopped")], ((1, 2), (4, 5))),
        ([(1, "started"), (3, "started"), (4, "stopped")], ((1, 3), (3, 4))),
        ([(2, "stopped"), (8, "started")], ((2, 2), (8, 10))),
    ],
)
def test_what_the_server_took_for_speech_is_on_the_axis(messages, spans) -> None:
    talk = Talk(10.0)
    for at_s, what in messages:
        talk.receive(at_s, type=f"input_audio_buffer.speech_{what}", item_id="i")
    recording = talk.recording("a", seed=7, status=CallStatus.COMPLETED)
    assert vad_spans(recording, duration_s=10.0) == spans
    page = call_page(result("a"), judge(recording))
    assert page.lanes is not None
    assert [(block.start_s, block.end_s) for block in page.lanes.vad] == list(spans)


@pytest.mark.parametrize(("says", "checked", "from_s"), [
    (False, False, None), (False, True, 0.0), (True, True, 3.0),
])  # fmt: skip
def test_a_tool_that_was_never_called_is_a_mark_from_the_last_words_to_the_end(
    says: bool, checked: bool, from_s: float | None
) -> None:
    def check(outcome: str, what: str, times: int) -> dict[str, object]:
        reason = f"{what} was called {times} times, expected 1"
        return {"what": what, "outcome": outcome, "reason": reason, "place": ["tools", 0]}

    checks = [
        check("fail", "book(day=1)", 0), check("fail", "ask()", 2), check("pass", "look()", 0),
    ]  # fmt: skip
    judged = score("expectations", "fail", "", expected=checks if checked else [])
    talk = Talk(10.0)
    if says:
        talk.says(1.0, 2.0, "Hi.")
    recording = talk.recording("a", seed=7, status=CallStatus.COMPLETED)
    page = call_page(result("a", judged), judge(recording))
    assert page.lanes is not None
    marks = [(round(b.start_s, 1), b.end_s, b.text) for b in page.lanes.tools]
    assert marks == ([] if from_s is None else [(from_s, 10.0, "book(day=1): called 0 times")])
