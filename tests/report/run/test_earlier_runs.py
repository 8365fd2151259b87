"""The way from a failed call to the last call of its scenario that passed in an earlier run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import result, run_results, score, write_run

from harness.report.run.changes_since import LOOKED_AT, earlier_passing
from harness.report.run.html import write_report
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, read_results, write_results

NOW = "20260426-090000"
KEY = ("", "a", "")


def call(name: str, outcome: str, number: int, **more: str) -> CallResult:
    made = result(name, score("preamble", outcome, ""), repeat=number)
    return replace(made, **{"scenario_hash": "s", "recording": f"calls/{name}/{number}"} | more)


def run(*outcomes: str, **more: str) -> RunResults:
    return run_results(tuple(call("a", one, n, **more) for n, one in enumerate(outcomes)))


def keep(folder: Path, results: RunResults) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_results(folder / RESULTS, results)
    for one in results.calls:
        page = folder / one.recording / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.touch()


@pytest.mark.parametrize(
    ("earlier", "now", "link"),
    [
        ({"20260425-090000": run("pass", "pass", "fail")}, run("fail"),
         "../20260425-090000/calls/a/1/index.html"),
        # the newest run in which it passed
        ({"20260424-090000": run("pass"), "20260424-100000": run("pass"),
          "20260425-090000": run("fail")}, run("fail"),
         "../20260424-100000/calls/a/0/index.html"),
        ({"20260425-090000": run("pass")}, run("fail", "pass"), ""),
        ({"20260425-090000": run("pass")}, run("review"), ""),
        ({"20260425-090000": run("pass")}, run("fail", call="monday"), ""),
        ({"20260427-090000": run("pass")}, run("fail"), ""),
        ({"trusted": run("pass")}, run("fail"), ""),
        ({"20260425-090000": run("pass", scenario_hash="other")}, run("fail"), ""),
        ({"20260425-090000": replace(run("pass"), target="other")}, run("fail"), ""),
        ({"20260425-090000": replace(run("pass"), fault="mute")}, run("fail"), ""),
    ],
)  # fmt: skip
def test_a_scenario_that_only_failed_leads_to_the_last_run_in_which_it_passed(
    tmp_path, earlier, now, link
):
    for name, results in earlier.items():
        keep(tmp_path / name, results)
    keep(tmp_path / NOW, now)
    assert earlier_passing(tmp_path / NOW, now) == ({KEY: link} if link else {})


def test_a_run_of_a_history_leads_to_the_night_before(tmp_path):
    keep(tmp_path / "2026-04-24T02-00-00Z/desk", run("pass"))
    (tmp_path / "2026-04-25T02-00-00Z").mkdir()
    keep(now := tmp_path / "2026-04-26T02-00-00Z/desk", run("fail"))
    assert earlier_passing(now, run("fail")) == {
        KEY: "../../2026-04-24T02-00-00Z/desk/calls/a/0/index.html"
    }


def test_no_more_than_some_runs_are_read_and_damaged_ones_are_passed_over(tmp_path, monkeypatch):
    days = [f"202604{day:02d}-090000" for day in range(10, 10 + LOOKED_AT)]
    for day in days[1:]:
        keep(tmp_path / day, run("fail"))
    keep(tmp_path / days[0], run("pass"))
    (tmp_path / days[1] / RESULTS).write_text("{")
    (tmp_path / days[2] / RESULTS).unlink()
    keep(tmp_path / NOW, now := run("fail"))
    assert earlier_passing(tmp_path / NOW, now).keys() == {KEY}
    keep(tmp_path / "20260420-090000", run("fail"))
    assert earlier_passing(tmp_path / NOW, now) == {}
    keep(tmp_path / "20260421-090000", run("pass"))
    assert earlier_passing(tmp_path / NOW, now).keys() == {KEY}
    (tmp_path / "20260421-090000/calls/a/0/index.html").unlink()  # it was not kept
    assert earlier_passing(tmp_path / NOW, now) == {}
    keep(tmp_path / "20260421-090000", run("pass"))
    monkeypatch.setattr("harness.report.run.changes_since._MOST_BYTES", 10)
    assert earlier_passing(tmp_path / NOW, now) == {}


def test_the_page_of_a_failed_call_has_the_link(tmp_path):
    folder = write_run(tmp_path / NOW)
    earlier = write_run(tmp_path / "20260425-090000")
    results = read_results(earlier / RESULTS)
    passed = tuple(
        replace(c, scores=tuple(replace(s, outcome="pass", passed=True) for s in c.scores),
                passed=True)
        for c in results.calls
    )  # fmt: skip
    write_report(earlier)
    write_results(earlier / RESULTS, replace(results, calls=passed))
    write_report(folder)
    failed = next(c for c in read_results(folder / RESULTS).calls if c.passed is False)
    text = (folder / failed.recording / "index.html").read_text()
    link = f"../20260425-090000/{failed.recording}/index.html"
    assert f'{link}" data-turn="The scenario, passed in an earlier run"' in text
    assert (folder / link).resolve().is_file()
