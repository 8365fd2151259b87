"""Losses that are called again before a run is red by them: whether they are there to stay.

Two questions are asked of fresh calls, which have other seeds than those of the run.

- A scorer is worse than chance explains (``matched.is_worse``). The scenarios that lost most by it
  are called ``CALLS_EACH`` times. It stays worse if these fresh calls alone are worse than the
  baseline, at 5 % over all such scorers.
- A scenario passed all of at least ``KNOWN_CALLS`` calls of the baseline by a scorer, and at least
  half of the run's fail. It is called up to ``MOST_CALLS`` times, and is broken if
  ``BROKEN_FAILURES`` of them fail; two passes say that it is not.

The first needs many calls to see one scenario of many; the second sees it from a single call, and
takes few calls where nothing is broken. ``benchmarks/gates.py`` measures both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from harness.compare.statistics import Stratum, fewer_p, min_attainable_p, tarone_divisor
from harness.gates.matched import (
    Cell,
    Tally,
    cells,
    is_worse,
    lost_calls,
    scenario_verdicts,
    verdict_level,
    without_explained,
)
from harness.results.convert import counts
from harness.results.model import CallResult
from harness.results.rates import ScenarioKey, scenario_key

CALLS_EACH, MOST_SCENARIOS = 5, 10
"""How often a scenario is called for a scorer that is worse, and how many scenarios of it."""

KNOWN_CALLS, MOST_CALLS, BROKEN_FAILURES, ENOUGH_PASSES = 5, 9, 8, 2

_ALPHA = 0.05


class Answer(str, Enum):
    """What fresh calls say of a loss."""

    CONFIRMED = "confirmed"
    NOT_AGAIN = "not_again"
    MISSING = "missing"
    """Too few of them took place."""
    NOT_ASKED = "not_asked"
    """None was made."""


@dataclass(frozen=True, slots=True)
class Suspicions:
    """What may be worse in a run: scorers with the scenarios that lost most, and broken cells."""

    worse: Mapping[str, Mapping[ScenarioKey, Stratum]]
    broken: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class FreshCalls:
    """What calls that were made to confirm losses say, by scorer and scenario."""

    tallies: Mapping[tuple[str, ScenarioKey], Tally]
    valid: Mapping[ScenarioKey, int]
    lost: Mapping[ScenarioKey, int]
    """Calls that are not valid."""
    made: int
    """How many there are, those that are not valid too."""

    def of(self, scorer: str, scenario: ScenarioKey) -> Tally:
        """Return how these calls ended by a scorer."""
        return self.tallies.get((scorer, scenario), Tally())


def fresh_calls(calls: Sequence[CallResult]) -> FreshCalls:
    """Return what these calls say."""
    return FreshCalls(
        tallies={(cell.scorer, cell.scenario): cell.after for cell in cells((), calls)},
        valid=Counter(scenario_key(call) for call in calls if counts(call)),
        lost=Counter(scenario_key(call) for call in calls if not counts(call)),
        made=len(calls),
    )


def suspicions(found: Sequence[Cell], *, least: float) -> Suspicions:
    """Return what looks worse in a run; ``least`` is the smallest loss of a share that matters."""
    scorers = scenario_verdicts(found)
    level = verdict_level(scorers)
    worse = {
        one.scorer: _largest_losses(one.strata)
        for one in scorers
        if is_worse(one, level, least=least)
    }
    return Suspicions(worse, without_explained([cell for cell in found if _may_be_broken(cell)]))


def _largest_losses(strata: Mapping[ScenarioKey, Stratum]) -> dict[ScenarioKey, Stratum]:
    lost = [key for key, stratum in strata.items() if lost_calls(stratum) > 0]
    lost.sort(key=lambda key: -lost_calls(strata[key]))
    return {key: strata[key] for key in lost[:MOST_SCENARIOS]}


def _may_be_broken(cell: Cell) -> bool:
    return is_known(cell.before) and 2 * cell.after.failed >= cell.after.calls


def is_known(before: Tally) -> bool:
    """Say whether a baseline knows well enough that a scenario passes by a scorer."""
    return before.calls >= KNOWN_CALLS and before.passed == before.calls


def wanted(asked: Suspicions, fresh: FreshCalls, *, most: int) -> dict[ScenarioKey, int]:
    """Return which scenarios to call next, and how often; none where every question is answered.

    ``most`` is how many fresh calls there may be in all.
    """
    need: dict[ScenarioKey, int] = {}
    for scenarios in asked.worse.values():
        for key in scenarios:
            need[key] = max(0, CALLS_EACH - fresh.valid.get(key, 0))
    of_scorers = worse_again(asked, fresh)
    for cell in asked.broken:
        answer = of_scorers.get(cell.scorer, Answer.NOT_AGAIN)
        if answer is Answer.NOT_AGAIN:  # else it is red by the scorer, or may still become so
            need[cell.scenario] = max(need.get(cell.scenario, 0), _more_of(cell, fresh))
    left = most - fresh.made
    found: dict[ScenarioKey, int] = {}
    for key, number in need.items():
        if taken := min(number, left):
            found[key] = taken
            left -= taken
    return found


def _more_of(cell: Cell, fresh: FreshCalls) -> int:
    """Return how often to call a scenario next; 0 where it is known whether it is broken."""
    seen, made = fresh.of(cell.scorer, cell.scenario), fresh.valid.get(cell.scenario, 0)
    if broken_again(cell, fresh) in (Answer.CONFIRMED, Answer.NOT_AGAIN):
        return 0
    to_fail = BROKEN_FAILURES - seen.failed
    return min(MOST_CALLS - made, (to_fail + 1) // 2 if made else ENOUGH_PASSES)


def worse_again(asked: Suspicions, fresh: FreshCalls) -> dict[str, Answer]:
    """Return for each scorer that is worse whether fresh calls alone are worse, too."""
    strata = {
        scorer: [
            Stratum(one.a, one.a_passed, seen.calls, seen.passed)
            for key, one in scenarios.items()
            if (seen := fresh.of(scorer, key)).calls
        ]
        for scorer, scenarios in asked.worse.items()
    }
    level = _ALPHA / tarone_divisor([min_attainable_p(each) for each in strata.values()], _ALPHA)
    return {
        scorer: _answer(strata[scorer], level, scenarios, fresh)
        for scorer, scenarios in asked.worse.items()
    }


def confirms_broken(stratum: Stratum) -> bool:
    """Say whether fresh calls that all fail confirm a loss of one scenario by a scorer.

    The calls themselves are lost with it, and are tested, too.
    """
    p = fewer_p([Stratum(stratum.a, stratum.a_passed, CALLS_EACH, 0)])
    return p <= _ALPHA / tarone_divisor([p, p], _ALPHA)


def _answer(
    strata: Sequence[Stratum], level: float, scenarios: Iterable[ScenarioKey], fresh: FreshCalls
) -> Answer:
    scenarios = tuple(scenarios)
    if not any(fresh.valid.get(key) or fresh.lost.get(key) for key in scenarios):
        return Answer.NOT_ASKED
    if strata and fewer_p(strata) <= level:
        return Answer.CONFIRMED
    whole = all(fresh.valid.get(key, 0) >= CALLS_EACH for key in scenarios)
    return Answer.NOT_AGAIN if whole else Answer.MISSING


def broken_again(cell: Cell, fresh: FreshCalls) -> Answer:
    """Return whether fresh calls say that a scenario is broken by a scorer."""
    key = cell.scenario
    seen, made = fresh.of(cell.scorer, key), fresh.valid.get(key, 0)
    if not made and not fresh.lost.get(key):
        return Answer.NOT_ASKED
    if seen.failed >= BROKEN_FAILURES:
        return Answer.CONFIRMED
    over = seen.passed >= ENOUGH_PASSES or made >= MOST_CALLS
    return Answer.NOT_AGAIN if over else Answer.MISSING
