"""Stop requests by signal: a signal that is passed on is no second request."""

from __future__ import annotations

import itertools
import signal

import pytest

from harness.runs.processes import stop_signals


@pytest.mark.parametrize(
    ("at_s", "wishes"),
    [
        ([], 0),
        ([7.0], 1),
        ([7.0, 7.001], 1),
        ([7.0, 7.2, 7.499], 1),
        ([7.0, 7.5], 2),
        ([7.0, 7.001, 7.5], 2),
        ([7.0, 7.5, 7.501], 3),
    ],
)
def test_signals_right_behind_the_first_are_the_same_wish(at_s: list[float], wishes: int):
    told: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    times = iter(at_s)
    with (
        stop_signals(lambda: next(times)),
        stop_signals() as stop,
        stop.listening(lambda: told.append(stop.asked)),
    ):
        for place in range(len(at_s)):
            signal.raise_signal(numbers[place % 2])
    assert stop.asked == wishes
    assert told == list(range(1, wishes + 1))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_become_wishes_inside_the_block_and_are_as_before_after_it(number):
    before = signal.getsignal(number)
    heard: list[int] = []
    with stop_signals(itertools.count().__next__) as stop:
        with stop.listening(lambda: heard.append(stop.asked)):
            signal.raise_signal(number)
            signal.raise_signal(number)
        signal.raise_signal(number)
    assert (stop.asked, heard) == (3, [1, 2])
    assert signal.getsignal(number) is before


def test_a_block_inside_another_shares_its_wishes_and_ends_none_of_them():
    with stop_signals(itertools.count().__next__) as outer:
        signal.raise_signal(signal.SIGINT)
        with stop_signals() as inner:
            assert inner.asked == 1
            signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        assert outer.asked == 3
