"""Carries out a comparison: calls, results per agent, verdict; resumes an interrupted one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness import __version__
from harness.errors import RecordingDamaged, UsageError
from harness.recording.manifest import load_manifest
from harness.recording.provenance import CallStatus
from harness.results.compare.measures import pair_calls
from harness.results.compare.noise_floor import measure_floor
from harness.results.compare.store import (
    COMPARISON,
    NOISE_FLOOR,
    Comparison,
    ComparisonVerdict,
    EarlierLook,
    read_comparison,
    write_comparison,
    write_floor,
)
from harness.results.model import CallResult, RunResults
from harness.results.reviews import read_reviews
from harness.results.store import RESULTS, reviewed, write_results
from harness.results.verdicts import counts
from harness.runs.call_ledger import Progress
from harness.runs.compared_runs import (
    Looks,
    Side,
    check_kept_floor,
    judge_runs,
    kept_floor_path,
    stored_sides,
)
from harness.runs.plan import Job, RunPlan
from harness.runs.plan_file import COMPARE, PLAN, read_journal, stored_plan, write_plan
from harness.runs.processes import stop_signals
from harness.runs.recovery import first_attempts
from harness.runs.rescore import recorded_calls, score_again, with_later_calls
from harness.runs.routes import stored_target
from harness.runs.run_folder import (
    is_comparison,
    is_run,
    make_room,
    own_runs,
    refuse_taken,
    remove_comparison,
    remove_halves_of_run,
    remove_journal,
)
from harness.runs.run_results import now, results_of
from harness.runs.run_suite import Watch, make_calls
from harness.runs.variants import ComparePlan, PlannedVariant

# The finished calls of an earlier comparison that a plan keeps, for ``--resume``.
#
# Recordings are only discarded on request: a plan that would replace a finished call, or does not
# contain it, is refused.

Place = tuple[str, Path]
"""A call's run and its recording inside it."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ResumedCalls:
    """Calls that need not be made again, and when they were begun; empty for a fresh start."""

    calls: dict[Place, CallResult] = field(default_factory=dict)
    started_at: str | None = None


def place_of(job: Job) -> Place:
    """Return the place of a job's call in its comparison."""
    return job.run, job.recording


def finished_calls(plan: ComparePlan, *, force: bool) -> ResumedCalls:
    """Return the finished calls of a plan; recordings of a killed comparison are scored first.

    With ``force``, finished calls that differ from those of the plan are to be made again. Calls
    that are not in the plan keep their recordings, but no results.

    Raises:
        UsageError: no comparison to resume; or, without ``force``, a finished call or an agent
            is not in the plan, or differs from it.
        RecordingDamaged: earlier results, or the earlier comparison, cannot be read.
    """
    # First, because it only reads; what follows may score killed runs, which takes time.
    _check_agents(plan, force=force)
    earlier = _earlier(plan)
    calls: dict[Place, CallResult] = {}
    for one in plan.variants:
        if one.key not in earlier:
            continue
        run = earlier[one.key]
        calls |= _unchanged(plan, one, run, force=force)
        if not force:
            _check_none_left_out(plan, one, run)
    return ResumedCalls(calls, min(run.started_at for run in earlier.values()))


def looks_before(plan: ComparePlan) -> tuple[EarlierLook, ...]:
    """Return the looks that were taken before a plan was made larger, none for the same plan.

    Making more calls after seeing a verdict means looking twice, which raises the error rate. An
    interrupted comparison that continues as planned does not.
    """
    if not is_comparison(plan.out):
        return ()
    before = read_comparison(plan.out / COMPARISON)
    if _goes_on(plan, before):
        return before.earlier
    return (*before.earlier, EarlierLook(before.repeats, before.alpha))


def _goes_on(plan: ComparePlan, before: Comparison) -> bool:
    planned = plan.looks[before.look - 1 : before.look]
    if len(plan.looks) != before.looks or planned != (before.repeats,):
        return False
    calls = sum(job.repeat < before.repeats for job in plan.variants[0].jobs)
    return before.interrupted or calls == before.variants[0].calls


def _check_agents(plan: ComparePlan, *, force: bool) -> None:
    """Refuse to continue with runs that were not made here, or without an agent that was called."""
    if not is_comparison(plan.out):
        return
    there = read_comparison(plan.out / COMPARISON).variants
    if any(not one.own for one in there):
        raise UsageError(
            f"{plan.out} holds a comparison of finished runs, which were not made for it: "
            "there is nothing to resume; give another --out"
        )
    if len(there) > len(plan.variants) and not force:
        names = ", ".join(one.name for one in there)
        raise UsageError(
            f"{plan.out} compares {len(there)} agents ({names}), and this plan has "
            f"{len(plan.variants)}: --resume would leave out the others; name all of them, "
            "give another --out, or --force too"
        )


def _earlier(plan: ComparePlan) -> dict[str, RunResults]:
    found = {}
    for one in plan.variants:
        folder = plan.out / one.key
        if (folder / RESULTS).exists() or (folder / PLAN).exists():
            found[one.key] = with_later_calls(folder)
        elif recorded_calls(folder):
            found[one.key] = score_again(folder)
    if not found:
        raise UsageError(f"nothing to resume in {plan.out}: it holds no comparison; drop --resume")
    return found


def _unchanged(
    plan: ComparePlan, one: PlannedVariant, run: RunResults, *, force: bool
) -> dict[Place, CallResult]:
    # A call that does not count, such as one that the harness spoilt, is made again.
    there = {Path(call.recording): call for call in run.calls if counts(call)}
    judged = _judged(plan.out / one.key)
    unchanged: dict[Place, CallResult] = {}
    for job in one.jobs:
        call = there.get(job.recording)
        if call is None:
            continue
        differs = next(_differences(plan, job, run, call), "")
        if not differs and (judged is None or call.recording in judged):
            unchanged[place_of(job)] = call
        elif differs and not force:
            raise UsageError(
                f"{job.folder(plan.out)} is a call {differs}: --resume would replace it; "
                "give another --out, or --force too"
            )
    return unchanged


def _judged(run_folder: Path) -> frozenset[str] | None:
    """Return the calls that a killed run has judged; None if all its calls are judged.

    The others are only recorded; they are transcribed when they are rescued.
    """
    if (run_folder / RESULTS).exists() or not (run_folder / PLAN).exists():
        return None
    return frozenset(read_journal(run_folder))


def _differences(plan: ComparePlan, job: Job, run: RunResults, call: CallResult) -> Iterator[str]:
    """Yield the differences between an earlier call and the call to make.

    Recordings are checked too: a ``--resume --force`` that was killed leaves recordings that its
    results do not contain.
    """
    loaded, clock, target = job.loaded, _clock(virtual=plan.virtual), stored_target(job.target)
    if run.harness_version != __version__:
        yield f"judged by harness {run.harness_version}"
    if run.target_settings != stored_target(job.target.whole):
        yield f"of another target ({run.target})"
    if run.clock != clock:
        yield _in_time(run.clock, clock)
    if (call.scenario, call.scenario_hash) != (loaded.scenario.name, loaded.hash):
        yield "of another test"
    if call.prompt_hash != loaded.prompt_hash:
        yield "with another prompt"
    if call.seed != job.seed:
        yield f"with another seed ({call.seed})"
    try:
        manifest = load_manifest(job.folder(plan.out))
    except RecordingDamaged:
        return  # its results are kept
    if dict(manifest.target) != target:
        yield f"of another target ({manifest.target.get('target', '')})"
    if manifest.clock != clock:
        yield _in_time(manifest.clock, clock)


def _clock(*, virtual: bool) -> str:
    return "virtual" if virtual else "real"


def _in_time(was: str, wanted: str) -> str:
    return f"in {was} time, not in {wanted} time"


def _check_none_left_out(plan: ComparePlan, one: PlannedVariant, run: RunResults) -> None:
    planned = {job.recording for job in one.jobs}
    beyond = sum(Path(call.recording) not in planned for call in run.calls)
    if beyond:
        raise UsageError(
            f"{plan.out / one.key} holds {_told(run.calls)}, and {beyond} of these calls are not "
            "in this plan: --resume would leave them out; give the earlier scenarios and --repeat, "
            "another --out, or --force too"
        )


def _told(calls: Sequence[CallResult]) -> str:
    """Return "12 repeats of 'first', 12 of 'second'"."""
    repeats: dict[str, int] = {}
    for call in calls:
        repeats[call.scenario] = max(repeats.get(call.scenario, 0), call.repeat + 1)
    first, *others = ((name, number) for name, number in repeats.items())
    said = [f"{first[1]} repeats of {first[0]!r}"]
    said += [f"{number} of {name!r}" for name, number in others[: _SHOWN - 1]]
    if len(repeats) > _SHOWN:
        said.append(f"those of {len(repeats) - _SHOWN} more")
    return ", ".join(said)


def carry_out_comparison(
    plan: ComparePlan, watch: Watch, *, force: bool = False, resume: bool = False
) -> Comparison:
    """Make the calls, write each agent's results.json and compare.json, also after Ctrl-C.

    With ``resume``, calls that are done are kept; with ``force`` too, those of another test, agent
    or harness are made again and those of no test here are left out, else they are refused. An
    agent against itself leaves a noise floor, in the folder and in ``baselines/``, if no call was
    left out because of the budget.

    Raises:
        UsageError: the folder holds a comparison or a run; or, with ``resume``, holds none, or that
            of another plan.
        OperationError: the noise floor or an earlier comparison cannot be read, the embedded agent
            cannot start, or the folder cannot be written.
    """
    if not plan.aa:
        jobs = plan.variants[0].jobs
        suites = {job.loaded.suite.suite.suite for job in jobs}
        # Before the first call: a floor that cannot be read would stop the comparison after the
        # last.
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
    """Return whether these are folders of finished runs, which can be compared as they are."""
    return bool(paths) and all((path / RESULTS).exists() for path in paths)


def compare_stored(
    folders: Sequence[Path], place: Path, *, level: float, force: bool, unpaired: bool = False
) -> Comparison:
    """Compare finished runs, the first being the reference, and write compare.json in ``place``.

    ``unpaired`` calls are those of different callers, also if their names or seeds agree.

    Raises:
        UsageError: fewer than two runs, runs that may not be compared, or a folder that is taken.
        OperationError: a run cannot be read, or the folder cannot be written.
    """
    if is_comparison(place) and not force:
        raise UsageError(f"{place} already holds a comparison; --force replaces it")
    sides = stored_sides(folders, place)
    comparison = judge_runs(sides, place, level=level, unpaired=unpaired)
    if is_comparison(place):
        # The folders that are compared may be those of the comparison that is replaced.
        remove_comparison(place, keep=folders)
    make_room(place, force=False)
    write_comparison(place, comparison)
    return comparison


class _Work:
    """The calls of a comparison: finished and remaining."""

    def __init__(self, plan: ComparePlan, kept: ResumedCalls) -> None:
        self._plan = plan
        self._started_at = kept.started_at or now()
        self._done = dict(kept.calls)
        self._verdicts = {one.key: read_reviews(plan.out / one.key) for one in plan.variants}

    def write_plans(self) -> None:
        """Write the plan of each agent's run, so that it can be judged by itself after a crash."""
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
        """Write results.json of each agent, as ``harness run`` does, and return its contents."""
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
    """Return whether there is a finding: more calls would only confirm it."""
    found = (finding.verdict for contrast in comparison.contrasts for finding in contrast.findings)
    return any(verdict is not ComparisonVerdict.NO_EVIDENCE for verdict in found)


def _all_called(sides: tuple[Side, ...]) -> bool:
    """Return whether all calls were made: a partial floor must not replace a complete one."""
    left_out = CallStatus.NOT_CALLED.value
    return all(call.status != left_out for side in sides for call in side.run.calls)


def _keep_floor(plan: ComparePlan, sides: tuple[Side, ...]) -> None:
    first, second = (side.run for side in sides)
    pairs = pair_calls(first.calls, second.calls, same_seeds=False).pairs
    floor = measure_floor(first, pairs)
    for path in (plan.out / NOISE_FLOOR, kept_floor_path(first)):
        write_floor(path, floor)


def refuse_room(plan: ComparePlan, *, force: bool) -> None:
    """Raise UsageError if the folder is not free; call this before slow steps."""
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
