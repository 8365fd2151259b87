"""Stored calls (calls/stored.jsonl) are imported and judged, as `harness import` does it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from example_scorer import ExampleScorer

from harness.api import Outcome, ScoredCall, ScoreResult, judge, read_recording, read_results

CALLS = Path(__file__).with_name("calls")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with the stored calls, judged with the options in calls/suite.yaml."""
    out = tmp_path_factory.mktemp("run") / "out"
    command = ["import", str(CALLS / "stored.jsonl"), "--suite", str(CALLS), "--out", str(out)]
    done = subprocess.run([sys.executable, "-m", "harness", *command], check=False)
    assert done.returncode == 1  # a call failed, as it should
    return out


def verdict(run: Path, name: str) -> ScoreResult:
    calls = read_results(run / "results.json").calls
    (call,) = (call for call in calls if f"/{name}/" in call.recording)
    (score,) = call.scores
    assert score.scorer == "example_tag"
    return score


def stored(run: Path, name: str) -> ScoredCall:
    return judge(read_recording(run / "calls" / name / "001")).call


def test_short_answer_passes(run: Path) -> None:
    score = verdict(run, "short")
    assert (score.outcome, score.value) == ("pass", 3)


def test_long_answer_fails(run: Path) -> None:
    score = verdict(run, "long")
    assert score.outcome == "fail"
    assert score.reason == "the longest answer has 9 words, limit 6"
    (measured,) = score.measurements
    assert [each.value for each in measured.values] == [6, 9]


@pytest.mark.parametrize(("limit", "outcome"), [(9, Outcome.PASS), (8, Outcome.FAIL)])
def test_limit_is_inclusive(run: Path, limit: int, outcome: Outcome) -> None:
    assert ExampleScorer(max_words=limit).score(stored(run, "long")).outcome is outcome
