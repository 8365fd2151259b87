"""Tests of runs held against the first of them: what is said depends on how they were made."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.two_runs import calls, run

from harness.workflows.judged_runs import Side, judge_runs


@pytest.mark.parametrize("aa", [False, True], ids=["two agents", "one agent with itself"])
def test_only_of_two_agents_it_is_said_when_a_loss_would_count(aa, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where no noise floor is kept
    other = {} if aa else {"target_settings": {"target": "reference", "model": "another"}}
    a, b = run(calls("s", rule="+" * 10)), run(calls("s", rule="+" * 9 + "-"), **other)
    sides = [Side(key, key, one, Path(key), "", own=True) for key, one in (("a", a), ("b", b))]
    (contrast,) = judge_runs(sides, tmp_path, level=0.95, aa=aa).contrasts
    assert contrast.sentence == "No evidence that B differs from A in 10 pairs."
    assert contrast.takes.startswith("A loss of the size seen on rule (−10 points)") is not aa
    assert contrast.findings[0].repeats_to_count is not None
