"""Findings of a load test of an agent whose capacity is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.late_results import late_results
from support.queue_agent import QueueAgent, load_test
from support.synthetic_run import run_results

from harness.errors import RecordingDamaged
from harness.results.load.findings import OUR_LATENESS, Knee, NoKnee, UnderWay, findings
from harness.results.load.model import LOAD, Arrivals, LoadedCall, OwnLimit, read_load, write_load


def call(began_s: float | None, ended_s: float | None) -> LoadedCall:
    return LoadedCall("calls/x", 0.0, began_s, ended_s)


@pytest.mark.parametrize(
    ("at_s", "under_way"), [(0.5, 0), (1.0, 1), (2.5, 2), (3.0, 1), (5.0, 1), (9.0, 1)]
)
def test_calls_under_way_are_those_that_began_and_did_not_end(at_s: float, under_way: int) -> None:
    calls = [call(1.0, 3.0), call(2.0, 5.0), call(4.5, None), call(None, None)]
    assert UnderWay(calls).at(at_s) == under_way
    assert UnderWay(calls).most == 2


def test_an_agent_that_is_overrun_gets_slower_near_its_capacity() -> None:
    """4 places, 0.5 s an answer, 6 s between two: 52 calls are all that they can do."""
    found = findings(*load_test(QueueAgent(4), Arrivals(3.0, 300.0, 300.0), seed=1))
    assert isinstance(found.latency, Knee)
    assert 30 <= found.latency.load <= 56
    assert isinstance(found.failures, Knee)
    assert found.failures.load >= found.latency.load
    assert found.causes[0][0].status == "agent_silent"


def test_a_knee_is_one_without_our_own_lateness() -> None:
    test, results = load_test(QueueAgent(4), Arrivals(3.0, 240.0, 240.0), seed=1)
    exact = findings(test, results)
    assert isinstance(exact.latency, Knee)
    assert findings(test, late_results(results, 0.002)).latency == exact.latency
    late = findings(test, late_results(results, 8.0))  # no wait of these is longer
    assert late.latency == NoKnee(exact.latency.most, OUR_LATENESS, looked=False)
    assert late.failures == exact.failures


def test_an_agent_with_room_to_spare_has_no_knee() -> None:
    found = findings(*load_test(QueueAgent(40), Arrivals(2.0, 300.0, 100.0), seed=1))
    assert isinstance(found.latency, NoKnee)
    assert isinstance(found.failures, NoKnee)
    assert (found.causes, found.late) == ((), 0)
    assert found.judged == found.began == found.due


def test_calls_in_which_we_were_late_say_nothing_of_the_agent() -> None:
    test, results = load_test(QueueAgent(40), Arrivals(2.0, 200.0, 100.0), seed=2)
    calls = [*test.calls]
    calls[-1] = replace(calls[-1], late_p99_s=0.02)
    judged = list(results.calls)
    judged[-2] = replace(judged[-2], status="timing_invalid", passed=None)
    judged[-1] = replace(judged[-1], status="socket_closed", passed=None)
    found = findings(replace(test, calls=tuple(calls)), run_results(tuple(judged)))
    assert (found.late, found.judged) == (2, found.began - 2)
    assert found.causes == ()
    assert found.bins[-1].late_p99_s is not None


def test_calls_that_never_began_are_due_and_nothing_more() -> None:
    test, results = load_test(QueueAgent(40), Arrivals(2.0, 100.0), seed=3)
    calls = [replace(test.calls[0], began_s=None, ended_s=None), *test.calls[1:]]
    left = [*results.calls]
    left[1] = replace(left[1], status="not_called", passed=None)
    found = findings(replace(test, calls=tuple(calls)), run_results(tuple(left[:-1])))
    assert (found.due, found.began) == (len(calls), len(calls) - 3)


def test_a_call_without_an_answer_failed_and_says_why() -> None:
    test, results = load_test(QueueAgent(40), Arrivals(2.0, 100.0), seed=3)
    broken = replace(
        results.calls[5], status="socket_closed", status_detail="1011 overloaded", passed=None
    )
    calls = (*results.calls[:5], broken, *results.calls[6:])
    found = findings(test, run_results(calls))
    assert found.causes == ((broken, 1),)
    assert sum(one.went_well.counted - one.went_well.passed for one in found.bins) == 1


def test_calls_that_broke_off_as_they_began_are_under_way_and_failed() -> None:
    test, results = load_test(QueueAgent(40), Arrivals(1.0, 30.0), seed=1)
    gone = [
        replace(one, status="harness_error", end_cause="no_connection", scores=(), passed=None)
        for one in results.calls
    ]
    times = [replace(one, ended_s=one.began_s) for one in test.calls]
    found = findings(replace(test, calls=tuple(times)), run_results(tuple(gone)))
    assert found.most == 1
    ((least, most, went_well),) = ((one.least, one.most, one.went_well) for one in found.bins)
    assert (least, most, went_well.counted, went_well.passed) == (1, 1, len(gone), 0)
    assert [count for _, count in found.causes] == [len(gone)]


def test_a_stored_load_test_is_read_as_it_was(tmp_path: Path) -> None:
    test, _ = load_test(QueueAgent(4), Arrivals(1.0, 20.0, 5.0), limit=OwnLimit(90, 2, 0.003))
    write_load(tmp_path / LOAD, test)
    stored = read_load(tmp_path / LOAD)
    assert replace(stored, calls=()) == replace(test, calls=())
    assert [one.began_s for one in stored.calls] == pytest.approx([c.began_s for c in test.calls])


def test_a_load_test_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecordingDamaged, match=r"load\.json"):
        read_load(tmp_path / LOAD)
