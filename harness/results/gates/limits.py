"""Judges the gates that need no baseline.

A rule that cannot be judged (no call in its scope is valid, a percentile has too few values, a
pass^K too few repeats) has no verdict, and the run is not green: an absent measurement is no pass.
Open verdicts of valid calls count against the rule, and each gate reports their number. A rule has
no verdict either if its limit lies between a measured figure and its lower bound, as the harness
was late itself. Only a gate against a baseline may end without evidence and still let the run pass,
because it only asks that there is no evidence of a loss.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from harness.judging.scorers.base import Measure, MeasuredValue, Measurement, Outcome
from harness.results.gates.gate_file import (
    FLAKY,
    PASS_AT,
    PASS_RATE_LOW,
    REVIEW_RATE,
    SHARES,
    AbsoluteGate,
    Rule,
    is_meant,
)
from harness.results.gates.quarantine import Remaining, says_nothing
from harness.results.model import (
    CallResult,
    GateKind,
    GateResult,
    PassK,
    RunResults,
    ScenarioSummary,
    ScoreResult,
)
from harness.results.rates import (
    VALUES_NEEDED,
    least_of,
    mean_pass_k,
    rate,
    scenario_summaries,
    statistic,
)
from harness.results.verdicts import counts
from harness.text import counted
from harness.units import WORTH_TELLING_S, with_uncertainty

# The value of a gate's rule, in the worst case that the open verdicts allow, and its text.
#
# A call or verdict that is still open (a person must listen, a scorer broke, the evidence is
# missing) is taken in the way that is worst for the rule: not passed under a lower limit, passed
# under an upper limit. The same for values: a value that is missing is beyond every limit. So a
# gate that holds would hold whatever the open verdicts turn out to be.
#
# Times that may be shorter than they were measured (``results/rates.py``) give a figure two
# bounds; if the limit lies between them, the gate has no verdict.


@dataclass(frozen=True, slots=True)
class MeasuredMetric:
    """A metric of calls, None if it cannot be computed, and a text on the calls that it is of.

    ``least`` is its lower bound if the harness's own lateness may have made it larger; else None.
    """

    value: float | None
    words: str
    least: float | None = None


Verdicts = Sequence[bool | None]
"""Passed, failed, or None for an open verdict."""

_NOT_ASKED = Outcome.NOT_APPLICABLE.value
_WITHOUT = "without a value"


def measure(rule: Rule, calls: Sequence[CallResult]) -> MeasuredMetric:
    """Return the metric of a rule on valid calls."""
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
    """Return the text of a rate in which open verdicts have not passed."""
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
    """Return whether values of a measure should exist that the score does not contain.

    A verdict that is open without any figure may hide more values than those that it gave.
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


EVERY_CALL = "every call passes"
"""The gate of a run without gates."""

TOO_LATE_TO_TELL = (
    "; cannot tell: the harness was late itself by so much, and the limit lies between. Run again "
    "with fewer calls at a time (--concurrency auto), or on a machine with less other work"
)
"""Why a gate has no verdict, and the remedy."""

_SHOWN = 3

Judge = Callable[[RunResults], RunResults]
"""Puts the verdicts of gates into the results of a run."""


def default_gate(results: RunResults) -> RunResults:
    """Leave the verdict on a run to the default gate, which its summary has (a ``Judge``)."""
    return results


def gates_hold(gates: Iterable[GateResult]) -> bool:
    """Return whether a run may pass."""
    return not any(gate.breaks for gate in gates)


def lost_gates(before: Iterable[GateResult], after: Iterable[GateResult]) -> str:
    """Name the gates that judged a run and do not any more; empty for none.

    A stored run does not contain the source of its gates: a command that judges it again must give
    the files.
    """
    held = {gate.gate for gate in after}
    names = [
        gate.gate
        for gate in before
        if gate.kind is not GateKind.QUARANTINE and gate.gate not in held | {EVERY_CALL}
    ]
    if not names:
        return ""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    rest = "" if held else ", so every call must pass"
    return (
        f"the gates that judged this run before are not all here{rest}: {'; '.join(names[:_SHOWN])}"
        f"{more}. --gates FILE and --baseline FILE name them"
    )


def every_call_passes(calls: tuple[CallResult, ...]) -> GateResult:
    """Return the verdict of the default gate."""
    counted = [call for call in calls if counts(call)]
    judged = [c for c in counted if not says_nothing(c)]
    verdicts = [call.passed for call in judged]
    waiting = verdicts.count(None)
    return GateResult(
        gate=EVERY_CALL,
        kind=GateKind.ABSOLUTE,
        passed=verdicts.count(True) == len(verdicts) if verdicts else None,
        value=verdicts.count(True) / len(verdicts) if verdicts else None,
        limit=1.0,
        unit="share",
        reason=_nothing(calls)
        or behind_rate(verdicts, known_failures(judged))
        + (f"; {waiting} without a verdict" if waiting else "")
        + _uncounted(calls),
    )


def judge_rule(gate: AbsoluteGate, rule: Rule, calls: Sequence[CallResult]) -> GateResult:
    """Return the verdict of a rule on the calls in its scope."""
    scope = tuple(call for call in calls if in_scope(call, gate))
    found = measure(rule, tuple(call for call in scope if counts(call)))
    value, passed = found.value, _holds(rule, found)
    unit = rule.unit or _natural_unit(rule, scope)
    more = _left_out(rule, scope) or _absent(rule, scope)
    words = _nothing(scope) or found.words + more + _uncounted(scope)
    if value is not None:
        words = f"{written(value, unit, found.least)}: {words}"
        words += TOO_LATE_TO_TELL if passed is None else ""
    return GateResult(
        gate=title(gate),
        kind=GateKind.ABSOLUTE,
        passed=passed,
        value=value if value is not None and math.isfinite(value) else None,
        limit=rule.limit,
        unit=unit,
        reason=words,
    )


def _holds(rule: Rule, found: MeasuredMetric) -> bool | None:
    """Return whether a rule is kept; None without a value, or if the own lateness decides."""
    if found.value is None:
        return None
    held = rule.holds(found.value)
    return held if found.least is None or rule.holds(found.least) is held else None


def written(value: float, unit: str, least: float | None = None) -> str:
    """Return a value as text for a gate's reason: "93.3 %", "1.240 s", "2", "beyond any limit".

    With its lower bound, "1.240 s ± 20 ms", from a millisecond on.
    """
    if math.isinf(value):
        return "beyond any limit"
    if unit == "share":
        return f"{value * 100:.1f} %"
    if unit != "s":
        return f"{value:g} {unit}".rstrip()
    off_s = 0.0 if least is None else value - least
    return with_uncertainty(f"{value:.3f} s", off_s if off_s >= WORTH_TELLING_S else 0.0)


def _nothing(scope: Sequence[CallResult]) -> str:
    """Return why no call could be judged, empty if any could."""
    if not scope:
        return "no call of this run is in its scope"
    return "" if any(map(counts, scope)) else "nothing was judged: no call in its scope counts"


def _uncounted(scope: Sequence[CallResult]) -> str:
    """Return the number of invalid calls as text: a broken connection, a caller unheard."""
    number = sum(not counts(call) for call in scope)
    return f"; {counted(number, 'does', 'do')} not count" if number else ""


def _absent(rule: Rule, scope: Sequence[CallResult]) -> str:
    """Return a note on a scorer that judged none of these calls, so it was not in use."""
    judged = {score.scorer for call in scope for score in call.scores}
    if rule.scorer is None or rule.scorer in judged:
        return ""
    if any(one.scorer == rule.scorer for call in scope for one in _kept_back(call)):
        return f"; all verdicts of {rule.scorer} are in quarantine"
    return f"; scorer {rule.scorer} is off in these scenarios, or was not installed"


def _kept_back(call: CallResult) -> tuple[ScoreResult, ...]:
    return call.left_out if isinstance(call, Remaining) else ()


def _left_out(rule: Rule, scope: Sequence[CallResult]) -> str:
    """Return a note on the known failures that were left out."""
    if rule.scorer is None and rule.metric in SHARES:
        return ""  # the text of the calls that passed contains it
    number = sum(_lost_failure(call, rule.scorer) for call in scope)
    return f"; {counted(number, 'known failure')} left out" if number else ""


def _lost_failure(call: CallResult, scorer: str | None = None) -> bool:
    return isinstance(call, Remaining) and call.lost_failure(scorer)


def title(gate: AbsoluteGate) -> str:
    """Return a rule as written, with its scope."""
    scope = [f"tag {gate.tag}"] if gate.tag else []
    scope += [gate.scenario] if gate.scenario else []
    return f"{gate.check} ({', '.join(scope)})" if scope else gate.check


def in_scope(call: CallResult, gate: AbsoluteGate) -> bool:
    """Return whether a call is in a rule's scope: it has the tag, and its scenario matches."""
    if gate.tag is not None and gate.tag not in call.tags:
        return False
    return gate.scenario is None or is_meant(call.scenario, gate.scenario)


def _natural_unit(rule: Rule, calls: Sequence[CallResult]) -> str:
    units = {s.unit for call in calls for s in call.scores if s.scorer == rule.scorer and s.unit}
    return units.pop() if len(units) == 1 else ""
