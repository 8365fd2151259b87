"""The index page as data."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.synthetic_run import result, run_results, score, three_calls

from harness.report.run.view import index_page
from harness.report.verdict import headline
from harness.results.model import CallResult

FINE = score("preamble", "pass", "")
WRONG = score("preamble", "fail", "no preamble", (1.0, 2.0))
OPEN = score("preamble", "review", "listen")
SILENT = result("s", status="agent_silent")
CLOSED = result("x", status="socket_closed")


@pytest.mark.parametrize(
    ("calls", "state", "sentence"),
    [
        ((), "none", "Nothing was judged: no call counts."),
        ((CLOSED,), "none", "Nothing was judged: no call counts. 1 call does not count."),
        ((result("a", FINE),), "pass", "The one call passed."),
        ((result("a", FINE), result("b", FINE)), "pass", "All 2 calls passed."),
        ((result("a", FINE), CLOSED, CLOSED), "pass", "The one call passed. 2 calls do not count."),
        ((result("a", FINE), result("b", WRONG)), "fail", "1 of 2 calls failed: preamble."),
        ((SILENT,), "fail", "1 of 1 call failed."),
        ((result("a", WRONG), result("b", OPEN)), "fail",
         "1 of 2 calls failed: preamble. 1 call needs a listener."),
        ((result("a", FINE), result("b", OPEN)), "review",
         "No call failed, but 1 call needs a listener."),
        ((result("a", OPEN), result("b", OPEN)), "review",
         "No call failed, but 2 calls need a listener."),
        ((result("a", score("x", "unscorable", "")),), "none",
         "No call failed, but none gave a verdict."),
    ],
)  # fmt: skip
def test_the_headline_says_the_verdict(
    calls: tuple[CallResult, ...], state: str, sentence: str
) -> None:
    got = headline(run_results(calls))
    assert (got.state, got.sentence) == (state, sentence)


def test_an_interrupted_run_says_so() -> None:
    results = replace(run_results((result("a", FINE),)), interrupted=True)
    assert headline(results).sentence.endswith("only finished calls are here.")


def test_calls_that_do_not_count_stand_apart() -> None:
    page = index_page(run_results(three_calls()), title="run")
    assert [row.scenario for row in page.rows] == ["straight lookup", "barge-in cancel"]
    assert [row.scenario for row in page.uncounted] == ["slow tool"]
    assert page.scorer_names == ("time_to_first_audio", "write_confirmation")
    assert page.tags == ("barge-in", "lookup", "positive", "write")


def test_a_reason_links_to_each_of_its_moments() -> None:
    page = index_page(run_results((result("a b", WRONG, recording="calls/a b#1"),)), title="run")
    (moment,) = page.rows[0].reasons[0].moments
    assert moment.href == "calls/a%20b%231/index.html#t=1.00"
    assert moment.text == "at 0:01.0"


def test_the_picture_has_a_dot_per_measured_answer_of_calls_that_count() -> None:
    chart = index_page(run_results(three_calls()), title="run").chart
    assert chart is not None
    assert len(chart.dots) == 5
    assert sum(dot.wait.with_tool for dot in chart.dots) == 1
    plain = result("p", score("time_to_first_audio", "pass", "", value=1.0))
    without = index_page(run_results((plain, CLOSED)), title="run").chart
    assert without is not None
    assert without.dots[0].wait.href == "calls/p-0/index.html"
