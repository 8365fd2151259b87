"""Data that a peer does not read is noticed at once, and since when, on plain sockets and TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from harness.agent.server.connection import own_certificate
from harness.transport import websocket
from harness.transport.base import Stalled, TellsStuck
from harness.transport.send_buffer import Written
from harness.transport.websocket import WebSocketConnection, connect

FRAME = "x" * 1330
_LITTLE = 4096
LARGE = "x" * 4_000_000
FEW_BYTES = 64 * 1024 if sys.platform == "linux" else 1024 * 1024
"""Bytes that may be under way to a peer with a small buffer; without limits, megabytes are."""


class Road:
    """A connection on which no data moves while it is jammed; the server is always awake."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.free.set()
        self.lengths = asyncio.Queue[int]()
        """Of the messages that arrived."""
        self._port = 0

    async def hear(self, peer: ServerConnection) -> None:
        async for message in peer:
            self.lengths.put_nowait(len(message))

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port, limit=_LITTLE)
        ways = (self._one_way(reader, back), self._one_way(there, writer))
        with suppress(OSError):
            await asyncio.gather(*ways)

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_LITTLE):
            await self.free.wait()
            writer.write(data)
            await writer.drain()
        writer.close()

    @asynccontextmanager
    async def open(self, tls: ssl.SSLContext | None) -> AsyncIterator[int]:
        options = {"compression": None, "ping_interval": None, "max_size": None, "ssl": tls}
        entry = socket.socket()
        entry.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        entry.bind(("127.0.0.1", 0))
        async with serve(self.hear, "127.0.0.1", 0, **options) as server:  # type: ignore[arg-type]
            self._port = server.sockets[0].getsockname()[1]
            async with await asyncio.start_server(self.carry, sock=entry, limit=_LITTLE):
                yield entry.getsockname()[1]


@asynccontextmanager
async def called(
    scheme: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[WebSocketConnection, Road]]:
    told, road = folder / "cert.pem", Road()
    tls = own_certificate("127.0.0.1", told) if scheme == "wss" else None
    if tls is not None:
        monkeypatch.setenv("SSL_CERT_FILE", str(told))
    async with road.open(tls) as port:
        url = f"{scheme}://127.0.0.1:{port}/"
        async with await connect(url, headers={}, open_timeout_s=10.0) as connection:
            try:
                yield connection, road
            finally:
                road.free.set()


async def filled(connection: WebSocketConnection) -> int:
    """Send frames until a frame would have to wait; return how many bytes were taken."""
    taken = 0
    while connection.send_at_once(FRAME):
        taken += len(FRAME)
        await asyncio.sleep(0.002)
    return taken


@pytest.mark.asyncio
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_little_is_taken_where_nothing_gets_through(tmp_path, monkeypatch, scheme):
    monkeypatch.setattr(websocket, "SEND_TIMEOUT_S", 0.1)
    async with called(scheme, tmp_path, monkeypatch) as (connection, road):
        assert isinstance(connection, TellsStuck)
        assert connection.stuck_since() is None
        road.free.clear()
        began_s = asyncio.get_running_loop().time()
        assert await filled(connection) < FEW_BYTES
        since_s = connection.stuck_since()
        assert since_s is not None
        assert since_s <= asyncio.get_running_loop().time()
        with pytest.raises(Stalled):
            await connection.send(FRAME)
        assert (connection.stuck_since() or 0.0) < began_s + 1.0
        connection.drop()


@pytest.mark.asyncio
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells what has arrived")
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_what_has_arrived_is_not_stuck(tmp_path, monkeypatch, scheme):
    loop = asyncio.get_running_loop()
    async with called(scheme, tmp_path, monkeypatch) as (connection, road):
        for _ in range(40):
            await connection.send(FRAME)
        for _ in range(40):
            await road.lengths.get()
        road.free.clear()
        await asyncio.sleep(0.3)
        jammed_s = loop.time()
        await filled(connection)
        since_s = connection.stuck_since()
        assert since_s is not None
        assert since_s >= jammed_s - 0.3  # not since the connection opened
        road.free.set()
        await connection.send(FRAME)
        assert connection.stuck_since() is None


@pytest.mark.asyncio
@pytest.mark.parametrize("scheme", ["ws", "wss"])
async def test_what_is_long_has_longer_and_so_has_what_waits_behind_it(
    tmp_path, monkeypatch, scheme
):
    monkeypatch.setattr(websocket, "SEND_TIMEOUT_S", 0.0)
    async with called(scheme, tmp_path, monkeypatch) as (connection, road):
        road.free.clear()
        asyncio.get_running_loop().call_later(0.3, road.free.set)
        await connection.send(LARGE)
        await connection.send(FRAME)
        assert [await road.lengths.get() for _ in range(2)] == [len(LARGE), len(FRAME)]


@pytest.mark.parametrize(
    ("unsent", "since_s"),
    [
        (0, 3.0),
        (1, 2.0),
        (4_999, 2.0),
        (5_000, 2.0),
        (5_001, 1.0),
        (10_000, 1.0),
        (10_001, 0.0),
        (90_000, 0.0),
    ],
)
def test_bytes_are_as_old_as_the_mark_before_them(unsent, since_s):
    written = Written(0.0)
    written.bytes += 100  # a prompt, say
    for at_s in (1.0, 2.0):
        written.mark(at_s)
        written.bytes += 5_000
    written.mark(3.0)
    assert written.since_s(unsent) == since_s


def test_marks_that_are_forgotten_are_taken_for_the_oldest_that_is_left():
    written = Written(0.0)
    for number in range(1000):
        written.mark(float(number))
        written.bytes += 5_000
    assert 0.0 < written.since_s(1000 * 5_000) < 999.0
