"""The plain gate for small suites: what passed in the baseline and fails in all its repeats now.

No test of chance is in it, so it needs no number of pairs: one scenario called twice can break it.
The price is written in docs/ci.md: of a scenario that passes p of its calls, an unchanged agent
fails all r repeats with a probability of (1 - p)^r.

A scenario whose repeats are all open (review, broken) may turn out a new failure: where the limit
would then be broken, the gate cannot be judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.gates.baseline import Baseline, calls_of
from harness.gates.gate_file import AbsoluteGate
from harness.gates.gate_rule import NEW_FAILURES, Rule
from harness.gates.judged import in_scope, title
from harness.results.convert import counts
from harness.results.model import CallResult, GateKind, GateResult
from harness.results.rates import ScenarioKey, by_scenario

NONE_NEW = (
    AbsoluteGate(check=f"{NEW_FAILURES} <= 0"),
    Rule(None, NEW_FAILURES, None, "<=", 0.0, ""),
)
"""The gate as it is asked for where nobody wrote one."""

_SHOWN = 5


def judge_new_failures(
    gate: AbsoluteGate, rule: Rule, *, baseline: Baseline, calls: Sequence[CallResult]
) -> GateResult:
    """Return the verdict of ``new_failures <= N``; none where no scenario can be looked at."""
    passed = {key for key, each in by_scenario(calls_of(baseline)).items() if _passes(each)}
    now = by_scenario(call for call in calls if counts(call) and in_scope(call, gate))
    verdicts = {key: [one.passed for one in each] for key, each in now.items() if key in passed}
    judged = {key: each for key, each in verdicts.items() if set(each) != {None}}
    failing = [key for key, each in judged.items() if True not in each]
    reason = f"{len(failing)} of {len(judged)} scenarios that passed in the baseline"
    if failing:
        reason += f": {_named(failing)}"
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
