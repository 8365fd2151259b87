"""Stored calls to a judged run: what is new is converted, all of it judged and written."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from harness.calls.again import recorded_calls
from harness.calls.local import run_in_workers
from harness.calls.plan import Job, RunPlan
from harness.calls.routes import stored_target
from harness.calls.stopping import stop_signals
from harness.calls.stored import UNDER_WAY, StoredJob, import_call
from harness.errors import RecordingDamaged, UsageError
from harness.gates.judged import Judge, default_gate
from harness.importing.offered import with_offered
from harness.recording.manifest import load_manifest
from harness.results import aggregate
from harness.results.aggregate import Made
from harness.results.model import CallResult, RunResults
from harness.results.reviews import read_reviews
from harness.results.store import RESULTS, read_results, reviewed, write_results
from harness.scenario.model import Suite
from harness.workflows.calling import Watch
from harness.workflows.import_plan import ImportPlan
from harness.workflows.room import Keep, is_comparison, keep_recordings, make_room
from harness.workflows.run_results import now


def carry_out_import(
    plan: ImportPlan,
    watch: Watch,
    *,
    force: bool = False,
    judge: Judge = default_gate,
    keep: Keep = Keep.ALL,
) -> RunResults:
    """Convert and judge the calls and write results.json, also after Ctrl-C.

    With ``resume``, calls that were converted before and have not changed since are judged again
    and not converted. The folder must be this process's alone.

    Raises:
        UsageError: the folder holds another run, and neither ``force`` nor ``resume`` is set.
        OperationError: the folder cannot be written.
    """
    out = plan.run.out
    verdicts = read_reviews(out)
    before = _Before({}, {}, frozenset())
    if plan.resume and not force:
        if is_comparison(out):
            raise UsageError(f"{out} holds a comparison; give another --out")
        _check_imported(plan)
        before = _before(plan)
    else:
        make_room(out, force=force, or_else="--resume to go on with it, ")
    shutil.rmtree(out / UNDER_WAY, ignore_errors=True)
    started_at = now()
    with stop_signals():
        left = tuple(job for job in plan.run.jobs if job.recording not in before.done)
        to_do = replace(plan.run, jobs=left)
        interrupted = False
        made: tuple[CallResult, ...] = ()
        if left:
            with watch(to_do) as progress:
                made, interrupted = run_in_workers(
                    to_do, import_call, partial(_order, plan, before), progress
                )
        shutil.rmtree(out / UNDER_WAY, ignore_errors=True)
        fresh = {Path(call.recording): call for call in made}
        by_place = before.judged | fresh | before.done
        calls = (by_place.get(job.recording) for job in plan.run.jobs)
        results = _results(plan.run, tuple(filter(None, calls)), started_at, interrupted)
        results = reviewed(results, verdicts)
        write_results(out / RESULTS, results)
        judged = judge(results)
        write_results(out / RESULTS, judged)
        return keep_recordings(out, judged, keep)


def _check_imported(plan: ImportPlan) -> None:
    """Raise UsageError where a folder holds calls that an import may not go on with.

    Those that the harness made itself; and, if personal data is to go, those that hold some and are
    not imported anew.
    """
    out = plan.run.out
    redact = any(order.redact for order in plan.orders.values())
    for place in recorded_calls(out):
        with suppress(RecordingDamaged):  # left by a kill, and made again
            origin = load_manifest(out / place).origin
            if origin is None:
                raise UsageError(f"{out} holds a run of calls that were made; give another --out")
            if redact and not origin.redacted and Path(place) not in plan.orders:
                raise UsageError(
                    f"{out / place} was imported without --redact, and is not among the sources "
                    "now; remove it, or give another --out"
                )


def _results(
    plan: RunPlan, calls: tuple[CallResult, ...], started_at: str, interrupted: bool
) -> RunResults:
    target = plan.jobs[0].target
    settings = stored_target(target)
    made = Made(started_at, target.target, "real", settings, interrupted)
    return aggregate.results_of(calls, made)


def _suite_of(order: StoredJob) -> Suite:
    """Return the suite with the tools that the source describes."""
    loaded = order.job.loaded.suite
    return with_offered(loaded.suite, order.source.call.offered, loaded.language)[0]


@dataclass(frozen=True, slots=True)
class _Before:
    """What of an earlier import is whole, and what nothing has changed since."""

    done: dict[Path, CallResult]
    """Not judged again: they were redacted."""
    judged: dict[Path, CallResult]
    """Verdicts of calls that are judged again; they stand where Ctrl-C comes first."""
    converted: frozenset[Path]


def _order(plan: ImportPlan, before: _Before, job: Job) -> StoredJob:
    return replace(plan.orders[job.recording], converted=job.recording in before.converted)


def _before(plan: ImportPlan) -> _Before:
    results: dict[Path, CallResult] = {}
    if (plan.run.out / RESULTS).exists():
        stored = read_results(plan.run.out / RESULTS).calls
        results = {Path(call.recording): call for call in stored}
    same = [place for place, order in plan.orders.items() if _is_same(plan.run.out / place, order)]
    known = {place: results[place] for place in same if place in results}
    redacted = {place for place in same if plan.orders[place].redact}
    return _Before(
        done={place: call for place, call in known.items() if place in redacted},
        judged={place: call for place, call in known.items() if place not in redacted},
        converted=frozenset(same) - redacted,
    )


def _is_same(folder: Path, order: StoredJob) -> bool:
    """Say whether a recording was made of what an order would make it of."""
    try:
        manifest = load_manifest(folder)
    except RecordingDamaged:
        return False
    origin = manifest.origin
    if origin is None or not order.digest or origin.digest != order.digest:
        return False
    if origin.redacted or order.redact:
        return origin.redacted == order.redact
    own = order.scenario.model_dump(mode="json", by_alias=True)
    suite = _suite_of(order).model_dump(mode="json", by_alias=True)
    described = dict(manifest.scenario) == own and dict(manifest.suite) == suite
    return described and manifest.target == stored_target(order.job.target)
