"""Fast paths past ``websockets``, against real servers: behaviour that they must keep."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.utils import accept_key

from harness.transport.base import Closed
from harness.transport.live_socket import MAX_MESSAGE_BYTES, MOST_QUEUED
from harness.transport.websocket import WebSocketConnection, connect

pytestmark = pytest.mark.asyncio


async def called(
    handler: Callable[[ServerConnection], Awaitable[None]],
    client: Callable[[WebSocketConnection], Awaitable[None]],
) -> None:
    async with serve(handler, "127.0.0.1", 0, max_size=None) as server:
        port = server.sockets[0].getsockname()[1]
        async with await connect(
            f"ws://127.0.0.1:{port}", headers={}, open_timeout_s=5.0
        ) as connection:
            await client(connection)


async def test_messages_that_come_with_the_answer_to_the_handshake_are_heard():
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(
            line.split(": ")[1]
            for line in head.split("\r\n")
            if line.lower().startswith("sec-websocket-key")
        )
        answer = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
        ).encode()
        whole = answer + b"\x81\x03one" + b"\x81\x03two"
        for place in (len(answer) - 2, len(answer) + 6, len(whole)):  # split in the head, in "two"
            writer.write(whole[: place - sent_so_far[0]])
            whole, sent_so_far[0] = whole[place - sent_so_far[0] :], place
            await writer.drain()
            await asyncio.sleep(0.01)
        with suppress(OSError):
            await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        gone.set()

    sent_so_far, gone = [0], asyncio.Event()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        connection = await connect(f"ws://127.0.0.1:{port}", headers={}, open_timeout_s=5.0)
        assert [(await connection.recv()).message for _ in range(2)] == ["one", "two"]
        connection.drop()
        with pytest.raises(Closed):
            await connection.recv()
        await gone.wait()


async def test_order_holds_between_whole_messages_and_those_in_fragments():
    async def handle(peer: ServerConnection) -> None:
        await peer.send("one")
        await peer.send(["t", "w", "o"])
        await peer.send(b"three")
        await peer.send([b"fo", b"ur"])
        await peer.send("")
        await peer.recv()

    async def client(connection: WebSocketConnection) -> None:
        messages = [(await connection.recv()).message for _ in range(5)]
        assert messages == ["one", "two", b"three", b"four", ""]
        await connection.send("bye")

    await called(handle, client)


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (b"\xc1\x03abc", 1002),  # a bit that no extension was agreed on for
        (b"\x81\x7f" + (MAX_MESSAGE_BYTES + 1).to_bytes(8, "big"), 1009),
        (b"\x81\x83keyxabc", 1002),  # masked, as no server may
        (b"\x80\x03abc", 1002),  # continues with no data
    ],
)
async def test_a_server_that_breaks_the_rules_is_left_and_nothing_behind_it_is_heard(broken, code):
    async def handle(peer: ServerConnection) -> None:
        peer.transport.write(b"\x81\x04fine" + broken)
        peer.transport.write(b"\x81\x04late")
        await peer.wait_closed()
        codes.append(peer.close_code)

    codes: list[int | None] = []

    async def client(connection: WebSocketConnection) -> None:
        assert (await connection.recv()).message == "fine"
        with pytest.raises(Closed) as caught:
            await connection.recv()
        assert caught.value.code == code

    await called(handle, client)
    assert codes == [code]


async def test_a_flood_stops_the_reading_and_none_of_it_is_lost():
    most = 4 * MOST_QUEUED

    async def handle(peer: ServerConnection) -> None:
        for number in range(most):
            await peer.send(str(number))
        await peer.recv()

    async def client(connection: WebSocketConnection) -> None:
        for _ in range(100_000):
            if not connection._socket.transport.is_reading():
                break
            await asyncio.sleep(0)
        assert MOST_QUEUED < connection.waiting < most
        for number in range(most):
            assert (await connection.recv()).message == str(number)
        await connection.send("bye")

    await called(handle, client)


async def test_nothing_is_sent_at_once_to_a_peer_that_does_not_read_or_is_gone():
    async def handle(peer: ServerConnection) -> None:
        peer.transport.pause_reading()
        await asyncio.wait_for(over.wait(), 10.0)
        peer.transport.abort()

    over = asyncio.Event()

    async def client(connection: WebSocketConnection) -> None:
        message = "x" * 1_000_000
        assert connection.send_at_once(message)
        while connection.send_at_once(message):
            pass
        over.set()
        with pytest.raises(Closed):
            await connection.recv()
        assert not connection.send_at_once(message)

    await called(handle, client)


@pytest.mark.parametrize("hangs_up", [True, False])
@pytest.mark.parametrize(
    ("frame", "fault"),
    [
        (b"\x81\x83abcd\x0e\x0c\x06", "incorrect masking"),
        (b"\xc1\x03one", "reserved bits must be 0"),
        (b"\x83\x03one", "invalid opcode"),
        (b"\x80\x03one", "unexpected continuation frame"),
    ],
    ids=["masked", "rsv1", "opcode", "continuation"],
)
async def test_frames_that_no_server_may_send_are_named(frame, fault, hangs_up):
    async def broken(connection: ServerConnection) -> None:
        await connection.send("first")
        connection.transport.write(frame)
        if hangs_up:
            connection.transport.close()
        with suppress(Exception):
            await asyncio.sleep(3.0)

    async def client(connection: WebSocketConnection) -> None:
        assert (await connection.recv()).message == "first"
        with pytest.raises(Closed, match=f"the server broke the WebSocket protocol: .*{fault}"):
            async with asyncio.timeout(2.0):
                await connection.recv()

    await called(broken, client)
