"""Reasons name turns, no seconds, if the times of a call are counted and in no source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import pytest
from support.call_script import judged_call

from harness.judging.judge import verdicts
from harness.judging.scorers.base import Outcome, Score, ScoredCall
from harness.recording.provenance import Estimate, Origin, SourceKind

SCRIPT = """
0.0-0.4  agent: Hello?
1.0-2.0  caller: Where is my order?
2.5-3.0  lookup_order(order_id=ORD-4715B) -> {"status": "shipped"}
4.0-5.0  agent: It is on its way.
6.0-7.0  caller: Thank you.
"""
TIMES, STAMPS, TOOL_TIMES = Estimate.TIMES, Estimate.STAMPS, Estimate.TOOL_TIMES


@dataclass(frozen=True)
class Says:
    """A scorer that gives a fixed reason."""

    reason: str
    scorer_name: ClassVar[str] = "says"
    scorer_version: ClassVar[int] = 1
    by_words: ClassVar[bool] = False
    owed: ClassVar[bool] = False

    def score(self, call: ScoredCall) -> Score:
        """Fail with this reason."""
        return Score(outcome=Outcome.FAIL, reason=self.reason)


# the estimated facts of the call, a reason, and the reason as shown
REASONS: list[tuple[tuple[Estimate, ...], str, str]] = [
    ((), "told at 0:04.0", "told at 0:04.0"),
    ((Estimate.BOUNDS,), "told at 0:04.0", "told at 0:04.0"),
    ((TIMES, STAMPS), "told at 0:04.0", "told at 0:04.0"),
    ((TIMES,), "told at 0:04.0", "told at turn 1"),
    ((TIMES,), "did the caller agree at 0:06.0?", "did the caller agree at turn 2?"),
    ((TIMES,), "silence from 0:05.0; called at 0:02.5", "silence from turn 1; called at turn 1"),
    ((TIMES,), "agent at 0:00.0, caller at 0:01.0", "agent before turn 1, caller at turn 1"),
    ((TIMES,), "returned only at 0:03.0", "returned only at turn 1"),
    ((TIMES,), "'the race was won at 9:58.1'", "'the race was won at 9:58.1'"),
    ((TOOL_TIMES,), "had failed at 0:02.5", "had failed at turn 1"),
    ((TOOL_TIMES,), "told at 0:04.0, returned at 0:03.0", "told at 0:04.0, returned at turn 1"),
    ((TIMES,), "no time in it", "no time in it"),
]


@pytest.mark.parametrize(("estimated", "reason", "shown"), REASONS)
def test_a_counted_time_is_named_by_its_turn(
    estimated: tuple[Estimate, ...], reason: str, shown: str
) -> None:
    live = judged_call(SCRIPT)
    origin = Origin(SourceKind.AUDIO, "x.wav", True, estimated) if estimated else None
    call = replace(live, timeline=replace(live.timeline, origin=origin))
    (judged,) = verdicts(call, (Says(reason),))
    assert judged.score.reason == shown
