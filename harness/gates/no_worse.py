"""The gates against a baseline: is anything worse now, beyond chance and beyond what matters.

Calls are held against the baseline's of the same suite, scenario, condition, repeat and seed. A
measure (calls, each scorer, what it measures) is worse when its loss exceeds the minimum effect and
a one-sided exact test finds it at 2.5 % after Holm over all measures: the losing side of what
``harness compare`` tests at 95 %. So at most 2.5 % of builds in which nothing changed are red by
all measures together, however many builds one baseline judges (``benchmarks/gates.py``). Too few
pairs, a loss that may be chance, or a minimum effect on one side of which the loss lies as it was
measured, and on the other without our own lateness, are no evidence: this is said, with what helps,
and breaks no gate. A run that has no call in common with the baseline was not compared at all, and
does not hold. A gate that no outcome could break is refused before the first call.

The plain gate for small suites asks what passed in the baseline and fails in all its repeats now.
No test of chance is in it, so it needs no number of pairs: one scenario called twice can break it.
The price is written in docs/ci.md: of a scenario that passes p of its calls, an unchanged agent
fails all r repeats with a probability of (1 - p)^r. A scenario whose repeats are all open (review,
broken) may turn out a new failure: where the limit would then be broken, it cannot be judged.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean

from harness.compare.measures import PairedMeasure, amount, between
from harness.compare.power import Design
from harness.compare.statistics import LEVEL, Interval, fewest_p, holm
from harness.errors import UsageError
from harness.gates.baseline import Baseline, as_known, calls_of, new_scorers
from harness.gates.gate_file import AbsoluteGate, NoWorse
from harness.gates.gate_rule import NEW_FAILURES, Rule
from harness.gates.judged import TOO_LATE_TO_TELL, in_scope, title, written
from harness.gates.matched import (
    MatchedMeasure,
    by_key,
    fewest_p_of,
    matched_measures,
    matched_sets,
    verdict,
)
from harness.results.convert import CallKey, counts
from harness.results.measured import SHARE, by_item, measures_of
from harness.results.model import CallResult, GateKind, GateResult
from harness.results.rates import ScenarioKey, by_scenario
from harness.scorers.measure import Measure

ALPHA = (1 - LEVEL) / 2
"""How often an unchanged build is red by any of the measures, at most."""

NONE_NEW = (
    AbsoluteGate(check=f"{NEW_FAILURES} <= 0"),
    Rule(None, NEW_FAILURES, None, "<=", 0.0, ""),
)
"""The gate as it is asked for where nobody wrote one."""

_SHOWN = 5


def judge_baseline(
    gate: NoWorse, baseline: Baseline, calls: Sequence[CallResult]
) -> tuple[GateResult, ...]:
    """Return one verdict per measure that the run and its baseline have in common.

    A scorer that the baseline does not know is told as new, and breaks nothing.
    ``value`` is the change since the baseline (a share, or seconds), ``limit`` the largest loss
    that is let through.

    Raises:
        UsageError: the run holds copies of a call.
    """
    sets = matched_sets(calls_of(baseline), as_known(baseline, calls))
    found = matched_measures(sets)
    if all(one.after.passed is None for one in sets) or not found:
        return (_nothing_in_common(),)
    alpha = ALPHA / len(found)
    adjusted = holm([one.p(alpha) for one in found])
    stored = any(call.call for call in calls)
    return (
        *(
            _verdict(one, p, gate, tests=len(found), stored=stored)
            for one, p in zip(found, adjusted, strict=True)
        ),
        *map(_new, new_scorers(baseline, calls)),
    )


def check_can_break(
    gate: NoWorse, baseline: Baseline, planned: Iterable[CallKey], *, stored: bool = False
) -> None:
    """Refuse a gate that would hold whatever the planned calls do.

    ``stored``: they were made elsewhere, and nobody calls again.

    Raises:
        UsageError: too few of them have their like in the baseline; says how many it takes.
    """
    keys = tuple(planned)
    there = by_key(calls_of(baseline))
    before = [there[key] for key in keys if key in there]
    measured = list(_measured_before(baseline, before))
    if any(_may_break(measure, each, gate, len(measured)) for measure, each in measured):
        return
    pairs, takes = len(before), Design(tests=max(1, len(measured))).fewest
    more = "Import more calls" if stored else "Give more --repeat"
    raise UsageError(
        f"no_worse_than_baseline could not break, whatever these calls do: {pairs} of them "
        f"{'has its' if pairs == 1 else 'have their'} like in the baseline (same scenario, "
        f"repeat and seed), and it takes {takes} that passed there. {more}, for the "
        f"baseline's run too (harness baseline save){_other_gate(baseline, keys)}"
        f"{'. Calls of different callers: harness compare' if stored else ''}"
    )


def _other_gate(baseline: Baseline, planned: Sequence[CallKey]) -> str:
    """Return a gate for few calls, which breaks if half of the calls that passed no longer pass.

    ``new_failures`` is none where a scenario has several calls: it asks for one pass of each.
    """
    if max(Counter(key[:3] for key in planned).values(), default=0) == 1:
        return ", or put the gate 'new_failures <= 0' into gates.yaml, which is made for few calls"
    verdicts = [call.passed for call in calls_of(baseline) if call.passed is not None]
    limit = math.floor(_KEPT * 100 * sum(verdicts) / len(verdicts)) if verdicts else 0
    if not limit:
        return ""
    return (
        f", or put a limit such as 'pass_rate >= {limit} %' into gates.yaml "
        f"({_KEPT:.0%} of the baseline's rate)"
    )


_KEPT = 0.8
"""The part of a baseline's pass rate that an advised limit asks for."""


def _measured_before(
    baseline: Baseline, before: Sequence[Sequence[CallResult]]
) -> Iterable[tuple[Measure | None, Sequence[Sequence[float]]]]:
    """Yield what the baseline's calls say in each measure that they have, caller by caller."""
    found: list[tuple[Measure | None, list[list[float]]]] = [
        (None, [[float(call.passed is True) for call in calls] for calls in before])
    ]
    for name in baseline.scorers:
        asked = ([verdict(call, name) for call in calls] for calls in before)
        found.append((None, [[v for v in one if v is not None] for one in asked]))
    for measure in measures_of(call for calls in before for call in calls):
        there = [[1.0 for call in calls if by_item(call, measure.name)] for calls in before]
        found.append((measure, there))
    for measured, each in found:
        if judged := [values for values in each if values]:
            yield measured, judged


def _may_break(
    measure: Measure | None, before: Sequence[Sequence[float]], gate: NoWorse, tests: int
) -> bool:
    smallest = fewest_p(before) if measure is None else fewest_p_of(before)
    if smallest * tests > ALPHA:
        return False
    return measure is not None or fmean(map(fmean, before)) > gate.least()


def _nothing_in_common() -> GateResult:
    return GateResult(
        gate="no worse: baseline",
        kind=GateKind.BASELINE,
        passed=False,
        value=None,
        limit=None,
        unit="",
        reason="no judged call has its like in the baseline (same scenario, repeat and seed)",
    )


def _new(scorer: str) -> GateResult:
    return GateResult(
        gate=f"no worse: {scorer}.pass_rate",
        kind=GateKind.BASELINE,
        passed=None,
        value=None,
        limit=None,
        unit=SHARE,
        reason="new, not compared: the baseline is older than this scorer",
    )


def _verdict(
    one: MatchedMeasure, p: float, gate: NoWorse, *, tests: int, stored: bool
) -> GateResult:
    measure = one.measure
    least, interval = gate.least(measure.measure), measure.interval()
    loss = measure.loss(interval.mean)
    beyond, few = loss > least, one.fewest_p * tests > ALPHA
    low, high = measure.true_losses
    late = low < high and (low > least) is not (high > least)
    worse = beyond and p <= ALPHA and not late
    unclear = not worse and (beyond or few)
    name = f"{measure.measure_name}.mean" if measure.measure else f"{measure.scorer}.pass_rate"
    reason = _told(measure, interval)
    if beyond:
        reason += f"; p = {p:.2g} (Holm over {tests})"
    if late:
        reason += TOO_LATE_TO_TELL
    elif unclear:
        design = Design(tests=tests, least=least)
        reason += _what_it_takes(measure, max(loss, 2 * least), design, stored=stored)
    return GateResult(
        gate=f"no worse: {name}",
        kind=GateKind.BASELINE,
        passed=None if unclear or late else not worse,
        value=interval.mean,
        limit=least,
        unit=measure.unit,
        reason=reason,
    )


def _told(measure: PairedMeasure, interval: Interval) -> str:
    sides = ((measure.a, measure.a_least), (measure.b, measure.b_least))
    before, after = (written(fmean(all), measure.unit, fmean(least)) for all, least in sides)
    text = f"{before} → {after} in {interval.pairs} pair{'' if interval.pairs == 1 else 's'}"
    if measure.left_out:
        text += f", {measure.left_out} judged once only"
    if interval.low is not None and interval.high is not None:
        text += f"; change {between(interval.low, interval.high, measure.unit)}"
    return text


def _what_it_takes(measure: PairedMeasure, effect: float, design: Design, *, stored: bool) -> str:
    """Say how many pairs, and repeats of all scenarios, would tell a loss of this size.

    ``stored``: the calls were made elsewhere, and nobody calls again.
    """
    if measure.unit == SHARE and effect > 1:
        return ""
    size = amount(effect, measure.unit).lstrip("+±")
    pairs, repeats = (f(effect, design) for f in (measure.pairs_needed, measure.repeats_needed))
    made = f"--repeat {repeats}, of the baseline's run too"
    many = "of stored calls, in both runs" if stored else made
    return f"; {size} could be told with {pairs} pairs ({many})"


def judge_new_failures(
    gate: AbsoluteGate, rule: Rule, *, baseline: Baseline, calls: Sequence[CallResult]
) -> GateResult:
    """Return the verdict of ``new_failures <= N``; none where no scenario can be looked at."""
    passed = {key for key, each in by_scenario(calls_of(baseline)).items() if _passes(each)}
    looked_at = [call for call in calls if counts(call) and in_scope(call, gate)]
    now = by_scenario(as_known(baseline, looked_at))
    verdicts = {key: [one.passed for one in each] for key, each in now.items() if key in passed}
    judged = {key: each for key, each in verdicts.items() if set(each) != {None}}
    failing = [key for key, each in judged.items() if True not in each]
    reason = f"{len(failing)} of {len(judged)} scenarios that passed in the baseline"
    if failing:
        reason += f": {_named(failing)}"
    if new := new_scorers(baseline, looked_at):
        reason += f"; without {', '.join(new)} (new, not compared)"
    waiting = len(verdicts) - len(judged)
    settled = rule.holds(len(failing)) is rule.holds(len(failing) + waiting)
    if waiting:
        reason += f"; {waiting} without a verdict now"
    if not settled:
        reason += ", which may be new failures"
    return GateResult(
        gate=title(gate),
        kind=GateKind.ABSOLUTE,
        passed=rule.holds(len(failing)) if judged and settled else None,
        value=float(len(failing)) if judged else None,
        limit=rule.limit,
        unit="",
        reason=reason if judged else "no scenario was judged that passed in the baseline",
    )


def _passes(calls: Iterable[CallResult]) -> bool:
    """Whether a scenario passes: more than half of what was judged."""
    judged = [call.passed for call in calls if call.passed is not None]
    return 2 * sum(judged) > len(judged)


def _named(failing: Sequence[ScenarioKey]) -> str:
    names = [f"{name} ({condition})" if condition else name for _, name, condition in failing]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"
