"""A job for each of many things: the same here and in worker processes."""

from __future__ import annotations

import os
import weakref
from collections import deque
from functools import partial

import pytest
from support.spread_jobs import Thing, die_elsewhere, number_of, refuse, where

from harness.errors import UsageError
from harness.runs import local_run
from harness.runs.local_run import emptied, spread


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_run, "workers_by_default", lambda: 2)


def things() -> range:
    return range(50)


def test_few_are_done_here() -> None:
    made = list(spread(where, things(), many=51))
    assert made == [(thing, os.getpid()) for thing in things()]


def test_one_core_does_all_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_run, "workers_by_default", lambda: 1)
    assert {place for _, place in spread(where, things(), many=2)} == {os.getpid()}


def test_many_are_done_elsewhere_and_come_in_their_order() -> None:
    made = list(spread(where, things(), many=50))
    assert [thing for thing, _ in made] == list(things())
    assert os.getpid() not in {place for _, place in made}


def test_what_a_job_raises_is_raised_here() -> None:
    with pytest.raises(UsageError, match="no 11"):
        list(spread(partial(refuse, "no"), things(), many=2))


def test_what_a_killed_worker_was_at_is_done_here() -> None:
    assert list(spread(partial(die_elsewhere, os.getpid()), things(), many=2)) == list(things())


@pytest.mark.parametrize(("many", "most"), [(500, 1), (2, 100)], ids=["here", "elsewhere"])
def test_a_thing_is_let_go_of_when_its_job_is_done(many: int, most: int) -> None:
    given = deque(map(Thing, range(400)))
    alive = weakref.WeakSet(given)
    for done, number in enumerate(spread(number_of, emptied(given), many=many), start=1):
        assert number == done - 1
        assert len(alive) <= 400 - done + most


@pytest.mark.parametrize("count", [1, 2])
def test_things_are_taken_when_they_are_due(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(local_run, "workers_by_default", lambda: count)
    taken: list[int] = []
    things = (taken.append(number) or Thing(number) for number in range(400))
    next(spread(number_of, things, many=2))
    assert len(taken) < 100
