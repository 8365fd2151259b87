"""A night of the benchmark: one run per suite and target, and each kept in the history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

from harness.calls.plan import AskedGates, Machines, RunPlan, Spending, plan_jobs
from harness.errors import Fault, FaultyFiles, OperationError, UsageError
from harness.history.store import HistoryFolder
from harness.results.model import RunResults
from harness.transport.admission import Admission
from harness.workflows.calibrating import calls_at_once
from harness.workflows.calling import Watch, calls_at_a_time, carry_out, is_virtual, rate_of
from harness.workflows.checking import check_machines
from harness.workflows.gating import Gating, gating_asked
from harness.workflows.nightly_file import Benchmark, Nightly, NightlyFile
from harness.workflows.room import is_run, room_for

_NOT_MEASURED = (
    "'concurrency: auto' measures this machine, and with --executor dask workers make the calls; "
    "give a number, or drop it: then each worker takes as many as it may"
)


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run of a night: its calls, and the gates that judge it."""

    name: str
    plan: RunPlan
    gating: Gating


@dataclass(frozen=True, slots=True)
class Done:
    """One run that was made; ``folder`` holds its results and recordings.

    ``unsent`` is why the history does not have it yet, empty where it has.
    """

    name: str
    folder: Path
    results: RunResults
    unsent: str = ""


def planned_night(
    nightly: Nightly,
    night: str,
    *,
    max_cost: float | None = None,
    machines: Machines | None = None,
) -> tuple[PlannedRun, ...]:
    """Return the runs of a night, which share one budget, one rate of starts, and full servers.

    Raises:
        UsageError: ``max_cost`` is given, and no price for a model that is called; or ``machines``
            cannot make such calls.
        OperationError: nobody answers at the scheduler's address.
        FaultyFiles: a gate file has faults, or its baseline is missing or of other tests; or
            scenarios have what a target has no words for, all of it.
    """
    plans: dict[str, RunPlan] = {}
    gatings: dict[str, Gating] = {}
    faults: list[Fault] = []
    for one in nightly.benchmarks:
        try:
            plans[one.name] = _plan(nightly, one, night)
            gatings[one.name] = gating_asked(plans[one.name])
        except FaultyFiles as faulty:
            faults += faulty.faults
    if faults:
        raise FaultyFiles(tuple(dict.fromkeys(faults)))
    jobs = [job for plan in plans.values() for job in plan.jobs]
    if machines is not None:
        if nightly.file.concurrency == "auto":
            raise UsageError(_NOT_MEASURED)
        for plan in plans.values():
            check_machines(machines, plan.jobs, virtual=plan.virtual)
    per_minute = nightly.file.max_calls_per_minute
    rate = rate_of(per_minute, virtual=False, machines=machines)
    budget = Spending(max_cost=max_cost).budget(jobs, nightly.prices)
    admissions: defaultdict[str, Admission] = defaultdict(Admission)
    return tuple(
        PlannedRun(
            name,
            replace(plan, budget=budget, machines=machines, rate=rate, admissions=admissions),
            gatings[name],
        )
        for name, plan in plans.items()
    )


def _plan(nightly: Nightly, benchmark: Benchmark, night: str) -> RunPlan:
    file, target = nightly.file, benchmark.target
    virtual = is_virtual(target, real_time=file.real_time)
    return RunPlan(
        jobs=plan_jobs(benchmark.scenarios, nightly.repeats, target, conditions=file.conditions),
        out=nightly.runs / night / benchmark.name,
        virtual=virtual,
        concurrency=_said(file) or calls_at_a_time(virtual=virtual),
        gates=AskedGates(nightly.gates.gates, nightly.gates.baseline),
    )


def _said(file: NightlyFile) -> int | None:
    """Return how many calls at a time a file says; None where that is left to us, or measured."""
    return None if file.concurrency == "auto" else file.concurrency


def _measured(plan: RunPlan, tell: Callable[[str], None]) -> RunPlan:
    """Return the plan with as many calls at a time as this machine paces now."""
    found = calls_at_once(plan.jobs, virtual=plan.virtual)
    tell(found.why)
    return replace(plan, concurrency=found.calls, capacity=found.capacity)


def make_night(
    nightly: Nightly,
    runs: tuple[PlannedRun, ...],
    watch: Watch,
    *,
    today: date,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Done]:
    """Make the runs of a night one after another; each is in the history when it is yielded.

    A run that cannot be sent to a remote history says so; the next one makes up for it. After
    Ctrl-C the run under way is kept with its finished calls, and is the last. Where the file leaves
    it to ``auto`` how many calls are made at a time, each run's number is told before it begins.

    All folders of the night are taken before the first call, and kept until its last page is
    written: another command that began in the same second is refused, and so is this one.

    Raises:
        FolderInUse: another process is making one of these runs.
        UsageError: the history's place cannot be used, or has one of these runs already.
        OperationError: it cannot be reached before the first run, a folder cannot be written, or
            the embedded agent did not start.
    """
    history = HistoryFolder(nightly.history)
    there = history.runs()  # finds out now whether it can be reached at all
    keep = nightly.keep or nightly.file.keep
    with ExitStack() as folders:
        for run in runs:
            folders.enter_context(room_for(run.plan.out, by="harness nightly"))
            night = run.plan.out.parent.name
            if (night, run.name) in there or is_run(run.plan.out):
                raise UsageError(
                    f"history {nightly.history} has {run.name} of the night {night} already: "
                    "another command began in the same second; start this one again"
                )
        for run in runs:
            auto = nightly.file.concurrency == "auto"
            plan = _measured(run.plan, tell) if auto else run.plan
            confirming = run.gating.confirming(plan, today=today)
            judge = partial(
                run.gating.judge,
                today=today,
                run_folder=run.plan.out,
                confirmed=confirming is not None,
            )
            results = carry_out(
                plan, watch, judge=judge, confirming=confirming, keep=keep, by="harness nightly"
            )
            yield Done(run.name, run.plan.out, results, _send(nightly, history))
            if results.interrupted:
                return


def _send(nightly: Nightly, history: HistoryFolder) -> str:
    """Send what a remote history lacks; return why it could not be sent, else an empty text."""
    if history.local is None:
        try:
            catch_up(HistoryFolder(nightly.runs), history)
        except OperationError as error:
            return str(error)
    return ""


def catch_up(runs: HistoryFolder, history: HistoryFolder) -> None:
    """Send to a remote history what it lacks of its newest night and of those after it.

    So a night whose sending failed is made up for by the next, and a night that was pruned there
    does not come back. Raises OperationError.
    """
    there = history.runs()
    newest = max((night for night, _ in there), default="")
    for entry in runs.read().entries:
        if entry.night >= newest and (entry.night, entry.run) not in there:
            history.keep(entry.night, entry.run, entry.results)
