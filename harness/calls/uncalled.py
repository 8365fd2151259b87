"""Results of calls that did not take place, or not to their end: why, and without any secret."""

from __future__ import annotations

import sys

from harness.calls.plan import Job
from harness.calls.scoring import failure_detail
from harness.errors import FaultyFiles, HarnessError, StorageFailed
from harness.recording.provenance import CallStatus, EndCause
from harness.results.convert import cause_name
from harness.results.model import CallResult
from harness.session.ending import end_cause_of
from harness.transport.handles import Handles
from harness.transport.redaction import hidden


def not_called(
    job: Job,
    failure: Exception,
    *,
    secrets: tuple[str, ...] = (),
    handles: Handles | None = None,
) -> CallResult:
    """Return the result of a call that the harness or the connection spoilt, without any secret.

    A failure outside our error tree is a bug: its traceback is printed, and stays in the result.
    """
    detail = (handles or Handles()).hidden(hidden(failure_detail(failure), secrets))
    if not isinstance(failure, HarnessError):
        sys.stderr.write(detail.partition("\n")[2])
    unwritten = isinstance(failure, StorageFailed)
    cause = EndCause.UNWRITTEN if unwritten else end_cause_of(failure)
    return without_call(job, CallStatus.HARNESS_ERROR, detail, cause)


def faulty_source(job: Job, faulty: FaultyFiles) -> CallResult:
    """Return the result of a stored call whose files are wrong; the faults stand in it."""
    first, *more = map(str, faulty.faults)
    told = f"{first} (and {len(more)} more)" if more else first
    return without_call(job, CallStatus.SOURCE_INVALID, told)


def left_out(job: Job, reason: str, cause: EndCause | None = None) -> CallResult:
    """Return the result of a call that was not made, by a budget, a stop, or no worker."""
    return without_call(job, CallStatus.NOT_CALLED, reason, cause)


def worker_died(job: Job, *, stopped: bool) -> CallResult:
    """Return the result of a call whose process was killed; ``stopped`` if that was our wish."""
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
