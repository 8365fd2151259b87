"""A call of a test for which the harness was too late is made again once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from support.scripted_server import Script, served_beside
from support.small_desk import small_desk

from harness.pytest_plugin import call_runner
from harness.pytest_plugin import call_runner as planned
from harness.pytest_plugin.gates import kept, write_run
from harness.pytest_plugin.session import Options, PluginRun
from harness.recording.manifest import load_manifest
from harness.results.model import CallResult
from harness.results.verdicts import last_attempts
from harness.runs.call_ledger import set_aside
from harness.runs.pipeline import finish
from harness.runs.plan import Job, Repeats, plan_jobs
from harness.runs.routes import Route
from harness.scenario.catalog import find
from harness.scenario.target import Target

from .conftest import Project

pytest_plugins = ["pytester"]

TARGET = Target(format=1, target="reference", model="reference")
PLACE, FIRST = "calls/a/001", "calls/a/001-first"


def ends_so(monkeypatch: pytest.MonkeyPatch, *statuses: str) -> None:
    """Have the calls that are judged from now on end so, as a busy machine has it."""
    told = iter(statuses)

    def judged(out: Path, job: Job) -> CallResult:
        return replace(finish(out, job), status=next(told))

    monkeypatch.setattr(planned, "finish", judged)


def made(job: Job, out: Path) -> tuple[CallResult, ...]:
    with served_beside(Script([])) as url:
        order = planned.RealOrder(job, out, Route(url, {}, job.target))
        return planned.make_call(order, Path.cwd())


@pytest.fixture
def job(tmp_path: Path) -> Job:
    (one,) = plan_jobs(find((small_desk(tmp_path / "desk", a=0.3),)), Repeats(), TARGET)
    return one


@pytest.mark.parametrize(
    ("ends", "places"),
    [
        (["completed"], [PLACE]),
        (["timing_invalid", "completed"], [FIRST, PLACE]),
        (["timing_invalid", "timing_invalid"], [FIRST, PLACE]),
    ],
    ids=str,
)
def test_a_call_that_was_too_late_is_made_again_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: Job, ends: list[str], places: list[str]
) -> None:
    ends_so(monkeypatch, *ends)
    out = tmp_path / "out"
    calls = made(job, out)
    assert [(one.status, one.recording) for one in calls] == [*zip(ends, places, strict=True)]
    assert all(load_manifest(out / place).duration_s for place in places)
    (counted,), attempts = last_attempts(calls)
    assert (counted, attempts) == (calls[-1], calls[:-1])


def test_where_another_tests_call_takes_the_place_the_first_attempt_is_all_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, job: Job
) -> None:
    def quicker(job: Job, out: Path, first: CallResult) -> CallResult | None:
        aside = set_aside(job, out, first)
        job.folder(out).mkdir()
        return aside

    monkeypatch.setattr(planned, "set_aside", quicker)
    ends_so(monkeypatch, "timing_invalid", "completed")
    out = tmp_path / "out"
    (only,) = made(job, out)
    assert (only.status, only.recording) == ("timing_invalid", FIRST)
    assert load_manifest(out / FIRST).duration_s
    assert [*job.folder(out).iterdir()] == []  # the other's


def test_both_attempts_at_a_tests_call_are_on_the_page_and_the_last_one_counts(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_runner, "Workers", ThreadPoolExecutor)  # whose calls can end so
    ends_so(monkeypatch, "timing_invalid", "completed")
    (loaded,) = find((small_desk(project.desk, a=0.3),))
    config = project.config()
    with served_beside(Script([])) as url:
        options = Options(
            target=TARGET.model_copy(update={"url": url}), report=project.path / "out"
        )
        session = PluginRun(config, options, _folder=project.pytester.mkdir("kept"))
        board = call_runner.Switchboard(config, session)
        outcome = board.call(planned.planned_call(loaded, options))
        board.close()
    run = write_run(session.run_folder, kept(session.folder), interrupted=False)
    assert (outcome.result.status, outcome.result.recording) == ("completed", PLACE)
    assert [one.recording for one in run.calls] == [PLACE]
    assert [(one.status, one.recording) for one in run.attempts] == [("timing_invalid", FIRST)]
    index = (session.run_folder / "index.html").read_text()
    assert f"{FIRST}/index.html" in index
    assert (session.run_folder / FIRST / "index.html").exists()
