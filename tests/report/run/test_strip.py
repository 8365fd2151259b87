"""A call at a glance, and the calls of a run by scenario."""

from __future__ import annotations

from dataclasses import replace

from support.synthetic_run import bad_call, result, run_results, score, three_calls

from harness.judging.judge import judge
from harness.recording.model import CallStatus
from harness.report.run.call_view import call_page
from harness.report.run.strip import Strip, strip
from harness.report.run.view import index_page


def glance(length: int) -> Strip:
    return Strip(length, "", "", "", "", "", "")


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
    told = [(g.name, g.passed, g.state, g.flaky, g.many, g.scale) for g in page.groups]
    assert told == [
        ("one", "1 of 2 passed", "fail", True, True, 900),  # three times its own longest
        ("two", "0 of 1 passed", "fail", False, False, 1000),
        ("one (cafe)", "1 of 1 passed", "pass", False, False, 3),
        ("mute", "0 of 1 passed", "review", False, False, 3),  # nobody knows
    ]
    assert [row.repeat for row in page.rows] == [1, 2, 1, 1, 1]
    assert {group.suite for group in page.groups} == {""}


def test_suites_are_named_where_there_are_several() -> None:
    calls = (result("one", suite="a", recording="1"), result("one", suite="b", recording="2"))
    passed = tuple(replace(call, passed=True, scores=(score("x", "pass", ""),)) for call in calls)
    page = index_page(run_results(passed), title="t")
    assert [(group.suite, group.many) for group in page.groups] == [("a", False), ("b", False)]
