"""A call of a test for which the harness was too late is made again once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.scripted_server import Script, served_beside
from support.small_desk import small_desk

from harness.calls.pipeline import finish
from harness.calls.plan import Job, Repeats, plan_jobs
from harness.calls.routes import Route
from harness.pytest_plugin import planned
from harness.recording.manifest import load_manifest
from harness.results.convert import last_attempts
from harness.results.model import CallResult
from harness.scenario.catalog import find
from harness.scenario.target import Target

TARGET = Target(format=1, target="reference", model="reference")
PLACE = "calls/a/001"


@pytest.mark.parametrize(
    ("ends", "places"),
    [
        (["completed"], [PLACE]),
        (["timing_invalid", "completed"], [f"{PLACE}-first", PLACE]),
        (["timing_invalid", "timing_invalid"], [f"{PLACE}-first", PLACE]),
    ],
    ids=str,
)
def test_a_call_that_was_too_late_is_made_again_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: list[str], places: list[str]
) -> None:
    told = iter(ends)

    def judged(out: Path, job: Job) -> CallResult:
        return replace(finish(out, job), status=next(told))  # as a busy machine has it

    monkeypatch.setattr(planned, "finish", judged)
    (job,) = plan_jobs(find((small_desk(tmp_path / "desk", a=0.3),)), Repeats(), TARGET)
    out = tmp_path / "out"
    with served_beside(Script([])) as url:
        order = planned.RealOrder(job, out, Route(url, {}, job.target))
        made = planned.make_call(order, Path.cwd())
    assert [(one.status, one.recording) for one in made] == [*zip(ends, places, strict=True)]
    assert all(load_manifest(out / place).duration_s for place in places)
    (counted,), attempts = last_attempts(made)
    assert (counted, attempts) == (made[-1], made[:-1])
