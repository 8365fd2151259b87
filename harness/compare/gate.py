"""The gate against a baseline: is anything worse now, beyond chance and beyond what matters.

Calls are paired with the baseline's by suite, scenario, condition, repeat and seed. A measure is
worse when the 95 % interval of the paired difference excludes 0 and the difference exceeds the
minimum effect. Each measure has its own interval: over many measures, false alarms add up to more
than 5 %, which is why the minimum effect is asked for too. Too few pairs, or a loss that may be
chance, are no evidence: this is said, with the repeats that it would take, and breaks no gate. A
run that has no call in common with the baseline was not compared at all, and does not hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from harness.compare.measures import SECONDS, SHARE, Measure, amount, between, measures
from harness.compare.pairing import Pair, pair_calls
from harness.compare.statistics import Design, Interval, fewest_pairs
from harness.results.baseline import Baseline, calls_of
from harness.results.gate_file import MinimumEffect, NoWorse
from harness.results.gates import written
from harness.results.model import CallResult, GateKind, GateResult

CALLS = "calls"
"""The measure of whole calls, beside those of scorers."""


def judge_baseline(
    gate: NoWorse, baseline: Baseline, calls: Sequence[CallResult]
) -> tuple[GateResult, ...]:
    """Return one verdict per measure that the run and its baseline have in common.

    ``value`` is the change since the baseline (a share, or seconds), ``limit`` the largest loss
    that is let through.
    """
    paired = pair_calls(calls_of(baseline), calls, same_seeds=True).pairs
    pairs = tuple(pair for pair in paired if pair.counts)
    found = [measure for measure in (_of_calls(pairs), *measures(pairs)) if measure.pairs]
    if not found:
        return (_nothing_in_common(),)
    return tuple(_verdict(measure, gate.minimum_effect) for measure in found)


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


def _of_calls(pairs: Sequence[Pair]) -> Measure:
    judged = tuple(p for p in pairs if p.a.passed is not None and p.b.passed is not None)
    return Measure(
        scorer=CALLS,
        unit=SHARE,
        pairs=judged,
        a=tuple(float(bool(pair.a.passed)) for pair in judged),
        b=tuple(float(bool(pair.b.passed)) for pair in judged),
        left_out=len(pairs) - len(judged),
    )


def _verdict(measure: Measure, effect: MinimumEffect) -> GateResult:
    least = effect.time_to_first_audio if measure.unit == SECONDS else effect.points / 100
    interval = measure.interval()
    loss = measure.loss(interval.mean)
    beyond = loss > least
    few = interval.pairs < fewest_pairs()
    worse = beyond and interval.excludes_zero and not few
    unclear = not worse and (beyond or few)
    name = "mean" if measure.unit == SECONDS else "pass_rate"
    reason = _told(measure, interval)
    if unclear:
        reason += f"; {_what_it_takes(measure, max(loss, least))}"
    return GateResult(
        gate=f"no worse: {measure.scorer}.{name}",
        kind=GateKind.BASELINE,
        passed=None if unclear else not worse,
        value=interval.mean,
        limit=least,
        unit=measure.unit,
        reason=reason,
    )


def _told(measure: Measure, interval: Interval) -> str:
    before, after = (written(fmean(values), measure.unit) for values in (measure.a, measure.b))
    text = f"{before} → {after} in {interval.pairs} pair{'' if interval.pairs == 1 else 's'}"
    if measure.left_out:
        text += f", {measure.left_out} judged once only"
    if interval.low is not None and interval.high is not None:
        text += f"; change {between(interval.low, interval.high, measure.unit)}"
    return text


def _what_it_takes(measure: Measure, effect: float) -> str:
    """Say how many pairs, and repeats of all scenarios, would tell a change of this size."""
    design = Design()
    size = amount(effect, measure.unit).lstrip("+±")
    pairs, repeats = (f(effect, design) for f in (measure.pairs_needed, measure.repeats_needed))
    many = f"--repeat {repeats}, of the baseline's run too"
    return f"{size} could be told with {pairs} pairs ({many})"
