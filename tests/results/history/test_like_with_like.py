"""A scenario that is new or gone moves no rate: nights are held against their own scenarios."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.synthetic_run import result

from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO
from harness.results.history.series import group_of
from harness.results.history.steps import find_steps, find_value_steps

NIGHTS, FROM = 40, 20


def table(*rows: tuple[int | None, int | None], repeats: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return counts of scenarios: passed of three before and after; None is not called."""
    passed, judged = np.zeros((2, len(rows), NIGHTS), dtype=int)
    for row, (before, after) in enumerate(rows):
        for side, good in ((slice(0, FROM), before), (slice(FROM, NIGHTS), after)):
            if good is not None:
                passed[row, side], judged[row, side] = good, repeats
    return passed, judged


NO_STEP = {
    "a hard scenario is added": table((3, 3), (3, 3), (None, 0)),
    "an easy scenario is dropped": table((1, 1), (3, None)),
    "the whole suite is replaced": table((3, None), (3, None), (None, 1), (None, 0)),
    "half of it is replaced": table((3, 3), (3, None), (None, 1)),
}


@pytest.mark.parametrize("case", NO_STEP.values(), ids=NO_STEP)
def test_another_suite_is_no_step(case):
    assert find_steps(*case) == ()
    flat = find_steps(*(part.sum(axis=0) for part in case))
    assert flat  # counted together, these nights do look like a step


def test_a_step_beside_a_new_scenario_is_found_and_told_of_those_on_both_sides():
    (step,) = find_steps(*table((3, 1), (3, 1), (None, 3), (0, None)))
    assert (step.index, step.down) == (FROM, True)
    assert (step.before.passed, step.before.counted) == (120, 120)
    assert (step.after.passed, step.after.counted) == (40, 120)


def test_the_sign_is_that_of_the_scenarios_and_not_of_their_mixture():
    """Every scenario gets worse while the easy one is called more often (Simpson's paradox)."""
    passed, judged = table((3, 2), (1, 0))
    passed[0, FROM:], judged[0, FROM:] = 10 * passed[0, FROM:], 10 * judged[0, FROM:]
    (step,) = find_steps(passed, judged)
    assert step.down
    assert step.after.rate == pytest.approx(20 / 33)


def suite(draws: np.random.Generator, kind: str, night_sd: float) -> tuple[np.ndarray, np.ndarray]:
    """Return an unchanged agent's counts while the suite changes; nights may be good or bad."""
    chances = draws.choice([0.99, 0.95, 0.9, 0.8], 12)
    judged = np.full((12, 60), 2)
    if kind == "added":
        chances[-4:], judged[-4:, :40] = 0.4, 0
    elif kind == "dropped":
        chances[:3], judged[:3, 30:] = 0.3, 0
    elif kind == "replaced":
        chances[6:], judged[:6, 30:], judged[6:, :30] = 0.6, 0, 0
    odds = np.log(chances / (1 - chances))[:, None] + draws.normal(0, night_sd, 60)
    return draws.binomial(judged, 1 / (1 + np.exp(-odds))), judged


@pytest.mark.parametrize("night_sd", [0.0, 0.7])
@pytest.mark.parametrize("kind", ["same", "added", "dropped", "replaced"])
def test_an_unchanged_agent_whose_suite_changes_is_rarely_told_to_have_changed(kind, night_sd):
    """100 histories; more than 11 with a step would be too many for 5 % (99.5 % of the time)."""
    draws = np.random.default_rng(5)
    assert sum(bool(find_steps(*suite(draws, kind, night_sd))) for _ in range(100)) <= 11


# --- answer times --------------------------------------------------------------------------------


def waits(*rows: tuple[float | None, float | None], sd: float = 0.1) -> dict:
    """Return two answer times a night of scenarios with a median before and after."""
    draws = np.random.default_rng(3)
    return {
        (row, night): (median_s * draws.lognormal(0, sd, 2)).tolist()
        for row, sides in enumerate(rows)
        for night in range(NIGHTS)
        if (median_s := sides[night >= FROM]) is not None
    }


def test_slower_answers_are_a_step_with_both_medians():
    (step,) = find_value_steps(TIME_TO_FIRST_AUDIO, waits((0.8, 1.2), (1.5, 1.9)), (2, NIGHTS))
    assert (step.index, step.down) == (FROM, True)
    assert step.before == pytest.approx(1.1, abs=0.2)
    assert step.after == pytest.approx(1.5, abs=0.2)


WAITS_WITHOUT_STEP = {
    "nothing changed": waits((0.8, 0.8), (1.5, 1.5)),
    "a slow scenario is new": waits((0.8, 0.8), (None, 3.0)),
    "the slow one is gone": waits((0.8, 0.8), (3.0, None)),
    "below a frame of audio": waits((0.8, 0.81), sd=0.001),
    "nothing measured": {},
}


@pytest.mark.parametrize("case", WAITS_WITHOUT_STEP.values(), ids=WAITS_WITHOUT_STEP)
def test_answer_times_without_a_change_have_no_step(case):
    assert find_value_steps(TIME_TO_FIRST_AUDIO, case, (2, NIGHTS)) == ()


def test_one_night_of_endless_waits_is_no_step():
    slow = waits((0.8, 0.8)) | {(0, 25): [60.0, 60.0, 60.0]}
    assert find_value_steps(TIME_TO_FIRST_AUDIO, slow, (1, NIGHTS)) == ()


def shorter(values: dict, off_s: float, *, after: bool) -> dict:
    """Return the least possible waits if the harness was late on one side of the change."""
    return {
        (row, night): [one - off_s * ((night >= FROM) is after) for one in some]
        for (row, night), some in values.items()
    }


@pytest.mark.parametrize(
    ("sides", "off_s", "late_after", "steps"),
    [
        ((0.8, 0.9), 0.05, True, 1),
        ((0.8, 0.9), 0.09, True, 0),  # perhaps 10 ms: less than a frame of audio
        ((0.8, 0.9), 0.3, True, 0),
        ((0.8, 0.9), 0.3, False, 1),  # late before: it got slower by even more
        ((0.9, 0.8), 0.05, False, 1),
        ((0.9, 0.8), 0.09, False, 0),
        ((0.9, 0.8), 0.3, True, 1),
    ],
)
def test_a_step_that_our_own_lateness_may_have_made_is_none(sides, off_s, late_after, steps):
    values = waits(sides, sd=0.001)
    least = shorter(values, off_s, after=late_after)
    found = find_value_steps(TIME_TO_FIRST_AUDIO, values, (1, NIGHTS), least=least)
    assert len(found) == steps


def test_better_answers_are_a_step_up():
    (step,) = find_value_steps(TIME_TO_FIRST_AUDIO, waits((1.2, 0.8)), (1, NIGHTS))
    assert not step.down


@pytest.mark.parametrize(
    ("call", "estimated", "group"),
    [
        ("", (), "desk at shop"),
        ("0017", (), "desk at shop, imported"),
        ("0017", ("bounds", "tools", "heard"), "desk at shop, imported, bounds estimated"),
        ("0017", ("bounds", "words"), "desk at shop, imported, bounds and words estimated"),
        ("0017", ("times", "tool_times"), "desk at shop, imported, all times estimated"),
    ],
)
def test_calls_that_tell_other_things_stand_in_other_series(call, estimated, group):
    one = replace(result("a call"), suite="desk", call=call, estimated=estimated)
    assert str(group_of(one, "shop")) == group
