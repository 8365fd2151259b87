"""How many calls this machine holds: the search as a table, and the trial over real sockets."""

from __future__ import annotations

import asyncio
from tempfile import TemporaryFile
from typing import cast

import pytest

from harness.runs.capacity import LATE_S, STEPS, Trial, capacity_line, find_capacity
from harness.runs.capacity_trial import _SETTLES_S, TrialCalls, _Pretended, trial_calls
from harness.runs.pacing import pipe_ends
from harness.transport.websocket import WebSocketConnection
from harness.units import FRAME_S


@pytest.mark.parametrize(
    ("limit", "most", "calls"),
    [
        (1_000, 200, 200),
        (120, 200, 100),
        (100, 200, 100),
        (99, 200, 75),
        (5, 200, 5),
        (4, 200, 1),
        (1_000, 30, 30),
        (29, 30, 25),
        (1_000, 3, 3),
        (2, 3, 1),
        (1_000, 1, 1),
    ],
)
def test_most_steps_that_are_held_are_found_in_four_trials(
    limit: int, most: int, calls: int
) -> None:
    found = find_capacity(lambda n: 0.001 if n <= limit else 0.009, most)
    assert found.calls == calls
    assert len(found.trials) <= 4
    assert all(trial.calls <= most for trial in found.trials)


def test_a_trial_is_held_below_the_limit_only_and_never_without_a_measurement() -> None:
    assert not Trial(5, LATE_S).held
    assert Trial(5, LATE_S - 1e-6).held
    assert not Trial(5, None).held
    assert find_capacity(lambda _: None, STEPS[-1]).calls == 1


@pytest.mark.parametrize(
    ("limit", "late_s", "most", "line"),
    [
        (120, 0.0084, 200, "100 calls at a time, whose frames left 2.0 ms late (p99); "
         "200 were 8.4 ms late, and this machine must stay below 5 ms"),
        (200, 0.0084, 200, "200 calls at a time, whose frames left 2.0 ms late (p99); "
         "more were not asked for"),
        (0, 0.0123, 200, "1 call at a time; "
         "5 were 12.3 ms late, and this machine must stay below 5 ms"),
        (60, None, 75, "50 calls at a time, whose frames left 2.0 ms late (p99); "
         "75 could not be paced at all"),
    ],
)  # fmt: skip
def test_line_says_what_was_found_and_why(
    limit: int, late_s: float | None, most: int, line: str
) -> None:
    found = find_capacity(lambda n: 0.002 if n <= limit else late_s, most)
    target = "(what the target takes was not measured)"
    assert capacity_line(found) == f"--concurrency auto: {line} {target}"


class _Full:
    """A connection whose peer has stopped reading."""

    def send_at_once(self, message: str | bytes) -> bool:
        return False


async def _left_by(connection: _Full) -> list[float]:
    late: list[float] = []
    with TemporaryFile() as notes:
        _Pretended(cast(WebSocketConnection, connection), notes, late).begin()
        await asyncio.sleep(_SETTLES_S + 5 * FRAME_S)
    return late


def test_frame_that_could_not_leave_is_late_by_the_next_one_at_least() -> None:
    assert min(asyncio.run(_left_by(_Full()))) >= FRAME_S


def test_made_up_calls_are_paced_over_sockets_by_every_process() -> None:
    with trial_calls(2) as trials:
        measured = trials.measure(4, 2), trials.measure(1, 1)
    assert all(late_s is not None and late_s > 0 for late_s in measured)


@pytest.mark.parametrize(("calls", "asked_for"), [(1, [3]), (4, [6, 6]), (7, [12, 9])])
def test_a_call_is_counted_as_three_made_up_streams_and_each_process_has_its_share(
    calls: int, asked_for: list[int]
) -> None:
    pipes = [pipe_ends() for _ in asked_for]
    for late_s, (_, process) in enumerate(pipes):
        process.way_out.send([late_s])
    assert TrialCalls([ours for ours, _ in pipes]).measure(calls, len(pipes)) is not None
    assert [process.way_in.recv() for _, process in pipes] == asked_for
    for ends in pipes:
        for end in ends:
            end.close()
