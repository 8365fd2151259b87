"""The gates against a baseline: significantly worse verdicts and waits, new failures.

Verdicts of all valid calls are compared scenario by scenario (suite, scenario and condition), by an
exact one-sided test of each scorer and of whole calls (``statistics.fewer_p``). Something is worse
when its loss exceeds the minimum effect and chance does not explain it: at 2 % over all verdicts
together, and at 0.5 % over all measures (waits), which are compared call by call. Tests that cannot
reach their level, as they have too few calls or no difference, do not reduce the level of the
others (Tarone 1990). So at most 2.5 % of unchanged builds are red (``benchmarks/gates.py``). A loss
that may be chance, too few calls, or a wait's loss that exceeds the minimum effect only with the
harness's own lateness, are no evidence: the gate reports this and does not break. A run that has no
scenario in common with the baseline was not compared at all, and does not hold.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import fmean

from harness.results.compare.measures import CALLS, PairedMeasure, amount, between
from harness.results.compare.statistics import Interval, Stratum, min_attainable_p, tarone_divisor
from harness.results.gates.baseline import Baseline, as_known, calls_of, new_scorers
from harness.results.gates.gate_file import NEW_FAILURES, AbsoluteGate, NoWorse, Rule
from harness.results.gates.limits import TOO_LATE_TO_TELL, in_scope, title, written
from harness.results.gates.matched_calls import (
    MEASURES_ALPHA,
    VERDICTS_ALPHA,
    Answer,
    Cell,
    FreshCalls,
    MatchedMeasure,
    ScenarioVerdicts,
    broken_again,
    cells,
    fresh_calls,
    is_rare,
    is_worse,
    matched_measures,
    matched_sets,
    named_scenario,
    scenario_verdicts,
    suspicions,
    told_cell,
    verdict_level,
    wanted,
    without_explained,
    worse_again,
)
from harness.results.model import CallResult, GateKind, GateResult
from harness.results.rates import SHARE, ScenarioKey, by_scenario, measures_of, scenario_key
from harness.results.verdicts import counts

_SHOWN = 5


def judge_baseline(
    gate: NoWorse,
    baseline: Baseline,
    calls: Sequence[CallResult],
    fresh: Sequence[CallResult] = (),
) -> tuple[GateResult, ...]:
    """Return a verdict per scorer and measure that the run and its baseline have in common.

    ``fresh`` are the calls that were made to confirm losses (``matched.py``); without any, a loss
    breaks the gate. A scorer that is not in the baseline is reported as new, and breaks no gate.
    ``value`` is the change since the baseline (a share, or seconds), ``limit`` the largest allowed
    loss.

    Raises:
        UsageError: the run holds copies of a call.
    """
    before, now = calls_of(baseline), as_known(baseline, calls)
    by_cell = cells(before, now)
    found = scenario_verdicts(by_cell)
    if not _any_judged(found, now):
        return (_nothing_in_common(),)
    again = fresh_calls(as_known(baseline, fresh))
    asked = suspicions(by_cell, least=gate.least())
    answers = worse_again(asked, again)
    sets = matched_sets(before, now)
    waits = matched_measures(sets)
    tests_of_waits = tarone_divisor([one.min_attainable_p for one in waits], MEASURES_ALPHA)
    (whole, *_) = found
    level = verdict_level(found)
    broken = (_broken(cell, again) for cell in asked.broken if fresh)
    return (
        *(
            _confirmed(
                _verdict(one, gate, level=level, few=not _may_break(one, whole)),
                one.scorer,
                again,
                answers.get(one.scorer, Answer.NOT_ASKED),
                asked.worse.get(one.scorer, {}),
            )
            for one in found
        ),
        *(one for one in broken if one is not None),
        *(_measured(one, gate, tests=tests_of_waits) for one in waits),
        *(() if sets else _no_common_caller(before, now)),
        *map(_new, new_scorers(baseline, calls)),
    )


def not_worse(gates: Iterable[GateResult]) -> bool:
    """Return whether all gates against a baseline hold, and any of them compared calls."""
    kinds = (GateKind.BASELINE, GateKind.CONFIRMATION)
    found = [gate for gate in gates if gate.kind in kinds]
    return any(gate.passed for gate in found) and not any(gate.breaks for gate in found)


def _confirmed(
    worse: GateResult,
    scorer: str,
    fresh: FreshCalls,
    answer: Answer,
    scenarios: Collection[ScenarioKey],
) -> GateResult:
    """Return the verdict on a scorer together with the result of the fresh calls."""
    if answer is Answer.NOT_ASKED:
        return worse
    seen = [fresh.of(scorer, key) for key in scenarios]
    passed, made = sum(one.passed for one in seen), sum(one.calls for one in seen)
    told = f"{passed} of {made} passed when called again"
    if answer is Answer.CONFIRMED:
        return replace(worse, reason=f"{worse.reason}; {told}")
    if answer is Answer.NOT_AGAIN:
        return replace(worse, passed=True, short="", reason=f"{worse.reason}; not so again: {told}")
    reason = f"{worse.reason}; {_missing(fresh, scenarios)}"
    return replace(worse, passed=None, kind=GateKind.CONFIRMATION, short="", reason=reason)


def _missing(fresh: FreshCalls, scenarios: Iterable[ScenarioKey]) -> str:
    if lost := sum(fresh.lost.get(key, 0) for key in scenarios):
        return f"not confirmed: {lost} calls lost"
    return f"not confirmed: no more than {fresh.made} calls were made"


def _broken(cell: Cell, fresh: FreshCalls) -> GateResult | None:
    """Return the verdict on a scenario that always passed; None if it is not broken."""
    answer = broken_again(cell, fresh)
    if answer in (Answer.NOT_AGAIN, Answer.NOT_ASKED):
        return None
    seen, before, now = fresh.of(cell.scorer, cell.scenario), cell.before, cell.after
    reason = (
        f"passed {before.passed} of {before.calls} in the baseline, {now.passed} of {now.calls}"
    )
    reason += f" now, {seen.passed} of {seen.calls} when called again"
    lost = answer is Answer.MISSING
    if lost:
        reason += f"; {_missing(fresh, [cell.scenario])}"
    what = f"{cell.scorer.replace('_', ' ')} in {named_scenario(cell.scenario)}"
    return GateResult(
        gate=f"no worse: {cell.scorer} in {named_scenario(cell.scenario)}",
        kind=GateKind.CONFIRMATION if lost else GateKind.BASELINE,
        passed=None if lost else False,
        value=None,
        limit=None,
        unit=SHARE,
        reason=reason,
        short=""
        if lost
        else f"{what} {now.passed} of {now.calls}, again {seen.passed} of {seen.calls}",
    )


def calls_to_confirm(
    gate: NoWorse,
    baseline: Baseline,
    calls: Sequence[CallResult],
    fresh: Sequence[CallResult],
    *,
    most: int,
) -> dict[ScenarioKey, int]:
    """Return which scenarios to call again, and how often, before ``judge_baseline`` can answer.

    ``most`` is how many fresh calls there may be in all.
    """
    asked = suspicions(cells(calls_of(baseline), as_known(baseline, calls)), least=gate.least())
    return wanted(asked, fresh_calls(as_known(baseline, fresh)), most=most)


def _any_judged(found: Sequence[ScenarioVerdicts], calls: Iterable[CallResult]) -> bool:
    """Return whether any call has a verdict in a scenario that is also in the baseline."""
    common = found[0].strata if found else {}
    judged = (key for key, each in by_scenario(calls).items() if any(map(_is_judged, each)))
    return any(key in common for key in judged)


def _is_judged(call: CallResult) -> bool:
    return call.passed is not None


def _may_break(one: ScenarioVerdicts, calls: ScenarioVerdicts) -> bool:
    """Return whether the loss of all calls would be more than chance."""
    worst, whole = (
        min_attainable_p(Stratum(s.a, s.a, s.b, 0) for s in each.strata.values())
        for each in (one, calls)
    )
    return is_rare(worst, None if one is calls else whole)


def _nothing_in_common() -> GateResult:
    return GateResult(
        gate="no worse: baseline",
        kind=GateKind.BASELINE,
        passed=False,
        value=None,
        limit=None,
        unit="",
        reason="no judged call is of a scenario of the baseline",
    )


def _no_common_caller(
    before: Sequence[CallResult], now: Sequence[CallResult]
) -> Iterator[GateResult]:
    """Yield why no measure is compared, if both sides measured something in a common scenario."""
    common = {scenario_key(call) for call in before} & {scenario_key(call) for call in now}
    sides = ([c for c in calls if scenario_key(c) in common] for calls in (before, now))
    if all(measures_of(calls) for calls in sides):
        yield GateResult(
            gate="no worse: measures",
            kind=GateKind.BASELINE,
            passed=None,
            value=None,
            limit=None,
            unit="",
            reason=NOT_MEASURED,
        )


NOT_MEASURED = (
    "waits are not compared: no call has the caller (repeat and seed) of a call in the baseline"
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


def _verdict(one: ScenarioVerdicts, gate: NoWorse, *, level: float, few: bool) -> GateResult:
    """Return the verdict on a scorer; ``few``: no loss in so few calls could be significant."""
    change, p = one.change, one.p
    beyond = -change > gate.least()
    worse = is_worse(one, level, least=gate.least())
    tests = VERDICTS_ALPHA / level
    (passed, all_before), (now, all_now) = one.before, one.after
    counts_of = f"{passed} of {all_before} → {now} of {all_now}"
    reason = counts_of
    if one.left_out:
        reason += f", {one.left_out} in scenarios that the baseline has not judged"
    if few:
        reason += _TOO_FEW
    elif beyond:
        reason += (_lost_whole(one) if worse else "") + by_chance(min(1.0, p * tests), worse=worse)
    return GateResult(
        gate=f"no worse: {one.scorer}.pass_rate",
        kind=GateKind.BASELINE,
        passed=None if few or (beyond and not worse) else not worse,
        value=change,
        limit=gate.least(),
        unit=SHARE,
        reason=reason,
        short=f"{one.scorer.replace('_', ' ')} {counts_of}" if worse else "",
        details=f"p = {p:.2g} of this scorer alone, to be at most {level:.2g} "
        f"(2 % over {tests:.0f}); change {amount(change, SHARE)}; {_by_scenario(one)}",
    )


def _lost_whole(one: ScenarioVerdicts) -> str:
    """Name the scenarios that passed every call of the baseline, and pass none now."""
    lost = [key for key, s in one.strata.items() if s.a_passed == s.a and not s.b_passed]
    if not lost:
        return ""
    more = f" and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
    names = ", ".join(f'"{named_scenario(key)}"' for key in lost[:_SHOWN])
    return f"; {names}{more} passed every call and {'fails' if len(lost) == 1 else 'fail'} all now"


def _by_scenario(one: ScenarioVerdicts) -> str:
    changed = ((k, s) for k, s in one.strata.items() if s.a_passed * s.b != s.b_passed * s.a)
    told = (
        f"{named_scenario(k)} {s.a_passed} of {s.a} → {s.b_passed} of {s.b}" for k, s in changed
    )
    return ", ".join(told) or "alike in every scenario"


_TOO_FEW = "; too few calls to tell"


def by_chance(p: float, *, worse: bool) -> str:
    """Return how often an unchanged build looks as bad: "; chance does it in 1 of 400 builds"."""
    cause = "; chance does it in" if worse else "; may be chance, which does it in"
    if p > 0.5:
        return f"{cause} most unchanged builds"
    digits = 10 ** max(0, math.floor(math.log10(1 / p)) - 1)
    return f"{cause} 1 of {round(1 / p / digits) * digits:,} unchanged builds"


def _measured(one: MatchedMeasure, gate: NoWorse, *, tests: int) -> GateResult:
    measure = one.measure
    least, interval = gate.least(measure.measure), measure.interval()
    few = one.min_attainable_p > MEASURES_ALPHA / tests
    beyond = measure.loss(interval.mean) > least
    p = one.p(MEASURES_ALPHA / tests) if beyond else 1.0
    low, high = measure.true_losses
    late = low < high and (low > least) is not (high > least)
    worse = beyond and p <= MEASURES_ALPHA / tests and not late
    reason = _told(measure, interval, worse=worse)
    if late:
        reason += TOO_LATE_TO_TELL
    elif few:
        reason += _TOO_FEW
    elif beyond:
        reason += by_chance(min(1.0, p * tests), worse=worse)
    return GateResult(
        gate=f"no worse: {measure.measure_name}.mean",
        kind=GateKind.BASELINE,
        passed=None if late or few or (beyond and not worse) else not worse,
        value=interval.mean,
        limit=least,
        unit=measure.unit,
        reason=reason,
        short=f"{measure.measure_name.replace('_', ' ')} {_sides(measure)}" if worse else "",
        details=f"p = {p:.2g} of this measure alone, to be at most {MEASURES_ALPHA / tests:.2g} "
        f"(0.5 % over {tests})"
        if beyond
        else "",
    )


def _told(measure: PairedMeasure, interval: Interval, *, worse: bool) -> str:
    text = f"{_sides(measure)} in {interval.pairs} call{'' if interval.pairs == 1 else 's'}"
    if measure.left_out:
        text += f", {measure.left_out} without a value in common"
    if worse and interval.low is not None and interval.high is not None:
        text += f"; change {between(interval.low, interval.high, measure.unit)}"
    return text


def _sides(measure: PairedMeasure) -> str:
    sides = ((measure.a, measure.a_least), (measure.b, measure.b_least))
    return " → ".join(written(fmean(all), measure.unit, fmean(least)) for all, least in sides)


# The gate ``new_failures``, for small suites: which checks that passed fail in all repeats now.
#
# A check is a scorer in a scenario, so a scenario that already fails by another scorer hides no
# new failure. There is no test of chance in it, so it needs few calls: a scenario called twice
# can break it. The price is in docs/guides/ci.md: of a scenario that passes p of its calls, an
# unchanged agent fails all r repeats with a probability of (1 - p)^r. If all repeats are open
# (review, broken), they may turn out to be new failures: the gate is not judged if the limit would
# then be broken.

NONE_NEW = (
    AbsoluteGate(check=f"{NEW_FAILURES} <= 0"),
    Rule(None, NEW_FAILURES, None, "<=", 0.0, ""),
)
"""The gate of commands that take no gates file."""


def judge_new_failures(
    gate: AbsoluteGate, rule: Rule, *, baseline: Baseline, calls: Sequence[CallResult]
) -> GateResult:
    """Return the verdict of ``new_failures <= N``; no verdict if no check can be compared."""
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
