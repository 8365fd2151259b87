"""Lower bounds of figures of many times, as the harness itself was late."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.synthetic_run import result, run_results, score

from harness.judging.scorers.base import Better, Measure, MeasuredValue, Measurement
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO as WAIT
from harness.results.model import CallResult, Percentiles
from harness.results.rates import DISTRIBUTION, least_of, percentiles, spread_of
from harness.results.store import read_results, write_results

NEAR = 1e-9
"""Means of the same numbers in another order may differ by so little."""


def call(*waits: MeasuredValue, measure: Measure = WAIT) -> CallResult:
    one = score(measure.name, "pass", "")
    object.__setattr__(one, "measurements", (Measurement(measure, waits),))
    return result("a", one)


def spread(waits: Sequence[MeasuredValue], measure: Measure = WAIT) -> Percentiles:
    return spread_of((call(*waits, measure=measure),), measure)


def outside(found: Percentiles, true: Percentiles) -> list[str]:
    """Return the figures whose truth does not lie between their reported bounds."""
    least = found.least or found
    told = []
    for metric in DISTRIBUTION:
        low, true_s, high = (getattr(one, metric) for one in (least, true, found))
        if true_s is None:
            told += [metric] if (low, high) != (None, None) else []
        elif not low - NEAR <= true_s <= high + NEAR:
            told.append(metric)
    return told


WAITED = st.tuples(
    st.floats(0, 60),  # true
    st.floats(0, 5),  # how late we were
    st.floats(0, 5),  # how much more is stated than that
)


@given(st.lists(WAITED, max_size=150), st.integers(0, 30), st.sampled_from(Better))
def test_the_truth_lies_between_both_ends(
    waits: list[tuple[float, float, float]], missing: int, better: Better
) -> None:
    measure = Measure("wait", unit="s", better=better)
    never = [MeasuredValue(None)] * missing
    measured = [MeasuredValue(true + late, uncertainty_s=late + more) for true, late, more in waits]
    true = [MeasuredValue(true) for true, _, _ in waits]
    assert outside(spread([*measured, *never], measure), spread([*true, *never], measure)) == []


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return true waits and our lateness: most of it small, and whole stretches of it huge."""
    random = np.random.default_rng(seed)
    true_s = random.lognormal(-0.2, 0.5, int(random.integers(100, 200)))
    late_s = 0.001 * random.pareto(0.9, len(true_s))
    stalled = slice(*sorted(random.integers(0, len(true_s), 2)))  # neighbours are late together
    late_s[stalled] += 0.2 * random.pareto(1.5)
    return true_s, late_s


def outside_in(draws: int, *, stated: float) -> int:
    """Return in how many draws a true figure lies outside, if so much of lateness is stated."""
    number = 0
    for seed in range(draws):
        true_s, late_s = drawn(seed)
        more = np.random.default_rng([seed, 1]).exponential(0.001, len(late_s))
        waits = [
            MeasuredValue(took_s, uncertainty_s=off_s)
            for took_s, off_s in zip(
                (true_s + late_s).tolist(), (stated * late_s + more).tolist(), strict=True
            )
        ]
        number += bool(outside(spread(waits), percentiles(true_s.tolist())))
    return number


def test_the_true_percentiles_of_a_simulated_busy_machine_are_inside_in_every_draw() -> None:
    assert outside_in(500, stated=1.0) == 0


def test_the_simulation_would_notice_an_uncertainty_that_says_too_little() -> None:
    assert outside_in(50, stated=0.5) > 25


@pytest.mark.parametrize(
    ("value", "unit", "least"),
    [
        (MeasuredValue(1.0, uncertainty_s=0.25), "s", 0.75),
        (MeasuredValue(0.1, uncertainty_s=0.25), "s", 0.0),
        (MeasuredValue(1.0, uncertainty_s=0.0), "s", 1.0),
        (MeasuredValue(1.0), "s", 1.0),
        (MeasuredValue(None, uncertainty_s=0.25), "s", None),
        (MeasuredValue(7.0, uncertainty_s=0.25), "words", 7.0),
    ],
)
def test_only_times_are_shorter_by_what_is_known(
    value: MeasuredValue, unit: str, least: float | None
) -> None:
    assert least_of(value, unit) == least


@pytest.mark.parametrize("off_s", [-0.001, float("nan")])
def test_an_uncertainty_below_zero_is_refused(off_s: float) -> None:
    with pytest.raises(ValueError, match="not below 0 s"):
        MeasuredValue(1.0, uncertainty_s=off_s)


@pytest.mark.parametrize("off_s", [0.0, None])
def test_exact_times_have_one_end(off_s: float | None) -> None:
    assert spread([MeasuredValue(1.0, uncertainty_s=off_s)] * 3).least is None


def test_results_keep_both_ends_and_are_as_ever_where_times_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    for off_s, keys in ((0.0, []), (0.25, ["least"])):
        results = run_results((call(MeasuredValue(1.0, uncertainty_s=off_s)),))
        write_results(path, results)
        (stored,) = json.loads(path.read_bytes())["summary"]["measures"]
        assert list(stored["spread"]) == [
            "count", "mean", "p50", "p95", "p99", "max", "min", "missing", *keys,
        ]  # fmt: skip
        (read,) = read_results(path).summary.measures
        assert read.spread == results.summary.measures[0].spread
    assert stored["spread"]["least"] == {
        "count": 1, "mean": 0.75, "p50": 0.75, "p95": None, "p99": None, "max": 0.75, "min": 0.75,
        "missing": 0,
    }  # fmt: skip
