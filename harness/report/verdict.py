"""The verdict in words: on a whole run in one sentence, on a call in one word."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report import figures
from harness.results.aggregate import counts
from harness.results.convert import OPEN
from harness.results.model import CallResult, RunResults
from harness.scorers.base import Outcome

STATUS_TEXT = {
    "completed": "completed",
    "agent_silent": "agent fell silent",
    "socket_closed": "connection closed during the call",
    "agent_error": "the agent reported an error",
    "harness_error": "the harness failed",
    "caller_invalid": "the caller's own audio or script failed",
    "timing_invalid": "the harness sent its audio too late",
    "interrupted": "interrupted",
}


@dataclass(frozen=True, slots=True)
class Headline:
    """One sentence on the whole run; ``state`` is pass, fail, review or none."""

    state: str
    sentence: str


def headline(results: RunResults) -> Headline:
    """Return the verdict on the run in one sentence."""
    summary = results.summary
    outside = summary.calls - summary.counted
    tail = f" {_outside(outside)}" if outside else ""
    if results.interrupted:
        tail += " The run was interrupted; only finished calls are here."
    if not summary.counted:
        return Headline("none", f"Nothing was judged: no call counts.{tail}")
    failed = [call for call in results.calls if call.passed is False]
    pending = [c for c in results.calls if c.passed is not False and _needs_listener(c)]
    if failed:
        failing = (s for call in failed for s in call.scores if s.outcome == Outcome.FAIL.value)
        names = sorted({score.scorer for score in failing})
        why = f": {', '.join(figures.label(name) for name in names)}" if names else ""
        more = f" {_listener(len(pending))}." if pending else ""
        share = f"{len(failed)} of {figures.counted(summary.counted, 'call')}"
        return Headline("fail", f"{share} failed{why}.{more}{tail}")
    if pending:
        return Headline("review", f"No call failed, but {_listener(len(pending))}.{tail}")
    if not summary.gates_passed:
        return Headline("none", f"No call failed, but none gave a verdict.{tail}")
    whole = "The one call" if summary.counted == 1 else f"All {summary.counted} calls"
    return Headline("pass", f"{whole} passed.{tail}")


def call_verdict(call: CallResult) -> tuple[str, str]:
    """Return the verdict on a call as a class and as a word."""
    if not counts(call):
        return "not_counted", "does not count"
    if call.passed is False:
        return "fail", "failed"
    if _needs_listener(call):
        return "review", "needs review"
    return ("pass", "passed") if call.passed else ("none", "no verdict")


def _listener(number: int) -> str:
    return f"{figures.counted(number, 'call')} {'needs' if number == 1 else 'need'} a listener"


def _outside(outside: int) -> str:
    verb = "does" if outside == 1 else "do"
    return f"{figures.counted(outside, 'call')} {verb} not count."


def _needs_listener(call: CallResult) -> bool:
    return counts(call) and any(score.outcome in OPEN for score in call.scores)
