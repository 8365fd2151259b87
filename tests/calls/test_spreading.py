"""A job for each of many things: the same here and in worker processes."""

from __future__ import annotations

import os
from functools import partial

import pytest
from support.spread_jobs import die_elsewhere, refuse, where

from harness.calls import spreading
from harness.calls.spreading import spread
from harness.errors import UsageError


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "workers_by_default", lambda: 2)


def things() -> range:
    return range(50)


def test_few_are_done_here() -> None:
    made = list(spread(where, things(), many=51))
    assert made == [(thing, os.getpid()) for thing in things()]


def test_one_core_does_all_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "workers_by_default", lambda: 1)
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
