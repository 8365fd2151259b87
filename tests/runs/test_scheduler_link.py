"""Questions to a scheduler: any exception is an answer, and the question can be asked again."""

from __future__ import annotations

import queue
from asyncio import CancelledError

import pytest
from support.crew import scheduler

pytest.importorskip("distributed")

from harness.runs.worker_serving import SchedulerLink


@pytest.mark.parametrize(
    "error", [OSError("lost"), RuntimeError("closed"), KeyError("plugin"), CancelledError("gone")]
)
def test_a_question_that_fails_is_not_open_for_ever(error):
    def fails(_client):
        raise error

    inbox = queue.SimpleQueue()
    with scheduler() as address:
        link = SchedulerLink(address, inbox)
        try:
            for _ in range(2):
                link.ask(("stop", "a worker"), fails)
                topic, said = inbox.get(timeout=30)
                assert topic == ("stop", "a worker")
                assert isinstance(said, OSError)
            assert not link.is_open("stop")
        finally:
            link.close()
