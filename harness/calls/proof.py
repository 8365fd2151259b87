"""The proof of the scorers: what each planted fault must trip, and what nothing may trip.

A fault is proven when at least one call with it fails on one of its own scorers, and when no
scorer fails or asks for review on it that has nothing to do with it. A good agent must pass every
call, also one with a quirk, which looks suspicious and is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.results.model import CallResult

GOOD = "good agent"
"""Name of the row without any fault or quirk."""

_COMPLETED = "completed"


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
    may_end_as: frozenset[str] = frozenset()
    """Statuses of calls that end early because of the fault."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the matrix: which scorers failed how many calls, and what is wrong with that."""

    name: str
    calls: int
    failures: Mapping[str, int]
    problems: tuple[str, ...]
    false_alarms: int = 0
    """Verdicts against something that is right, and among the problems."""
    caught: bool | None = None
    """Whether a scorer caught the fault; None for a good agent."""

    @property
    def proven(self) -> bool:
        """Whether this row is as it must be."""
        return not self.problems


def judge_row(
    planted: PlantedFault | None, calls: tuple[CallResult, ...], *, name: str = GOOD
) -> Row:
    """Hold the calls of one run against what its fault must, may and must not trip.

    Without a fault it is a good agent of that ``name``.
    """
    may_end_as = {_COMPLETED} | (planted.may_end_as if planted else frozenset())
    expected = planted.caught_by | planted.may_trip if planted else frozenset()
    ended = [
        f"{call.scenario} ended as {call.status}: {call.status_detail}"
        for call in calls
        if call.status not in may_end_as
    ]
    failures: dict[str, int] = {}
    alarms: list[str] = []
    for call in calls:
        for score in call.scores:
            if score.outcome in ("fail", "review", "broken"):
                failures[score.scorer] = failures.get(score.scorer, 0) + 1
                if score.scorer not in expected:
                    alarms.append(f"false alarm: {score.scorer} on {call.scenario}: {score.reason}")
    if planted is None:
        return Row(name, len(calls), failures, (*ended, *alarms), len(alarms))
    caught = any(_fails(call, planted.caught_by) for call in calls)
    missed = () if caught else (f"not caught by {' or '.join(sorted(planted.caught_by))}",)
    problems = (*ended, *alarms, *missed)
    return Row(planted.name, len(calls), failures, problems, len(alarms), caught)


def summary(rows: Sequence[Row]) -> str:
    """Return how many rows are proven and faults caught, and how many verdicts were wrong."""
    faults = [row.caught for row in rows if row.caught is not None]
    caught = f"{sum(faults)} of {len(faults)} faults caught"
    recall = f" (recall {sum(faults) / len(faults):.0%})" if faults else ""
    alarms, calls = sum(row.false_alarms for row in rows), sum(row.calls for row in rows)
    proven = f"{sum(row.proven for row in rows)} of {len(rows)} rows as they must be"
    return f"{proven}; {caught}{recall}; {alarms} false alarm{'s' * (alarms != 1)} in {calls} calls"


def _fails(call: CallResult, scorers: frozenset[str]) -> bool:
    return any(score.passed is False and score.scorer in scorers for score in call.scores)
