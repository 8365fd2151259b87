"""The knee of data whose truth is known: broken lines in noise, level lines, drifts, jumps."""

from __future__ import annotations

import numpy as np
import pytest

from harness.results.load.findings import FEWEST, Knee, NoKnee, Observed, Worth, find_knee

TRUE_KNEE = 35

ANY = Worth(0.0, "", 0.0)
"""The smallest rise is reported: these tests are about chance."""

SLOWER = Worth(0.05, "50 ms")


def broken(
    seed: int, count: int, slope: float, *, alike: float = 0.0, kinds: int = 5
) -> list[Observed]:
    """Waits over a ramp to 60 calls; ``alike`` is how much a wait resembles the previous wait."""
    random = np.random.default_rng(seed)
    at_s = np.sort(random.uniform(0, 600, count))
    load = np.clip(np.round(at_s / 10 + random.normal(0, 2, count)), 1, None)
    kind = random.integers(0, kinds, count)
    drift = np.zeros(count)
    for each in range(1, count):
        drift[each] = alike * drift[each - 1] + random.normal(0, 0.12 * np.sqrt(1 - alike**2))
    tail = random.exponential(0.4, count) * (random.random(count) < 0.2)
    value = 0.5 + 0.4 * kind + drift + tail + slope * np.maximum(0, load - TRUE_KNEE)
    return [
        Observed(*each)
        for each in zip(
            at_s.tolist(), load.tolist(), value.tolist(), map(str, kind.tolist()), strict=True
        )
    ]


def test_the_interval_holds_the_true_knee_about_as_often_as_it_says() -> None:
    found = [find_knee(broken(seed, 200, 0.04, alike=0.6), ANY, seed=seed) for seed in range(20)]
    knees = [one for one in found if isinstance(one, Knee)]
    assert len(knees) == 20
    held = sum(one.low <= TRUE_KNEE <= one.high for one in knees)
    assert held >= 16  # 95 % of 20 is 19; 15 or fewer has a chance of 0.3 %
    assert np.mean([one.high - one.low for one in knees]) < 15
    assert np.mean([one.load for one in knees]) == pytest.approx(TRUE_KNEE, abs=1.5)


@pytest.mark.parametrize("alike", [0.0, 0.6])
def test_where_nothing_rises_a_knee_is_hardly_ever_found(alike: float) -> None:
    found = [find_knee(broken(seed, 300, 0.0, alike=alike), ANY, seed=seed) for seed in range(30)]
    assert sum(isinstance(one, Knee) for one in found) <= 2


def test_slow_answers_that_come_late_in_a_test_are_no_knee() -> None:
    """Questions that are slow by their kind, and are asked only late, when the load is high."""
    quick = [Observed(float(n), n / 10 + 1, 0.5 + 0.01 * (n % 7), "quick") for n in range(300)]
    slow = [Observed(n + 0.5, n / 10 + 1, 2.0 + 0.01 * (n % 5), "slow") for n in range(200, 300)]
    assert isinstance(find_knee([*quick, *slow], ANY), NoKnee)


def test_an_agent_that_gets_quicker_has_no_knee() -> None:
    assert isinstance(find_knee(broken(1, 300, -0.04), ANY), NoKnee)


def test_one_answer_that_never_seems_to_end_draws_no_line() -> None:
    observed = broken(3, 200, 0.0)
    observed[-1] = Observed(observed[-1].at_s, observed[-1].load, 500.0, observed[-1].kind)
    assert isinstance(find_knee(observed, ANY), NoKnee)


def test_the_same_data_give_the_same_knee() -> None:
    observed = broken(5, 200, 0.04)
    assert find_knee(observed, ANY) == find_knee(observed[::-1], ANY)


def short_test(seed: int, wait: str, *, above: float = 1.0) -> list[Observed]:
    """One or two answers of each of some 75 calls in 20 s; those above 36 calls wait longer."""
    random = np.random.default_rng(seed)
    began = np.sort(random.uniform(0, 15, 75)) + 5
    ended = began + random.choice([11.0, 15.0], 75)
    found = []
    for number in range(112):
        call, answer = number % 75, number // 75
        at_s = float(began[call] + random.uniform(3, 5) + 5 * answer)
        load = float((began <= at_s).sum() - (ended <= at_s).sum())
        value = {
            "set": 0.75 + random.normal(0, 0.004),
            "tailed": 0.75 * random.lognormal(0, 0.5),
            "of two kinds": 0.75 + 0.4 * (call % 3 == 0) + random.normal(0, 0.05),
            "in frames": round((0.75 + random.normal(0, 0.02)) / 0.02) * 0.02,
            "of the call": 0.75 + ended[call] % 0.2 + random.normal(0, 0.02),
        }[wait]
        slower = above if load > 36 else 1.0
        found.append(Observed(at_s, load, float(value * slower), f"{call % 9} {answer}"))
    return found


@pytest.mark.parametrize("wait", ["set", "tailed", "of two kinds", "in frames", "of the call"])
def test_a_short_test_of_many_kinds_names_no_knee_where_there_is_none(wait: str) -> None:
    found = [find_knee(short_test(seed, wait), ANY) for seed in range(40)]
    assert sum(isinstance(one, Knee) for one in found) <= 2


@pytest.mark.parametrize(("above", "least"), [(1.2, 8), (1.5, 10), (2.0, 10)])
def test_a_short_test_of_an_agent_that_gets_slower_names_a_knee(above: float, least: int) -> None:
    found = [find_knee(short_test(seed, "in frames", above=above), SLOWER) for seed in range(10)]
    knees = [one for one in found if isinstance(one, Knee)]
    assert len(knees) >= least
    assert np.mean([one.before for one in knees]) == pytest.approx(0.75, rel=0.1)
    assert np.mean([one.after for one in knees]) == pytest.approx(0.75 * above, rel=0.15)


@pytest.mark.parametrize(
    ("base", "rise", "told"),
    [(0.1, 0.049, False), (0.1, 0.051, True), (2.0, 0.19, False), (2.0, 0.21, True)],
)
def test_a_knee_is_a_rise_worth_telling(base: float, rise: float, told: bool) -> None:
    """50 ms, and a tenth of the wait before; chance is ruled out here."""
    observed = [
        Observed(float(n), n / 10, base + rise / 20 * max(0.0, n / 10 - 20), "") for n in range(401)
    ]
    found = find_knee(observed, SLOWER)
    assert isinstance(found, Knee if told else NoKnee)
    if isinstance(found, NoKnee):
        assert found.looked
        assert found.reason == "what rose with the load rose by less than 10 % or 50 ms"


@pytest.mark.parametrize(
    ("observed", "reason"),
    [
        ([], f"0 observations, and {FEWEST} are needed"),
        (broken(1, FEWEST - 1, 0.1), f"{FEWEST - 1} observations, and {FEWEST} are needed"),
        ([Observed(n, 4, 0.5 + n % 3) for n in range(200)], "the load was the same all the time"),
        ([Observed(n, n // 10, 0.5) for n in range(200)], "nothing rose with the load"),
    ],
)
def test_what_is_not_known_is_said(observed: list[Observed], reason: str) -> None:
    found = find_knee(observed, ANY)
    assert isinstance(found, NoKnee)
    assert reason in found.reason
