"""How often the gate against a baseline cries wolf, and whether what is told can be found.

Prints one JSON line per setting, then one with the worst of them. ``unchanged``: an agent with a
known pass rate makes a baseline, then builds in which nothing changed; ``red`` is the share of
builds that any measure of the gate reddens, with one build per baseline and with 20, and
``any_of_20`` the share of baselines that redden at least one of theirs. ``power``: from a
comparison of an agent with itself comes the difference that the product says it would have found,
and the number of pairs it asks for; other comparisons in which that difference is true then find it
or not. ``coverage``: how often the interval of log-normal waits holds the true difference.
``new_failures`` is worked out: its builds are red by the plain gate that tests no chance.

Stated: ``red`` at most 0.025, also if one baseline judges many builds, ``power`` 0.75 to 0.9,
``coverage`` 0.95. ``any_of_20`` at most 0.10 is asked for, and missed: tests at 2.5 % a build do
not bound it. 25 baselines tell it to a tenth only; 200 a setting gave 0.04 to 0.15.

Usage: ``python benchmarks/gates.py [--quick]``: some three minutes on two idle cores, or seconds.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from harness.compare.power import Design, Shares, Spreads, detectable, pairs_needed
from harness.compare.statistics import mcnemar_p, paired_mean, sign_flip_p
from harness.gates.baseline import Baseline, baseline_of
from harness.gates.gate_file import NoWorse
from harness.gates.no_worse import judge_baseline
from harness.gates.trusted_runs import together
from harness.results.aggregate import summarize
from harness.results.convert import call_passed
from harness.results.model import CallResult, RunResults, ScoreResult
from harness.scorers.measure import MeasuredValue, Measurement
from harness.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO

RATES = (0.9, 0.95, 0.99)
PAIRS = (10, 30, 60, 120)
BUILDS = 20
SCORERS = ("entity_confirmation", "preamble", "write_confirmation")
LEAST_S = 0.1
SPREAD = 0.5
"""Of the logarithm of a wait: nineteen of twenty are between 0.4 and 2.7 of the median."""

Draw = np.random.Generator


def main() -> None:
    """Print every line."""
    quick = "--quick" in sys.argv[1:]
    lines: list[dict[str, object]] = []
    settings = [(kind, rate, pairs, runs, quick) for kind, rate, pairs, runs in _settings(quick)]
    with ProcessPoolExecutor(initializer=warm) as pool:
        for line in pool.map(measured, settings):
            print(json.dumps(line), flush=True)
            lines.append(line)
    print(json.dumps(worst(lines)))


def warm() -> None:
    """Import what is imported late, so that no line's time holds it."""
    draw = np.random.default_rng(0)
    judged_red(baseline(0.5, 8, 1, draw), calls(0.5, 8, draw))


def _settings(quick: bool) -> Iterator[tuple[str, float, int, int]]:
    rates, sizes = (RATES[:1], PAIRS[:1]) if quick else (RATES, PAIRS)
    for rate in rates:
        for pairs in sizes:
            yield "unchanged", rate, pairs, 1
        yield "unchanged", rate, sizes[0], 3
        for pairs in sizes:
            yield "power", rate, pairs, 1
    for pairs in sizes:
        yield "waits", 0.0, pairs, 1


def measured(setting: tuple[str, float, int, int, bool]) -> dict[str, object]:
    """Return the line of one setting."""
    kind, rate, pairs, runs, quick = setting
    draw = np.random.default_rng([round(rate * 1000), pairs, runs])
    if kind == "unchanged":
        return unchanged(rate, pairs, runs, draw=draw, baselines=1 if quick else 25)
    times = 5 if quick else 800
    if kind == "power":
        return power_of_shares(rate, pairs, draw=draw, times=times)
    return power_of_waits(pairs, draw=draw, times=times)


def unchanged(
    rate: float, pairs: int, runs: int, *, draw: Draw, baselines: int
) -> dict[str, object]:
    """Judge builds that are as good as their baseline, with independent calls on both sides."""
    first, red = [], []
    for _ in range(baselines):
        made = baseline(rate, pairs, runs, draw)
        builds = [judged_red(made, calls(rate, pairs, draw)) for _ in range(BUILDS)]
        first.append(builds[0])
        red.append(builds)
    flat = [one for builds in red for one in builds]
    return {
        "measure": "unchanged", "rate": rate, "pairs": pairs, "runs_in_baseline": runs,
        "builds": len(flat), "red": fmean(flat), "any_of_20": fmean(map(any, red)),
        "most_of_20": max(map(sum, red)) / BUILDS,
        "new_failures_1_scenario_2_repeats": round((1 - rate) ** 2, 6),
    }  # fmt: skip


def power_of_shares(rate: float, pairs: int, *, draw: Draw, times: int) -> dict[str, object]:
    """Find what is told: a loss of that size, in as many pairs, and in as many as are asked for."""
    found, asked = [], []
    for _ in range(times):
        a, b = draw.random((2, pairs)) < rate
        pilot = Shares.seen(a.astype(float).tolist(), b.astype(float).tolist())
        told, enough = _told(pilot, pairs)
        if told is not None:
            found.append(finds(rate, min(told, rate), pairs, draw))
        asked.append(finds(rate, 0.05, enough, draw))
    return {
        "measure": "power", "unit": "share", "rate": rate, "pairs": pairs,
        "of_told_difference": fmean(found) if found else None, "of_repeats_told": fmean(asked),
    }  # fmt: skip


@cache
def _told(pilot: Shares, pairs: int) -> tuple[float | None, int]:
    """Return what is told of a comparison: the difference it would have found, and the pairs."""
    return detectable(pilot, pairs, Design()), pairs_needed(pilot, 0.05, Design())


def finds(rate: float, loss: float, pairs: int, draw: Draw) -> bool:
    """Say whether one comparison finds a loss of this size."""
    a, b = draw.random(pairs) < rate, draw.random(pairs) < rate - loss
    signs = b.astype(int) - a.astype(int)
    return bool(mcnemar_p(signs.tolist()) < 0.05 and signs.sum() < 0)


def power_of_waits(pairs: int, *, draw: Draw, times: int) -> dict[str, object]:
    """Find what is told of log-normal waits, and count how often their interval is right."""
    design = Design(least=LEAST_S)
    found, asked, held = [], [], []
    truth = 0.4 * math.exp(SPREAD**2 / 2)
    for _ in range(times):
        pilot = Spreads.seen(differences(pairs, draw).tolist())
        told = detectable(pilot, pairs, design)
        assert told is not None
        found.append(slower(told, pairs, draw))
        asked.append(slower(0.2, min(3_000, pairs_needed(pilot, 0.2, design)), draw))
        a, b = draw.lognormal(0, SPREAD, (2, pairs))
        interval = paired_mean((1.4 * b - a).tolist())
        assert interval.low is not None
        assert interval.high is not None
        held.append(interval.low <= truth <= interval.high)
    return {
        "measure": "power", "unit": "s", "pairs": pairs, "of_told_difference": fmean(found),
        "of_repeats_told": fmean(asked), "coverage": fmean(held),
    }  # fmt: skip


def slower(by_s: float, pairs: int, draw: Draw) -> bool:
    """Say whether one comparison finds a build that is slower by so much."""
    seen = differences(pairs, draw) + by_s
    return bool(seen.mean() >= LEAST_S and sign_flip_p(seen.tolist()) < 0.05)


def differences(pairs: int, draw: Draw) -> NDArray[np.float64]:
    """Return how the waits of an agent differ from its own, in seconds."""
    a, b = draw.lognormal(0, SPREAD, (2, pairs))
    slower: NDArray[np.float64] = b - a
    return slower


def baseline(rate: float, pairs: int, runs: int, draw: Draw) -> Baseline:
    """Return a baseline of so many runs."""
    parts = []
    for number in range(runs):
        made = calls(rate, pairs, draw)
        run = RunResults(
            format=1, harness_version="", started_at=str(number), target="x", clock="real",
            interrupted=False, calls=made, summary=summarize(()),
        )  # fmt: skip
        parts.append((baseline_of(run, Path(str(number))), Path(str(number))))
    return together(parts)


def judged_red(made: Baseline, build: tuple[CallResult, ...]) -> bool:
    """Say whether the gate breaks."""
    return any(gate.breaks for gate in judge_baseline(NoWorse(), made, build))


def calls(rate: float, pairs: int, draw: Draw) -> tuple[CallResult, ...]:
    """Return calls of two scenarios; each passes by all three scorers with a chance of ``rate``."""
    passed = draw.random((pairs, len(SCORERS))) < rate ** (1 / len(SCORERS))
    took_s = draw.lognormal(0, SPREAD, pairs)
    return tuple(_call(n, passed[n], float(took_s[n])) for n in range(pairs))


def _call(number: int, passed: NDArray[np.bool_], took_s: float) -> CallResult:
    scores = [
        _score(name, "pass" if fine else "fail") for name, fine in zip(SCORERS, passed, strict=True)
    ]
    took = MeasuredValue(took_s, of="Hello.")
    scores.append(_score(TIME_TO_FIRST_AUDIO.name, "pass", TIME_TO_FIRST_AUDIO.gave(took)))
    return CallResult(
        scenario="ab"[number % 2], scenario_path="", repeat=number // 2, seed=number // 2,
        status="completed", status_detail="", recording="", duration_s=9.0,
        passed=call_passed("completed", tuple(scores)), scores=tuple(scores), suite="desk",
        scenario_hash="h",
    )  # fmt: skip


def _score(name: str, outcome: str, *measured: Measurement) -> ScoreResult:
    passed = outcome == "pass"
    return ScoreResult(name, 1, outcome, passed, None, "", "", measurements=measured)


def worst(lines: list[dict[str, object]]) -> dict[str, object]:
    """Return the extremes of all lines."""

    def of(name: str) -> list[float]:
        return [value for line in lines if isinstance(value := line.get(name), float)]

    power = of("of_told_difference") + of("of_repeats_told")
    return {
        "measure": "worst", "red": max(of("red")), "any_of_20": max(of("any_of_20")),
        "least_power": min(power), "most_power": max(power), "coverage": min(of("coverage")),
    }  # fmt: skip


if __name__ == "__main__":
    main()
