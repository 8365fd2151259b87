"""Gates whose limit lies within what our own lateness may have added to a figure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.synthetic_run import result, score

from harness.gates.gate_file import AbsoluteGate
from harness.gates.gate_rule import parse_rule
from harness.gates.judged import judge_rule
from harness.results.model import CallResult, GateResult
from harness.scorers.measure import MeasuredValue
from harness.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO as WAIT


def judged(check: str, *calls: CallResult) -> GateResult:
    rule = parse_rule(f"{WAIT.name}.{check}", {WAIT.name: (WAIT,)})
    return judge_rule(AbsoluteGate(check=check), rule, calls)


def late(*waits: tuple[float | None, float]) -> CallResult:
    """Return a call with waits, each with what it may be too long."""
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
        # less than a millisecond is not told, and used all the same
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
