"""The worst scenarios of the last nights in what is measured, and the flakiest."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.history.changes import changes_by_night
from harness.history.series import Group, Night, NightCall, by_scenario, judged, scenarios_of
from harness.results.convert import counts
from harness.results.measured import measures_of, missing_in, numbers_of, spread_of
from harness.results.model import Percentiles, Rate
from harness.results.rates import rate
from harness.scorers.measure import Better, Measure

LAST_NIGHTS = 14
"""How far back is looked."""


@dataclass(frozen=True, slots=True)
class WorstScenario:
    """One scenario's values of one measure, and the page of its worst call.

    What was owed and never came is worse than any value, as in every percentile.
    """

    group: Group
    scenario: str
    measure: Measure
    spread: Percentiles
    page: str

    @property
    def worst_metric(self) -> str:
        """Which figure of the distribution is its worst value."""
        return "max" if self.measure.better is Better.LOWER else "min"

    @property
    def badness(self) -> float:
        """How bad the median is, to sort by; infinite where it falls on what never came."""
        return math.inf if self.spread.p50 is None else _badness(self.measure, self.spread.p50)


@dataclass(frozen=True, slots=True)
class Flaky:
    """One scenario that passed and failed while nothing that is recorded changed."""

    group: Group
    scenario: str
    rate: Rate
    nights: int
    page: str
    """The last call that failed."""


def worst(group: Group, nights: Sequence[Night]) -> tuple[WorstScenario, ...]:
    """Return the scenarios of the last nights for each measure by their median, worst first."""
    by_name = {
        name: [kept for kept in calls if counts(kept.call)]
        for name, calls in _by_scenario(nights[-LAST_NIGHTS:]).items()
    }
    measures = measures_of(kept.call for calls in by_name.values() for kept in calls)
    found = [
        WorstScenario(group, name, measure, spread, page)
        for measure in measures
        for name, calls in by_name.items()
        if (spread := spread_of([kept.call for kept in calls], measure)).count
        and (page := _worst_page(measure, calls))
    ]
    order = {measure.name: number for number, measure in enumerate(measures)}
    return tuple(sorted(found, key=lambda one: (order[one.measure.name], -one.badness)))


def _worst_page(measure: Measure, calls: Sequence[NightCall]) -> str:
    def badness(kept: NightCall) -> float:
        if missing_in(kept.call, measure.name):
            return math.inf
        values = numbers_of(kept.call, measure.name)
        return max((_badness(measure, value) for value in values), default=-math.inf)

    return max(calls, key=badness).page


def _badness(measure: Measure, value: float) -> float:
    return value if measure.better is Better.LOWER else -value


def flakiest(group: Group, nights: Sequence[Night]) -> tuple[Flaky, ...]:
    """Return the scenarios that passed some calls and failed some, nearest to half first.

    Of the last nights only those since the last change of prompt, scenario, target, harness or
    scorers count: before and after are not one thing that behaves differently by chance.
    """
    found = []
    recent = scenarios_of(nights[-LAST_NIGHTS:])
    own = by_scenario(nights)
    for scenario in recent:
        same = _since_change(own[scenario][-LAST_NIGHTS:])
        calls = [kept for night in same for kept in night.calls]
        failed = [kept for kept in calls if judged(kept.call, None) is False]
        passed = sum(judged(kept.call, None) is True for kept in calls)
        if passed and failed:
            share = rate(passed, passed + len(failed))
            found.append(Flaky(group, scenario, share, len(same), failed[-1].page))
    return tuple(sorted(found, key=lambda flaky: abs((flaky.rate.rate or 0.0) - 0.5)))


def _since_change(nights: Sequence[Night]) -> Sequence[Night]:
    changed = [number for number, what in enumerate(changes_by_night(nights)) if what]
    return nights[changed[-1] :] if changed else nights


def _by_scenario(nights: Sequence[Night]) -> dict[str, list[NightCall]]:
    found: dict[str, list[NightCall]] = {}
    for night in nights:
        for kept in night.calls:
            found.setdefault(kept.call.scenario, []).append(kept)
    return found
