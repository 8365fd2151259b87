"""Virtual time over real loopback sockets: exact, repeatable, and never hanging."""

from __future__ import annotations

import asyncio
import select
import threading
import time
from contextlib import closing

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from harness.session import virtual_time
from harness.session.clock import RealClock, VirtualClock
from harness.session.virtual_time import START_S, VirtualTimeStuck, run_virtual

FRAME_S = 0.02


async def _paced(send, frames: int, size: int) -> None:
    loop = asyncio.get_running_loop()
    start_s = loop.time()
    for k in range(frames):
        await asyncio.sleep(start_s + (k + 1) * FRAME_S - loop.time())
        await send(bytes([k % 256]) * size)


async def _both_ways(frames: int, size: int = 640) -> list[tuple[str, float, int]]:
    log: list[tuple[str, float, int]] = []
    loop = asyncio.get_running_loop()

    async def listen(name: str, socket) -> None:
        async for message in socket:
            log.append((name, loop.time(), len(message)))

    async def handler(socket: ServerConnection) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(_paced(socket.send, frames, size))
            group.create_task(listen("server", socket))

    async with serve(handler, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", compression=None) as socket:
            listening = asyncio.create_task(listen("client", socket))
            await _paced(socket.send, frames, size)
            await asyncio.sleep(0.5)
            await socket.close()
            await listening
    return log


def test_a_minute_of_frames_both_ways_is_the_same_in_every_run():
    logs = [run_virtual(_both_ways(3000)) for _ in range(3)]
    assert logs[0] == logs[1] == logs[2]
    assert len(logs[0]) == 6000
    assert logs[0][-1][1] == pytest.approx(START_S + 60.0, abs=1e-6)


def test_frames_arrive_in_the_instant_in_which_they_were_sent():
    log = run_virtual(_both_ways(50))
    for name in ("client", "server"):
        times = [at_s for who, at_s, _ in log if who == name]
        assert times == pytest.approx([START_S + (k + 1) * FRAME_S for k in range(50)], abs=1e-9)


def test_messages_larger_than_the_kernel_buffers_cost_no_virtual_time():
    sizes = run_virtual(_both_ways(3, size=900_000))
    assert [count for _, _, count in sizes] == [900_000] * 6
    assert max(at_s for _, at_s, _ in sizes) < START_S + 0.06 + 1e-6


@pytest.mark.parametrize(("frames", "size"), [(50, 640), (3, 900_000)])
def test_where_the_kernel_does_not_tell_what_waits_a_peek_does(monkeypatch, frames, size):
    asked = run_virtual(_both_ways(frames, size))
    monkeypatch.setattr(virtual_time, "ASKS_KERNEL", False)
    monkeypatch.delattr(select, "poll", raising=False)
    # The order of two that are ready at the same moment does not matter.
    assert sorted(run_virtual(_both_ways(frames, size))) == sorted(asked)


def test_a_sleep_of_an_hour_takes_no_time():
    began = time.perf_counter()

    async def main() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == START_S + 3600
    assert time.perf_counter() - began < 60


def test_a_deadlock_is_an_error_and_not_a_hang():
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(VirtualTimeStuck, match="deadlock"):
        run_virtual(main())


@pytest.mark.parametrize("pause_s", [0, 1e-20])
def test_work_without_end_at_one_moment_is_an_error_and_not_a_hang(monkeypatch, pause_s):
    monkeypatch.setattr("harness.session.virtual_time._MOST_TURNS", 100)
    cleaned = []

    async def main() -> None:
        try:
            while True:  # noqa: ASYNC110  # no task would wake it
                await asyncio.sleep(pause_s)
        finally:
            cleaned.append(asyncio.get_running_loop().time())

    with pytest.raises(VirtualTimeStuck, match="no end: 100 turns"):
        run_virtual(main())
    assert cleaned == [START_S]


def test_two_ends_that_answer_each_other_at_once_have_no_end(monkeypatch):
    monkeypatch.setattr("harness.session.virtual_time._MOST_TURNS", 100)

    async def echo(reader, writer) -> None:
        with closing(writer):
            while piece := await reader.read(1):
                writer.write(piece)

    async def main() -> None:
        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            ends = await asyncio.open_connection(*server.sockets[0].getsockname())
            ends[1].write(b"x")
            await echo(*ends)

    with pytest.raises(VirtualTimeStuck, match="no end"):
        run_virtual(main())


def test_as_many_turns_as_work_takes_are_allowed_while_time_moves_or_a_thread_works(monkeypatch):
    monkeypatch.setattr("harness.session.virtual_time._MOST_TURNS", 100)

    async def main() -> float:
        for _ in range(5):
            for _ in range(50):
                await asyncio.sleep(0)
            await asyncio.sleep(1)
        work = asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.1)
        while not work.done():  # noqa: ASYNC110  # it asks again and again
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == START_S + 5


def test_a_receiver_that_stopped_reading_does_not_stop_the_clock():
    async def main() -> float:
        async def never_reads(reader, writer) -> None:
            writer.transport.pause_reading()
            await asyncio.sleep(5)
            writer.close()

        server = await asyncio.start_server(never_reads, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"x" * 100_000)
            await asyncio.sleep(2)
            now = asyncio.get_running_loop().time()
            writer.close()
            await asyncio.sleep(5)
        return now

    assert run_virtual(main()) == START_S + 2


def test_the_clock_stands_still_while_a_thread_works():
    async def main() -> float:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(0.001):
            await asyncio.to_thread(time.sleep, 0.05)
        return loop.time()

    assert run_virtual(main()) == START_S


def test_the_virtual_clock_charges_exactly_what_it_was_told():
    async def main() -> tuple[str, float]:
        clock = VirtualClock()
        assert clock.name == "virtual"
        where = await clock.engine(lambda: threading.current_thread().name, 0.25)
        return where, clock.now()

    assert run_virtual(main()) == (threading.current_thread().name, START_S + 0.25)


def test_under_the_virtual_clock_a_job_that_nobody_asks_for_is_never_done():
    asked: list[float] = []

    async def main() -> list[float]:
        clock = VirtualClock()

        def job() -> float:
            asked.append(clock.now())
            return clock.now()

        await clock.engine_if_asked(job, 0.25)
        result = await clock.engine_if_asked(job, 0.5)
        await asyncio.sleep(1.0)
        return [result(), result(), clock.now()]

    later_s = START_S + 0.25 + 0.5 + 1.0
    assert run_virtual(main()) == [later_s, later_s, later_s]
    assert asked == [later_s]


def test_the_real_clock_has_the_result_before_anybody_asks():
    done: list[str] = []

    async def main() -> tuple[list[str], str]:
        result = await RealClock().engine_if_asked(lambda: done.append("job") or "result", 99.0)
        return list(done), result()

    assert asyncio.run(main()) == (["job"], "result")


def test_the_real_clock_runs_a_job_beside_the_loop():
    async def main() -> tuple[str, float]:
        clock = RealClock()
        assert clock.name == "real"
        before = clock.now()
        return await clock.engine(lambda: threading.current_thread().name, 99.0), before

    where, before = asyncio.run(main())
    assert where != threading.current_thread().name
    assert before > 0


def test_an_exception_in_the_main_coroutine_comes_out():
    async def main() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        run_virtual(main())


def test_a_refused_connection_is_an_error_at_once():
    async def main() -> None:
        server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        await asyncio.open_connection("127.0.0.1", port)

    with pytest.raises(ConnectionRefusedError):
        run_virtual(main())
