"""The power of a gate against a baseline: which losses it would have noticed in this run.

A gate that holds may have had no chance to break. Two kinds of loss are tried:

- One check (a scorer in a scenario) that passes in most calls of the baseline fails in every call
  of the run, and the calls fail with it. All other verdicts stay as they are. The exact test
  decides for each check, and if losses are confirmed by further calls, ``confirming.py``, too.
- Every scenario passes less, in proportion to its rate. The result is the smallest loss that the
  exact test finds in 80 % of simulated runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.compare.measures import CALLS
from harness.compare.power import POWER
from harness.compare.statistics import Stratum
from harness.gates.baseline import Baseline, as_known, calls_of
from harness.gates.confirming import confirms_broken, is_known
from harness.gates.gate_file import NoWorse
from harness.gates.matched import (
    VERDICTS_ALPHA,
    Cell,
    ScenarioVerdicts,
    cells,
    is_worse,
    named_scenario,
    scenario_verdicts,
    verdict_level,
)
from harness.results.model import CallResult
from harness.results.rates import ScenarioKey

_DRAWS = 200
"""Simulated runs for each size of a loss: the power is then known to ± 6 points."""

_STEPS = 20
"""Sizes of a loss that are tried, from a twentieth of what passes to all of it."""

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
    """Return what a gate would have noticed; None if no call was compared.

    ``confirmed``: what looks worse is called again (``confirming.py``).
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
        if alike not in known:
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
    if confirmed and is_known(cell.before):
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
