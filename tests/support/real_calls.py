"""Calls in real time of a small desk, made by pacing processes to a server that stays quiet."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from support.scripted_server import Script, served_beside
from support.small_desk import small_desk

from harness.results.model import CallResult
from harness.runs.plan import Job, Repeats, RunPlan, plan_jobs
from harness.runs.real_time import run_real
from harness.runs.routes import Route
from harness.scenario.catalog import find
from harness.scenario.target import Target

TARGET = Target(format=1, target="reference", model="reference")
TOOK_PLACE = {"completed", "timing_invalid"}
"""A busy machine may make a call in real time invalid."""


class Watched:
    """Records the progress reports; ``act`` is called with each call that begins."""

    def __init__(self, act: Callable[[Job], object] = lambda job: None) -> None:
        self.act = act
        self.began: list[str] = []
        self.judged: list[str] = []

    def started(self, job: Job) -> None:
        self.began.append(job.label)
        self.act(job)

    def over(self, job: Job, *, again: bool = False) -> None:
        pass

    def ended(self, job: Job, _result: CallResult) -> None:
        self.judged.append(job.label)


def planned(tmp_path: Path, concurrency: int = 1, **seconds: float) -> RunPlan:
    jobs = plan_jobs(find((small_desk(tmp_path / "desk", **seconds),)), Repeats(), TARGET)
    return RunPlan(jobs, tmp_path / "out", virtual=False, concurrency=concurrency)


def made(plan: RunPlan, progress: Watched | None = None, **served: Any) -> list[CallResult]:
    with served_beside(Script([]), **served) as url:
        return list(
            run_real(plan, lambda job: Route(url, {}, job.target), progress or Watched())[0]
        )


def pacing_process(folder: Path) -> int:
    """Return the process that writes a recording, once it does."""
    events = folder / "events.jsonl"
    while not (events.exists() and events.stat().st_size):
        time.sleep(0.01)
    for place in Path("/proc").iterdir():
        with suppress(OSError):
            if any(file.readlink() == events for file in (place / "fd").iterdir()):
                return int(place.name)
    raise AssertionError("nobody writes it")
