"""The proof of the scorers: what each planted fault must trip, and what nothing may trip.

A fault is proven when at least one call with it fails on one of its own scorers, and when no
scorer fails or asks for review on it that has nothing to do with it. The good agent must pass
every call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.results.model import CallResult

GOOD = "good agent"
"""Name of the row without any fault."""


@dataclass(frozen=True, slots=True)
class PlantedFault:
    """One misbehaviour; ``caught_by`` must notice it, ``may_trip`` are scorers it also concerns.

    Many faults have consequences that other scorers rightly see (a tool called without consent is
    also a tool that the scenario forbids): those are named in ``may_trip``, with a reason in
    ``agent/faults.py``.
    """

    name: str
    caught_by: frozenset[str]
    may_trip: frozenset[str]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix: which scorers failed how many calls, and what is wrong with that."""

    name: str
    calls: int
    failures: Mapping[str, int]
    problems: tuple[str, ...]

    @property
    def proven(self) -> bool:
        """Whether this row is as it must be."""
        return not self.problems


def judge_row(planted: PlantedFault | None, calls: tuple[CallResult, ...]) -> Row:
    """Hold the calls of one run against what its fault must, may and must not trip."""
    failures: dict[str, int] = {}
    problems = [
        f"{call.scenario} ended as {call.status}: {call.status_detail}"
        for call in calls
        if call.status != "completed"
    ]
    for call in calls:
        for score in call.scores:
            if score.outcome in ("fail", "review", "broken"):
                failures[score.scorer] = failures.get(score.scorer, 0) + 1
                if planted is None or score.scorer not in planted.caught_by | planted.may_trip:
                    problems.append(
                        f"false alarm: {score.scorer} on {call.scenario}: {score.reason}"
                    )
    if planted is None:
        return Row(GOOD, len(calls), failures, tuple(problems))
    if not any(_fails(call, planted.caught_by) for call in calls):
        problems.append(f"not caught by {' or '.join(sorted(planted.caught_by))}")
    return Row(planted.name, len(calls), failures, tuple(problems))


def _fails(call: CallResult, scorers: frozenset[str]) -> bool:
    return any(score.passed is False and score.scorer in scorers for score in call.scores)
