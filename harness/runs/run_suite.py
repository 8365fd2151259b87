"""From command-line options to a finished run: plan, concurrency, progress, results."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from harness.errors import UsageError
from harness.judging.scorers.registry import known_options
from harness.results.gates.limits import Judge, default_gate
from harness.results.load.model import OwnLimit
from harness.results.model import CallResult, RunResults
from harness.results.reviews import read_reviews
from harness.results.store import RESULTS, reviewed, write_results
from harness.results.verdicts import FIRST_ATTEMPT, CallKey, key_of
from harness.runs.call_ledger import Progress, folder_aside
from harness.runs.call_result import left_out
from harness.runs.capacity import STEPS, Capacity, capacity_line, find_capacity
from harness.runs.capacity_trial import trial_calls
from harness.runs.confirmation_calls import Confirming, with_confirming_calls
from harness.runs.embedded import agents_for, embedded_agent
from harness.runs.local_run import run_virtual, workers_by_default
from harness.runs.plan import Job, Machines, Repeats, RunPlan, StartRate, plan_jobs
from harness.runs.plan_file import journaled, stored_plan, write_plan
from harness.runs.preflight import (
    check_fault,
    check_machines,
    check_scenarios,
    check_suites,
    check_target,
    check_virtual_time,
)
from harness.runs.processes import Workers, stop_signals
from harness.runs.real_time import processes_for, run_real
from harness.runs.recovery import RescuedCalls, judge_recorded, still_aside
from harness.runs.run_folder import (
    Keep,
    close_run,
    dated_folder,
    keep_recordings,
    make_room,
    remove_halves_of_run,
    room_for,
)
from harness.runs.run_results import now, results_of, with_cost, write_made
from harness.scenario.catalog import Selection, default_paths, find, load_target
from harness.scenario.target import Target

EMBEDDED = "reference"
"""Name of the target that the harness starts itself."""

REAL_TIME_CALLS = 2
"""Calls at a time in real time by default: the embedded agent's ASR and TTS need cores too."""


_STOPPED = "the run was stopped before this call"

Watch = Callable[[RunPlan], AbstractContextManager[Progress]]
"""Shows a plan while it is carried out."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The options of ``harness run``, as given."""

    paths: tuple[Path, ...] = ()
    target: str = EMBEDDED
    scenario: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    repeat: int | None = None
    seed: int | None = None
    concurrency: int | None = None
    max_calls_per_minute: int | None = None
    real_time: bool = False
    out: Path | None = None
    force: bool = False
    fault: str | None = None
    machines: Machines | None = None


@dataclass(frozen=True, slots=True)
class Resumed:
    """The part of a run that an earlier process finished: results by recording, and start time."""

    started_at: str
    calls: Mapping[Path, CallResult] = field(default_factory=dict)
    first: tuple[CallResult, ...] = ()
    """Earlier attempts at these calls."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a plan is carried out.

    ``by`` is the command that planned the run. ``confirming`` asks for calls that confirm losses
    against the baseline; a run that was stopped makes none. The recordings to ``keep`` are chosen
    once all calls are judged. ``workers`` make the calls in virtual time of several runs: later
    runs reuse everything that the first has loaded. ``resumed``: the folder is that of this plan,
    and these of its calls are done. ``force``: replace an earlier run.
    """

    by: str = "harness run"
    judge: Judge = default_gate
    confirming: Confirming | None = None
    keep: Keep = Keep.ALL
    workers: Workers | None = None
    resumed: Resumed | None = None
    force: bool = False


def planned(request: RunRequest) -> RunPlan:
    """Read the files and return the plan.

    Raises:
        InputError: anything wrong in files, options or environment; found before any call, and
            before an earlier run is replaced.
    """
    paths = request.paths or default_paths()
    selection = Selection(request.scenario, request.tags, request.not_tags)
    scenarios = find(paths, selection, known_options())
    target = load_target(request.target, scenarios[0].suite.folder)
    return plan_of(request, plan_jobs(scenarios, Repeats(request.repeat, request.seed), target))


def plan_of(request: RunRequest, jobs: tuple[Job, ...]) -> RunPlan:
    """Return the plan of calls to a single target, checked for faults that would spoil every call.

    Raises:
        InputError: a target, a suite, a scorer, an engine or a fault that cannot be used.
    """
    target = jobs[0].target
    called = {(job.loaded.path, job.loaded.scenario.name): job.loaded for job in jobs}
    scenarios = tuple(called.values())
    for one in {id(job.target): job.target for job in jobs}.values():
        check_target(one, here=request.machines is None)
    check_scenarios(scenarios)
    check_suites(scenarios)
    if request.fault is not None:
        check_fault(request.fault, embedded=target.url is None)
    virtual = is_virtual(target, real_time=request.real_time)
    if virtual:
        check_virtual_time()
    if request.machines is not None:
        check_machines(request.machines, jobs, virtual=virtual)
    return RunPlan(
        jobs=jobs,
        out=request.out or dated_folder(),
        virtual=virtual,
        concurrency=request.concurrency or calls_at_a_time(virtual=virtual),
        fault=request.fault,
        machines=request.machines,
        rate=rate_of(request.max_calls_per_minute, virtual=virtual, machines=request.machines),
    )


def rate_of(
    per_minute: int | None, *, virtual: bool, machines: Machines | None
) -> StartRate | None:
    """Return the rate of starts; raises UsageError if no server is called or it cannot be kept."""
    if per_minute is None:
        return None
    if virtual:
        raise UsageError(
            "--max-calls-per-minute: the embedded agent is called in virtual time, in which no "
            "server is spared anything; drop it, or add --real-time"
        )
    if machines is not None:
        raise UsageError(
            "--max-calls-per-minute: with --executor, several machines start calls and none knows "
            "of the others'; drop one of both"
        )
    return StartRate(per_minute)


def is_virtual(target: Target, *, real_time: bool) -> bool:
    """Whether a target is called in virtual time: only the embedded agent can be."""
    return target.url is None and not real_time


def calls_at_a_time(*, virtual: bool) -> int:
    """Return the default concurrency."""
    return workers_by_default() if virtual else REAL_TIME_CALLS


_DEFAULT = RunOptions()


def carry_out(plan: RunPlan, watch: Watch, options: RunOptions = _DEFAULT) -> RunResults:
    """Make the calls of a run and write results.json, also after Ctrl-C; return the results.

    The folder must be this process's alone (``run_folder.room_for``). The writer of a run's last
    page calls ``run_folder.close_run``.

    Raises:
        UsageError: the folder holds another run and ``force`` is not set.
        OperationError: the embedded agent cannot start, or the folder cannot be written.
    """
    verdicts = read_reviews(plan.out)  # by hand: the same evidence keeps its verdict
    if (resumed := options.resumed) is None:
        make_room(plan.out, force=options.force)
        resumed = Resumed(now())
        keep = options.keep.value
        asked = stored_plan(plan, command=options.by, started_at=resumed.started_at, keep=keep)
        write_plan(plan.out, asked)
    else:
        remove_halves_of_run(plan.out)
    started_at = resumed.started_at
    with stop_signals():  # until all is written: a second Ctrl-C must not lose the results
        calls, interrupted = _all_calls(plan, watch, options.workers, resumed)
        calls = _with_those_not_made(plan, calls) if interrupted else calls
        results = results_of(calls, plan, started_at=started_at, interrupted=interrupted)
        results = reviewed(results, verdicts)
        write_made(results, plan, by=options.by)
        if options.confirming is not None and not interrupted:
            make = partial(make_calls, watch=watch, workers=options.workers)
            results = with_confirming_calls(results, plan, options.confirming, make)
            results, interrupted = with_cost(results, plan.budget), results.interrupted
        judged = options.judge(results)  # only now: a fault in the gates must not cost the calls
        write_results(plan.out / RESULTS, judged)
        if interrupted and not plan.due_s:
            return judged  # the caller still needs the recordings; the rest is removed later
        return keep_recordings(plan.out, judged, options.keep)


class _Quiet:
    """A progress that shows nothing."""

    def started(self, job: Job) -> None: ...
    def over(self, job: Job, *, again: bool = False) -> None: ...
    def ended(self, job: Job, result: CallResult) -> None: ...


def run_call(
    scenario: Path | str,
    *,
    out: Path | str,
    target: str = EMBEDDED,
    seed: int | None = None,
    fault: str | None = None,
    real_time: bool = False,
) -> CallResult:
    """Make and judge a call, and write it to the new folder ``out``; return its result.

    ``read_recording(Path(out) / result.recording)`` reads its recording. ``target`` is a target
    file or its name; by default the embedded reference agent is called, in virtual time unless
    ``real_time`` is set. ``fault`` plants a fault in that agent. Of a file with several cases or
    conditions, the first is called.

    Raises:
        InputError: the scenario, the target or an option is wrong.
        OperationError: no call can be made here, or the folder cannot be written.
    """
    (first, *_) = find((Path(scenario),), Selection(), known_options())
    job, *_ = plan_jobs((first,), Repeats(1, seed), load_target(target, first.suite.folder))
    request = RunRequest(out=Path(out), fault=fault, real_time=real_time, concurrency=1)
    with room_for(Path(out), by="run_call") as folder:
        plan = replace(plan_of(request, (job,)), out=folder)
        results = carry_out(plan, lambda _: nullcontext(_Quiet()), RunOptions(by="run_call"))
        close_run(folder, results)
    return results.calls[-1]


def _all_calls(
    plan: RunPlan, watch: Watch, workers: Workers | None, resumed: Resumed
) -> tuple[tuple[CallResult, ...], bool]:
    """Make the calls that are not done; return all in the plan's order, attempts too."""
    left = tuple(job for job in plan.jobs if job.recording not in resumed.calls)
    made, interrupted = (
        make_calls(replace(plan, jobs=left), watch, workers) if left else ((), False)
    )
    planned = {_key_of(job): number for number, job in enumerate(plan.jobs)}
    calls = (
        *resumed.first,
        *resumed.calls.values(),
        *made,
    )  # an earlier attempt at a call comes first
    return tuple(sorted(calls, key=lambda call: planned[key_of(call)])), interrupted


def _key_of(job: Job) -> CallKey:
    loaded = job.loaded
    suite, scenario = loaded.suite.suite.suite, loaded.scenario.name
    return suite, scenario, job.condition, job.repeat, job.seed


def _with_those_not_made(plan: RunPlan, made: tuple[CallResult, ...]) -> tuple[CallResult, ...]:
    """Return all calls of a stopped run in the plan's order: a rate must include the rest."""
    there = {call.recording: call for call in made}
    last = {job.recording.as_posix(): left_out(job, _STOPPED) for job in plan.jobs} | there
    first = tuple(call for call in made if call.recording.endswith(FIRST_ATTEMPT))
    return (*first, *(last[job.recording.as_posix()] for job in plan.jobs))


def make_calls(
    plan: RunPlan, watch: Watch, workers: Workers | None = None
) -> tuple[tuple[CallResult, ...], bool]:
    """Make all calls of a plan; True if it was interrupted. ``workers``: see ``RunOptions``.

    Each is in its run's journal before its progress is reported. A complete recording of a killed
    run is judged and not called again; an incomplete one is removed first.

    Raises:
        OperationError: the embedded agent cannot start; or there is no scheduler or suitable
            worker.
        UsageError: the output URL cannot be used.
    """
    with stop_signals() as stop, watch(plan) as shown, journaled(plan.out, shown) as journals:
        rescued = judge_recorded(plan, journals, workers)
        left = _cleared(plan, rescued)
        made: tuple[CallResult, ...] = ()
        if left and not stop.asked:
            made, _ = _made_calls(replace(plan, jobs=left), journals, workers)
        first = still_aside(plan, rescued)
        return (*first, *rescued.results.values(), *made), stop.asked > 0


def _cleared(plan: RunPlan, rescued: RescuedCalls) -> tuple[Job, ...]:
    """Return the calls that are still to be made, with their remains removed; count their costs."""
    left = []
    for job in plan.jobs:
        place = Path(job.run) / job.recording
        for paid in (rescued.first.get(place), rescued.results.get(place)):
            if paid is not None and plan.budget is not None:
                plan.budget.add(job.target, paid)
        if place not in rescued.first:  # of another call, if anything
            shutil.rmtree(folder_aside(job, plan.out), ignore_errors=True)
        if place not in rescued.results:
            shutil.rmtree(job.folder(plan.out), ignore_errors=True)
            left.append(job)
    return tuple(left)


def _made_calls(
    plan: RunPlan, progress: Progress, workers: Workers | None
) -> tuple[tuple[CallResult, ...], bool]:
    if plan.machines is not None:
        # loads dask, which takes as long as all of us
        from harness.runs.distributed import run_distributed

        return run_distributed(plan, plan.machines, embedded_agent, progress)
    if plan.virtual:
        return run_virtual(plan, embedded_agent, progress, workers)
    with ExitStack() as agents:
        routes = agents_for(plan, agents)
        return run_real(plan, routes, progress)


# ``--concurrency auto``: how many calls are made at a time, measured just before the run.


@dataclass(frozen=True, slots=True)
class CallsAtOnce:
    """How many calls at a time, ``why`` in a line, and the measurement behind it, if any."""

    calls: int
    why: str
    capacity: Capacity | None = None


def calls_at_once(jobs: tuple[Job, ...], *, virtual: bool) -> CallsAtOnce:
    """Return how many of these calls are made at a time; takes up to ten seconds in real time.

    This measures the machine; the agent is not called. The minimum is a single call at a time.
    """
    if virtual:
        calls = workers_by_default()
        why = "one for each core: in virtual time nothing is late"
    elif any(job.target.url is None for job in jobs):
        calls = REAL_TIME_CALLS
        why = "the embedded agent's own speech engines need this machine too"
    else:
        capacity = measured_capacity(jobs, min(len(jobs), STEPS[-1]))
        return CallsAtOnce(capacity.calls, capacity_line(capacity), capacity)
    return CallsAtOnce(calls, f"--concurrency auto: {calls} at a time: {why}")


def own_limit(jobs: tuple[Job, ...]) -> OwnLimit:
    """Return how many calls at a time this machine paces in time, independent of the agent.

    Up to ``STEPS[-1]`` calls are tried, in as many processes as a run uses for that many calls.
    """
    found = measured_capacity(jobs, min(len(jobs), STEPS[-1]))
    beyond = None if found.beyond is None else found.beyond.calls
    return OwnLimit(found.calls, processes_for(jobs, found.calls), found.p99_s, beyond)


def measured_capacity(jobs: Iterable[Job], most: int) -> Capacity:
    """Return how many of up to ``most`` calls this machine paces in time, using made-up calls."""
    kept = tuple(jobs)
    with trial_calls(processes_for(kept, most)) as trials:
        return find_capacity(lambda calls: trials.measure(calls, processes_for(kept, calls)), most)
