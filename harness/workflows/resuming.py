"""What an earlier comparison left for ``--resume``: the finished calls that a plan keeps.

Nothing recorded is given up unasked: a plan that would replace a finished call, or know nothing of
one, is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness import __version__
from harness.calls.again import recorded_calls, score_again, with_later_calls
from harness.calls.journal import read_journal
from harness.calls.plan import Job
from harness.calls.plan_file import PLAN
from harness.calls.routes import stored_target
from harness.compare.model import Comparison, EarlierLook
from harness.compare.store import COMPARISON, read_comparison
from harness.errors import RecordingDamaged, UsageError
from harness.recording.manifest import load_manifest
from harness.results.convert import counts
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS
from harness.workflows.room import is_comparison
from harness.workflows.variants import ComparePlan, PlannedVariant

Place = tuple[str, Path]
"""A call's run and its recording inside it."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class ResumedCalls:
    """Calls that need not be made again, and when they were begun; empty for a fresh start."""

    calls: dict[Place, CallResult] = field(default_factory=dict)
    started_at: str | None = None


def place_of(job: Job) -> Place:
    """Return where the call of a job stands in its comparison."""
    return job.run, job.recording


def finished_calls(plan: ComparePlan, *, force: bool) -> ResumedCalls:
    """Return what is done of a plan; what a killed comparison recorded is scored first.

    With ``force``, finished calls that differ from those of the plan are to be made again. Those
    that the plan knows nothing of keep their recordings, but no results.

    Raises:
        UsageError: there is nothing to resume; or, without ``force``, a finished call or an agent
            is not in the plan, or differs from it.
        RecordingDamaged: earlier results, or the earlier comparison, cannot be read.
    """
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

    Whoever sees a verdict and then makes more calls looks twice, and errs more often. An
    interrupted comparison that goes on as it was planned does not.
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
    """Refuse to go on with runs that were not made here, or without an agent that was called."""
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
    """Return the calls that a killed run has judged; None where all that it has are.

    Others are only recorded: nobody has listened to them, which is done when they are rescued.
    """
    if (run_folder / RESULTS).exists() or not (run_folder / PLAN).exists():
        return None
    return frozenset(read_journal(run_folder))


def _differences(plan: ComparePlan, job: Job, run: RunResults, call: CallResult) -> Iterator[str]:
    """Say in what an earlier call differs from the one to make.

    What was recorded is asked too: a ``--resume --force`` that was killed leaves recordings that
    its results know nothing of.
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
        return  # its results stand
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
