"""Trends of a history: rates with intervals per group and scorer, their steps, latency by night."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from harness.history.changes import Change, changes_by_night
from harness.history.series import Group, Night, by_group, of_scenario, scenarios_of, scorers_of
from harness.history.steps import LEVEL, Step, find_steps
from harness.history.store import History
from harness.history.streak import Streak, streak
from harness.results import rates
from harness.results.aggregate import percentiles, waits_s
from harness.results.convert import counts
from harness.results.model import Percentiles, Rate

_rate = cache(rates.rate)


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
    latency: tuple[Percentiles, ...]
    """Times to first audio in seconds; percentiles are withheld where a night has too few."""
    changed: tuple[Changed, ...]


def trends(history: History) -> tuple[GroupTrend, ...]:
    """Return the trends of all groups.

    The chance that any step on any of them is a false alarm is at most ``steps.LEVEL``: it is
    shared out evenly (Bonferroni) over all series.
    """
    groups = by_group(history)
    scorers = {group: (None, *scorers_of(nights)) for group, nights in groups.items()}
    scenarios = {group: scenarios_of(nights) for group, nights in groups.items()}
    series = sum(len(scorers[group]) + len(scenarios[group]) for group in groups)
    level = LEVEL / max(1, series)
    return tuple(
        GroupTrend(
            group=group,
            nights=nights,
            rates=tuple(_rate_trend(nights, level, scorer=name) for name in scorers[group]),
            scenarios=tuple(_scenario_trend(nights, level, name) for name in scenarios[group]),
            latency=tuple(percentiles(_waits(night)) for night in nights),
            changed=_changed(nights),
        )
        for group, nights in groups.items()
    )


def _scenario_trend(nights: tuple[Night, ...], level: float, name: str) -> RateTrend:
    """Return a scenario's trend; one that was dropped on purpose no longer fails."""
    own = of_scenario(nights, name)
    cut_short = any(kept.entry.results.interrupted for kept in nights[-1].calls)
    there = own[-1].night == nights[-1].night or cut_short
    return replace(_rate_trend(own, level, scenario=name), failing=streak(own) if there else None)


def _rate_trend(
    nights: tuple[Night, ...],
    level: float,
    *,
    scorer: str | None = None,
    scenario: str | None = None,
) -> RateTrend:
    tallies = [night.tally(scorer) for night in nights]
    return RateTrend(
        scorer=scorer,
        scenario=scenario,
        nights=tuple(night.night for night in nights),
        rates=tuple(_rate(*tally) for tally in tallies),
        steps=find_steps(
            [passed for passed, _ in tallies], [judged for _, judged in tallies], level=level
        ),
    )


def _waits(night: Night) -> list[float]:
    return [wait for kept in night.calls if counts(kept.call) for wait in waits_s(kept.call)]


def _changed(nights: tuple[Night, ...]) -> tuple[Changed, ...]:
    found = zip(nights, changes_by_night(nights), strict=True)
    return tuple(Changed(night.night, what) for night, what in found if what)
