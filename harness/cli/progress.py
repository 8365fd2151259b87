"""How a run looks while it runs: a bar on a terminal, a line per call anywhere else.

The bar says what is done now: speaking, calling, listening, judging.

What keeps call after call from taking place (a server that refuses every connection) is told once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from harness.calls.local import Progress
from harness.calls.plan import Job, RunPlan
from harness.calls.stages import doing
from harness.report.figures import one_line
from harness.results.aggregate import took_place
from harness.results.model import CallResult


@contextmanager
def progress_for(plan: RunPlan) -> Iterator[Progress]:
    """Show a run of this plan on stderr, so that stdout holds results only."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(len(plan.jobs))
        return
    bar = Bar(
        TextColumn("calls"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("ETA"),
        TimeRemainingColumn(),
        _Doing(table_column=Column(no_wrap=True, ratio=1)),
        console=console,
        expand=True,
    )
    with bar:
        yield _Bar(bar, bar.add_task("", total=len(plan.jobs)))


class _Doing(ProgressColumn):
    """What the calls under way are at, or which is the first; looked up as the screen is drawn."""

    def render(self, task: Task) -> Text:
        """Return it in one line, the first call first."""
        told = sorted(doing(), key=lambda line: not line.startswith(f"{task.description}:"))
        return Text(told[0] if told else task.description, no_wrap=True, overflow="ellipsis")


class _Bar:
    def __init__(self, bar: Bar, task: TaskID) -> None:
        self._bar, self._task = bar, task
        self._current: list[str] = []
        self._causes = _Causes()

    def started(self, job: Job) -> None:
        self._current.append(job.label)
        self._bar.update(self._task, description=self._current[0])

    def ended(self, job: Job, result: CallResult) -> None:
        if job.label in self._current:
            self._current.remove(job.label)
        current = self._current[0] if self._current else ""
        self._bar.update(self._task, advance=1, description=current)
        if result.passed is not True and self._causes.is_new(result):
            self._bar.console.print(outcome_line(result, job.run), highlight=False, markup=False)


class _Lines:
    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._causes = _Causes()

    def started(self, job: Job) -> None:
        """A log wants one line per call, when its verdict is known."""

    def ended(self, job: Job, result: CallResult) -> None:
        self._done += 1
        if self._causes.is_new(result):
            click.echo(f"[{self._done}/{self._total}] {outcome_line(result, job.run)}", err=True)


class _Causes:
    """What has kept calls from taking place so far."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def is_new(self, result: CallResult) -> bool:
        if took_place(result):
            return True
        new = result.status_detail not in self._told
        self._told.add(result.status_detail)
        return new


def outcome_line(result: CallResult, variant: str = "") -> str:
    """Return one call's verdict in one line: its worst reason, and who else failed it.

    ``variant`` is whose call it is in a comparison: each scenario is called once for every agent.
    """
    return one_line(_outcome(result, variant))


def _outcome(result: CallResult, variant: str) -> str:
    where = ", ".join(part for part in (variant, result.condition) if part)
    name = f"{result.scenario} ({where})" if where else result.scenario
    if result.call:
        name = result.call
    elif result.repeat:
        name = f"{name} #{result.repeat + 1} seed {result.seed}"
    if result.passed is True:
        return f"pass  {name}"
    called = name
    if result.passed is False and result.status != "completed":
        called = f"{name} ({result.status})"
    failing = [score for score in result.scores if score.passed is False]
    open_ = [score for score in result.scores if score.outcome in ("review", "broken")]
    for word, scores in (("FAIL", failing), (open_[0].outcome if open_ else "", open_)):
        if scores:
            also = ", ".join(score.scorer for score in scores[1:])
            reason = f"{scores[0].scorer}: {scores[0].reason}"
            return f"{word}  {called}: {reason}{f' (also {also})' if also else ''}"
    # What a server said may hold anything, and a bug's detail holds its traceback.
    first = next(iter(result.status_detail.splitlines()), "")
    said = "".join(sign if sign.isprintable() else " " for sign in first).strip()
    word = "FAIL" if result.passed is False else "----"
    return f"{word}  {name}: {result.status}{f': {said}' if said else ''}"
