"""Gates that need no baseline: a run's calls against the rules of its gate file.

A rule that cannot be judged (no call in its scope has a verdict, a percentile has too few values,
a pass^K too few repeats) has no verdict, and the run is not green: a gate that stands open because
nothing came through says nothing. Only a gate against a baseline may end without evidence and still
let the run pass, because no evidence of a loss is what it asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from harness.results.aggregate import P95_FROM, P99_FROM, TTFA, percentiles, summarize, waits_s
from harness.results.convert import counts
from harness.results.gate_file import AbsoluteGate, is_meant
from harness.results.gate_rule import FLAKY, PASS_AT, PASS_RATE, Rule
from harness.results.model import (
    CallResult,
    GateKind,
    GateResult,
    PassK,
    RunResults,
    ScenarioSummary,
)
from harness.results.quarantine import Remaining
from harness.results.rates import mean_pass_k, rate, scenario_summaries

EVERY_CALL = "every call passes"
"""The gate of a run that was given none."""

Judge = Callable[[RunResults], RunResults]
"""Puts the verdicts of gates into the results of a run."""

Measured = tuple[float | None, str]
"""A value, None where there is none, and the words that say what stands behind it."""


def default_gate(results: RunResults) -> RunResults:
    """Leave the verdict on a run to the default gate, which its summary has (a ``Judge``)."""
    return results


def gates_hold(gates: Iterable[GateResult]) -> bool:
    """Say whether a run may pass."""
    return not any(gate.breaks for gate in gates)


def every_call_passes(calls: tuple[CallResult, ...]) -> GateResult:
    """Return the verdict of the default gate."""
    summary = summarize(calls)
    share = summary.pass_rate
    return GateResult(
        gate=EVERY_CALL,
        kind=GateKind.ABSOLUTE,
        passed=summary.gates_passed if share.counted else None,
        value=share.rate,
        limit=1.0,
        unit="share",
        reason=_nothing(calls)
        or _behind_rate(share.passed, share.counted, _beside(calls)) + _open(calls),
    )


def judge_rule(gate: AbsoluteGate, rule: Rule, calls: Sequence[CallResult]) -> GateResult:
    """Return the verdict of one rule on the calls in its scope."""
    scope = tuple(call for call in calls if _in_scope(call, gate))
    value, words = _measure(rule, tuple(call for call in scope if counts(call)))
    unit = rule.unit or _natural_unit(rule, scope)
    words = _nothing(scope) or words + _left_out(rule, scope)
    return GateResult(
        gate=_title(gate),
        kind=GateKind.ABSOLUTE,
        passed=None if value is None else rule.holds(value),
        value=value,
        limit=rule.limit,
        unit=unit,
        reason=words if value is None else f"{written(value, unit)}: {words}",
    )


def written(value: float, unit: str) -> str:
    """Return a value as a gate's reason has it: "93.3 %", "1.240 s", "2"."""
    if unit == "share":
        return f"{value * 100:.1f} %"
    return f"{value:.3f} s" if unit == "s" else f"{value:g} {unit}".rstrip()


def _nothing(scope: Sequence[CallResult]) -> str:
    """Say why no call at all could be looked at, nothing where one could."""
    if not scope:
        return "no call of this run is in its scope"
    return "" if any(map(counts, scope)) else "nothing was judged: no call in its scope counts"


def _left_out(rule: Rule, scope: Sequence[CallResult]) -> str:
    """Tell of the known failures without which a rule was judged."""
    if rule.scorer is None and rule.metric == PASS_RATE:
        return ""  # said of the calls that passed
    number = sum(_lost_failure(call, rule.scorer) for call in scope)
    noun = "known failure" if number == 1 else "known failures"
    return f"; {number} {noun} left out" if number else ""


def _lost_failure(call: CallResult, scorer: str | None = None) -> bool:
    return isinstance(call, Remaining) and call.lost_failure(scorer)


def _title(gate: AbsoluteGate) -> str:
    scope = [f"tag {gate.tag}"] if gate.tag else []
    scope += [gate.scenario] if gate.scenario else []
    return f"{gate.check} ({', '.join(scope)})" if scope else gate.check


def _in_scope(call: CallResult, gate: AbsoluteGate) -> bool:
    if gate.tag is not None and gate.tag not in call.tags:
        return False
    return gate.scenario is None or is_meant(call.scenario, gate.scenario)


def _natural_unit(rule: Rule, calls: Sequence[CallResult]) -> str:
    units = {s.unit for call in calls for s in call.scores if s.scorer == rule.scorer and s.unit}
    return units.pop() if len(units) == 1 else ""


def _measure(rule: Rule, calls: Sequence[CallResult]) -> Measured:
    if rule.scorer is not None:
        return _of_scorer(rule, rule.scorer, calls)
    if rule.metric == PASS_RATE:
        return _share((call.passed for call in calls), _beside(calls))
    scenarios = scenario_summaries(calls)
    if rule.metric == FLAKY:
        return _flaky(scenarios)
    assert rule.k is not None
    return _pass_k(rule, rule.k, scenarios)


def _of_scorer(rule: Rule, scorer: str, calls: Sequence[CallResult]) -> Measured:
    scores = [score for call in calls for score in call.scores if score.scorer == scorer]
    if rule.metric == PASS_RATE:
        return _share(score.passed for score in scores)
    values = [score.value for score in scores if score.value is not None]
    if scorer == TTFA:
        values = [wait for call in calls for wait in waits_s(call)]
    units = {score.unit for score in scores if score.value is not None}
    if rule.unit and units - {rule.unit}:
        return None, f"its values are in {' and '.join(sorted(units))}, not in {rule.unit}"
    if not rule.unit and "s" in units:
        return None, "its values are in s, and the limit has no unit; write s or ms behind it"
    spread = percentiles(values)
    value: float | None = getattr(spread, rule.metric)
    needed = {"p95": P95_FROM, "p99": P99_FROM}.get(rule.metric, 1)
    if value is None:
        return None, f"needs {needed} values, has {spread.count}"
    return value, f"{rule.metric} of {spread.count} values"


def _share(verdicts: Iterable[bool | None], beside: str = "") -> Measured:
    judged = [verdict for verdict in verdicts if verdict is not None]
    passed = sum(judged)
    return (passed / len(judged) if judged else None), _behind_rate(passed, len(judged), beside)


def _beside(calls: Sequence[CallResult]) -> str:
    known = sum(call.passed is True and _lost_failure(call) for call in calls)
    return f", {known} of them with a known failure left out" if known else ""


def _behind_rate(passed: int, judged: int, beside: str = "") -> str:
    found = rate(passed, judged)
    if found.low is None or found.high is None:
        return "nothing was judged"
    interval = f"{found.low * 100:.0f}–{found.high * 100:.0f} %"
    return f"{passed} of {judged} passed{beside}, 95 % interval {interval}"


def _open(calls: Sequence[CallResult]) -> str:
    """Tell of the calls that break the default gate without failing: somebody must look."""
    waiting = sum(counts(call) and call.passed is None for call in calls)
    return f"; {waiting} without a verdict" if waiting else ""


def _flaky(scenarios: Sequence[ScenarioSummary]) -> Measured:
    judged = [scenario for scenario in scenarios if scenario.pass_rate.counted > 1]
    if not judged:
        return None, "no scenario was judged twice; give --repeat"
    named = [scenario.scenario for scenario in judged if scenario.flaky]
    words = f"of {len(judged)} scenarios judged more than once"
    return float(len(named)), f"{words}: {', '.join(named)}" if named else words


def _pass_k(rule: Rule, k: int, scenarios: Sequence[ScenarioSummary]) -> Measured:
    short = [one for one in scenarios if one.pass_rate.counted < k]
    if short or not scenarios:
        names = ", ".join(f"{one.scenario} has {one.pass_rate.counted}" for one in short[:3])
        return None, f"needs {k} judged repeats of each scenario; {names or 'none is judged'}"
    found: PassK = mean_pass_k(scenarios)[k - 1]
    value = found.at_least_one if rule.metric == PASS_AT else found.each
    return value, f"mean of {found.scenarios} scenarios"
