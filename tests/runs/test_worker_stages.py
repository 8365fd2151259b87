"""The stages of workers, as read by the process that shows them."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from harness.runs.processes import Workers, at, doing


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


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file sizes")
def test_where_there_is_no_room_for_a_board_nobody_is_told_and_nothing_fails():
    """The disk of a worker is full: a process of its own with a file size limit of 0."""
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0));"
        "from harness.runs.processes import Board, at, doing, write_on;"
        "board = Board(); write_on(board.shared); at('listening'); print(doing())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "()\n"
