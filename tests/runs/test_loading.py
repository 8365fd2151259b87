"""Load tests: which calls are planned for when."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.results.load.model import Arrivals, OwnLimit
from harness.runs.load_test import LoadRequest, check_held, planned_load
from harness.runs.run_suite import RunRequest

LOOKUP = (Path("scenarios/order_desk/lookup"),)


def request(arrivals: Arrivals, **more: object) -> LoadRequest:
    return LoadRequest(RunRequest(paths=LOOKUP), arrivals, **more)


def test_scenarios_take_turns_and_every_call_has_a_time_and_a_folder() -> None:
    plan = planned_load(request(Arrivals(2.0, 30.0, even=True)))
    assert len(plan.jobs) == len(plan.due_s) == 59
    assert len({job.recording for job in plan.jobs}) == 59
    assert not plan.virtual
    assert not any(job.listened for job in plan.jobs)
    for one, other in pairwise(range(0, 58, 2)):
        assert len({job.loaded.scenario.name for job in plan.jobs[one:other]}) == 2


def test_the_light_agent_is_not_called_where_another_target_is_named() -> None:
    run = RunRequest(paths=LOOKUP, target="ws://127.0.0.1:9/v1/realtime")
    asked = LoadRequest(run, Arrivals(2.0, 30.0, even=True), light=True)
    with pytest.raises(UsageError, match=r"--light calls .* and --target ws://127\.0\.0\.1:9/"):
        planned_load(asked)
    assert planned_load(replace(asked, light=False)).jobs
    assert planned_load(replace(asked, run=RunRequest(paths=LOOKUP))).light


def test_the_same_seed_makes_the_same_calls_at_the_same_times() -> None:
    one, same, other = (planned_load(request(Arrivals(2.0, 30.0), seed=seed)) for seed in (1, 1, 2))
    assert (one.due_s, [job.recording for job in one.jobs]) == (
        same.due_s,
        [job.recording for job in same.jobs],
    )
    assert one.due_s != other.due_s


@pytest.mark.parametrize(
    ("limit", "refused"),
    [
        (OwnLimit(5, 1, 0.002, 10), True),
        (OwnLimit(50, 1, 0.002, 75), False),
        (OwnLimit(5, 1, 0.002), False),  # more were not tried
        (OwnLimit(1, 1, None, 5), False),  # no call was held, so no figure is known
    ],
)
def test_more_calls_than_this_machine_was_seen_to_hold_are_refused(
    limit: OwnLimit, refused: bool
) -> None:
    """2 calls a second, whose callers say 8 to 13 s: about 20 at once."""
    plan = planned_load(request(Arrivals(2.0, 30.0, 1.0, even=True)))
    if not refused:
        check_held(plan, limit)
        return
    with pytest.raises(UsageError, match=r"--rate: 1. calls would be under way .* of 10 "):
        check_held(plan, limit)


@pytest.mark.parametrize(
    ("arrivals", "told"),
    [
        (Arrivals(1.0, 10.0, 20.0), "--ramp 20s is longer than the test"),
        (Arrivals(50.0, 3600.0), "about 180000 calls, and one test makes at most 20000"),
        (Arrivals(0.01, 5.0, even=True), "no call is due in that time"),
    ],
)
def test_a_test_that_cannot_be_made_is_refused_in_words(arrivals: Arrivals, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        planned_load(request(arrivals))
