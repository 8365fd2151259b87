"""Recordings go to the disk in turns, in one thread; a write error ends the call."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from pathlib import Path

import pytest

from harness.errors import StorageFailed
from harness.session import recording_thread as scribe_of_module
from harness.session.recording_thread import TURNS, scribe_of


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(scribe_of_module, "SCRIBE_S", 0.05)


def test_each_recording_is_settled_in_the_loop_and_flushed_in_one_other_thread():
    done: list[tuple[str, int, str]] = []

    async def main() -> None:
        loop, enough = asyncio.get_running_loop(), asyncio.Event()
        scribe = scribe_of(loop)
        assert scribe is scribe_of(asyncio.get_running_loop())

        def noted(what: str, number: int):
            def note() -> None:
                done.append((what, number, threading.current_thread().name))
                if len(done) == 8 * TURNS:
                    loop.call_soon_threadsafe(enough.set)

            return note

        kept = [
            asyncio.create_task(scribe.keep(noted("settle", n), noted("flush", n)))
            for n in range(2 * TURNS)
        ]
        await asyncio.wait_for(enough.wait(), 30.0)
        for task in kept:
            task.cancel()
        await asyncio.wait(kept)
        over = len(done)
        assert await scribe.write(lambda: threading.current_thread().name) in {
            name for what, _, name in done if what == "flush"
        }
        await asyncio.sleep(0.1)
        assert len(done) <= over + 2  # the write under way

    asyncio.run(main())
    flushed = {name for what, _, name in done if what == "flush"}
    settled = {name for what, _, name in done if what == "settle"}
    assert (len(flushed), settled) == (1, {threading.main_thread().name})
    assert {number for what, number, _ in done if what == "flush"} == set(range(2 * TURNS))
    for number in range(2 * TURNS):
        mine = [what for what, each, _ in done if each == number]
        assert mine[:2] == ["settle", "flush"]


def test_what_the_disk_refuses_is_raised_to_whoever_keeps_the_recording():
    async def main() -> None:
        def full() -> None:
            raise StorageFailed(Path("events.jsonl"), "no space left on device")

        scribe = scribe_of(asyncio.get_running_loop())
        other = asyncio.create_task(scribe.keep(lambda: None, lambda: None))
        with pytest.raises(StorageFailed):
            await scribe.keep(lambda: None, full)
        assert not other.done()
        other.cancel()

    asyncio.run(main())


def test_what_is_written_at_the_end_is_written_however_often_its_writer_is_cancelled():
    async def main() -> list[str]:
        loop, goes_on, done = asyncio.get_running_loop(), threading.Event(), []
        scribe = scribe_of(loop)
        before = asyncio.create_task(scribe.write(lambda: goes_on.wait(30.0)))
        closing = asyncio.create_task(scribe.write(lambda: done.append("closed")))
        for _ in range(2):
            await asyncio.sleep(0.01)
            closing.cancel()
        await asyncio.sleep(0.01)
        assert not closing.done()
        goes_on.set()
        assert await before
        with pytest.raises(asyncio.CancelledError):
            await closing
        return done

    assert asyncio.run(main()) == ["closed"]


def test_a_loop_that_is_over_is_not_kept():
    async def main() -> weakref.ref[asyncio.AbstractEventLoop]:
        loop = asyncio.get_running_loop()
        kept = asyncio.create_task(scribe_of(loop).keep(lambda: None, lambda: None))
        await asyncio.sleep(0)
        kept.cancel()
        await asyncio.wait([kept])
        return weakref.ref(loop)

    loop = asyncio.run(main())
    gc.collect()
    assert loop() is None


def test_a_recording_that_cannot_be_settled_is_its_own_matter():
    async def main() -> None:
        def broken() -> None:
            raise ValueError("a bug")

        with pytest.raises(ValueError, match="a bug"):
            await scribe_of(asyncio.get_running_loop()).keep(broken, lambda: None)

    asyncio.run(main())
