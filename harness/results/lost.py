"""Calls that gave no verdict: how many, and why, in words; an unknown call is never a good one.

A call is lost where its status does not count: it was not made, spoilt, or called too late by us. A
call that counts may give no verdict all the same, as a person must listen or a scorer broke.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from harness.recording.provenance import CallStatus
from harness.results.convert import counts
from harness.results.model import CallResult

STATUS_TEXT = {
    "completed": "completed",
    "agent_silent": "agent fell silent",
    "socket_closed": "connection closed during the call",
    "agent_error": "the agent reported an error",
    "harness_error": "the harness failed",
    "caller_invalid": "the caller's own audio or script failed",
    "timing_invalid": "the harness was too late to judge the agent by",
    "interrupted": "interrupted",
    "not_called": "not called",
    "source_invalid": "its files are wrong",
}

CAUSE_TEXT = {
    "no_connection": "no connection to the agent",
    "no_greeting": "the agent did not greet",
    "expired": "the service's longest time for a session had passed",
    "cue_never_came": "completed, but not the whole script",
    "unwritten": "its recording could not be written",
}
"""Where the cause of an end tells more than the status."""


def status_text(call: CallResult) -> str:
    """Return how a call ended in words: whether the harness failed or found nobody to talk to."""
    known = CAUSE_TEXT.get(call.end_cause) or STATUS_TEXT.get(call.status)
    return known or call.status.replace("_", " ")


def why_lost(calls: Iterable[CallResult]) -> str:
    """Return why calls were lost, the most frequent first: "12 not called (why), 2 interrupted".

    Empty where none was. Why a call was not made is the harness' own word; what else stands in a
    call's detail may be a server's, and is left to the call's page.
    """
    often = Counter(_why(call) for call in calls if not counts(call))
    return ", ".join(f"{number} {why}" for why, number in often.most_common())


def unjudged(calls: Sequence[CallResult]) -> str:
    """Return "12 of 26 calls judged, 14 not called (why)"; empty where each gave a verdict."""
    judged = sum(call.passed is not None for call in calls)
    if judged == len(calls):
        return ""
    open_ = sum(counts(call) and call.passed is None for call in calls)
    reasons = (why_lost(calls), f"{open_} without a verdict" if open_ else "")
    return f"{judged} of {counted_calls(len(calls))} judged, {', '.join(filter(None, reasons))}"


def counted_calls(number: int) -> str:
    """Return "1 call", "26 calls"."""
    return f"{number} call{'' if number == 1 else 's'}"


def _why(call: CallResult) -> str:
    # what stands in brackets, as how much was spent by then, belongs to the single call
    cause = call.status_detail.partition(" (")[0]
    made = call.status != CallStatus.NOT_CALLED.value
    return status_text(call) if made or not cause else f"{status_text(call)} ({cause})"
