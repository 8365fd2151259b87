"""A load test: calls that begin when they are due, whatever the agent does."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from harness.errors import UsageError
from harness.judging.scorers.registry import known_options
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO
from harness.results.aggregate import summarize
from harness.results.gates.limits import default_gate
from harness.results.load.findings import LATE_S, UnderWay
from harness.results.load.model import (
    LOAD,
    Arrivals,
    LoadAsked,
    LoadedCall,
    LoadTest,
    OwnLimit,
    write_load,
)
from harness.results.model import CallResult, RunResults
from harness.results.verdicts import call_passed
from harness.runs.call_ledger import Progress
from harness.runs.local_run import spread
from harness.runs.pipeline import caller_s, own_lateness_s
from harness.runs.plan import Job, Repeats, RunPlan, Spending, plan_jobs
from harness.runs.plan_file import LOAD_TEST
from harness.runs.real_time import MOST_UNDER_WAY
from harness.runs.run_folder import Keep
from harness.runs.run_suite import RunOptions, RunRequest, Watch, carry_out, plan_of
from harness.scenario.catalog import Selection, default_paths, find, load_target

MOST_CALLS = 20_000
"""The most calls of a test: each has a folder, and its results stay in memory."""


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """The options of ``harness load``, as given; ``run`` holds those of any run."""

    run: RunRequest
    arrivals: Arrivals
    seed: int = 0
    light: bool = False
    spending: Spending = field(default_factory=Spending)


def planned_load(request: LoadRequest) -> RunPlan:
    """Read the files and return the plan of calls with their due times.

    The scenarios take turns, each round in a new order.

    Raises:
        InputError: anything wrong in files, options or environment; no call was made.
    """
    due_s = _due(request)
    run = request.run
    scenarios = find(
        run.paths or default_paths(),
        Selection(run.scenario, run.tags, run.not_tags),
        known_options(),
    )
    target = load_target(run.target, scenarios[0].suite.folder)
    if request.light and target.url is not None:
        raise UsageError(
            f"--light calls the light reference agent, and --target {run.target} another: "
            "leave one out"
        )
    rounds = math.ceil(len(due_s) / len(scenarios))
    repeated = plan_jobs(scenarios, Repeats(rounds, run.seed), target)
    # No ASR: it takes longer than all other steps.
    jobs = _mixed(tuple(replace(job, listened=False) for job in repeated), request.seed)
    plan = plan_of(replace(run, real_time=True), jobs[: len(due_s)])
    budget = request.spending.budget(plan.jobs)
    at_a_time = min(len(jobs), MOST_UNDER_WAY)
    return replace(plan, due_s=due_s, budget=budget, light=request.light, concurrency=at_a_time)


def check_held(plan: RunPlan, limit: OwnLimit) -> None:
    """Raise UsageError if more calls would be under way than this machine held in the measurement.

    Without a measured limit no plan is refused.
    """
    # No line is spoken without a limit. If not even the smallest trial was held, the machine is
    # disturbed: that is no limit either.
    if limit.beyond is None or limit.p99_s is None:
        return
    lengths = _callers_s(plan.jobs)
    ended = (
        LoadedCall("", due_s, due_s, due_s + lengths[_spoken(job)])
        for job, due_s in zip(plan.jobs, plan.due_s, strict=True)
    )
    # A lower bound: with the agent's answers calls last longer.
    most = UnderWay(tuple(ended)).most
    if most >= limit.beyond:
        raise UsageError(
            f"--rate: {most} calls would be under way at once, by what their callers say alone, "
            f"and of {limit.beyond} the frames leave too late on this machine, as it is now (p99 "
            f"{1000 * LATE_S:g} ms or more): a lower rate, shorter scenarios, or a machine with "
            "less to do"
        )


def _callers_s(jobs: tuple[Job, ...]) -> dict[tuple[Path, str], float]:
    """Return how long the callers of each scenario speak."""
    one_each = {_spoken(job): job for job in jobs}
    return dict(zip(one_each, spread(caller_s, tuple(one_each.values())), strict=True))


def _spoken(job: Job) -> tuple[Path, str]:
    return job.loaded.path, job.loaded.scenario.name


def _due(request: LoadRequest) -> tuple[float, ...]:
    arrivals = request.arrivals
    if arrivals.ramp_s > arrivals.for_s:
        raise UsageError(
            f"--ramp {arrivals.ramp_s:g}s is longer than the test (--for {arrivals.for_s:g}s); "
            "the ramp is part of it"
        )
    if arrivals.expected > MOST_CALLS:
        raise UsageError(
            f"--rate {arrivals.rate_per_s:g}/s --for {arrivals.for_s:g}s means about "
            f"{arrivals.expected:.0f} calls, and one test makes at most {MOST_CALLS}: "
            "a shorter test, or a lower rate"
        )
    due_s = arrivals.due_s(request.seed)
    if not due_s:
        raise UsageError(
            f"--rate {arrivals.rate_per_s:g}/s --for {arrivals.for_s:g}s: no call is due in that "
            "time; a longer test, or a higher rate"
        )
    return due_s


def _mixed(jobs: tuple[Job, ...], seed: int) -> tuple[Job, ...]:
    """Return the jobs round by round, so that every part of the test has all scenarios."""
    random = np.random.default_rng(seed)
    place = random.random(len(jobs)).tolist()
    order = sorted(range(len(jobs)), key=lambda index: (jobs[index].repeat, place[index]))
    return tuple(jobs[index] for index in order)


def carry_out_load(
    plan: RunPlan,
    request: LoadRequest,
    watch: Watch,
    *,
    limit: OwnLimit | None,
    keep: Keep = Keep.FAILED,
) -> tuple[LoadTest, RunResults]:
    """Make the calls of a load test, and write ``results.json`` and ``load.json``.

    Raises as ``carry_out`` does.
    """
    arrivals = request.arrivals
    asked = LoadAsked(
        arrivals.rate_per_s, arrivals.for_s, arrivals.ramp_s, arrivals.even, request.seed
    )
    times = _Times(plan, LoadTest(asked, limit, (), light=request.light))
    judge = _timed_only if request.light else default_gate
    options = RunOptions(by=LOAD_TEST, judge=judge, keep=keep, force=request.run.force)
    results = carry_out(plan, times.watching(watch), options)
    times.write()
    return times.test(), results


def _timed_only(results: RunResults) -> RunResults:
    """Keep only the times of calls to the light agent: its speech has no meaning (a ``Judge``)."""
    calls = tuple(_timed(call) for call in results.calls)
    return replace(results, calls=calls, summary=summarize(calls))


def _timed(call: CallResult) -> CallResult:
    scores = tuple(one for one in call.scores if one.scorer == TIME_TO_FIRST_AUDIO.name)
    return replace(call, scores=scores, passed=call_passed(call.status, scores))


class _Times:
    """Records when each call of a plan began and ended, in addition to its progress display."""

    def __init__(
        self, plan: RunPlan, test: LoadTest, now: Callable[[], float] = time.monotonic
    ) -> None:
        """``test`` contains the data that is known before the first call."""
        self._plan, self._test, self._now = plan, test, now
        self._began: dict[Path, float] = {}
        self._over: dict[Path, tuple[float | None, float | None]] = {}

    def watching(self, watch: Watch) -> Watch:
        """Return the watch, with the times recorded."""

        @contextmanager
        def both(plan: RunPlan) -> Iterator[Progress]:
            self.write()  # a kill leaves at least when each call was due
            with watch(plan) as shown:
                yield _Timed(self, shown)

        return both

    def began(self, job: Job) -> None:
        """Note that a call begins now."""
        clock_s = self._plan.due_clock.began_s
        if clock_s is not None:
            self._began[job.recording] = self._now() - clock_s

    def over(self, job: Job, result: CallResult) -> None:
        """Note how long a call took, and how late our frames left in it."""
        late_s = own_lateness_s(job.folder(self._plan.out))
        self._over[job.recording] = result.duration_s, late_s

    def test(self) -> LoadTest:
        """Return the test with the known times of all calls that were due."""
        due = zip(self._plan.jobs, self._plan.due_s, strict=True)
        return replace(self._test, calls=tuple(self._timed(job, due_s) for job, due_s in due))

    def write(self) -> None:
        """Write ``load.json``; raises StorageFailed."""
        write_load(self._plan.out / LOAD, self.test())

    def _timed(self, job: Job, due_s: float) -> LoadedCall:
        began_s = self._began.get(job.recording)
        took_s, late_s = self._over.get(job.recording, (None, None))
        ended_s = None if began_s is None else began_s + (took_s or 0.0)
        return LoadedCall(job.recording.as_posix(), due_s, began_s, ended_s, late_s)


class _Timed:
    """Progress that is shown and timed."""

    def __init__(self, times: _Times, shown: Progress) -> None:
        self._times, self._shown = times, shown

    def started(self, job: Job) -> None:
        """A call begins now."""
        self._times.began(job)
        self._shown.started(job)

    def over(self, job: Job, *, again: bool = False) -> None:
        """A call is over, and being judged."""
        self._shown.over(job, again=again)

    def ended(self, job: Job, result: CallResult) -> None:
        """A call is over and judged."""
        self._times.over(job, result)
        self._shown.ended(job, result)
