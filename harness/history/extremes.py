"""The slowest and the flakiest scenarios of the last nights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.history.changes import changes_by_night
from harness.history.series import Group, Kept, Night, judged, of_scenario, scenarios_of
from harness.results.aggregate import percentiles, waits_s
from harness.results.convert import counts
from harness.results.model import Percentiles, Rate
from harness.results.rates import rate

LAST_NIGHTS = 14
"""How far back is looked."""


@dataclass(frozen=True, slots=True)
class Slow:
    """One scenario's times to first audio, in seconds, and the page of its slowest call."""

    group: Group
    scenario: str
    waits: Percentiles
    page: str


@dataclass(frozen=True, slots=True)
class Flaky:
    """One scenario that passed and failed while nothing that is recorded changed."""

    group: Group
    scenario: str
    rate: Rate
    nights: int
    page: str
    """The last call that failed."""


def slowest(group: Group, nights: Sequence[Night]) -> tuple[Slow, ...]:
    """Return the scenarios of the last nights by their median wait, slowest first."""
    found = []
    for scenario, calls in _by_scenario(nights[-LAST_NIGHTS:]).items():
        timed = [(max(waits), kept) for kept in calls if (waits := _waits(kept))]
        if timed:
            spread = percentiles(wait for kept in calls for wait in _waits(kept))
            page = max(timed, key=lambda pair: pair[0])[1].page
            found.append(Slow(group, scenario, spread, page))
    return tuple(sorted(found, key=lambda slow: -(slow.waits.p50 or 0.0)))


def flakiest(group: Group, nights: Sequence[Night]) -> tuple[Flaky, ...]:
    """Return the scenarios that passed some calls and failed some, nearest to half first.

    Of the last nights only those since the last change of prompt, scenario, target, harness or
    scorers count: before and after are not one thing that behaves differently by chance.
    """
    found = []
    for scenario in scenarios_of(nights[-LAST_NIGHTS:]):
        same = _since_change(of_scenario(nights, scenario)[-LAST_NIGHTS:])
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


def _by_scenario(nights: Sequence[Night]) -> dict[str, list[Kept]]:
    found: dict[str, list[Kept]] = {}
    for night in nights:
        for kept in night.calls:
            found.setdefault(kept.call.scenario, []).append(kept)
    return found


def _waits(kept: Kept) -> tuple[float, ...]:
    return waits_s(kept.call) if counts(kept.call) else ()
