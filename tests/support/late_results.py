"""Results of calls in which the harness itself was late."""

from __future__ import annotations

from dataclasses import replace

from harness.results.aggregate import summarize
from harness.results.model import CallResult, RunResults


def late_call(call: CallResult, off_s: float) -> CallResult:
    """Return a call of which each value may be too long by so much."""
    return replace(
        call,
        scores=tuple(
            replace(
                score,
                measurements=tuple(
                    replace(
                        one,
                        values=tuple(replace(each, uncertainty_s=off_s) for each in one.values),
                    )
                    for one in score.measurements
                ),
            )
            for score in call.scores
        ),
    )


def late_results(results: RunResults, off_s: float) -> RunResults:
    """Return a run of such calls."""
    calls = tuple(late_call(call, off_s) for call in results.calls)
    return replace(results, calls=calls, summary=summarize(calls))
