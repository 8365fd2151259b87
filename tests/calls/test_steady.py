"""No collector pauses inside, none lost behind."""

import gc

import pytest

from harness.calls.steady import steady


def test_the_collector_stands_still_inside_and_runs_again_outside() -> None:
    assert gc.isenabled()
    with steady():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_runs_again_after_a_failure() -> None:
    with pytest.raises(ValueError, match="of the call"), steady():
        raise ValueError("of the call")
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with steady():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_gathered_meanwhile_is_collected_at_the_end() -> None:
    class Knot:
        alive = 0

        def __init__(self) -> None:
            Knot.alive += 1
            self.me = self

        def __del__(self) -> None:
            Knot.alive -= 1

    with steady():
        for _ in range(10):
            Knot()
        assert Knot.alive == 10
    assert Knot.alive == 0
