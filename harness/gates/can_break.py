"""Whether a gate against a baseline could break at all: if not, it is refused before any call."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import count

from harness.compare.measures import CALLS
from harness.compare.statistics import Stratum, min_attainable_p
from harness.errors import UsageError
from harness.gates.baseline import Baseline, calls_of
from harness.gates.confirming import is_known
from harness.gates.gate_file import POINTS, NoWorse
from harness.gates.matched import MEASURES_ALPHA, by_key, is_rare, rarest_loss, tally
from harness.results.convert import CallKey
from harness.results.measured import by_item, measures_of
from harness.results.model import CallResult
from harness.results.rates import ScenarioKey, by_scenario


def check_can_break(
    gate: NoWorse,
    baseline: Baseline,
    planned: Iterable[CallKey],
    *,
    stored: bool = False,
    confirmed: bool = False,
) -> None:
    """Refuse a gate that would hold whatever the planned calls do.

    ``stored``: they were made elsewhere, and nobody calls again. ``confirmed``: a scenario that is
    broken is called again.

    Raises:
        UsageError: too few of them are of scenarios that passed in the baseline; says how many it
            takes.
    """
    keys = tuple(planned)
    before = by_scenario(calls_of(baseline))
    number = {key: n for key, n in Counter(key[:3] for key in keys).items() if key in before}
    if _verdicts_may_break(gate, baseline, before, number):
        return
    if _measures_may_break(baseline, keys) or (confirmed and _cells_may_break(baseline, number)):
        return
    if number and not any(call.passed for key in number for call in before[key]):
        raise UsageError(
            "no_worse_than_baseline could not break, whatever these calls do: no call of these "
            "scenarios passed in the baseline, so none can be lost. Save a baseline of a run that "
            "passes (harness baseline save DIR)"
        )
    if _verdicts_may_break(_ANY_LOSS, baseline, before, number):
        raise UsageError(
            "no_worse_than_baseline could not break, whatever these calls do: not even if all of "
            f"them fail is the loss more than 'minimum_effect: {{points: {gate.least() * 100:g}}}'"
        )
    calls, there = sum(number.values()), sum(len(before[key]) for key in number)
    more = "Import more calls"
    if not stored:
        more = f"Give --repeat {_repeats_needed(len(number))}" if number else "Call its scenarios"
    raise UsageError(
        f"no_worse_than_baseline could not break, whatever these calls do: {calls} of them "
        f"{'is' if calls == 1 else 'are'} of scenarios of the baseline, which has {there} calls of "
        f"these. {more}, for the baseline's run too (harness baseline save)"
        f"{_other_gate(baseline, keys)}"
        f"{'. Calls of different callers: harness compare' if stored else ''}"
    )


def _verdicts_may_break(
    gate: NoWorse,
    baseline: Baseline,
    before: Mapping[ScenarioKey, Sequence[CallResult]],
    number: Mapping[ScenarioKey, int],
) -> bool:
    """Say whether any verdict would be significantly worse if all calls failed by it."""
    worst: dict[str, float] = {}
    for name in (CALLS, *baseline.scorers):
        there = {key: tally(before[key], name) for key in number}
        strata = [
            Stratum(one.calls, one.passed, number[key], 0)
            for key, one in there.items()
            if one.calls
        ]
        planned = sum(one.b for one in strata)
        expected = sum(one.b * one.a_passed / one.a for one in strata)
        if planned and expected / planned > gate.least():
            worst[name] = min_attainable_p(strata)
    # A call is lost by a scorer, so each test has one beside it: a loss in calls alone is none.
    of_calls = worst.get(CALLS)
    return any(is_rare(p, of_calls) for p in worst.values())


def _cells_may_break(baseline: Baseline, planned: Collection[ScenarioKey]) -> bool:
    """Say whether a scenario could be found broken by calling it again."""
    groups = [calls for key, calls in by_scenario(calls_of(baseline)).items() if key in planned]
    return any(is_known(tally(calls, name)) for calls in groups for name in baseline.scorers)


def _measures_may_break(baseline: Baseline, planned: Iterable[CallKey]) -> bool:
    """Say whether any measure would be significantly worse if every value were."""
    there = by_key(calls_of(baseline))
    before = [there[key] for key in planned if key in there]
    return any(
        rarest_loss(
            filter(None, (sum(bool(by_item(c, one.name)) for c in calls) for calls in before))
        )
        <= MEASURES_ALPHA
        for one in measures_of(call for calls in before for call in calls)
    )


def _repeats_needed(scenarios: int) -> int:
    """Return how many repeats of so many scenarios, on both sides, could break the gate.

    All pass in the baseline, and all fail in the run.
    """

    def rarest(repeats: int) -> float:
        return min_attainable_p([Stratum(repeats, repeats, repeats, 0)] * scenarios)

    return next(n for n in count(1) if is_rare(rarest(n), rarest(n)))


def _other_gate(baseline: Baseline, planned: Sequence[CallKey]) -> str:
    """Return a gate for few calls, which breaks if half of the calls that passed no longer pass.

    ``new_failures`` is none where a scenario has several calls: it asks for one pass of each.
    """
    if max(Counter(key[:3] for key in planned).values(), default=0) == 1:
        return ", or put the gate 'new_failures <= 0' into gates.yaml, which is made for few calls"
    judged = [call.passed for call in calls_of(baseline) if call.passed is not None]
    limit = math.floor(_KEPT * 100 * sum(judged) / len(judged)) if judged else 0
    if not limit:
        return ""
    return (
        f", or put a limit such as 'pass_rate >= {limit} %' into gates.yaml "
        f"({_KEPT:.0%} of the baseline's rate)"
    )


_ANY_LOSS = NoWorse(minimum_effect={POINTS: 0.0})

_KEPT = 0.8
"""The part of a baseline's pass rate that an advised limit asks for."""
