"""The result of a call: a judged recording, or why a call was not made."""

from __future__ import annotations

import sys
import traceback
from dataclasses import replace
from pathlib import Path

from harness.errors import (
    FaultyFiles,
    HarnessError,
    InputError,
    RecordingDamaged,
    StorageFailed,
    Unscorable,
)
from harness.importing.redaction import PersonalData
from harness.judging.judge import Judged, judge
from harness.judging.scorers.base import Measurement
from harness.plugins import plugin_failure
from harness.recording.manifest import load_manifest
from harness.recording.provenance import CallStatus, EndCause, Manifest
from harness.recording.store import read_recording
from harness.results.model import CallResult, ScoreResult
from harness.results.verdicts import COUNTED, call_passed, cause_name, counts, score_result
from harness.runs.plan import Job
from harness.session.call_end import end_cause_of
from harness.transport.redaction import Handles, hidden

OVER = frozenset(
    {
        CallStatus.COMPLETED,
        CallStatus.AGENT_SILENT,
        CallStatus.SOCKET_CLOSED,
        CallStatus.AGENT_ERROR,
        CallStatus.TIMING_INVALID,
    }
)
"""Ends of a call that took place; a continued run makes any other call again."""

UNJUDGED = frozenset({CallStatus.INTERRUPTED.value, CallStatus.NOT_CALLED.value})
"""Statuses of calls after a stop; some may have complete recordings, already or since."""


def scores_of(judged: Judged) -> tuple[ScoreResult, ...]:
    """Return the verdict of every scorer on a call; a call that is not valid is not judged.

    Raises Unscorable for a damaged call: its missing parts are not the agent's fault.
    """
    recording = judged.recording
    status = recording.manifest.status
    if status is None or status.value not in COUNTED:
        return ()
    if recording.damage:
        raise Unscorable(recording.damage)
    return tuple(score_result(one.scorer, one.score) for one in judged.judgements)


def result_of(judged: Judged, folder: str) -> CallResult:
    """Return the result of a recorded call; ``folder`` is its place relative to results.json."""
    manifest = judged.recording.manifest
    scores = scores_of(judged)
    if manifest.status is None:
        return spoilt(manifest, folder, "the recording ends without a status: it was killed")
    result = spoilt(manifest, folder, manifest.status_detail)
    result = replace(result, status=manifest.status.value, usage=judged.usage)
    return _with_verdicts(result, judged, scores)


def _with_verdicts(call: CallResult, judged: Judged, scores: tuple[ScoreResult, ...]) -> CallResult:
    """Return a call with its verdicts, or without any if the harness was too late for them.

    The lateness is recorded; whether it matters depends on the checks of the call.
    """
    if scores and judged.mistimed:
        status, detail = CallStatus.TIMING_INVALID.value, judged.mistimed
        return replace(call, status=status, status_detail=detail, passed=None, scores=())
    return replace(call, passed=call_passed(call.status, scores), scores=scores)


def spoilt(manifest: Manifest, folder: str, detail: str) -> CallResult:
    """Return the result of a recorded call that cannot be judged because of a harness fault."""
    origin = manifest.origin
    return CallResult(
        scenario=str(manifest.scenario["name"]),
        scenario_path=manifest.scenario_path,
        repeat=manifest.repeat,
        seed=manifest.seed,
        status=CallStatus.HARNESS_ERROR.value,
        status_detail=detail,
        recording=folder,
        duration_s=manifest.duration_s,
        passed=None,
        tags=tuple(manifest.scenario.get("tags", ())),
        suite=str(manifest.suite.get("suite", "")),
        condition=manifest.condition,
        scenario_hash=manifest.scenario_hash,
        prompt_hash=manifest.prompt_hash,
        end_cause=cause_name(manifest.end_cause),
        call=origin.name if origin is not None else "",
        estimated=tuple(one.value for one in origin.estimated) if origin is not None else (),
        differences=tuple(map(str, manifest.differences)),
        cell=manifest.cell,
    )


def rescore(run_folder: Path, call: CallResult) -> CallResult:
    """Score a stored call again; without a recording (never made, not kept) its result stays.

    So does that of a redacted call. A call that was over when its run was stopped, and only not yet
    judged, is judged now.

    How the call ended stays as the run has it. A recording that cannot be read or judged any more
    makes the call a harness_error, whatever the error: it fails a call, not the run.

    Raises InputError if the fault is not in the recording but in the installation: a scorer or a
    language is missing.
    """
    folder = run_folder / call.recording
    if not call.kept or not folder.is_dir():
        return call
    unjudged = _is_unjudged(call, folder)
    # A failure of the harness itself (a killed worker, a broken recognizer) is in the result only.
    if not (counts(call) or _mistimed(call) or unjudged):
        return call
    try:
        recording = read_recording(folder)
        origin = recording.manifest.origin
        # It was judged before its values were removed.
        if origin is not None and origin.redacted:
            return call
        judged = judge(recording)
        if unjudged:
            return result_of(judged, call.recording)
        return _with_verdicts(_as_it_ended(call, recording.manifest), judged, scores_of(judged))
    # The run's verdicts are kept for when the scorer or language is installed again.
    except InputError:
        raise
    except Exception as error:  # the border of judging one call
        if isinstance(error.__cause__, InputError):
            raise error.__cause__ from error
        return replace(
            call,
            status=CallStatus.HARNESS_ERROR.value,
            status_detail=failure_detail(error),
            end_cause="",
            passed=None,
            scores=(),
        )


def _mistimed(call: CallResult) -> bool:
    """Whether the harness was too late for a call, as it was judged then."""
    return call.status == CallStatus.TIMING_INVALID.value


def _is_unjudged(call: CallResult, folder: Path) -> bool:
    """Whether a call that its run gave up at a stop has a complete recording."""
    if call.status not in UNJUDGED:
        return False
    try:
        return load_manifest(folder).status in OVER
    except RecordingDamaged:
        return False


def _as_it_ended(call: CallResult, manifest: Manifest) -> CallResult:
    """Return a call with invalid timing with the end in its recording: it is judged again."""
    if not _mistimed(call) or manifest.status is None:
        return call
    return replace(call, status=manifest.status.value, status_detail=manifest.status_detail)


def scored(run_folder: Path, folder: str, manifest: Manifest) -> CallResult:
    """Return the result of a recorded call; if it cannot be judged, with the reason; never raises.

    ``folder`` is its place relative to ``run_folder``.
    """
    try:
        return result_of(judge(read_recording(run_folder / folder)), folder)
    except Exception as error:  # noqa: BLE001  # the border of judging one call
        return spoilt(manifest, folder, failure_detail(error))


def failure_detail(failure: BaseException) -> str:
    """Return why a call was not made or judged, in one line; then the traceback of a bug."""
    if isinstance(failure, HarnessError):
        return str(failure)
    if told := plugin_failure(failure):
        return told
    trace = "".join(traceback.format_exception(failure))
    last = trace.rstrip().rpartition("\n")[2].strip(" |+-")
    return f"bug in the harness: {last}\n{trace}"


def redacted_result(result: CallResult, personal: PersonalData) -> CallResult:
    """Return a result with the same verdicts, and texts without personal data."""
    return replace(
        result,
        status_detail=personal.known(result.status_detail),
        scenario_path=personal.known(result.scenario_path),
        tags=tuple(map(personal.known, result.tags)),
        scores=tuple(_redacted(score, personal) for score in result.scores),
    )


def _redacted(score: ScoreResult, personal: PersonalData) -> ScoreResult:
    spans = (replace(span, label=personal.known(span.label)) for span in score.evidence)
    return replace(
        score,
        reason=personal.known(score.reason),
        details=personal.known_data(score.details),
        evidence=tuple(spans),
        measurements=tuple(_measured(one, personal) for one in score.measurements),
    )


def _measured(measured: Measurement, personal: PersonalData) -> Measurement:
    values = (replace(value, of=personal.known(value.of)) for value in measured.values)
    return replace(measured, values=tuple(values))


# Results of calls that did not take place, or not to their end: the reason, without any secret.


def not_called(
    job: Job,
    failure: BaseException,
    *,
    secrets: tuple[str, ...] = (),
    handles: Handles | None = None,
) -> CallResult:
    """Return the result of a call that the harness or the connection spoilt, without any secret.

    A failure outside our error tree is a bug: its traceback stays in the result, and is printed
    if the bug is ours.
    """
    detail = (handles or Handles()).hidden(hidden(failure_detail(failure), secrets))
    cause = end_cause_of(failure)
    if isinstance(failure, StorageFailed):
        cause = EndCause.UNWRITTEN
    elif not isinstance(failure, HarnessError):
        trace = detail.partition("\n")[2]
        sys.stderr.write(trace)
        cause = cause if trace else EndCause.PLUGIN_FAILED
    return without_call(job, CallStatus.HARNESS_ERROR, detail, cause)


def faulty_source(job: Job, faulty: FaultyFiles) -> CallResult:
    """Return the result of a stored call whose files are wrong; it contains the faults."""
    first, *more = map(str, faulty.faults)
    told = f"{first} (and {len(more)} more)" if more else first
    return without_call(job, CallStatus.SOURCE_INVALID, told)


def left_out(job: Job, reason: str, cause: EndCause | None = None) -> CallResult:
    """Return the result of a call that was not made, by a budget, a stop, or no worker."""
    return without_call(job, CallStatus.NOT_CALLED, reason, cause)


def worker_died(job: Job, *, stopped: bool) -> CallResult:
    """Return the result of a call whose process was killed; ``stopped`` if we requested that."""
    if stopped:
        return without_call(job, CallStatus.INTERRUPTED, "stopped before it was over")
    detail = "a worker process died beside or in this call: killed, or out of memory"
    return without_call(job, CallStatus.HARNESS_ERROR, detail)


def without_call(
    job: Job, status: CallStatus, detail: str, cause: EndCause | None = None
) -> CallResult:
    """Return the result of a call without a recording that could be judged."""
    scenario = job.loaded.scenario
    return CallResult(
        scenario=scenario.name,
        scenario_path=job.loaded.path.as_posix(),
        repeat=job.repeat,
        seed=job.seed,
        status=status.value,
        status_detail=detail,
        recording=job.recording.as_posix(),
        duration_s=None,
        passed=None,
        tags=scenario.tags,
        suite=job.loaded.suite.suite.suite,
        condition=job.condition,
        cell=job.cell,
        scenario_hash=job.loaded.hash,
        prompt_hash=job.loaded.prompt_hash,
        end_cause=cause_name(cause),
        call=job.call,
    )
