"""False alarms, found regressions and extra calls of the gate against a baseline.

Prints a JSON line per setting, then a line with the worst of them.

``suite`` lines: a quarter of the scenarios passes 60 % of its calls, the others 98 %, and ten
scorers judge 100, 90, ... 10 % of the scenarios. A baseline of so many calls of each scenario
judges builds of so many repeats. ``unchanged`` builds are as good as the baseline; in ``break K``
one scorer passes 5 % of the calls of K scenarios, in ``-20`` and ``-40`` it loses so many points
wherever it judges. ``red`` is the share of builds that break the gate, ``red_stored`` the same
if no call can be made again (a stored run, ``confirm: off``), ``any_of_20`` the share of
baselines that redden any of their 20 builds, ``extra_calls`` the cost of confirming a build, in
calls, ``new_failures`` the share of builds that break ``new_failures <= 0``. Worlds: ``usual`` as
above, ``hard`` (half of the scenarios passes 80 %, by all of their scorers alike), ``run effect``
(every run is better or worse as a whole: its log odds vary by 0.5).

``field`` is a regression that the gate of an earlier version missed. ``waits`` lines hold builds
of two scenarios with log-normal waits against the gate as a whole. ``power``: from a comparison of
an agent with itself comes the difference that the product says it would have found, and the number
of pairs it asks for; other comparisons in which that difference is true then find it or not.
``coverage``: how often the interval of log-normal waits holds the true difference.

Stated: ``red`` of unchanged builds at most 0.01 in the usual world and 0.025 anywhere,
``any_of_20`` at most 0.10, ``extra_calls`` at most 3 % of a build's; with 5 calls or more in the
baseline ``break 1`` found in 0.75 and ``break 2`` in 0.95; ``power`` 0.75 to 0.9, ``coverage``
0.95.

Usage: ``python benchmarks/gates.py [--quick]``: some minutes on two idle cores, or seconds.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from harness.judging.scorers.base import MeasuredValue, Measurement
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO
from harness.results.aggregate import summarize
from harness.results.compare.measures import CALLS
from harness.results.compare.power import Design, Shares, Spreads, detectable, pairs_needed
from harness.results.compare.statistics import mcnemar_p, paired_mean, sign_flip_p
from harness.results.gates.baseline import Baseline, baseline_of
from harness.results.gates.gate_file import NoWorse
from harness.results.gates.matched_calls import (
    Answer,
    Cell,
    FreshCalls,
    Tally,
    broken_again,
    scenario_verdicts,
    suspicions,
    wanted,
    worse_again,
)
from harness.results.gates.no_worse import judge_baseline
from harness.results.gates.trusted_runs import together
from harness.results.model import CallResult, RunResults, ScoreResult
from harness.results.rates import ScenarioKey
from harness.results.verdicts import call_passed

RATES = (0.9, 0.95, 0.99)
PAIRS = (10, 30, 60, 120)
BUILDS = 20
SIZES = ((8, 1), (8, 3), (8, 5), (26, 1), (26, 3), (26, 5), (60, 1), (60, 3), (60, 5))
"""Scenarios and repeats of a suite."""

KNOWN = 6
"""Calls of each scenario in the baseline: two runs of three repeats."""

LOSSES = ("break 1", "break 2", "break 4", "-20", "-40")
MOST_FRESH = 60
SCORERS = ("entity_confirmation", "preamble", "write_confirmation")
LEAST_S = 0.1
SPREAD = 0.5
"""Of the logarithm of a wait: nineteen of twenty are between 0.4 and 2.7 of the median."""

Draw = np.random.Generator


def main() -> None:
    """Print every line."""
    quick = "--quick" in sys.argv[1:]
    lines: list[dict[str, object]] = []
    settings = list(_settings(quick))
    print(json.dumps(field()))
    with ProcessPoolExecutor(initializer=warm) as pool:
        for line in pool.map(measured, settings):
            print(json.dumps(line), flush=True)
            lines.append(line)
    print(json.dumps(worst(lines)))


def warm() -> None:
    """Do the late imports now, so that no line's time holds them."""
    draw = np.random.default_rng(0)
    judged_red(baseline(0.5, 8, 1, draw), calls(0.5, 8, draw))


Setting = tuple[str, str, tuple[int, ...], bool]
"""Kind of line, world or rate, sizes, and whether it is to be quick."""


def _settings(quick: bool) -> Iterator[Setting]:
    sizes = SIZES[1:2] if quick else SIZES
    for size in sizes:
        for loss in ("unchanged", *LOSSES[: 1 if quick else None]):
            yield loss, "usual", (*size, KNOWN), quick
    if not quick:
        for loss in ("unchanged", *LOSSES[:2]):
            yield loss, "usual", (26, 3, 3), quick
        for known in (5, 6, 9):
            yield "unchanged", "hard", (26, 3, known), quick
        yield "unchanged", "run effect", (26, 3, KNOWN), quick
    for runs in (1, 3):
        yield "waits", "0.9", (30, runs), quick
    for rate in RATES[:1] if quick else RATES:
        for pairs in PAIRS[:1] if quick else PAIRS:
            yield "power", str(rate), (pairs,), quick
    for pairs in PAIRS[:1] if quick else PAIRS:
        yield "power of waits", "", (pairs,), quick


def measured(setting: Setting) -> dict[str, object]:
    """Return the line of a setting."""
    kind, of, sizes, quick = setting
    draw = np.random.default_rng(list(f"{kind} {of} {sizes}".encode()))
    if kind == "waits":
        return builds_with_waits(float(of), *sizes, draw=draw, baselines=1 if quick else 15)
    times = 5 if quick else 800
    if kind == "power":
        return power_of_shares(float(of), sizes[0], draw=draw, times=times)
    if kind == "power of waits":
        return power_of_waits(sizes[0], draw=draw, times=times)
    if kind == "unchanged":
        return suite(kind, of, sizes, draw=draw, times=(1 if quick else 30, BUILDS))
    return suite(kind, of, sizes, draw=draw, times=(2 if quick else 40, 4))


# --- suites of many scenarios and scorers ---------------------------------------------------------


@dataclass(frozen=True, slots=True)
class World:
    """How often each scenario (row) passes by each scorer (column); 1 if it does not judge it."""

    rates: NDArray[np.float64]
    judged: NDArray[np.bool_]

    def calls(self, number: int, draw: Draw, scenario: int | None = None) -> NDArray[np.bool_]:
        """Return verdicts of so many calls of each scenario (or of one), by scenario and scorer."""
        rows = slice(None) if scenario is None else slice(scenario, scenario + 1)
        rates = self.rates[rows, None, :]
        return draw.random((len(rates), number, rates.shape[2])) < rates


def world_of(kind: str, scenarios: int, draw: Draw) -> World:
    """Return a suite: ten scorers, of which the first judges all scenarios, the last a tenth."""
    judged = np.zeros((scenarios, 10), dtype=bool)
    for scorer in range(10):
        number = max(1, round(scenarios * (10 - scorer) / 10))
        judged[draw.permutation(scenarios)[:number], scorer] = True
    each = 1 / judged.sum(axis=1, keepdims=True)
    rates = np.where(judged, 0.98**each, 1.0)
    if kind == "hard":
        half = draw.permutation(scenarios)[: scenarios // 2]
        rates[half] = np.where(judged[half], 0.8 ** each[half], 1.0)
        return World(rates, judged)
    for scenario in draw.permutation(scenarios)[: scenarios // 4]:
        rates[scenario, draw.choice(np.flatnonzero(judged[scenario]))] = 0.6
    return World(rates, judged)


def changed(world: World, kind: str, draw: Draw) -> World:
    """Return a world in which one scorer that judges half of the scenarios has lost."""
    rates, scorer = world.rates.copy(), 5
    rows = np.flatnonzero(world.judged[:, scorer])
    if kind.startswith("break"):
        rates[draw.permutation(rows)[: int(kind[-1])], scorer] = 0.05
    elif kind.startswith("-"):
        rates[rows, scorer] = np.maximum(0.02, rates[rows, scorer] + int(kind) / 100)
    return World(rates, world.judged)


def shifted(world: World, draw: Draw) -> World:
    """Return a world in a run that is better or worse as a whole."""
    rates = np.clip(world.rates, 1e-9, 1 - 1e-9)
    odds = rates / (1 - rates) * np.exp(draw.normal(0, 0.5))
    return World(np.where(world.judged, odds / (1 + odds), 1.0), world.judged)


def suite(
    kind: str, of: str, sizes: tuple[int, ...], *, draw: Draw, times: tuple[int, int]
) -> dict[str, object]:
    """Judge builds of one kind in worlds of one kind; ``times``: baselines, builds of each."""
    baselines, builds = times
    scenarios, repeats, known = sizes
    ends: list[list[Ended]] = []
    for _ in range(baselines):
        usual = world_of(of, scenarios, draw)
        runs = (lambda one: shifted(one, draw)) if of == "run effect" else (lambda one: one)
        before = runs(usual).calls(known, draw)
        ends.append(
            [
                ended(before, runs(changed(usual, kind, draw)), usual.judged, repeats, draw)
                for _ in range(builds)
            ]
        )
    flat = [one for builds in ends for one in builds]
    extra = fmean(one.extra for one in flat)
    found: dict[str, object] = {
        "measure": "suite", "kind": kind, "world": of, "scenarios": scenarios, "repeats": repeats,
        "known": known, "builds": len(flat), "red": fmean(one.red for one in flat),
        "red_stored": fmean(one.red_stored for one in flat),
        "extra_calls": round(extra, 2),
        "new_failures": fmean(one.new_failure for one in flat),
    }  # fmt: skip
    if kind == "unchanged":
        found["any_of_20"] = fmean(any(one.red for one in builds) for builds in ends)
        found["extra_share"] = extra / (scenarios * repeats)
    return found


@dataclass(frozen=True, slots=True)
class Ended:
    """How the gates ended on a build."""

    red: bool
    red_stored: bool
    new_failure: bool
    extra: int


def ended(
    before: NDArray[np.bool_], now: World, judged: NDArray[np.bool_], repeats: int, draw: Draw
) -> Ended:
    """Judge a build, and confirm as ``run --baseline`` does."""
    found = cells_of(before, now.calls(repeats, draw), judged)
    asked = suspicions(found, least=NoWorse().least())
    fresh = np.zeros((len(judged), 0, judged.shape[1]), dtype=bool)
    made: dict[ScenarioKey, NDArray[np.bool_]] = {}
    seen = fresh_of(made, judged)
    while need := wanted(asked, seen, most=MOST_FRESH):
        for key, number in need.items():
            row = int(key[1])
            one = now.calls(number, draw, row)[0]
            made[key] = np.concatenate((made.get(key, fresh[row]), one))
        seen = fresh_of(made, judged)
    answers = [*worse_again(asked, seen).values(), *(broken_again(c, seen) for c in asked.broken)]
    lost = [c for c in found if c.scorer != CALLS and 2 * c.before.passed > c.before.calls]
    return Ended(
        red=any(one in (Answer.CONFIRMED, Answer.MISSING) for one in answers),
        red_stored=bool(asked.worse),
        new_failure=any(not cell.after.passed for cell in lost),
        extra=seen.made,
    )


def cells_of(
    before: NDArray[np.bool_], after: NDArray[np.bool_], judged: NDArray[np.bool_]
) -> list[Cell]:
    """Return verdicts as the gate has them; a call passes if all of its scorers do."""
    numbers = before.shape[1], after.shape[1]
    asked = np.column_stack((np.ones(len(judged), dtype=bool), judged))
    passed = [np.column_stack((side.all(axis=2).sum(axis=1), side.sum(axis=1)))
              for side in (before, after)]  # fmt: skip
    found = []
    for column, row in np.argwhere(asked.T).tolist():
        sides = (
            Tally(int(side[row, column]), number - int(side[row, column]))
            for side, number in zip(passed, numbers, strict=True)
        )
        found.append(Cell(_key(row), _NAMES[column], next(sides), next(sides), ()))
    return found


def fresh_of(made: dict[ScenarioKey, NDArray[np.bool_]], judged: NDArray[np.bool_]) -> FreshCalls:
    """Return calls that confirm as the gate has them."""
    tallies = {
        (_NAMES[column], key): Tally(int(verdicts.sum()), int((~verdicts).sum()))
        for key, calls in made.items()
        for column, verdicts in enumerate((calls.all(axis=1), *calls.T))
        if column == 0 or judged[int(key[1]), column - 1]
    }
    valid = {key: len(calls) for key, calls in made.items()}
    return FreshCalls(tallies, valid, {}, sum(valid.values()))


def _key(row: int) -> ScenarioKey:
    return "suite", str(row), ""


_NAMES = (CALLS, *(f"scorer {number}" for number in range(10)))


def field() -> dict[str, object]:
    """Return the verdict on a regression that was missed: the read-back rules were deleted."""
    sides = (
        ((3, 0), (3, 0)),
        ((3, 0), (0, 3)),
        ((3, 0), (0, 3)),
        ((1, 2), (0, 3)),
        ((2, 1), (2, 1)),
    )
    found = [
        Cell(_key(row), "entity_confirmation", Tally(*before), Tally(*after), ())
        for row, (before, after) in enumerate(sides)
    ]
    red = bool(suspicions(found, least=NoWorse().least()).worse)
    (one,) = scenario_verdicts(found)
    return {"measure": "field", "red": red, "p": one.p}


# --- the whole gate, with waits -------------------------------------------------------------------


def builds_with_waits(
    rate: float, pairs: int, runs: int, *, draw: Draw, baselines: int
) -> dict[str, object]:
    """Judge builds that are as good as their baseline, with independent calls on both sides."""
    red = []
    for _ in range(baselines):
        made = baseline(rate, pairs, runs, draw)
        red += [judged_red(made, calls(rate, pairs, draw)) for _ in range(BUILDS)]
    return {
        "measure": "waits", "rate": rate, "pairs": pairs, "runs_in_baseline": runs,
        "builds": len(red), "red": fmean(red),
    }  # fmt: skip


# --- comparisons ----------------------------------------------------------------------------------


def power_of_shares(rate: float, pairs: int, *, draw: Draw, times: int) -> dict[str, object]:
    """Find the reported loss: of that size, in as many pairs, and in as many as are asked for."""
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
    """Return the report of a comparison: the difference it would have found, and the pairs."""
    return detectable(pilot, pairs, Design()), pairs_needed(pilot, 0.05, Design())


def finds(rate: float, loss: float, pairs: int, draw: Draw) -> bool:
    """Say whether a comparison finds a loss of this size."""
    a, b = draw.random(pairs) < rate, draw.random(pairs) < rate - loss
    signs = b.astype(int) - a.astype(int)
    return bool(mcnemar_p(signs.tolist()) < 0.05 and signs.sum() < 0)


def power_of_waits(pairs: int, *, draw: Draw, times: int) -> dict[str, object]:
    """Compare log-normal waits, and count how often their interval is right."""
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
    """Say whether a comparison finds a build that is slower by so much."""
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
    """Return the extremes of all lines; of suites those of the usual world."""

    def of(name: str, *kinds: str, least_known: int = 0, least_repeats: int = 0) -> list[float]:
        return [
            float(value)
            for line in lines
            if isinstance(value := line.get(name), int | float)
            and (not kinds or line.get("kind") in kinds)
            and line.get("world", "usual") == "usual"
            and int(str(line.get("known", least_known))) >= least_known
            and int(str(line.get("repeats", least_repeats))) >= least_repeats
        ]

    power = of("of_told_difference") + of("of_repeats_told")
    return {
        "measure": "worst",
        "red": max(of("red", "unchanged")),
        "red_stored": max(of("red_stored", "unchanged")),
        "red_with_waits": max(
            float(str(line["red"])) for line in lines if line["measure"] == "waits"
        ),
        "any_of_20": max(of("any_of_20")),
        "extra_share": max(of("extra_share", least_repeats=3)),
        "break_1": fmean(of("red", "break 1", least_known=5)),
        "break_2": fmean(of("red", "break 2", least_known=5)),
        "field": float(bool(field()["red"])),
        "least_power": min(power),
        "most_power": max(power),
        "coverage": min(of("coverage")),
    }


if __name__ == "__main__":
    main()
