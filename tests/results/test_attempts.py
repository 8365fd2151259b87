"""Copies of a call: the last attempt counts, the others are kept, and nothing pairs copies."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score

from harness.compare.pairing import pair_calls
from harness.errors import UsageError
from harness.gates.baseline import baseline_of
from harness.results.aggregate import Made, results_of
from harness.results.attempts import check_single, last_attempts
from harness.results.model import CallResult
from harness.results.store import read_results, write_results

MADE = Made("2026-01-01T00:00:00+00:00", "mine", "real", {})


def attempt(number: int, outcome: str = "pass", **more: object) -> CallResult:
    """An attempt at one call, in the folder that pytest gives it."""
    slug = "order" if number == 1 else f"order-{number}"
    return result("order", score("preamble", outcome, ""), recording=f"calls/{slug}/001", **more)


def test_thirteen_copies_are_one_call_and_twelve_earlier_attempts(tmp_path):
    copies = tuple(attempt(n, "pass" if n == 13 else "fail") for n in range(1, 14))
    run = results_of(copies[::-1], MADE)  # whoever made them, in whatever order they are found
    assert run.calls == (copies[-1],)
    assert [one.recording for one in run.attempts] == [c.recording for c in copies[-2::-1]]
    assert (run.summary.calls, run.summary.pass_rate.passed) == (1, 1)
    write_results(tmp_path / "results.json", run)
    assert read_results(tmp_path / "results.json").recorded == run.recorded


@pytest.mark.parametrize(
    "change",
    [
        {"suite": "other"},
        {"scenario": "other"},
        {"condition": "loud"},
        {"repeat": 1},
        {"seed": 8},
        {"scenario_hash": "another text"},
        {"prompt_hash": "another agent"},
        {"scenario_path": "another file"},
    ],
    ids=str,
)
def test_another_call_is_no_attempt_at_the_same(change):
    calls = (attempt(1), replace(attempt(2), **change))
    assert last_attempts(calls) == (calls, ())


def test_what_is_paired_must_be_there_once():
    other = attempt(1, seed=9)
    copies = (*(attempt(n, scenario_hash=str(n), suite="desk") for n in range(3)), other)
    said = "holds copies of calls, .*: 'order' repeat 1, seed 7, 3 times. Make the run again"
    check_single((attempt(1), other), "it")
    with pytest.raises(UsageError, match=f"it {said}"):
        check_single(copies, "it")
    for a, b in ((copies, (other,)), ((other,), copies)):
        with pytest.raises(UsageError, match=said):
            pair_calls(a, b, same_seeds=True)
    with pytest.raises(UsageError, match=f"reports/night {said}"):
        baseline_of(run_results(copies), Path("reports/night"))


def test_many_copies_are_told_shortly():
    calls = [attempt(1, seed=seed, condition="loud") for seed in range(5)] * 2
    with pytest.raises(UsageError, match=r"'order / loud' repeat 1, seed 0, 2 times; .*; and 2 m"):
        check_single(calls, "it")
