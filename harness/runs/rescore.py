"""Judges stored recordings again, and calls of a stopped run that have no ASR transcript yet."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath

from harness import __version__
from harness.errors import InputError, RecordingDamaged
from harness.judging.judge import judge
from harness.judging.scorers.registry import known_measures
from harness.recording.manifest import HEARD, MANIFEST, load_manifest
from harness.recording.provenance import CallStatus, Manifest
from harness.recording.store import read_recording, redecode
from harness.recording.writer import EVENTS
from harness.results.aggregate import Made, results_of, summarize
from harness.results.gates.limits import Judge, default_gate
from harness.results.load.model import LOAD
from harness.results.model import CallResult, RunResults
from harness.results.reviews import read_reviews, with_reviews
from harness.results.store import RESULTS, place_in_run, read_results, write_results
from harness.results.verdicts import FIRST_ATTEMPT
from harness.runs.call_result import UNJUDGED, failure_detail, rescore, scored
from harness.runs.local_run import emptied, spread
from harness.runs.pipeline import is_heard, with_what_is_heard
from harness.runs.plan_file import (
    JOURNAL,
    LOAD_TEST,
    PLAN,
    PlannedCall,
    StoredPlan,
    read_journal,
    read_plan,
)
from harness.text import counted

# Calls that were over when their run was stopped or killed, and that were not transcribed yet.
#
# Their run would have transcribed them before judging, as `harness run --resume` does. So they are
# transcribed here before they are judged from the recording: both ways give the same verdicts.

Tell = Callable[[str], object]


def hear_unjudged(run_folder: Path, places: Iterable[PurePosixPath], tell: Tell) -> dict[str, str]:
    """Transcribe a run's unjudged calls that have no transcript; returns the failures.

    These are the reasons, in words, by the place of the call. ``tell`` receives the number of
    calls, since this takes seconds. Calls of a load test are judged without a transcript, here as
    there.

    Raises InputError: the suite's recognizer is not installed here.
    """
    unheard = [place for place in places if _is_unheard(run_folder / place)]
    if not unheard or _is_load_test(run_folder):
        return {}
    calls = "1 call" if len(unheard) == 1 else f"{len(unheard)} calls"
    tell(f"listening to {calls} that nobody listened to before the run was stopped")
    failed = {}
    for place in unheard:
        try:
            judged = judge(read_recording(run_folder / place))
            with_what_is_heard(judged, run_folder / place, place.as_posix())
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001  # the border of one call, as in ``pipeline``
            failed[place.as_posix()] = failure_detail(error)
    return failed


def _is_unheard(folder: Path) -> bool:
    try:
        manifest = load_manifest(folder)
    except RecordingDamaged:
        return False
    return is_heard(manifest) and manifest.origin is None and not (folder / HEARD).exists()


def _is_load_test(run_folder: Path) -> bool:
    try:
        return read_plan(run_folder).command == LOAD_TEST
    except RecordingDamaged:
        return (run_folder / LOAD).exists()


CALLS = "calls"


def score_again(
    run_folder: Path,
    judge: Judge = default_gate,
    *,
    tell: Callable[[str], object] = lambda _: None,
) -> RunResults:
    """Judge every recording of a run again and replace its results.json.

    A recording that cannot be read makes its call a harness_error with the reason. If the run was
    killed before it could write results.json, its calls are found by their recordings; the result
    is then marked as interrupted. It is not marked if its plan is there with every call over, and
    there is no journal: then the run was over, and only its results were lost.

    Calls that were over and not judged yet are transcribed first, as their run would have done;
    ``tell`` receives their number.

    Raises:
        InputError: a scorer, a language or a recognizer is broken, or not installed here; no
            results were written.
        RecordingDamaged: results.json cannot be read, or there are no recordings to score.
        StorageFailed: results.json cannot be written.
    """
    path = run_folder / RESULTS
    known_measures()  # a package that is broken here must not become the verdict on a call
    stored = with_later_calls(run_folder)
    for call in stored.recorded:
        place_in_run(run_folder, call)
    deaf = hear_unjudged(run_folder, _unjudged(run_folder, stored), tell)
    again, waiting = partial(_again, run_folder, deaf), deque(stored.calls)
    stored = replace(stored, calls=())  # each is dropped once it is judged again
    calls = tuple(spread(again, emptied(waiting)))
    verdicts = read_reviews(run_folder)
    calls = calls if verdicts is None else with_reviews(calls, verdicts)
    fresh = judge(
        replace(
            stored,
            harness_version=__version__,
            calls=calls,
            attempts=tuple(map(again, stored.attempts)),
            summary=summarize(calls),
            gates=(),
            quarantined=(),
        )
    )
    write_results(path, fresh)
    return fresh


def _again(run_folder: Path, deaf: Mapping[str, str], call: CallResult) -> CallResult:
    """Score a call again; ``deaf``: why calls could not be transcribed, as in any run."""
    if (why := deaf.get(call.recording)) is None:
        return rescore(run_folder, call)
    failed = CallStatus.HARNESS_ERROR.value
    return replace(call, status=failed, status_detail=why, end_cause="", passed=None, scores=())


def _unjudged(run_folder: Path, stored: RunResults) -> tuple[PurePosixPath, ...]:
    """Return the calls of a stopped or killed run that it did not judge itself."""
    rescued = not (run_folder / RESULTS).exists()
    there = read_journal(run_folder) if rescued else {}
    return tuple(
        place_in_run(run_folder, call)
        for call in stored.calls
        if call.status in UNJUDGED or (rescued and call.recording not in there)
    )


def decode_again(run_folder: Path) -> tuple[str, ...]:
    """Decode the messages of every recording of a run again, with the current dialects.

    Returns, in words, which recordings stay as they are and why. Raises StorageFailed.
    """
    problems: Counter[str] = Counter()
    for place in recorded_calls(run_folder):
        folder = run_folder / place
        if not (folder / EVENTS).exists():
            continue  # the messages were not kept
        try:
            problem = redecode(folder)
        except RecordingDamaged as damaged:
            problem = str(damaged)
        if problem:
            problems[problem] += 1
    return tuple(
        f"{counted(count, 'recording')} not decoded again: {problem}"
        for problem, count in problems.items()
    )


def recorded_calls(run_folder: Path) -> tuple[PurePosixPath, ...]:
    """Return the folders of recorded calls, relative to the run's, in alphabetical order."""
    found = (run_folder / CALLS).glob(f"*/*/{MANIFEST}")
    return tuple(sorted(PurePosixPath(path.parent.relative_to(run_folder)) for path in found))


def with_later_calls(run_folder: Path) -> RunResults:
    """Return the results of a run with later calls from its journal, as far as it got.

    Raises:
        RecordingDamaged: results.json, the plan or the journal cannot be read; or none is there.
    """
    path = run_folder / RESULTS
    if not path.exists():
        return _rescued(run_folder)
    stored, later = read_results(path), read_journal(run_folder)
    listed = tuple(later.pop(call.recording, call) for call in stored.calls)
    calls = (*listed, *later.values())
    return replace(stored, calls=calls, summary=summarize(calls))


def _judged(
    run_folder: Path, places: Iterable[PurePosixPath]
) -> Iterator[tuple[Manifest, CallResult]]:
    """Yield results from recordings; recordings without a known job are left out."""
    for place in places:
        try:
            manifest = load_manifest(run_folder / place)
        except RecordingDamaged:
            continue  # the job of this recording is unknown
        yield manifest, scored(run_folder, place.as_posix(), manifest)


def _rescued(run_folder: Path) -> RunResults:
    """Return the results of a run that was killed, as far as its plan and journal show them.

    For a run without a plan (older harness, test session), as its recordings show them.
    """
    if (run_folder / PLAN).exists():
        return _of_plan(run_folder, read_plan(run_folder))
    first, began, calls = None, [], []
    for manifest, call in _judged(run_folder, recorded_calls(run_folder)):
        first = first or manifest
        began.append(manifest.started_at)
        calls.append(call)
    if first is None:
        raise RecordingDamaged(run_folder / RESULTS, "no such file, and no recording to rescue")
    made = Made(
        started_at=min(began),
        target=str(first.target.get("target", "")),
        clock=first.clock,
        target_settings=dict(first.target),
        interrupted=True,
        fault=first.fault,
    )
    return results_of(tuple(calls), made)


def _of_plan(run_folder: Path, plan: StoredPlan) -> RunResults:
    there = read_journal(run_folder)
    missing = [PurePosixPath(c.recording) for c in plan.calls if c.recording not in there]
    recorded = [place for place in missing if (run_folder / place / MANIFEST).exists()]
    is_over = not (run_folder / JOURNAL).exists()
    for manifest, call in _judged(run_folder, recorded):
        is_over = is_over and manifest.status not in (None, CallStatus.INTERRUPTED)
        there[call.recording] = call
    is_over = is_over and all(call.recording in there for call in plan.calls)
    asides = [PurePosixPath(f"{call.recording}{FIRST_ATTEMPT}") for call in plan.calls]
    first = [place for place in asides if (run_folder / place / MANIFEST).exists()]
    made = Made(
        started_at=plan.started_at,
        target=plan.target,
        clock=plan.clock,
        target_settings=plan.target_settings,
        interrupted=not is_over,
        fault=plan.fault,
    )
    last = (there.get(call.recording) or _not_made(call) for call in plan.calls)
    return results_of((*(call for _, call in _judged(run_folder, first)), *last), made)


def _not_made(call: PlannedCall) -> CallResult:
    return CallResult(
        scenario=call.scenario,
        scenario_path=call.scenario_path,
        repeat=call.repeat,
        seed=call.seed,
        status=CallStatus.NOT_CALLED.value,
        status_detail="the run was killed before this call",
        recording=call.recording,
        duration_s=None,
        passed=None,
        suite=call.suite,
        condition=call.condition,
        cell=call.cell,
        scenario_hash=call.scenario_hash,
        prompt_hash=call.prompt_hash,
    )
