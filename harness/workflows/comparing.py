"""Carries a comparison out: calls, results per agent, verdict; and takes up an interrupted one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from harness.calls.local import Progress
from harness.calls.plan import Job, RunPlan
from harness.calls.plan_file import COMPARE, stored_plan, write_plan
from harness.calls.rescuing import first_attempts
from harness.calls.stopping import stop_signals
from harness.compare.model import Comparison, ComparisonVerdict
from harness.compare.noise_floor import measure_floor
from harness.compare.pairing import pair_calls
from harness.compare.store import NOISE_FLOOR, write_comparison, write_floor
from harness.errors import UsageError
from harness.recording.provenance import CallStatus
from harness.results.model import CallResult
from harness.results.reviews import read_reviews
from harness.results.store import RESULTS, reviewed, write_results
from harness.workflows.calling import Watch, make_calls
from harness.workflows.judged_runs import (
    Looks,
    Side,
    check_kept_floor,
    judge_runs,
    kept_floor_path,
    stored_sides,
)
from harness.workflows.resuming import Place, ResumedCalls, finished_calls, looks_before, place_of
from harness.workflows.room import (
    is_comparison,
    is_run,
    make_room,
    own_runs,
    refuse_taken,
    remove_comparison,
    remove_halves_of_run,
    remove_journal,
)
from harness.workflows.run_results import now, results_of
from harness.workflows.variants import ComparePlan


def carry_out_comparison(
    plan: ComparePlan, watch: Watch, *, force: bool = False, resume: bool = False
) -> Comparison:
    """Make the calls, write each agent's results.json and compare.json, also after Ctrl-C.

    With ``resume``, calls that are done are kept; with ``force`` too, those of another test, agent
    or harness are made again and those of no test here are left out, else they are refused. An
    agent against itself leaves a noise floor, in the folder and in ``baselines/``, if no call was
    left out for want of money.

    Raises:
        UsageError: the folder holds a comparison or a run; or, with ``resume``, holds none, or that
            of another plan.
        OperationError: the noise floor or an earlier comparison cannot be read, the embedded agent
            cannot start, or the folder cannot be written.
    """
    if not plan.aa:
        jobs = plan.variants[0].jobs
        suites = {job.loaded.suite.suite.suite for job in jobs}
        check_kept_floor(suites, jobs[0].target.target)
    kept = finished_calls(plan, force=force) if resume else ResumedCalls()
    earlier = looks_before(plan) if resume else ()
    work = _Work(plan, kept)
    if not resume:
        _make_room(plan, force=force)
    else:
        for one in plan.variants:
            remove_halves_of_run(plan.out / one.key)
    work.write_plans()
    for number, repeats in enumerate(plan.looks, start=1):
        with stop_signals():  # until all is written, as in a single run
            interrupted = work.call(repeats, watch)
            sides = work.write(interrupted=interrupted)
        looks = Looks(number, len(plan.looks), repeats, earlier)
        comparison = judge_runs(sides, plan.out, level=plan.level, looks=looks, aa=plan.aa)
        write_comparison(plan.out, comparison)
        if interrupted or _decided(comparison):
            break
    if plan.aa and not interrupted and _all_called(sides):
        _keep_floor(plan, sides)
    return comparison


def close_comparison(out: Path, comparison: Comparison) -> None:
    """Remove the journals of a comparison whose last page is written, as ``close_run`` does."""
    for one in comparison.variants:
        if one.own and not comparison.interrupted:
            remove_journal(out / one.run)


def is_stored(paths: Sequence[Path]) -> bool:
    """Say whether these are folders of finished runs, which can be compared as they are."""
    return bool(paths) and all((path / RESULTS).exists() for path in paths)


def compare_stored(
    folders: Sequence[Path], place: Path, *, level: float, force: bool, unpaired: bool = False
) -> Comparison:
    """Compare finished runs, the first being the reference, and write compare.json in ``place``.

    ``unpaired`` calls are those of different callers, also where their names or seeds agree.

    Raises:
        UsageError: fewer than two runs, runs that may not be compared, or a folder that is taken.
        OperationError: a run cannot be read, or the folder cannot be written.
    """
    if is_comparison(place) and not force:
        raise UsageError(f"{place} already holds a comparison; --force replaces it")
    sides = stored_sides(folders, place)
    comparison = judge_runs(sides, place, level=level, unpaired=unpaired)
    if is_comparison(place):
        remove_comparison(place, keep=folders)
    make_room(place, force=False)
    write_comparison(place, comparison)
    return comparison


class _Work:
    """The calls of a comparison: what is done, and what remains."""

    def __init__(self, plan: ComparePlan, kept: ResumedCalls) -> None:
        self._plan = plan
        self._started_at = kept.started_at or now()
        self._done = dict(kept.calls)
        self._verdicts = {one.key: read_reviews(plan.out / one.key) for one in plan.variants}

    def write_plans(self) -> None:
        """Write what each agent's run is asked, so that it can be judged by itself if we die."""
        for one in self._plan.variants:
            asked = stored_plan(
                self._run_plan(one.jobs), command=COMPARE, started_at=self._started_at, keep="all"
            )
            write_plan(self._plan.out / one.key, asked)

    def call(self, repeats: int, watch: Watch) -> bool:
        """Make the calls of the first ``repeats`` repeats that are not done; True if stopped."""
        jobs = tuple(job for job in self._plan.jobs(repeats) if place_of(job) not in self._done)
        if not jobs:
            return False

        def noting(plan: RunPlan) -> AbstractContextManager[Progress]:
            return _noting(watch(plan), self._done)

        plan = self._run_plan(jobs)
        return make_calls(plan, noting)[1]

    def _run_plan(self, jobs: tuple[Job, ...]) -> RunPlan:
        plan = self._plan
        return RunPlan(
            jobs,
            plan.out,
            plan.virtual,
            plan.concurrency,
            budget=plan.budget,
            machines=plan.machines,
            rate=plan.rate,
            capacity=plan.capacity,
        )

    def write(self, *, interrupted: bool) -> tuple[Side, ...]:
        """Write results.json of each agent, as ``harness run`` would, and return what they hold."""
        sides = []
        for one in self._plan.variants:
            plan = self._run_plan(one.jobs)
            first = {} if plan.virtual else first_attempts(plan)
            calls = tuple(
                call
                for job in one.jobs
                for call in (first.get(job.folder(Path())), self._done.get(place_of(job)))
                if call is not None
            )
            results = results_of(calls, plan, started_at=self._started_at, interrupted=interrupted)
            folder = self._plan.out / one.key
            results = reviewed(results, self._verdicts[one.key])
            write_results(folder / RESULTS, results)
            prompt = one.jobs[0].loaded.suite.instructions
            sides.append(Side(one.key, one.name, results, folder, prompt, own=True))
        return tuple(sides)


class _Noting:
    """Passes progress on, and notes each result with its agent."""

    def __init__(self, shown: Progress, done: dict[Place, CallResult]) -> None:
        self._shown, self._done = shown, done

    def started(self, job: Job) -> None:
        self._shown.started(job)

    def over(self, job: Job, *, again: bool = False) -> None:
        self._shown.over(job, again=again)

    def ended(self, job: Job, result: CallResult) -> None:
        self._done[place_of(job)] = result
        self._shown.ended(job, result)


@contextmanager
def _noting(
    watched: AbstractContextManager[Progress], done: dict[Place, CallResult]
) -> Iterator[Progress]:
    with watched as shown:
        yield _Noting(shown, done)


def _decided(comparison: Comparison) -> bool:
    """Say whether anything was found: more calls would only say it louder."""
    found = (finding.verdict for contrast in comparison.contrasts for finding in contrast.findings)
    return any(verdict is not ComparisonVerdict.NO_EVIDENCE for verdict in found)


def _all_called(sides: tuple[Side, ...]) -> bool:
    """A floor of what the budget paid for must not replace one that was measured whole."""
    left_out = CallStatus.NOT_CALLED.value
    return all(call.status != left_out for side in sides for call in side.run.calls)


def _keep_floor(plan: ComparePlan, sides: tuple[Side, ...]) -> None:
    first, second = (side.run for side in sides)
    pairs = pair_calls(first.calls, second.calls, same_seeds=False).pairs
    floor = measure_floor(first, pairs)
    for path in (plan.out / NOISE_FLOOR, kept_floor_path(first)):
        write_floor(path, floor)


def refuse_room(plan: ComparePlan, *, force: bool) -> None:
    """Raise UsageError where the folder is not free: to be asked before what takes its time."""
    if is_comparison(plan.out) and not force:
        raise UsageError(
            f"{plan.out} already holds a comparison; --resume completes it, --force replaces it"
        )
    folders = [plan.out / one.key for one in plan.variants]
    taken = [folder for folder in folders if is_run(folder)]
    if is_comparison(plan.out):
        own = own_runs(plan.out)
        if foreign := [folder for folder in taken if folder.name not in own]:
            raise UsageError(
                f"{foreign[0]} holds a run that was not made for the comparison in {plan.out}, "
                "so --force does not replace it; give another --out"
            )
    elif taken and not force and not is_run(plan.out):
        raise UsageError(
            f"{taken[0]} already holds calls; --resume keeps them and makes those that remain, "
            "--force makes all of them again"
        )
    else:
        refuse_taken(plan.out, force=force)


def _make_room(plan: ComparePlan, *, force: bool) -> None:
    refuse_room(plan, force=force)
    if is_comparison(plan.out):
        remove_comparison(plan.out)
    for folder in (plan.out, *(plan.out / one.key for one in plan.variants)):
        make_room(folder, force=force)
