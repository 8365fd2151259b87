"""The slowest and the flakiest scenarios of the last nights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.history.changes import changes_by_night
from harness.history.series import Group, Night, NightCall, by_scenario, judged, scenarios_of
from harness.results.aggregate import percentiles, unanswered_turns, waits_s
from harness.results.convert import counts
from harness.results.model import Percentiles, Rate
from harness.results.rates import rate

LAST_NIGHTS = 14
"""How far back is looked."""


@dataclass(frozen=True, slots=True)
class Slow:
    """One scenario's times to first audio, in seconds, and the page of its slowest call.

    A turn that got no answer is a wait without end, as in every percentile.
    """

    group: Group
    scenario: str
    waits: Percentiles
    page: str

    @property
    def median_s(self) -> float:
        """The median wait, infinite where it falls on a turn without an answer."""
        return math.inf if self.waits.p50 is None else self.waits.p50


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
        counted = [kept for kept in calls if counts(kept.call)]
        waits = [(waits_s(kept.call), unanswered_turns(kept.call), kept) for kept in counted]
        timed = [
            (math.inf if lost else max(took), kept) for took, lost, kept in waits if took or lost
        ]
        if timed:
            spread = percentiles(
                (wait for took, _, _ in waits for wait in took),
                unanswered=sum(lost for _, lost, _ in waits),
            )
            page = max(timed, key=lambda pair: pair[0])[1].page
            found.append(Slow(group, scenario, spread, page))
    return tuple(sorted(found, key=lambda slow: slow.median_s, reverse=True))


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
