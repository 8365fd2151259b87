"""What a gate's rule measures: a value that is no better than anybody knows, and its words.

A call or verdict that is still open (a person must listen, a scorer broke, nothing could be judged)
is taken as the rule would like it least: not passed where much is asked for, passed where little
is. The same for values: what should have been measured and was not is beyond every limit. So a gate
that holds would hold whatever the open ones turn out to be.

Times that may be shorter than they were measured (``results/measured.py``) give a figure two ends;
what the limit parts from each other, nobody can tell (``judged.py``).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from harness.gates.gate_rule import FLAKY, PASS_AT, PASS_RATE_LOW, REVIEW_RATE, SHARES, Rule
from harness.gates.quarantine import Remaining, says_nothing
from harness.results.measured import VALUES_NEEDED, least_of, statistic
from harness.results.model import CallResult, PassK, ScenarioSummary, ScoreResult
from harness.results.rates import mean_pass_k, rate, scenario_summaries
from harness.scorers.base import Outcome
from harness.scorers.measure import Measure, MeasuredValue, Measurement


@dataclass(frozen=True, slots=True)
class MeasuredMetric:
    """A metric of calls, None where there is none, and the words that say what stands behind it.

    ``least`` is what it is at least, where our own lateness may have made it larger; else None.
    """

    value: float | None
    words: str
    least: float | None = None


Verdicts = Sequence[bool | None]
"""Passed, failed, or open: what should have been judged and was not."""

_NOT_ASKED = Outcome.NOT_APPLICABLE.value
_WITHOUT = "without a value"


def measure(rule: Rule, calls: Sequence[CallResult]) -> MeasuredMetric:
    """Return what a rule is about, on calls that count."""
    if rule.scorer is not None:
        return _of_scorer(rule, rule.scorer, calls)
    calls = [call for call in calls if not says_nothing(call)]
    if rule.metric in SHARES:
        return _share(rule, [call.passed for call in calls], "call", known=known_failures(calls))
    if rule.metric == FLAKY:
        return _flaky(rule, scenario_summaries(calls))
    assert rule.k is not None
    found = _pass_k(rule, rule.k, [_at_worst(call, rule) for call in calls])
    told = _told_open([call.passed for call in calls], rule)
    return replace(found, words=found.words + told)


def behind_rate(verdicts: Verdicts, known: int = 0) -> str:
    """Return the words behind a rate in which what is open has not passed."""
    passed, counted = verdicts.count(True), len(verdicts)
    found = rate(passed, counted)
    if found.low is None or found.high is None:
        return "nothing was judged"
    beside = f", {known} of them with a known failure left out" if known else ""
    interval = f"{found.low * 100:.0f}–{found.high * 100:.0f} %"
    return f"{passed} of {counted} passed{beside}, 95 % interval {interval}"


def known_failures(calls: Sequence[CallResult]) -> int:
    """Return how many calls passed only because a known failure was left out."""
    return sum(
        call.passed is True and isinstance(call, Remaining) and call.lost_failure()
        for call in calls
    )


def _share(rule: Rule, verdicts: Verdicts, noun: str, *, known: int = 0) -> MeasuredMetric:
    waiting = verdicts.count(None)
    if rule.metric == REVIEW_RATE:
        behind = f"{waiting} of {len(verdicts)} {noun}s without a verdict"
        if not verdicts:
            return MeasuredMetric(None, "nothing was judged")
        return MeasuredMetric(waiting / len(verdicts), behind)
    settled = [not rule.at_least if one is None else one for one in verdicts]
    found = rate(sum(settled), len(settled))
    value = found.low if rule.metric == PASS_RATE_LOW else found.rate
    return MeasuredMetric(value, behind_rate(settled, known) + _told_open(verdicts, rule))


def _told_open(verdicts: Verdicts, rule: Rule) -> str:
    waiting = verdicts.count(None)
    taken = "not passed" if rule.at_least else "passed"
    return f"; {waiting} without a verdict, counted as {taken}" if waiting else ""


def _at_worst(call: CallResult, rule: Rule) -> CallResult:
    return replace(call, passed=not rule.at_least) if call.passed is None else call


def _of_scorer(rule: Rule, scorer: str, calls: Sequence[CallResult]) -> MeasuredMetric:
    scores = [
        score
        for call in calls
        for score in call.scores
        if score.scorer == scorer and score.outcome != _NOT_ASKED
    ]
    if rule.metric in SHARES:
        return _share(rule, [score.passed for score in scores], "verdict")
    if rule.measure is not None:
        return _of_measure(rule, rule.measure, scores)
    units = {score.unit for score in scores if score.value is not None}
    if rule.unit and units - {rule.unit}:
        return MeasuredMetric(None, _in_other_units(units, rule.unit))
    if not rule.unit and "s" in units:
        problem = "its values are in s, and the limit has no unit; write s or ms behind it"
        return MeasuredMetric(None, problem)
    values = [MeasuredValue(score.value) for score in scores if score.value is not None]
    without = [s for s in scores if s.value is None and s.outcome != Outcome.PASS.value]
    return _distribution(rule, values, [_WITHOUT] * len(without))


def _of_measure(rule: Rule, measure: Measure, scores: Sequence[ScoreResult]) -> MeasuredMetric:
    gave = [(score, _given(score, measure)) for score in scores]
    units = {one.measure.unit for _, one in gave if one is not None}
    if units - {measure.unit}:
        return MeasuredMetric(None, _in_other_units(units, measure.unit))
    values = [value for _, one in gave if one is not None for value in one.values]
    came = [one for one in values if one.value is not None]
    never = [measure.missing] * (len(values) - len(came))
    without = [_WITHOUT for score, one in gave if _owes(score, one)]
    return _distribution(rule, came, [*never, *without])


def _given(score: ScoreResult, measure: Measure) -> Measurement | None:
    found = (one for one in score.measurements if one.measure.name == measure.name)
    return next(found, None)


def _owes(score: ScoreResult, gave: Measurement | None) -> bool:
    """Say whether something should have been measured and was not, and nothing tells of it.

    A verdict that is open without any figure may hide values beside those that it gave.
    """
    if score.passed is None and score.value is None:
        return True
    return score.passed is False and (gave is None or not gave.values)


def _in_other_units(units: Collection[str], wanted: str) -> str:
    return f"its values are in {' and '.join(sorted(units))}, not in {wanted}"


def _distribution(
    rule: Rule, values: Sequence[MeasuredValue], missing: list[str]
) -> MeasuredMetric:
    count = len(values) + len(missing)
    value = _statistic(rule, [one.value for one in values], missing)
    if value is None:
        needed = VALUES_NEEDED.get(rule.metric, 1)
        return MeasuredMetric(None, f"needs {needed} values, has {count}")
    least = _statistic(rule, [least_of(one, rule.unit) for one in values], missing)
    words = f"{rule.metric} of {count} values"
    for kind in dict.fromkeys(missing):
        words += f", {missing.count(kind)} of them {kind}"
    words += ", counted as beyond any limit" if missing else ""
    return MeasuredMetric(value, words, None if least == value else least)


def _statistic(rule: Rule, values: Sequence[float | None], missing: list[str]) -> float | None:
    worst = math.inf if not rule.at_least else -math.inf
    came = [one for one in values if one is not None]
    return statistic(sorted([*came, *[worst] * len(missing)]), rule.metric)


def _flaky(rule: Rule, scenarios: Sequence[ScenarioSummary]) -> MeasuredMetric:
    judged = [one for one in scenarios if one.pass_rate.counted + one.unjudged > 1]
    if not judged:
        return MeasuredMetric(None, "no scenario was judged twice; give --repeat")
    # a repeat without a verdict may turn out to differ from the others
    named = [
        one.scenario for one in judged if one.flaky or (one.unjudged > 0 and not rule.at_least)
    ]
    words = f"of {len(judged)} scenarios judged more than once"
    waiting = sum(one.unjudged > 0 for one in judged)
    beside = f"; {waiting} of them with repeats without a verdict" if waiting else ""
    words = (f"{words}: {', '.join(named)}" if named else words) + beside
    return MeasuredMetric(float(len(named)), words)


def _pass_k(rule: Rule, k: int, calls: Sequence[CallResult]) -> MeasuredMetric:
    scenarios = scenario_summaries(calls)
    short = [one for one in scenarios if one.pass_rate.counted < k]
    if short or not scenarios:
        names = ", ".join(f"{one.scenario} has {one.pass_rate.counted}" for one in short[:3])
        needed = f"needs {k} repeats of each scenario that count; {names or 'none does'}"
        return MeasuredMetric(None, needed)
    found: PassK = mean_pass_k(scenarios)[k - 1]
    value = found.at_least_one if rule.metric == PASS_AT else found.each
    return MeasuredMetric(value, f"mean of {found.scenarios} scenarios")
