"""How calls without a verdict are reported."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.two_runs import calls

from harness.results.verdicts import status_text, unjudged, why_lost

GOOD, FAILED, OPEN = calls("one", rule="+-?")
STOPPED = replace(GOOD, status="not_called", status_detail="the run was stopped", passed=None)
SPENT = replace(STOPPED, status_detail="the budget was spent (0.21 of 0.20 USD)")
REFUSED = replace(
    GOOD, status="harness_error", status_detail="HTTP 503: <secret>", end_cause="no_connection",
    passed=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ([], ""),
        ([GOOD, FAILED], ""),
        ([GOOD, STOPPED, FAILED], "2 of 3 calls judged, 1 not called (the run was stopped)"),
        ([OPEN], "0 of 1 call judged, 1 without a verdict"),
        (
            [OPEN, REFUSED, SPENT, SPENT],
            "0 of 4 calls judged, 2 not called (the budget was spent), 1 no connection to the "
            "agent, 1 without a verdict",
        ),
    ],
)
def test_calls_without_a_verdict_are_told_with_their_causes(made, told) -> None:
    assert unjudged(made) == told


def test_a_call_that_was_judged_or_waits_for_a_listener_is_not_lost() -> None:
    assert why_lost([GOOD, FAILED, OPEN]) == ""
    unexplained = replace(STOPPED, status_detail="")
    assert why_lost([unexplained]) == "1 not called"


def test_a_status_of_another_time_is_told_as_it_is_called() -> None:
    assert status_text(replace(GOOD, status="gone_fishing")) == "gone fishing"
