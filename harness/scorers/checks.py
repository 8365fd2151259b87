"""One thing that a scenario expects, judged: the parts of which a whole verdict is made."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import Unscorable
from harness.scorers.base import Evidence, Outcome, Score, merged
from harness.scorers.own_lateness import HarnessTooLate


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation with its verdict; ``what`` names it as the scenario does."""

    what: str
    outcome: Outcome
    reason: str
    evidence: tuple[Evidence, ...] = ()
    heard: str = ""
    """The recognizer's words that decided it, where words were looked for."""
    claimed: str = ""
    """The agent's own words there."""
    place: tuple[str | int, ...] = ()
    """Where the expectation stands in ``expect``."""
    by_own_lateness: bool = False
    """Whether it could not be judged because the harness itself was late."""


_WORST_FIRST = (Outcome.FAIL, Outcome.REVIEW, Outcome.UNSCORABLE)


def whole(checks: tuple[Check, ...]) -> tuple[Outcome, tuple[Check, ...]]:
    """Return the verdict on all, and the checks that made it: the worst there is decides."""
    for outcome in _WORST_FIRST:
        made = tuple(check for check in checks if check.outcome is outcome)
        if made:
            return outcome, made
    return Outcome.PASS, checks


def share_kept(checks: tuple[Check, ...], good: str) -> Score:
    """Return the verdict on all, at least one; the value is the share of those that passed.

    ``good`` says that all did; else the checks that made the verdict tell why. Raises Unscorable
    where nothing is worse than one that could not be judged.
    """
    outcome, made = whole(checks)
    if outcome is Outcome.UNSCORABLE:
        for check in made:
            if check.by_own_lateness:
                raise HarnessTooLate(check.reason)
        raise Unscorable(made[0].reason)
    kept = sum(check.outcome is Outcome.PASS for check in checks)
    return Score(
        outcome,
        f"{good} ({kept})" if outcome is Outcome.PASS else merged(check.reason for check in made),
        value=kept / len(checks),
        unit="share",
        evidence=tuple(each for check in made for each in check.evidence),
    )
