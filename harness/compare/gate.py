"""The gate against a baseline: is anything worse now, beyond chance and beyond what matters.

Calls are paired with the baseline's by suite, scenario, condition, repeat and seed. A measure is
worse when the 95 % interval of the paired difference excludes 0 and the difference exceeds the
minimum effect. Each measure has its own interval: over many measures, false alarms add up to more
than 5 %, which is why the minimum effect is asked for too. Too few pairs, or a loss that may be
chance, are no evidence: this is said, with the repeats that it would take, and breaks no gate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from harness.compare.measures import SECONDS, SHARE, Measure, measures
from harness.compare.pairing import Pair, pair_calls
from harness.compare.statistics import (
    Design,
    Interval,
    fewest_pairs,
    paired_mean,
    paired_share,
    pairs_needed,
    share_spread,
    spread,
)
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
    if not pairs:
        return (_nothing_in_common(),)
    per_repeat = len({(pair.a.suite, pair.a.scenario, pair.a.condition) for pair in pairs})
    found = (_of_calls(pairs), *measures(pairs))
    return tuple(
        _verdict(measure, gate.minimum_effect, per_repeat) for measure in found if measure.pairs
    )


def _nothing_in_common() -> GateResult:
    return GateResult(
        gate="no worse: baseline",
        kind=GateKind.BASELINE,
        passed=None,
        value=None,
        limit=None,
        unit="",
        reason="no call has its like in the baseline (same scenario, repeat and seed)",
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


def _verdict(measure: Measure, effect: MinimumEffect, per_repeat: int) -> GateResult:
    least = effect.time_to_first_audio if measure.unit == SECONDS else effect.points / 100
    interval = _interval(measure)
    # less is better only where seconds are measured
    loss = interval.mean if measure.unit == SECONDS else -interval.mean
    beyond = loss > least
    few = interval.pairs < fewest_pairs()
    worse = beyond and interval.excludes_zero and not few
    unclear = not worse and (beyond or few)
    name = "mean" if measure.unit == SECONDS else "pass_rate"
    reason = _told(measure, interval)
    if unclear:
        reason += f"; {_what_it_takes(measure, max(loss, least), per_repeat)}"
    return GateResult(
        gate=f"no worse: {measure.scorer}.{name}",
        kind=GateKind.BASELINE,
        passed=None if unclear else not worse,
        value=interval.mean,
        limit=least,
        unit=measure.unit,
        reason=reason,
    )


def _interval(measure: Measure) -> Interval:
    if measure.unit == SHARE:
        return paired_share(measure.signs)
    return paired_mean(measure.differences)


def _told(measure: Measure, interval: Interval) -> str:
    before, after = (written(fmean(values), measure.unit) for values in (measure.a, measure.b))
    text = f"{before} → {after} in {interval.pairs} pair{'' if interval.pairs == 1 else 's'}"
    if measure.left_out:
        text += f", {measure.left_out} judged once only"
    if interval.low is not None and interval.high is not None:
        low, high = (_number(bound, measure.unit) for bound in (interval.low, interval.high))
        text += f"; change {low} to {high} {_UNITS[measure.unit]}"
    return text


def _what_it_takes(measure: Measure, effect: float, per_repeat: int) -> str:
    """Say how many pairs, and repeats of all scenarios, would tell a change of this size."""
    share = measure.unit == SHARE
    deviation = share_spread(measure.signs, effect) if share else spread(measure.differences)
    pairs = pairs_needed(effect, deviation, Design()) if effect else fewest_pairs()
    size = f"{_number(effect, measure.unit).lstrip('+')} {_UNITS[measure.unit]}"
    repeats = math.ceil(pairs / per_repeat)
    return f"{size} could be told with {pairs} pairs (--repeat {repeats})"


_UNITS = {SHARE: "points", SECONDS: "s"}


def _number(value: float, unit: str) -> str:
    return f"{value * 100:+.1f}" if unit == SHARE else f"{value:+.3f}"
