"""Gates that need no baseline: a run's calls against the rules of its gate file.

A rule that cannot be judged (no call in its scope counts, a percentile has too few values, a pass^K
too few repeats) has no verdict, and the run is not green: a gate that stands open because nothing
came through says nothing. What is open among calls that count, counts against the rule
(``gate_measure``), and each gate says how many calls those were. Nor has a rule a verdict whose
limit lies between what a figure was measured as and what it is at least, as the harness was late
itself. Only a gate against a baseline may end without evidence and still let the run pass, because
no evidence of a loss is what it asks for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from harness.gates.gate_file import AbsoluteGate, is_meant
from harness.gates.gate_measure import MeasuredMetric, behind_rate, known_failures, measure
from harness.gates.gate_rule import SHARES, Rule
from harness.gates.quarantine import Remaining, says_nothing
from harness.results.convert import counts
from harness.results.model import CallResult, GateKind, GateResult, RunResults, ScoreResult
from harness.units import WORTH_TELLING_S, with_uncertainty

EVERY_CALL = "every call passes"
"""The gate of a run that was given none."""

TOO_LATE_TO_TELL = (
    "; cannot tell: the harness was late itself by so much, and the limit lies between. Run again "
    "with fewer calls at a time (--concurrency auto), or on a machine with less other work"
)
"""Why a gate has no verdict, and what helps."""

_SHOWN = 3

Judge = Callable[[RunResults], RunResults]
"""Puts the verdicts of gates into the results of a run."""


def default_gate(results: RunResults) -> RunResults:
    """Leave the verdict on a run to the default gate, which its summary has (a ``Judge``)."""
    return results


def gates_hold(gates: Iterable[GateResult]) -> bool:
    """Say whether a run may pass."""
    return not any(gate.breaks for gate in gates)


def lost_gates(before: Iterable[GateResult], after: Iterable[GateResult]) -> str:
    """Name the gates that judged a run and do not any more; empty for none.

    A stored run does not know where its gates came from: whoever judges it again must say so.
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
    """Return the verdict of one rule on the calls in its scope."""
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
    """Say whether a rule is kept; None without a value, and where our own lateness decides."""
    if found.value is None:
        return None
    held = rule.holds(found.value)
    return held if found.least is None or rule.holds(found.least) is held else None


def written(value: float, unit: str, least: float | None = None) -> str:
    """Return a value as a gate's reason has it: "93.3 %", "1.240 s", "2", "beyond any limit".

    With what it is at least, "1.240 s ± 20 ms", from a millisecond on.
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
    """Say why no call at all could be looked at, nothing where one could."""
    if not scope:
        return "no call of this run is in its scope"
    return "" if any(map(counts, scope)) else "nothing was judged: no call in its scope counts"


def _uncounted(scope: Sequence[CallResult]) -> str:
    """Tell of calls that say nothing of the agent: a connection that broke, a caller unheard."""
    number = sum(not counts(call) for call in scope)
    return f"; {number} {'does' if number == 1 else 'do'} not count" if number else ""


def _absent(rule: Rule, scope: Sequence[CallResult]) -> str:
    """Tell of a scorer that judged none of these calls, and so was not asked."""
    judged = {score.scorer for call in scope for score in call.scores}
    if rule.scorer is None or rule.scorer in judged:
        return ""
    if any(one.scorer == rule.scorer for call in scope for one in _kept_back(call)):
        return f"; all verdicts of {rule.scorer} are in quarantine"
    return f"; scorer {rule.scorer} is off in these scenarios, or was not installed"


def _kept_back(call: CallResult) -> tuple[ScoreResult, ...]:
    return call.left_out if isinstance(call, Remaining) else ()


def _left_out(rule: Rule, scope: Sequence[CallResult]) -> str:
    """Tell of the known failures without which a rule was judged."""
    if rule.scorer is None and rule.metric in SHARES:
        return ""  # said of the calls that passed
    number = sum(_lost_failure(call, rule.scorer) for call in scope)
    noun = "known failure" if number == 1 else "known failures"
    return f"; {number} {noun} left out" if number else ""


def _lost_failure(call: CallResult, scorer: str | None = None) -> bool:
    return isinstance(call, Remaining) and call.lost_failure(scorer)


def title(gate: AbsoluteGate) -> str:
    """Return a rule as written, with its scope."""
    scope = [f"tag {gate.tag}"] if gate.tag else []
    scope += [gate.scenario] if gate.scenario else []
    return f"{gate.check} ({', '.join(scope)})" if scope else gate.check


def in_scope(call: CallResult, gate: AbsoluteGate) -> bool:
    """Say whether a rule is about a call: it has the tag, and is of the scenarios meant."""
    if gate.tag is not None and gate.tag not in call.tags:
        return False
    return gate.scenario is None or is_meant(call.scenario, gate.scenario)


def _natural_unit(rule: Rule, calls: Sequence[CallResult]) -> str:
    units = {s.unit for call in calls for s in call.scores if s.scorer == rule.scorer and s.unit}
    return units.pop() if len(units) == 1 else ""
