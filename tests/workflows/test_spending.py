"""Prices and a budget, refused before the first call where they cannot be kept; told in the run."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.small_desk import results_of, small_desk

from harness.cli.main import run_command
from harness.errors import UsageError
from harness.results.store import read_results
from harness.workflows.calling import RunRequest, planned
from harness.workflows.nightly import planned_night
from harness.workflows.nightly_file import load_nightly
from harness.workflows.spending import Spending

PRICES = "format: 1\ncurrency: EUR\nmodels:\n  reference: {caller_minute: 60}\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    small_desk(tmp_path / "desk", a=0.3, b=0.3, c=0.3)
    (tmp_path / "prices.yaml").write_text(PRICES)
    return tmp_path


@pytest.mark.parametrize("prices", [None, "format: 1\nmodels: {other: {input_text: 1}}\n"])
def test_a_budget_without_a_price_for_the_model_is_refused_before_any_call(place, prices):
    plan = planned(RunRequest((Path("desk"),)))
    path = Path("other.yaml") if prices else None
    if path:
        path.write_text(prices)
    with pytest.raises(UsageError, match="no price is known for model 'reference' of target"):
        Spending(path, 2.5).budget(plan.jobs)
    assert (Spending(path).budget(plan.jobs) is None) is (path is None)


def test_a_night_has_one_budget_for_all_its_runs_and_needs_prices_too(place):
    text = "format: 1\nnightly: small\nsuites: [desk]\ntargets: [reference, other.yaml]\n"
    (place / "other.yaml").write_text("format: 1\ntarget: other\nmodel: reference\n")
    (place / "nightly.yaml").write_text(text)
    loaded = load_nightly(place / "nightly.yaml")
    with pytest.raises(UsageError, match="nightly: the key 'prices'"):
        planned_night(loaded, "2026-11-22T02-00-00Z", max_cost=1.0)
    (place / "nightly.yaml").write_text(f"{text}prices: prices.yaml\n")
    loaded = load_nightly(place / "nightly.yaml")
    first, second = planned_night(loaded, "2026-11-22T02-00-00Z", max_cost=1.0)
    assert first.plan.budget is second.plan.budget
    assert first.plan.budget.limit == 1.0


def test_a_run_tells_its_cost_and_what_was_not_called(place, capsys):
    words = ["run", "desk", "--prices", "prices.yaml", "--max-cost", "0.1", "--concurrency", "1"]
    assert run_command([*words, "--out", "out"]) == 3
    said = " ".join(capsys.readouterr().out.split())
    assert "budget 0.1 EUR" in said
    assert "2 calls were not made: the budget was spent." in said
    results = read_results(place / "out/results.json")
    assert [call.status for call in results.calls] == ["completed", "not_called", "not_called"]
    seconds = results.calls[0].usage.caller_s
    assert results.cost.amount == pytest.approx(seconds, abs=1e-5)  # a EUR a second
    assert (results.cost.currency, results.cost.budget) == ("EUR", 0.1)
    page = (place / "out/index.html").read_text()
    assert "budget 0.1 EUR" in page
    assert run_command(["score", "out"]) == 3
    assert read_results(place / "out/results.json").cost == results.cost


def test_without_prices_a_run_has_no_cost(place, capsys):
    assert run_command(["run", "desk", "--scenario", "a", "--out", "out"]) in (0, 1)
    assert "cost" not in capsys.readouterr().out
    assert results_of(place / "out")["cost"] is None


def test_a_comparison_keeps_to_one_budget(place, capsys):
    (place / "other.yaml").write_text("format: 1\ntarget: other\nmodel: reference\n")
    words = ["compare", "desk", "--scenario", "a", "--aa", "--repeat", "9", "--concurrency", "1"]
    money = ["--prices", "prices.yaml", "--max-cost", "0.1"]
    assert run_command([*words, *money, "--out", "out"]) == 3
    runs = [read_results(place / "out" / key / "results.json") for key in "ab"]
    statuses = [call.status for run in runs for call in run.calls]
    assert sorted(statuses) == ["completed"] + ["not_called"] * 17
    assert not (place / "out/noise_floor.json").exists()  # nothing measured, nothing replaced
    assert not (place / "baselines").exists()
    capsys.readouterr()
    assert run_command([*words, "--max-cost", "1", "--out", "other"]) == 2
    assert "no price is known" in capsys.readouterr().err
