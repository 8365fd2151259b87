"""``harness nightly``: suites × targets × conditions, kept in a history with a page of trends."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from harness.cli.ci import today
from harness.cli.main import Exit
from harness.cli.options import (
    executor_options,
    keep_option,
    max_cost_option,
    print_notes,
    rate_option,
    take_machines,
)
from harness.cli.progress import progress_for
from harness.cli.project import env_file_option
from harness.cli.run_output import exit_code, say, show
from harness.errors import OperationError
from harness.report.history.view import RunPages, Shown, keep_shown, write_history
from harness.report.run.html import write_report
from harness.results.history.store import PAGE, HistoryFolder, night_of
from harness.runs.local_run import spread
from harness.runs.nightly import Nightly, load_nightly, make_night, planned_night
from harness.runs.plan import Machines
from harness.runs.run_folder import Keep, close_run
from harness.runs.run_results import models_note, note_on, voice_note
from harness.text import counted


@click.command(
    epilog="\b\nExamples:\n  harness nightly nightly.yaml --plan\n  harness nightly nightly.yaml\n",
)
@click.argument("config", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--plan", is_flag=True, help="Only say which calls would be made.")
@keep_option("what CONFIG says, else all")
@max_cost_option
@rate_option
@executor_options
@env_file_option
def nightly(
    config: Path,
    plan: bool,
    keep: str | None,
    max_cost: float | None,
    max_calls_per_minute: int | None,
    **options: Any,
) -> int:
    """Call every suite of CONFIG at every target under every condition, and keep the results.

    Each suite at each target is an ordinary run with its report, in HISTORY/NIGHT/RUN. Then
    HISTORY/history.html shows the trends. After Ctrl-C finished calls are kept. Exit codes are
    those of `harness run`, of the worst run of the night.
    """

    machines = take_machines(options)
    loaded = load_nightly(config, here=machines is None)
    if keep is not None:
        loaded = replace(loaded, keep=Keep(keep))
    if max_calls_per_minute is not None:
        slower = {"max_calls_per_minute": max_calls_per_minute}
        loaded = replace(loaded, file=loaded.file.model_copy(update=slower))
    if plan:
        _say_plan(loaded, max_cost)
        return Exit.OK
    return _night(loaded, max_cost, machines)


def _say_plan(loaded: Nightly, max_cost: float | None) -> None:

    runs = planned_night(loaded, "NIGHT", max_cost=max_cost)
    names = ", ".join(condition.name for condition in loaded.file.conditions)
    under = f" under {names}" if names else ""
    for run in runs:
        jobs = run.plan.jobs
        scenarios = counted(len({job.loaded.scenario.name for job in jobs}), "scenario")
        clock = "virtual" if run.plan.virtual else "real"
        click.echo(f"{run.name}: {scenarios}{under}, {counted(len(jobs), 'call')} in {clock} time")
    total = counted(sum(len(run.plan.jobs) for run in runs), "call")
    click.echo(f"{total} a night, kept in {loaded.history}")


def _night(loaded: Nightly, max_cost: float | None, machines: Machines | None) -> int:

    now = datetime.now(UTC)
    runs = planned_night(loaded, night_of(now), max_cost=max_cost, machines=machines)
    told = (note for run in runs for note in (note_on(run.plan.jobs), *run.gating.notes))
    jobs = tuple(job for run in runs for job in run.plan.jobs)
    print_notes((*told, voice_note(jobs), models_note(jobs)))
    pages = RunPages(loaded.runs, loaded.file.pages)
    codes: list[Exit] = []
    unsent = ""
    tell = partial(click.echo, err=True)
    for done in make_night(loaded, runs, progress_for, today=today(), tell=tell):
        codes.append(exit_code(done.results))
        say(f"\n{done.name}\n")
        show(done.results, done.folder)
        # Only the last reason matters: a later upload sends what an earlier one could not.
        unsent = done.unsent
        # After every run, and before its report, which leads back to it.
        for trouble in filter(None, (unsent, _write_trends(loaded, pages))):
            click.echo(f"harness: {trouble}; the night goes on", err=True)
        say(f"report: {write_report(done.folder, spread)}\n")
        close_run(done.folder, done.results)
    # once more: the reports that the page links to exist now
    unwritten = _write_trends(loaded, pages)
    if trouble := unsent or unwritten:
        click.echo(f"harness: error: {trouble}", err=True)
        codes.append(Exit.FAILURE)
    else:
        say(f"history: {pages.folder / PAGE}\n")
    return worst(codes)


def _write_trends(loaded: Nightly, pages: RunPages) -> str:
    """Write the page of the history; return why that is not possible now, else an empty text."""

    folder = HistoryFolder(loaded.history)
    try:
        keep_shown(folder, Shown(prices=loaded.prices, pages=loaded.file.pages))
        write_history(folder.read(), pages, prices=loaded.prices)
    except OperationError as error:
        return str(error)
    return ""


def worst(codes: list[Exit]) -> Exit:
    """Return the worst outcome: interrupted, failed to call, a failed gate, a faulty package."""
    order = (Exit.INTERRUPTED, Exit.FAILURE, Exit.GATE_FAILED, Exit.USAGE)
    return next((code for code in order if code in codes), Exit.OK)
