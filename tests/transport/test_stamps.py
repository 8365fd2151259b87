"""Data that passes through a socket is stamped there, at both ends and in order."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from harness.transport.stamps import Stamped


class StampedClient(Stamped, ClientConnection):
    """The client's end."""


class StampedServer(Stamped, ServerConnection):
    """The server's end."""


@pytest.mark.asyncio
async def test_a_message_is_read_after_it_was_written_and_before_it_is_fetched() -> None:
    written: list[float] = []

    async def answer(socket: ServerConnection) -> None:
        assert isinstance(socket, StampedServer)
        async for message in socket:
            await socket.send(message)
            written.append(socket.written_at_s)

    async with serve(answer, "127.0.0.1", 0, create_connection=StampedServer) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        url = f"ws://127.0.0.1:{port}"
        async with connect(url, create_connection=StampedClient) as client:
            assert isinstance(client, StampedClient)
            for _ in range(3):
                before_s = asyncio.get_running_loop().time()
                await client.send("x" * 10_000)
                sent_s = asyncio.get_running_loop().time()
                await asyncio.sleep(0.05)
                fetching_s = asyncio.get_running_loop().time()
                await client.recv()
                stamp_s = client.stamps.popleft().at_s
                assert before_s <= client.written_at_s <= sent_s
                assert client.written_at_s <= written[-1] <= stamp_s <= fetching_s
            assert not client.stamps
