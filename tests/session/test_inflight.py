"""Bytes under way: streams far larger than the kernel's buffers, resets, half-closed ends."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import time

import pytest

from harness.session import virtual_time
from harness.session.virtual_time import START_S, InFlight, VirtualTimeStuck, run_virtual


def served(handler, client):
    """Run a handler and a client against each other; return the client's result."""

    async def main():
        server = await asyncio.start_server(handler, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                return await client(reader, writer)
            finally:
                writer.close()
                await asyncio.sleep(1)  # the handler ends too

    return run_virtual(main())


def test_a_stream_of_many_megabytes_takes_no_virtual_time():
    size = 24_000_000

    async def handler(reader, writer):
        writer.write(b"x" * size)
        await writer.drain()
        writer.write_eof()
        await reader.read()
        writer.close()

    async def client(reader, writer):
        async with asyncio.timeout(0.001):
            data = await reader.read()
        return len(data), asyncio.get_running_loop().time()

    assert served(handler, client) == (size, START_S)


def test_the_end_of_a_stream_arrives_in_the_instant_in_which_it_was_sent():
    async def handler(reader, writer):
        await asyncio.sleep(1)
        writer.write(b"last words")
        writer.close()

    async def client(reader, writer):
        data = await reader.read()
        return data, asyncio.get_running_loop().time()

    assert served(handler, client) == (b"last words", START_S + 1)


def test_a_reset_arrives_in_the_instant_in_which_it_was_sent():
    async def handler(reader, writer):
        await asyncio.sleep(1)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.close()

    async def client(reader, writer):
        with pytest.raises(ConnectionResetError):
            await reader.read()
        return asyncio.get_running_loop().time()

    assert served(handler, client) == START_S + 1


def test_writing_to_an_end_that_is_gone_does_not_stop_the_clock():
    async def handler(reader, writer):
        writer.close()

    async def client(reader, writer):
        await reader.read()
        for _ in range(3):
            writer.write(b"anybody?")
            await asyncio.sleep(1)
        return asyncio.get_running_loop().time()

    assert served(handler, client) == START_S + 3


def test_many_short_connections_keep_the_books_straight():
    async def main():
        async def echo(reader, writer):
            writer.write(await reader.read())
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            for k in range(200):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"%d" % k)
                writer.write_eof()
                assert await reader.read() == b"%d" % k
                writer.close()
            await asyncio.sleep(1)
            return asyncio.get_running_loop().time()

    assert run_virtual(main()) == START_S + 1


def test_a_peer_outside_of_the_loop_is_named_instead_of_a_hang(monkeypatch):
    monkeypatch.setattr(virtual_time, "_PATIENCE_S", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]

        async def main():
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"hello?")
            try:
                await asyncio.sleep(1)
            finally:
                writer.transport.abort()
                await asyncio.sleep(0)

        with pytest.raises(VirtualTimeStuck, match="both ends"):
            run_virtual(main())


def test_sockets_without_ports_are_left_alone():
    left, right = socket.socketpair()
    with left, right:
        assert InFlight().adopt(left) is left


def test_a_thread_may_wake_the_loop_while_the_clock_is_held():
    async def main():
        loop = asyncio.get_running_loop()
        assert isinstance(loop, virtual_time.VirtualLoop)
        done = loop.create_future()
        with loop.held():
            job = loop.run_in_executor(None, _wake, loop, done)
            async with asyncio.timeout(0.001):
                await done
            await job
        return loop.time()

    assert run_virtual(main()) == START_S


def _wake(loop, done):
    time.sleep(0.05)
    loop.call_soon_threadsafe(done.set_result, os.getpid())
