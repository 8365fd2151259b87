"""Calls that a run hands out: one ahead, none after a stop, late calls once more."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from support.crew import ScriptedMaker, joined, meanwhile, scheduler, workers
from support.distributed_calls import Watch, carried_out, outcomes, planned

pytest.importorskip("distributed")

from distributed import Client

from harness.results.history.cost import Prices
from harness.runs.call_result import left_out
from harness.runs.plan import Budget, Machines

LATE, WELL = "timing_invalid", "completed"


def handing_over(folder: Path, order, status: str = WELL) -> str:
    """Leave a call that ended so, as a worker does."""
    recording = folder / order.key
    recording.mkdir(parents=True)
    (recording / "status").write_text(status)
    order.parcels.hand_over(order.key, recording, replace(left_out(order.job, ""), status=status))
    return ""


@pytest.fixture
def given(monkeypatch):
    """The tasks that a run gave away, as they are given."""
    tasks, submit = [], Client.submit

    def noted(client, *arguments, **named):
        tasks.append(named["key"])
        return submit(client, *arguments, **named)

    monkeypatch.setattr(Client, "submit", noted)
    return tasks


SPARING = Budget(
    Prices.model_validate({"format": 1, "models": {"reference": {"input_text": 1}}}), 5.0
)


@pytest.mark.parametrize(
    ("ahead", "changes"),
    [
        ([2, 3, 3, 4], {}),
        ([1, 2, 3, 4], {"virtual": False}),
        ([1, 2, 3, 4], {"budget": SPARING}),
    ],
)
def test_a_worker_has_one_call_ahead_in_virtual_time_but_not_the_last(
    tmp_path, given, ahead, changes
):
    """If calls cost money, none may begin before the cost of the previous call is known."""
    begun, watched = [], []

    def make(order):
        while len(given) < ahead[len(begun)]:
            time.sleep(0.01)
        time.sleep(0.2)  # enough to hand out a call too many
        begun.append(len(given))
        return handing_over(tmp_path / "made", order)

    watch = Watch(lambda job: watched.append((job.label, len(begun))))
    with scheduler() as address, joined(address, maker=ScriptedMaker(make)):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=1, b=1, c=1, d=1)
        results, _ = carried_out(replace(plan, **changes), watch)
    assert [one.status for one in results] == [WELL] * 4
    assert begun == ahead
    assert watched == [("a", 0), ("b", 1), ("c", 2), ("d", 3)]


def test_with_fewer_calls_at_a_time_than_workers_make_none_is_ahead(tmp_path, given):
    begun = []

    def make(order):
        time.sleep(0.2)
        begun.append(len(given))
        return handing_over(tmp_path / "made", order)

    with scheduler() as address, joined(address, maker=ScriptedMaker(make), at_once=2):
        plan = planned(tmp_path, tmp_path / "out", Machines(address, 1), a=1, b=1, c=1, d=1)
        carried_out(plan)
    assert begun == [1, 2, 3, 4]


def test_what_is_ahead_is_withdrawn_by_ctrl_c_and_what_is_under_way_is_finished(tmp_path, given):
    with scheduler() as address, workers(address, tmp_path) as (worker,):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=3000, b=0.3, c=0.3)

        def stop(until):
            until(lambda: worker.is_at("a") and len(given) == 2)
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

        watch = Watch()
        with meanwhile(stop):
            results, interrupted = carried_out(plan, watch)
    assert interrupted
    assert outcomes(results) == [("a", "completed")]
    assert watch.calls == ["a"]


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ({"a": [WELL], "b": [WELL]}, [("a", WELL), ("b", WELL)]),
        ({"a": [LATE, WELL], "b": [WELL]}, [("a", LATE), ("a", WELL), ("b", WELL)]),
        ({"a": [LATE, LATE], "b": [WELL]}, [("a", LATE), ("a", LATE), ("b", WELL)]),
        (
            {"a": [LATE, WELL], "b": [LATE, WELL]},
            [("a", LATE), ("a", WELL), ("b", LATE), ("b", WELL)],
        ),
    ],
)
def test_a_call_for_which_a_worker_was_too_late_is_made_again_once_at_the_end(tmp_path, ends, told):
    made, started, watch_ended = [], [], []
    left = {name: iter(statuses) for name, statuses in ends.items()}

    def make(order):
        name = order.job.label
        made.append(name)
        return handing_over(tmp_path / "made", order, next(left[name]))

    class Noting(Watch):
        def ended(self, job, result):
            watch_ended.append((job.label, result.status))

    with scheduler() as address, joined(address, maker=ScriptedMaker(make)):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=1, b=1)
        watch = Noting(lambda job: started.append(job.label))
        results, _ = carried_out(replace(plan, virtual=False), watch)
    assert outcomes(results) == told
    assert made == ["a", "b", *(name for name in ends if len(ends[name]) > 1)]
    assert started == ["a", "b"]
    assert sorted(watch_ended) == [(name, statuses[-1]) for name, statuses in ends.items()]
    for call in results:
        assert (tmp_path / "out" / call.recording / "status").read_text() == call.status
    assert len({call.recording for call in results}) == len(results)


def test_a_late_call_is_not_made_again_after_ctrl_c(tmp_path):
    def make(order):
        return handing_over(tmp_path / "made", order, LATE)

    def stop(job):
        if job.label == "b":
            signal.raise_signal(signal.SIGINT)

    with scheduler() as address, joined(address, maker=ScriptedMaker(make)):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=1, b=1)
        watch = Watch(stop)
        results, interrupted = carried_out(replace(plan, virtual=False), watch)
    assert interrupted
    assert outcomes(results) == [("a", LATE), ("b", LATE)]
    assert watch.calls == ["a", "b"]


def test_a_worker_without_room_is_named_and_gets_no_more(tmp_path, capsys):
    """No room for the parcel; for no room for the recording see ``test_distributed_trouble``."""
    refusing = []

    def full(order):
        refusing.append(order.key)
        return f"cannot write {order.key}: No space left on device"

    with (
        scheduler() as address,
        joined(address, maker=ScriptedMaker(full)),
        workers(address, tmp_path),
    ):
        plan = planned(tmp_path, tmp_path / "out", Machines(address), a=1, b=1, c=1)
        results, _ = carried_out(plan)
    assert [one.status for one in results] == [WELL] * 3
    assert capsys.readouterr().err.count("it gets no call of this run") == bool(refusing)
