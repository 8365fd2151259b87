"""How long bytes may have waited: since the last sleep if the system reports it, else a look."""

from __future__ import annotations

import asyncio

import pytest

from harness.transport import stamps
from harness.transport.stamps import LoopLag, lag_of

MS = 0.001


class Machine:
    """A thread that computes, waits for a processor, or sleeps."""

    def __init__(self) -> None:
        self.wall_s = self.awake_s = 100.0

    def goes(self, awake_ms: float, asleep_ms: float = 0.0) -> None:
        self.wall_s += (awake_ms + asleep_ms) * MS
        self.awake_s += awake_ms * MS

    def lag(self, *, tells: bool = True) -> LoopLag:
        return LoopLag(lambda: self.wall_s, (lambda: self.awake_s) if tells else None)


@pytest.mark.parametrize(
    ("steps", "lain_ms"),
    [
        ([(0.3, 15)], 0.3),  # asleep until the bytes came, then a moment of work
        ([(20, 15)], 20),  # woken, and kept from the processor
        ([(0.3, 15), (4, 0)], 4.3),  # busy since: they may lie there since the sleep ended
        ([(4, 0), (4, 0)], 8),  # no sleep at all
        ([(4, 0), (1, 9), (2, 0)], 3),
        ([(4, 0), (1, 9), (0.2, 9)], 0.2),
    ],
)
def test_bytes_have_lain_since_the_last_sleep_at_most(steps, lain_ms):
    machine = Machine()
    lag = machine.lag()
    for awake_ms, asleep_ms in steps:
        machine.goes(awake_ms, asleep_ms)
        found_s = lag.look()
    assert found_s == pytest.approx(lain_ms * MS, abs=1e-9)


def test_where_the_system_does_not_tell_all_time_since_the_last_look_counts():
    machine = Machine()
    lag = machine.lag(tells=False)
    machine.goes(0.3, 15)
    assert lag.look() == pytest.approx(15.3 * MS)
    machine.goes(0.2, 0)
    assert lag.look() == pytest.approx(0.2 * MS)


def test_one_lag_serves_all_sockets_of_a_loop(monkeypatch, tmp_path):
    async def main() -> tuple[LoopLag, LoopLag]:
        loop = asyncio.get_running_loop()
        assert lag_of(loop).look() >= 0.0
        return lag_of(loop), lag_of(loop)

    first, second = asyncio.run(main())
    assert first is second
    monkeypatch.setattr(stamps, "SCHEDSTAT", tmp_path / "none")
    elsewhere, _ = asyncio.run(main())
    assert elsewhere is not first
