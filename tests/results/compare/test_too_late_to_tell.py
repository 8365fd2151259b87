"""Differences that the harness's own lateness on one side may have made."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.late_results import late_call
from support.two_runs import calls, pairs

from harness.judging.scorers.base import Better, MeasuredValue
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO as WAIT
from harness.results.compare.measures import PairedMeasure, Pairing, measures
from harness.results.compare.noise_floor import Floor, NoiseFloor
from harness.results.compare.store import ComparisonVerdict, Contrast, Finding
from harness.results.compare.verdict import TOO_LATE_TO_TELL, Names, Terms, judge
from harness.results.model import CallResult

BETTER, WORSE, NONE = (
    ComparisonVerdict.BETTER,
    ComparisonVerdict.WORSE,
    ComparisonVerdict.NO_EVIDENCE,
)


def waiting(from_s: float, off_s: float = 0.0) -> list[CallResult]:
    found = calls("one", {"waits": [from_s + n / 100 for n in range(10)]}, rule="+" * 10)
    return [late_call(call, off_s) for call in found]


def contrast(a: list[CallResult], b: list[CallResult], *, noise: float | None = None) -> Contrast:
    floors = (Floor(WAIT.name, "s", 10, noise, WAIT.name),) if noise is not None else ()
    floor = NoiseFloor(1, "", "", "", {}, (), (), {}, floors)
    (made,) = judge([(Names("A", "B", "b"), Pairing(pairs(a, b), 0), ())], Terms(floor=floor))
    return made


def found(a: list[CallResult], b: list[CallResult], *, noise: float | None = None) -> Finding:
    (one,) = [each for each in contrast(a, b, noise=noise).findings if each.measure]
    return one


@pytest.mark.parametrize(
    ("a", "b", "noise", "verdict"),
    [
        ((1.0, 0.0), (1.15, 0.04), None, WORSE),  # at least 110 ms
        ((1.0, 0.0), (1.15, 0.06), None, NONE),  # perhaps 90
        ((1.0, 0.0), (1.15, 0.3), None, NONE),
        ((1.0, 0.5), (1.15, 0.04), None, WORSE),  # late in A: the loss is larger still
        ((1.15, 0.04), (1.0, 0.0), None, BETTER),
        ((1.15, 0.06), (1.0, 0.0), None, NONE),
        ((1.15, 0.04), (1.0, 0.5), None, BETTER),
        ((1.0, 0.0), (1.15, 0.04), 0.105, WORSE),
        ((1.0, 0.0), (1.15, 0.04), 0.12, NONE),
        ((1.0, 0.06), (1.05, 0.0), None, NONE),  # perhaps 110 ms
        ((1.0, 0.0), (1.05, 0.2), None, NONE),  # perhaps 150 the other way
    ],
)
def test_a_difference_counts_if_it_does_without_our_lateness(
    a: tuple[float, float], b: tuple[float, float], noise: float | None, verdict: ComparisonVerdict
) -> None:
    one = found(waiting(*a), waiting(*b), noise=noise)
    assert one.verdict is verdict
    assert one.reason.startswith("cannot tell" if verdict is NONE else "more than chance")
    told = [
        None if not off_s else pytest.approx(from_s + 0.045 - off_s) for from_s, off_s in (a, b)
    ]
    assert [one.a_least, one.b_least] == told


@pytest.mark.parametrize(
    ("b", "off_s", "verdict", "reason"),
    [
        (1.15, 0.0, WORSE, "more than chance"),
        (1.05, 0.0, NONE, "less than 100 ms, which nobody hears"),
        (1.05, 0.02, NONE, "less than 100 ms, which nobody hears"),
    ],
)
def test_what_does_not_hang_on_us_is_judged_as_ever(
    b: float, off_s: float, verdict: ComparisonVerdict, reason: str
) -> None:
    one = found(waiting(1.0), waiting(b, off_s))
    assert (one.verdict, one.reason) == (verdict, reason)


def test_the_remedy_stands_below_the_verdict() -> None:
    made = contrast(waiting(1.0), waiting(1.15, 0.06))
    assert made.sentence == "No evidence that B differs from A in 10 pairs."
    assert [one.repeats_to_count for one in made.findings if one.measure] == [None]
    assert made.takes == f"On time to first audio (+0.15 s): {TOO_LATE_TO_TELL}."


WAITED = st.tuples(st.floats(0, 3), st.floats(0, 1), st.floats(0, 1))
BOTH = st.tuples(WAITED, WAITED)


@given(st.lists(st.lists(BOTH, min_size=1, max_size=3), min_size=1, max_size=8))
def test_the_true_loss_lies_within_its_bounds(repeats: list[list[tuple[tuple, tuple]]]) -> None:
    measure = paired(repeats, late=True)
    low, high = measure.true_losses
    assert low - 1e-9 <= fmean(paired(repeats, late=False).differences) <= high + 1e-9
    higher = replace(measure, measure=replace(WAIT, better=Better.HIGHER))
    assert higher.true_losses == (-high, -low)


def paired(repeats: list[list[tuple[tuple, tuple]]], *, late: bool) -> PairedMeasure:
    """Return the waits of both sides, each (true, how late we were, how much more is stated)."""

    def call(number: int, side: int) -> CallResult:
        (plain,) = calls("one", {"waits": [0.0]})
        values = (
            MeasuredValue(
                true_s + late * late_s, of=str(turn), uncertainty_s=late * (late_s + more_s)
            )
            for turn, (true_s, late_s, more_s) in enumerate(both[side] for both in repeats[number])
        )
        score = replace(plain.scores[0], measurements=(WAIT.gave(*values),))
        return replace(plain, scores=(score,), repeat=number, seed=number)

    a, b = ([call(number, side) for number in range(len(repeats))] for side in (0, 1))
    (one,) = [each for each in measures(pairs(a, b)) if each.measure]
    assert not any(map(math.isnan, one.differences))
    return one
