"""The gate ``new_failures``, for small suites: which checks that passed fail in all repeats now.

A check is a scorer in a scenario, so a scenario that already fails by another scorer hides no new
failure. There is no test of chance in it, so it needs few calls: one scenario called twice can
break it. The price is in docs/ci.md: of a scenario that passes p of its calls, an unchanged agent
fails all r repeats with a probability of (1 - p)^r. If all repeats are open (review, broken), they
may turn out to be new failures: the gate is not judged if the limit would then be broken.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.compare.measures import CALLS
from harness.gates.baseline import Baseline, as_known, calls_of, new_scorers
from harness.gates.gate_file import AbsoluteGate
from harness.gates.gate_rule import NEW_FAILURES, Rule
from harness.gates.judged import in_scope, title
from harness.gates.matched import Cell, cells, told_cell, without_explained
from harness.results.convert import counts
from harness.results.model import CallResult, GateKind, GateResult

NONE_NEW = (
    AbsoluteGate(check=f"{NEW_FAILURES} <= 0"),
    Rule(None, NEW_FAILURES, None, "<=", 0.0, ""),
)
"""The gate of commands that take no gates file."""

_SHOWN = 5


def judge_new_failures(
    gate: AbsoluteGate, rule: Rule, *, baseline: Baseline, calls: Sequence[CallResult]
) -> GateResult:
    """Return the verdict of ``new_failures <= N``; none where nothing can be looked at."""
    looked_at = [call for call in calls if counts(call) and in_scope(call, gate)]
    passed = [
        cell
        for cell in cells(calls_of(baseline), as_known(baseline, looked_at))
        if 2 * cell.before.passed > cell.before.judged
    ]
    judged = [cell for cell in passed if cell.after.judged]
    failing = without_explained([cell for cell in judged if not cell.after.passed])
    waiting = without_explained(
        [cell for cell in passed if cell.after.waiting and not cell.after.judged]
    )
    checks = len({*failing, *(cell for cell in judged if cell.scorer != CALLS)})
    reason = (
        f"{len(failing)} of {checks} checks (a scorer in a scenario) that passed in the baseline"
    )
    if failing:
        reason += f": {_named(failing)}"
    if new := new_scorers(baseline, looked_at):
        reason += f"; without {', '.join(new)} (new, not compared)"
    settled = rule.holds(len(failing)) is rule.holds(len(failing) + len(waiting))
    if waiting:
        reason += f"; {len(waiting)} without a verdict now"
    if not settled:
        reason += ", which may be new failures"
    return GateResult(
        gate=title(gate),
        kind=GateKind.ABSOLUTE,
        passed=rule.holds(len(failing)) if judged and settled else None,
        value=float(len(failing)) if judged else None,
        limit=rule.limit,
        unit="",
        reason=reason if judged else "nothing was judged that passed in the baseline",
    )


def _named(failing: Sequence[Cell]) -> str:
    more = f" and {len(failing) - _SHOWN} more" if len(failing) > _SHOWN else ""
    return f"{', '.join(map(told_cell, failing[:_SHOWN]))}{more}"
