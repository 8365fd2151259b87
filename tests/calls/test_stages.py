"""What workers are at, as the process that shows it reads it."""

from __future__ import annotations

import gc

from harness.calls.stages import at, doing
from harness.calls.workers import Workers


def test_a_worker_tells_what_it_is_at_until_it_is_at_nothing() -> None:
    gc.collect()
    before = doing()
    with Workers(1) as workers:
        workers.submit(at, "one: listening to the agent 3/7").result()
        assert set(doing()) - set(before) == {"one: listening to the agent 3/7"}
        workers.submit(at, "ä" * 500).result()
        assert set(doing()) - set(before) == {"ä" * 80}
        workers.submit(at, "").result()
        assert doing() == before


def test_who_has_no_board_tells_nobody() -> None:
    before = doing()
    at("one: calling")
    assert doing() == before
