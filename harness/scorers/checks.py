"""One thing that a scenario expects, judged: the parts of which a whole verdict is made."""

from __future__ import annotations

from dataclasses import dataclass

from harness.scorers.base import Evidence, Outcome


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


_WORST_FIRST = (Outcome.FAIL, Outcome.REVIEW, Outcome.UNSCORABLE)


def whole(checks: tuple[Check, ...]) -> tuple[Outcome, tuple[Check, ...]]:
    """Return the verdict on all, and the checks that made it: the worst there is decides."""
    for outcome in _WORST_FIRST:
        made = tuple(check for check in checks if check.outcome is outcome)
        if made:
            return outcome, made
    return Outcome.PASS, checks
