"""Carries a comparison out: calls, results per agent, verdict; and takes up an interrupted one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from harness import __version__
from harness.compare.model import Comparison, Verdict
from harness.compare.noise_floor import measure_floor
from harness.compare.pairing import pair_calls
from harness.compare.store import NOISE_FLOOR, write_comparison, write_floor
from harness.errors import UsageError
from harness.execute.again import recorded_calls, score_again, with_later_calls
from harness.execute.local import Progress
from harness.execute.pipeline import stored_target
from harness.execute.plan import Job, RunPlan
from harness.launch.calling import Watch, dated_folder, make_calls, now, results_of
from harness.launch.judged_runs import (
    Looks,
    Side,
    judge_runs,
    kept_floor_path,
    stored_sides,
)
from harness.launch.room import is_comparison, make_room, remove_comparison
from harness.launch.variants import ComparePlan, PlannedVariant
from harness.results.convert import counts
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, write_results

_Place = tuple[str, Path]
"""A call's run and its recording inside it."""


def carry_out_comparison(
    plan: ComparePlan, watch: Watch, *, force: bool = False, resume: bool = False
) -> Comparison:
    """Make the calls, write each agent's results.json and compare.json, also after Ctrl-C.

    With ``resume``, calls that are done are kept; with ``force`` too, those of another test, agent
    or harness are made again, else they are refused. An agent against itself leaves a noise floor,
    in the folder and in ``baselines/``.

    Raises:
        UsageError: the folder holds a comparison or a run; or, with ``resume``, holds none, or that
            of another plan.
        OperationError: the embedded agent cannot start, or the folder cannot be written.
    """
    earlier = _earlier(plan) if resume else {}
    if not resume:
        _make_room(plan, force=force)
    work = _Work(plan, earlier, force=force)
    for number, repeats in enumerate(plan.looks, start=1):
        interrupted = work.call(repeats, watch)
        sides = work.write(interrupted=interrupted)
        looks = Looks(number, len(plan.looks), repeats)
        comparison = judge_runs(sides, plan.out, level=plan.level, looks=looks, aa=plan.aa)
        write_comparison(plan.out, comparison)
        if interrupted or _decided(comparison):
            break
    if plan.aa and not interrupted:
        _keep_floor(plan, sides)
    return comparison


def is_stored(paths: Sequence[Path]) -> bool:
    """Say whether these are folders of finished runs, which can be compared as they are."""
    return bool(paths) and all((path / RESULTS).exists() for path in paths)


def compare_stored(
    folders: Sequence[Path], out: Path | None, *, level: float, force: bool
) -> tuple[Comparison, Path]:
    """Compare finished runs, the first being the reference; returns where compare.json stands.

    Raises:
        UsageError: fewer than two runs, runs that may not be compared, or a folder that is taken.
        OperationError: a run cannot be read, or the folder cannot be written.
    """
    if len(folders) < 2:
        raise UsageError(f"{folders[0]} is one run; name another one to compare it with")
    place = out or dated_folder()
    if is_comparison(place) and not force:
        raise UsageError(f"{place} already holds a comparison; --force replaces it")
    comparison = judge_runs(stored_sides(folders), place, level=level)
    if is_comparison(place):
        remove_comparison(place, keep=folders)
    make_room(place, force=False)
    write_comparison(place, comparison)
    return comparison, place


class _Work:
    """The calls of a comparison: what is done, and what remains."""

    def __init__(self, plan: ComparePlan, earlier: dict[str, RunResults], *, force: bool) -> None:
        self._plan, self._force = plan, force
        self._started_at = min((run.started_at for run in earlier.values()), default=now())
        self._done: dict[_Place, CallResult] = {}
        for one in plan.variants:
            if one.key in earlier:
                self._keep(one, earlier[one.key])

    def call(self, repeats: int, watch: Watch) -> bool:
        """Make the calls of the first ``repeats`` repeats that are not done; True if stopped."""
        jobs = tuple(job for job in self._plan.jobs(repeats) if _place(job) not in self._done)
        if not jobs:
            return False
        for job in jobs:  # what an interrupted comparison left of this call
            shutil.rmtree(job.folder(self._plan.out), ignore_errors=True)

        def noting(plan: RunPlan) -> AbstractContextManager[Progress]:
            return _noting(watch(plan), self._done)

        plan = RunPlan(jobs, self._plan.out, self._plan.virtual, self._plan.concurrency)
        return make_calls(plan, noting)[1]

    def write(self, *, interrupted: bool) -> tuple[Side, ...]:
        """Write results.json of each agent, as ``harness run`` would, and return what they hold."""
        sides = []
        for one in self._plan.variants:
            calls = tuple(self._done[_place(j)] for j in one.jobs if _place(j) in self._done)
            plan = RunPlan(one.jobs, self._plan.out, self._plan.virtual, self._plan.concurrency)
            results = results_of(calls, plan, started_at=self._started_at, interrupted=interrupted)
            folder = self._plan.out / one.key
            write_results(folder / RESULTS, results)
            prompt = one.jobs[0].loaded.suite.instructions
            sides.append(Side(one.key, one.name, results, folder, prompt))
        return tuple(sides)

    def _keep(self, one: PlannedVariant, run: RunResults) -> None:
        """Keep what is done of an earlier run; of what differs, refuse what ``force`` gives up."""
        other = _other_run(one, run)
        there = {Path(call.recording): call for call in run.calls if counts(call)}
        for job in one.jobs:
            call = there.get(job.recording)
            if call is None:
                continue
            differs = other or _other_call(call, job)
            if not differs:
                self._done[_place(job)] = call
            elif not self._force:
                raise UsageError(
                    f"{job.folder(self._plan.out)} is a call {differs}: --resume would replace it; "
                    "give another --out, or --force too"
                )


class _Noting:
    """Passes progress on, and notes each result with its agent."""

    def __init__(self, shown: Progress, done: dict[_Place, CallResult]) -> None:
        self._shown, self._done = shown, done

    def started(self, job: Job) -> None:
        self._shown.started(job)

    def ended(self, job: Job, result: CallResult) -> None:
        self._done[_place(job)] = result
        self._shown.ended(job, result)


@contextmanager
def _noting(
    watched: AbstractContextManager[Progress], done: dict[_Place, CallResult]
) -> Iterator[Progress]:
    with watched as shown:
        yield _Noting(shown, done)


def _place(job: Job) -> _Place:
    return job.run, job.recording


def _other_run(one: PlannedVariant, run: RunResults) -> str:
    """Say in what an earlier run differs from this one, empty if in nothing."""
    if run.harness_version != __version__:
        return f"judged by harness {run.harness_version}"
    same = run.target_settings == stored_target(one.jobs[0].target)
    return "" if same else f"of another target ({run.target})"


def _other_call(call: CallResult, job: Job) -> str:
    """Say in what an earlier call differs from the one to make, empty if in nothing."""
    loaded = job.loaded
    if (call.scenario, call.scenario_hash) != (loaded.scenario.name, loaded.hash):
        return "of another test"
    if call.prompt_hash != loaded.prompt_hash:
        return "with another prompt"
    return "" if call.seed == job.seed else f"with another seed ({call.seed})"


def _decided(comparison: Comparison) -> bool:
    """Say whether anything was found: more calls would only say it louder."""
    found = (finding.verdict for contrast in comparison.contrasts for finding in contrast.findings)
    return any(verdict is not Verdict.NO_EVIDENCE for verdict in found)


def _keep_floor(plan: ComparePlan, sides: tuple[Side, ...]) -> None:
    first, second = (side.run for side in sides)
    pairs = pair_calls(first.calls, second.calls, same_seeds=False).pairs
    floor = measure_floor(first, pairs)
    for path in (plan.out / NOISE_FLOOR, kept_floor_path(first)):
        write_floor(path, floor)


def _earlier(plan: ComparePlan) -> dict[str, RunResults]:
    """Return what an interrupted comparison left, per agent; a killed one is scored first."""
    found = {}
    for one in plan.variants:
        folder = plan.out / one.key
        if (folder / RESULTS).exists():
            found[one.key] = with_later_calls(folder)
        elif recorded_calls(folder):
            found[one.key] = score_again(folder)
    if not found:
        raise UsageError(f"nothing to resume in {plan.out}: it holds no comparison; drop --resume")
    return found


def _make_room(plan: ComparePlan, *, force: bool) -> None:
    if is_comparison(plan.out) and not force:
        raise UsageError(
            f"{plan.out} already holds a comparison; --resume completes it, --force replaces it"
        )
    if is_comparison(plan.out):
        remove_comparison(plan.out)
    for folder in (plan.out, *(plan.out / one.key for one in plan.variants)):
        make_room(folder, force=force)
