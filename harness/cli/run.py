"""``harness run``: call the agent with every selected scenario, judge, and write the report."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from harness.cli.ci import CiOptions, ci_options, take_options, today
from harness.cli.options import (
    concurrency_option,
    executor_options,
    force_option,
    judge_option,
    keep_option,
    open_option,
    out_option,
    print_notes,
    rate_option,
    seed_option,
    selection_options,
    spending_options,
    take_auto,
    take_judging,
    take_machines,
    take_spending,
    target_option,
    typed_options,
    with_judging,
)
from harness.cli.progress import progress_for
from harness.cli.project import env_file_option
from harness.cli.run_output import ended, exit_code, present, say
from harness.errors import UsageError
from harness.report.run.html import PagesAhead, drawing_ahead
from harness.results.gates.limits import Judge
from harness.results.model import RunResults
from harness.results.store import RESULTS, read_results
from harness.runs.confirmation_calls import Confirming, announced
from harness.runs.earlier_calls import (
    failed_calls,
    gates_of,
    is_finished,
    plan_failed,
    resumed_run,
)
from harness.runs.embedded import reading_lines, readings
from harness.runs.gates import Gating, gating_asked
from harness.runs.model_judge import ModelJudging
from harness.runs.plan import AskedGates, RunPlan
from harness.runs.run_folder import Keep, close_run, refuse_taken, room_for
from harness.runs.run_results import models_note, note_on, voice_note
from harness.runs.run_suite import RunOptions, RunRequest, calls_at_once, carry_out, planned
from harness.runs.worker_results import publish
from harness.units import MOST_REPEATS

EPILOG = """\b
Examples:
  harness run
  harness run scenarios/order_desk/lookup --repeat 5
  harness run --tag noise --real-time --concurrency 4
  harness run --tag write,lookup --not-tag noise
  harness run scenarios/mine --target ws://127.0.0.1:8080/v1/realtime
  harness run --gates gates.yaml --junit reports/junit.xml
  harness run --failed reports/20260425-101500
  harness run --resume reports/20260425-101500
  OPENAI_API_KEY=... harness run --target openai --scenario '*cancel*'
  harness run --executor dask --scheduler tcp://10.0.0.1:8786 --out /shared/runs/today
"""


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@target_option(
    "Whom to call: the embedded reference agent, openai, azure, a target of the suite "
    "(targets/NAME.yaml), a target file, or a ws:// or wss:// address."
)
@selection_options
@click.option(
    "--repeat",
    type=click.IntRange(1, MOST_REPEATS),
    metavar="N",
    help="Call each scenario N times [default: what the scenario says].",
)
@seed_option(
    "Where the seeds begin: each scenario has its own from there, and repeats count up "
    "[default: the scenario's `seed`]."
)
@concurrency_option(
    "Calls at the same time, or auto: as many as this machine is measured to pace in time "
    "[default: one per core in virtual time, 2 in real time].",
)
@rate_option
@click.option(
    "--real-time",
    is_flag=True,
    help="Call the embedded agent in real time. Every other target always is.",
)
@executor_options
@out_option(
    "Where results, report and recordings go [default: reports/DATE-TIME]; with --executor dask "
    "also the URL of an object store.",
    urls=True,
)
@force_option
@click.option(
    "--fault",
    metavar="NAME",
    help="Switch on one misbehaviour of the embedded agent, to see it caught.",
)
@click.option(
    "--failed",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Call again just what failed, or did not count, in the run of DIR: the same seeds, "
    "repeats, conditions, target and fault, with today's scenarios and prompt.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Go on with the run of DIR, which was stopped or killed: the same plan and seeds; calls "
    "that are over are not made again.",
)
@keep_option("all")
@open_option
@judge_option
@spending_options
@env_file_option
@ci_options
def run(
    paths: tuple[Path, ...],
    *,
    failed: Path | None,
    resume: Path | None,
    open_: bool,
    keep: str | None,
    judge: str | None,
    **options: Any,
) -> int:
    """Call the agent with every scenario under PATHS, judge what was heard, and write a report.

    PATHS are scenario files or folders; without any, ./scenarios is taken. Against the embedded
    reference agent, calls run in virtual time: seconds of waiting cost nothing, and two runs are
    the same to the byte. Any other target is called in real time.

    \b
    DIR/index.html    the report: rates, latencies, every failure with its reason
    DIR/results.json  every score with value, unit, reason and evidence
    DIR/calls/...     one folder per call: what was sent, what was heard, every message
    """

    # These take their own options out of the dictionary; what is left makes the request.
    auto = take_auto(options)
    ci, spending, machines = take_options(options), take_spending(options), take_machines(options)
    request = RunRequest(paths=paths, machines=machines, **options)
    if resume is not None:
        if auto:
            raise UsageError("--concurrency auto does not go with --resume; give a number")
        return _resume(resume, request, ci, judge, open_=open_)
    plan, gating = _planned(request, ci) if failed is None else _planned_again(failed, request, ci)
    plan = replace(plan, budget=spending.budget(plan.jobs))
    # After the budget, which calls and judge share: --max-cost limits their sum.
    judging = take_judging(judge, spending.prices, spending.max_cost, plan.budget)
    if auto:
        # Measuring takes a minute: a folder that is taken is refused before it.
        refuse_taken(plan.out, force=request.force)
        found = calls_at_once(plan.jobs, virtual=plan.virtual)
        click.echo(found.why, err=True)
        plan = replace(plan, concurrency=found.calls, capacity=found.capacity)
    print_notes((*_notes_on(plan), *gating.notes))
    # The folder is locked until the pages are written, so that no second command changes it.
    with room_for(plan.out, by="harness run", dated=request.out is None) as out:
        gate = partial(gating.judge, today=today(), run_folder=out)
        plan, force, kept = replace(plan, out=out), request.force, Keep(keep or Keep.ALL)
        with _drawing_ahead(plan, kept) as (drawn, ahead):
            confirming = _confirming(gating, drawn, judging)
            results = carry_out(
                drawn,
                progress_for,
                RunOptions(
                    force=force,
                    judge=_judge(gate, out, confirming, judging),
                    confirming=confirming,
                    keep=kept,
                ),
            )
            # Most pages were drawn while other calls were under way; these are the rest.
            page = present(results, out, ci, ahead)
        _tell_what_was_read(plan, results)
        if machines is not None and machines.url is not None:
            # Only a finished run is published: a reader of the store never sees half of one.
            publish(out, machines.url)
            say(f"published: {machines.url}\n")
        # Last: until then a killed run counts as unfinished and can be resumed.
        close_run(out, results)
    return ended(results, page, open_=open_)


def _confirming(gating: Gating, plan: RunPlan, judging: ModelJudging | None) -> Confirming | None:
    """Return which calls confirm losses; they ask ``--judge`` themselves, of all calls."""
    if note := gating.confirming_note:
        click.echo(note, err=True)
    # Calls that failed against the baseline are made again, before the gates decide.
    confirming = gating.confirming(plan, today=today())
    if confirming is None:
        return None

    # A loss is confirmed with the model's verdicts included, else it could be confirmed by calls
    # that the model would have passed.
    def judge(results: RunResults, folder: Path) -> RunResults:
        return results if judging is None else judging.apply(folder, results)

    return announced(replace(confirming, judge=judge), partial(click.echo, err=True))


def _judge(
    gate: partial[RunResults],
    out: Path,
    confirming: Confirming | None,
    judging: ModelJudging | None,
) -> Judge:
    """Return the judge of a run; if losses are confirmed, the model is asked before."""
    confirmed = confirming is not None
    # The confirmation has asked the model already; it is not asked twice.
    return with_judging(None if confirmed else judging, out, partial(gate, confirmed=confirmed))


def _tell_what_was_read(plan: RunPlan, results: RunResults) -> None:
    """Print how our agent read the prompts if a call to it failed without a planted fault."""
    if plan.fault is None and any(call.passed is False for call in results.calls):
        # Only the embedded agent has no URL; how another agent reads a prompt is unknown here.
        own = (job.loaded for job in plan.jobs if job.target.url is None)
        for line in reading_lines(readings(own)):
            click.echo(line, err=True)


_OF_A_RESUMED_RUN = frozenset(
    {
        "resume",
        "target",
        "concurrency",
        "executor",
        "scheduler",
        "open_",
        "env_file",
        "judge",
        "gates",
        "baseline",
        "junit",
        "github",
    }
)
"""Options allowed with ``--resume``; the plan holds all others."""


def _resume(
    folder: Path, request: RunRequest, ci: CiOptions, asked: str | None, *, open_: bool
) -> int:
    """Finish an earlier run; a finished run is only shown."""
    typed = typed_options(click.get_current_context())
    for name, option in typed.items():
        if name not in _OF_A_RESUMED_RUN:
            raise UsageError(f"--resume goes on with what {folder} was asked; drop {_told(option)}")
    with room_for(folder, by="harness run"):
        if is_finished(folder):
            click.echo(f"{folder} is finished: there is nothing to resume", err=True)
            return exit_code(read_results(folder / RESULTS))
        # The request also has defaults: only what was typed may change the stored plan.
        target = request.target if "target" in typed else None
        concurrency = request.concurrency if "concurrency" in typed else None
        run = resumed_run(folder, target=target, concurrency=concurrency, machines=request.machines)
        # Prices and limit are in the plan, so --prices and --max-cost are refused with --resume.
        budget = run.plan.budget
        known, limit = (budget.prices, budget.limit) if budget is not None else (None, None)
        judging = take_judging(asked, known, limit, budget)
        gates = gates_of(run.plan.gates, _typed_gates(ci, typed))
        plan = replace(run.plan, gates=gates)
        gating = gating_asked(plan)
        print_notes((*_notes_on(plan), *gating.notes))
        done, owed = len(run.done.calls), len(plan.jobs) - len(run.done.calls)
        click.echo(f"{done} of {len(plan.jobs)} calls are done; {owed} to go", err=True)
        gate = partial(gating.judge, today=today(), run_folder=folder)
        with _drawing_ahead(plan, run.keep) as (drawn, ahead):
            confirming = _confirming(gating, drawn, judging)
            results = carry_out(
                drawn,
                progress_for,
                RunOptions(
                    judge=_judge(gate, folder, confirming, judging),
                    confirming=confirming,
                    keep=run.keep,
                    resumed=run.done,
                ),
            )
            page = present(results, folder, ci, ahead)
        _tell_what_was_read(plan, results)
        close_run(folder, results)
    return ended(results, page, open_=open_)


@contextmanager
def _drawing_ahead(plan: RunPlan, keep: Keep) -> Iterator[tuple[RunPlan, PagesAhead | None]]:
    """Draw the page of each call as soon as it is judged, if its recording stays here."""
    # A page needs the recording: it may be removed after judging, or lie on another machine.
    if keep is not Keep.ALL or plan.machines is not None:
        yield plan, None
        return
    with drawing_ahead() as ahead:
        jobs = tuple(replace(job, draw=ahead.draw) for job in plan.jobs)
        yield replace(plan, jobs=jobs), ahead


_OF_THE_EARLIER_RUN = ("paths", "scenario", "tags", "not_tags", "repeat", "seed")
"""Options that ``--failed`` takes from the earlier run, so that they may not be given again."""


def _planned(request: RunRequest, ci: CiOptions) -> tuple[RunPlan, Gating]:
    gates = AskedGates(ci.gates, ci.baseline)
    plan = replace(planned(request), gates=gates)
    return plan, gating_asked(plan)


def _planned_again(folder: Path, request: RunRequest, ci: CiOptions) -> tuple[RunPlan, Gating]:
    """Return the calls of ``--failed`` as a plan, and the gates that judge it.

    Gates of a project file do not apply: they are made for a whole suite.
    """

    typed = typed_options(click.get_current_context())
    for name, option in typed.items():
        if name in _OF_THE_EARLIER_RUN:
            raise UsageError(f"--failed calls what {folder} called; drop {_told(option)}")
    other = request.target if "target" in typed else None
    plan = plan_failed(failed_calls(folder), request, target=other)
    # Rates of calls that were chosen because they failed say nothing about the suite.
    plan = replace(plan, gates=replace(_typed_gates(ci, typed), of_part=True))
    return plan, gating_asked(plan)


def _told(option: click.Parameter) -> str:
    """Return an option as it was typed, by its name on the command line."""
    return option.opts[0] if isinstance(option, click.Option) else "PATHS"


def _typed_gates(ci: CiOptions, typed: Container[str]) -> AskedGates:
    """Return the gates of the command line alone, without those of a project file."""
    return AskedGates(
        ci.gates if "gates" in typed else None, ci.baseline if "baseline" in typed else None
    )


def _notes_on(plan: RunPlan) -> tuple[str, ...]:
    """Return the notes to print before the calls are made; empty texts if there are none."""
    return note_on(plan.jobs), voice_note(plan.jobs), models_note(plan.jobs)
