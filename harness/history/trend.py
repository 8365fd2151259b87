"""Trends of a history: rates with intervals per group and scorer, measures, and their steps."""

from __future__ import annotations

from dataclasses import dataclass

from harness.history.changes import Change, Streak, changes_by_night, streak
from harness.history.series import Counted, Group, Night, by_group, by_scenario, counted
from harness.history.steps import LEVEL, Step, ValueStep, find_steps, find_value_steps, rate
from harness.history.store import History
from harness.results.model import Percentiles, Rate
from harness.scorers.measure import Measure


@dataclass(frozen=True, slots=True)
class RateTrend:
    """One pass rate by night: a scorer's over all scenarios, or one scenario's whole calls.

    Where both are None it is the whole calls of all scenarios.
    """

    scorer: str | None
    scenario: str | None
    nights: tuple[str, ...]
    rates: tuple[Rate, ...]
    steps: tuple[Step, ...]
    failing: Streak | None = None
    """The failing nights at the end, of a scenario that the group's last night called."""


@dataclass(frozen=True, slots=True)
class MeasureTrend:
    """One measure of all scenarios by night; percentiles are withheld where a night has too few."""

    measure: Measure
    spreads: tuple[Percentiles, ...]
    steps: tuple[ValueStep, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """What was not the same as the night before."""

    night: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class GroupTrend:
    """Everything about one group over time; the tuples by night have one item for each night."""

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
        rates=tuple(rate(*tally) for tally in told.by_night()),
        steps=find_steps(told.passed, told.judged, level=level),
    )


def _scenario_trends(
    nights: tuple[Night, ...], calls: Counted, level: float
) -> tuple[RateTrend, ...]:
    """Return the scenarios' trends; one that was dropped on purpose no longer fails."""
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
                rates=tuple(rate(*tally) for tally in tallies),
                steps=find_steps(passed, judged, level=level),
                failing=streak(own) if there[-1] == len(nights) - 1 or cut_short else None,
            )
        )
    return tuple(found)


def _changed(nights: tuple[Night, ...]) -> tuple[Changed, ...]:
    found = zip(nights, changes_by_night(nights), strict=True)
    return tuple(Changed(night.night, what) for night, what in found if what)
