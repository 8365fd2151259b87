"""Trends of a history: rates, measures, steps; the worst and the flakiest scenarios."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.judging.scorers.base import Better, Measure
from harness.results.history.changes import Change, Streak, changes_by_night, streak
from harness.results.history.series import (
    Counted,
    Group,
    Night,
    NightCall,
    by_group,
    by_scenario,
    counted,
    judged,
    scenarios_of,
)
from harness.results.history.steps import (
    LEVEL,
    Step,
    ValueStep,
    find_steps,
    find_value_steps,
    rate_of,
)
from harness.results.history.store import History
from harness.results.model import Percentiles, Rate
from harness.results.rates import measures_of, missing_in, numbers_of, rate, spread_of
from harness.results.verdicts import counts


@dataclass(frozen=True, slots=True)
class RateTrend:
    """A pass rate by night: a scorer's over all scenarios, or a scenario's whole calls.

    If both are None it is the rate of whole calls of all scenarios.
    """

    scorer: str | None
    scenario: str | None
    nights: tuple[str, ...]
    rates: tuple[Rate, ...]
    steps: tuple[Step, ...]
    failing: Streak | None = None
    """The failing nights at the end, for a scenario that the group's last night called."""


@dataclass(frozen=True, slots=True)
class MeasureTrend:
    """A measure of all scenarios by night; a night with too few values has no percentiles."""

    measure: Measure
    spreads: tuple[Percentiles, ...]
    steps: tuple[ValueStep, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """The changes since the night before."""

    night: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class GroupTrend:
    """All trends of a group; the tuples by night have an item for each night."""

    group: Group
    nights: tuple[Night, ...]
    rates: tuple[RateTrend, ...]
    """Whole calls first, then every scorer."""
    scenarios: tuple[RateTrend, ...]
    measures: tuple[MeasureTrend, ...]
    changed: tuple[Changed, ...]


def trends(history: History) -> tuple[GroupTrend, ...]:
    """Return the trends of all groups.

    The chance that any step on any of them is a false alarm is at most ``steps.LEVEL``: it is
    shared out evenly (Bonferroni) over all series.
    """
    groups = {group: (nights, counted(nights)) for group, nights in by_group(history).items()}
    series = sum(
        len(one.verdicts) + len(one.scenarios) + len(one.measured) for _, one in groups.values()
    )
    level = LEVEL / max(1, series)
    return tuple(_group_trend(group, *of_group, level=level) for group, of_group in groups.items())


def _group_trend(
    group: Group, nights: tuple[Night, ...], calls: Counted, *, level: float
) -> GroupTrend:
    return GroupTrend(
        group=group,
        nights=nights,
        rates=tuple(_rate_trend(nights, calls, name, level) for name in (None, *calls.scorers)),
        scenarios=_scenario_trends(nights, calls, level),
        measures=tuple(
            MeasureTrend(
                one.measure,
                one.spreads(len(nights)),
                find_value_steps(one.measure, one.values, calls.size, least=one.least, level=level),
            )
            for one in calls.measured.values()
        ),
        changed=_changed(nights),
    )


def _rate_trend(
    nights: tuple[Night, ...], calls: Counted, scorer: str | None, level: float
) -> RateTrend:
    told = calls.of(scorer)
    return RateTrend(
        scorer=scorer,
        scenario=None,
        nights=tuple(night.night for night in nights),
        rates=tuple(rate_of(*tally) for tally in told.by_night()),
        steps=find_steps(told.passed, told.judged, level=level),
    )


def _scenario_trends(
    nights: tuple[Night, ...], calls: Counted, level: float
) -> tuple[RateTrend, ...]:
    """Return the scenarios' trends; a scenario that was dropped on purpose no longer fails."""
    # An interrupted run lacks scenarios that were not dropped on purpose.
    cut_short = any(kept.entry.results.interrupted for kept in nights[-1].calls)
    columns = {night.night: column for column, night in enumerate(nights)}
    told = calls.of(None)
    found = []
    for row, (name, own) in enumerate(by_scenario(nights).items()):
        there = [columns[night.night] for night in own]
        passed, judged = told.passed[row, there], told.judged[row, there]
        tallies = zip(passed.tolist(), judged.tolist(), strict=True)
        found.append(
            RateTrend(
                scorer=None,
                scenario=name,
                nights=tuple(night.night for night in own),
                rates=tuple(rate_of(*tally) for tally in tallies),
                steps=find_steps(passed, judged, level=level),
                failing=streak(own) if there[-1] == len(nights) - 1 or cut_short else None,
            )
        )
    return tuple(found)


def _changed(nights: tuple[Night, ...]) -> tuple[Changed, ...]:
    found = zip(nights, changes_by_night(nights), strict=True)
    return tuple(Changed(night.night, what) for night, what in found if what)


# The worst scenarios of the last nights by each measure, and the flakiest.

LAST_NIGHTS = 14
"""Number of nights considered."""


@dataclass(frozen=True, slots=True)
class WorstScenario:
    """A scenario's values of a measure, and the page of its worst call."""

    group: Group
    scenario: str
    measure: Measure
    spread: Percentiles
    page: str

    @property
    def worst_metric(self) -> str:
        """The figure of the distribution that is its worst value."""
        return "max" if self.measure.better is Better.LOWER else "min"

    @property
    def badness(self) -> float:
        """How bad the median is, to sort by; infinite if it falls on a missing value."""
        return math.inf if self.spread.p50 is None else _badness(self.measure, self.spread.p50)


@dataclass(frozen=True, slots=True)
class Flaky:
    """A scenario that passed and failed without any recorded change."""

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
        if missing_in(kept.call, measure.name):  # a missing value is worse than any other
            return math.inf
        values = numbers_of(kept.call, measure.name)
        return max((_badness(measure, value) for value in values), default=-math.inf)

    return max(calls, key=badness).page


def _badness(measure: Measure, value: float) -> float:
    return value if measure.better is Better.LOWER else -value


def flakiest(group: Group, nights: Sequence[Night]) -> tuple[Flaky, ...]:
    """Return the scenarios that passed some calls and failed some, nearest to half first.

    Only nights since the last change of prompt, scenario, target, harness or scorers count:
    a difference between before and after is not chance.
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
