"""Gates whose limit is within the harness's own lateness of a figure."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.synthetic_run import result, run_results, score

from harness.errors import FaultyFiles
from harness.judging.scorers.base import MeasuredValue
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO as WAIT
from harness.results.gates.baseline import baseline_of, read_baseline, write_baseline
from harness.results.gates.gate_file import AbsoluteGate, NoWorse, parse_rule
from harness.results.gates.limits import judge_rule
from harness.results.gates.no_worse import judge_baseline
from harness.results.model import CallResult, GateResult


def judged(check: str, *calls: CallResult) -> GateResult:
    rule = parse_rule(f"{WAIT.name}.{check}", {WAIT.name: (WAIT,)})
    return judge_rule(AbsoluteGate(check=check), rule, calls)


def late(*waits: tuple[float | None, float]) -> CallResult:
    """Return a call with waits, each (seconds, seconds by which it may be too long)."""
    values = (MeasuredValue(took_s, uncertainty_s=off_s) for took_s, off_s in waits)
    return result("a", replace(score(WAIT.name, "pass", ""), measurements=(WAIT.gave(*values),)))


TWENTY = late(*[(1.0, 0.0)] * 18, *[(1.51, 0.02)] * 2)
ONE = late((1.0, 0.1))


@pytest.mark.parametrize(
    ("check", "call", "passed", "reason"),
    [
        ("p95 <= 1.5 s", TWENTY, None, "1.510 s ± 20 ms: p95 of 20 values; cannot tell: "),
        ("p95 <= 1.51 s", TWENTY, True, "1.510 s ± 20 ms: p95 of 20 values"),
        ("p95 < 1.51 s", TWENTY, None, "1.510 s ± 20 ms: p95 of 20 values; cannot tell: "),
        ("p95 <= 1.49 s", TWENTY, None, "1.510 s ± 20 ms: p95 of 20 values; cannot tell: "),
        ("p95 < 1.49 s", TWENTY, False, "1.510 s ± 20 ms: p95 of 20 values"),
        ("p95 <= 1.48 s", TWENTY, False, "1.510 s ± 20 ms: p95 of 20 values"),
        ("p50 <= 0.9 s", TWENTY, False, "1.000 s: p50 of 20 values"),
        ("min >= 1 s", ONE, None, "1.000 s ± 100 ms: min of 1 values; cannot tell: "),
        ("min >= 0.9 s", ONE, True, "1.000 s ± 100 ms: min of 1 values"),
        # less than a millisecond is not shown, and used all the same
        ("max <= 1 s", late((1.0005, 0.0009)), None, "1.000 s: max of 1 values; cannot tell: "),
        ("max <= 9 s", late((1.0, 0.5), (None, 0.0)), False, "beyond any limit: max of 2 values"),
    ],
)
def test_a_limit_within_our_own_lateness_gives_no_verdict(
    check: str, call: CallResult, passed: bool | None, reason: str
) -> None:
    found = judged(check, call)
    assert (found.passed, found.breaks) == (passed, passed is not True)
    assert found.reason.startswith(reason)
    assert ("--concurrency auto" in found.reason) is (passed is None)


WAITED = st.tuples(st.floats(0, 3), st.floats(0, 1), st.floats(0, 1))


@given(
    st.lists(WAITED, min_size=1, max_size=40),
    st.sampled_from(["mean", "min", "p50", "max"]),
    st.sampled_from(["<=", "<", ">=", ">"]),
    st.integers(0, 4000),
)
def test_a_verdict_is_the_one_that_the_true_waits_would_have_had(
    waits: list[tuple[float, float, float]], metric: str, by: str, limit_ms: int
) -> None:
    check = f"{metric} {by} {limit_ms} ms"
    true = judged(check, late(*((true_s, 0.0) for true_s, _, _ in waits)))
    told = judged(
        check, late(*((true_s + late_s, late_s + more_s) for true_s, late_s, more_s in waits))
    )
    assert true.value is not None
    if abs(true.value - limit_ms / 1000) > 1e-8:  # nearer is how floats add up
        assert told.passed in (None, true.passed)


def repeats(took_s: float, off_s: float) -> tuple[CallResult, ...]:
    return tuple(
        replace(late((took_s + number / 100, off_s)), repeat=number, seed=number, scenario_hash="h")
        for number in range(10)
    )


def held_against(before: tuple[float, float], after: tuple[float, float]) -> GateResult:
    """Return the verdict on a mean wait, each (seconds, seconds by which it may be too long)."""
    baseline = baseline_of(run_results(repeats(*before)), Path("run"))
    found = judge_baseline(NoWorse(), baseline, repeats(*after))
    (one,) = [each for each in found if each.gate == f"no worse: {WAIT.name}.mean"]
    return one


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        ((1.0, 0.0), (1.2, 0.0), False),
        ((1.0, 0.0), (1.2, 0.09), False),
        ((1.0, 0.0), (1.2, 0.11), None),  # perhaps 90 ms, which is let through
        ((1.0, 0.5), (1.2, 0.09), False),  # late in the baseline: the loss is larger still
        ((1.0, 0.0), (1.05, 0.3), True),
        ((1.0, 0.04), (1.05, 0.3), True),
        ((1.0, 0.06), (1.05, 0.3), None),  # perhaps 110 ms
    ],
)
def test_a_loss_since_the_baseline_is_one_without_our_lateness(
    before: tuple[float, float], after: tuple[float, float], passed: bool | None
) -> None:
    found = held_against(before, after)
    assert found.passed is passed
    assert found.breaks is (passed is False)
    assert ("cannot tell: the harness was late itself" in found.reason) is (passed is None)


def test_the_reason_has_what_our_lateness_may_have_added() -> None:
    assert held_against((1.0, 0.0), (1.2, 0.11)).reason.startswith(
        "1.045 s → 1.245 s ± 110 ms in 10 calls; cannot tell: "
    )


def test_a_baseline_keeps_what_its_waits_may_be_too_long(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    for off_s, stored in ((0.0, ""), (0.0125, ',"uncertainty_s":0.0125')):
        made = baseline_of(run_results(repeats(1.0, off_s)), Path("run"))
        write_baseline(path, made)
        assert read_baseline(path) == made
        assert f'{{"value":1.0,"of":"","kind":""{stored}}}' in path.read_text()
    path.write_text(path.read_text().replace("0.0125", "-1"))
    with pytest.raises(FaultyFiles, match=r"calls\.0: .*expected an uncertainty_s of 0 or more"):
        read_baseline(path)
