"""The power of a gate against a baseline: whether it can break, and which losses it notices.

A gate that holds may have had no chance to break. Two kinds of loss are tried:

- A check (a scorer in a scenario) that passes in most calls of the baseline fails in every call of
  the run, and the calls fail with it. All other verdicts stay as they are. The exact test decides
  for each check, and, if further calls confirm losses, so does ``matched.confirms_broken``.
- Every scenario passes less, in proportion to its rate. The result is the smallest loss that the
  exact test finds in 80 % of simulated runs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from harness.errors import UsageError
from harness.results.compare.measures import CALLS
from harness.results.compare.power import POWER
from harness.results.compare.statistics import Stratum, min_attainable_p
from harness.results.gates.baseline import Baseline, as_known, calls_of
from harness.results.gates.gate_file import POINTS, NoWorse
from harness.results.gates.matched_calls import (
    MEASURES_ALPHA,
    VERDICTS_ALPHA,
    Cell,
    ScenarioVerdicts,
    by_key,
    cells,
    confirms_broken,
    is_known,
    is_rare,
    is_worse,
    named_scenario,
    rarest_loss,
    scenario_verdicts,
    tally,
    verdict_level,
)
from harness.results.model import CallResult
from harness.results.rates import ScenarioKey, by_item, by_scenario, measures_of
from harness.results.verdicts import CallKey

_DRAWS = 200
"""Simulated runs for each size of a loss: the power is then known to ± 6 points."""

_STEPS = 20
"""Sizes of a loss that are tried, from a twentieth of the passed calls to all of them."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Noticeable:
    """The losses that a gate would have noticed; ``unnoticed`` names checks that it would miss."""

    checks: int
    unnoticed: tuple[str, ...]
    loss: float | None
    """The smallest noticed loss over all calls, as a share; None if none would be noticed."""

    @property
    def sentence(self) -> str:
        """The result in words: "would have noticed: one scenario that always fails in 86 % …"."""
        found = []
        if seen := self.checks - len(self.unnoticed):
            share = f" in {_percent(seen / self.checks)} of cases" if self.unnoticed else ""
            found.append(f"one scenario that always fails{share}")
        if self.loss is not None:
            found.append(f"a loss of {self.loss * 100:.0f} points over all calls")
        if not found:
            return "would have noticed neither one scenario that always fails nor fewer passes"
        return f"would have noticed: {'; '.join(found)}"

    @property
    def details(self) -> str:
        """The checks that would have been missed, for ``--explain``; empty if there are none."""
        if not self.unnoticed:
            return ""
        more = len(self.unnoticed) - _SHOWN
        names = ", ".join(self.unnoticed[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        return f"not noticed if they always failed: {names}"


def noticeable(
    gate: NoWorse, baseline: Baseline, calls: Sequence[CallResult], *, confirmed: bool
) -> Noticeable | None:
    """Return the losses that a gate would have noticed; None if no call was compared.

    ``confirmed``: scenarios that look worse are called again (``matched.py``).
    """
    by_cell = cells(calls_of(baseline), as_known(baseline, calls))
    found = {one.scorer: one for one in scenario_verdicts(by_cell)}
    if CALLS not in found:
        return None
    tried = [cell for cell in by_cell if 2 * cell.before.passed > cell.before.calls]
    known: dict[tuple[object, ...], bool] = {}
    unnoticed = []
    for cell in tried:
        alike = (cell.scorer, cell.before, cell.after, found[CALLS].strata.get(cell.scenario))
        if alike not in known:  # the exact test is slow, and many cells have the same counts
            known[alike] = _is_noticed(cell, found, gate.least(), confirmed=confirmed)
        if not known[alike]:
            unnoticed.append(f"{cell.scorer.replace('_', ' ')} in {named_scenario(cell.scenario)}")
    level = min(verdict_level(found.values()), VERDICTS_ALPHA / 2)
    loss = _smallest_loss(found[CALLS], level, gate.least())
    return Noticeable(len(tried), tuple(unnoticed), loss)


def _is_noticed(
    cell: Cell, found: Mapping[str, ScenarioVerdicts], least: float, *, confirmed: bool
) -> bool:
    key = cell.scenario
    if confirmed and is_known(cell.before):  # fresh calls find a broken scenario without a test
        return True
    names = {cell.scorer, CALLS}
    broken = {name: _failing(one, key) if name in names else one for name, one in found.items()}
    level = verdict_level(broken.values())
    return any(
        is_worse(broken[name], level, least=least)
        and (not confirmed or confirms_broken(broken[name].strata[key]))
        for name in names
        if key in broken[name].strata
    )


def _failing(one: ScenarioVerdicts, key: ScenarioKey) -> ScenarioVerdicts:
    stratum = one.strata.get(key)
    lost = {} if stratum is None else {key: replace(stratum, b_passed=0)}
    return replace(one, strata={**one.strata, **lost})


def _smallest_loss(calls: ScenarioVerdicts, level: float, least: float) -> float | None:
    """Return the smallest share of all calls whose loss is found with ``POWER``; None for none."""
    rates = [(s.a_passed + s.b_passed) / (s.a + s.b) for s in calls.strata.values()]
    made = [s.b for s in calls.strata.values()]
    whole = sum(rate * number for rate, number in zip(rates, made, strict=True)) / sum(made)
    # By bisection, as the power grows with the loss.
    low, high = 0, _STEPS + 1
    while high - low > 1:
        middle = (low + high) // 2
        if _power(calls, rates, middle / _STEPS, level, least) >= POWER:
            high = middle
        else:
            low = middle
    return None if high > _STEPS else whole * high / _STEPS


def _power(
    calls: ScenarioVerdicts, rates: Sequence[float], lost: float, level: float, least: float
) -> float:
    """Return the share of simulated runs that are worse if each rate falls by ``lost``."""
    random = np.random.default_rng(0)
    strata = list(calls.strata.items())
    passed = random.binomial(
        [stratum.b for _, stratum in strata],
        [rate * (1 - lost) for rate in rates],
        size=(_DRAWS, len(strata)),
    )
    runs = (
        replace(calls, strata=_with_passes(strata, [int(number) for number in row]))
        for row in passed
    )
    return sum(is_worse(one, level, least=least) for one in runs) / _DRAWS


def _with_passes(
    strata: Sequence[tuple[ScenarioKey, Stratum]], passed: Sequence[int]
) -> dict[ScenarioKey, Stratum]:
    return {
        key: replace(stratum, b_passed=number)
        for (key, stratum), number in zip(strata, passed, strict=True)
    }


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %" if share >= 0.01 else "fewer than 1 %"


# Whether a gate against a baseline could break at all: if not, it is refused before any call.


def check_can_break(
    gate: NoWorse,
    baseline: Baseline,
    planned: Iterable[CallKey],
    *,
    stored: bool = False,
    confirmed: bool = False,
) -> None:
    """Refuse a gate that would hold whatever the planned calls do.

    ``stored``: the calls were made elsewhere and are not made again. ``confirmed``: a broken
    scenario is called again.

    Raises:
        UsageError: too few of them are of scenarios that passed in the baseline; the message has
            the number needed.
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
    """Return whether any verdict would be significantly worse if all calls failed by it."""
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
    # A call is lost by a scorer: if any test breaks, there are two, the scorer's and the calls'.
    of_calls = worst.get(CALLS)
    return any(is_rare(p, of_calls) for p in worst.values())


def _cells_may_break(baseline: Baseline, planned: Collection[ScenarioKey]) -> bool:
    """Return whether a scenario could be found broken by calling it again."""
    groups = [calls for key, calls in by_scenario(calls_of(baseline)).items() if key in planned]
    return any(is_known(tally(calls, name)) for calls in groups for name in baseline.scorers)


def _measures_may_break(baseline: Baseline, planned: Iterable[CallKey]) -> bool:
    """Return whether any measure would be significantly worse if every value were."""
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

    ``new_failures`` is no such gate if a scenario has several calls: a single pass satisfies it.
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
