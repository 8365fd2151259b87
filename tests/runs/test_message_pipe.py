"""Messages between processes: whole, in order, and each side notices the end of the other."""

from __future__ import annotations

from queue import SimpleQueue
from typing import Any

from harness.runs.pacing import MessagePipe, pipe_ends

GONE = "gone"


def opened() -> list[tuple[MessagePipe, SimpleQueue[Any]]]:
    sides = []
    for end in pipe_ends():
        came: SimpleQueue[Any] = SimpleQueue()
        sides.append((MessagePipe(end, came.put, lambda its=came: its.put(GONE)), came))
    return sides


def test_messages_arrive_whole_and_in_order_either_way():
    (first, at_first), (second, at_second) = opened()
    large = bytes(range(256)) * 40_000  # ten times the system's pipe buffer
    for message in (large, 1, ("two", 3.0)):
        first.send(message)
        second.send(message)
    for came in (at_first, at_second):
        assert [came.get(timeout=30) for _ in range(3)] == [large, 1, ("two", 3.0)]


def test_an_end_that_is_closed_is_told_once_all_that_was_sent_has_come():
    (first, at_first), (second, at_second) = opened()
    first.send("last")
    first.close()
    assert [at_second.get(timeout=30) for _ in range(2)] == ["last", GONE]
    second.send("still heard")
    second.close()
    assert [at_first.get(timeout=30) for _ in range(2)] == ["still heard", GONE]


def test_what_is_sent_to_an_end_that_is_gone_goes_nowhere():
    (first, at_first), (second, _) = opened()
    second.close()
    assert at_first.get(timeout=30) == GONE
    first.close()
    first.send("too late")
    first.send(lambda: None)  # not even looked at
