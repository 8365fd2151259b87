"""A person's audio in a browser on this machine: a page with its files, and an audio socket.

Served on 127.0.0.1 only, under a secret path; the socket must be opened by the page itself
(Origin). The first socket gets the call; later sockets are rejected as busy. Audio is PCM16 at 24
kHz.
"""

from __future__ import annotations

import asyncio
import errno
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus

import numpy as np
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.asyncio.server import serve as serve_sockets
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from harness.audio.pcm import Int16Array
from harness.errors import PortTaken

HOST = "127.0.0.1"
SOCKET = "line"
_TAKEN = 1013
_MOST_BYTES = 64 * 1024
"""Limit for a message of a microphone: over a second."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class ServedFile:
    """A file of the page."""

    data: bytes
    kind: str


class BrowserAudio:
    """The page and the person who calls from it."""

    def __init__(self, files: Mapping[str, ServedFile]) -> None:
        self._files = files
        self._root = f"/{secrets.token_urlsafe(24)}/"
        self._port = 0
        self._hosts: frozenset[str] = frozenset()
        self._first: asyncio.Future[ServerConnection] = asyncio.Future()
        self._over = asyncio.Event()

    @property
    def url(self) -> str:
        """The URL of the page."""
        return f"http://{HOST}:{self._port}{self._root}"

    def served_at(self, port: int) -> None:
        """Note the port, which determines the accepted names of the host."""
        self._port = port
        self._hosts = frozenset(f"{name}:{port}" for name in (HOST, "localhost"))

    async def called(self) -> None:
        """Wait until a person calls from the page. Cancelling is safe."""
        await asyncio.shield(self._first)

    async def listen(self, spoke: Callable[[Int16Array], None]) -> None:
        """Pass on the microphone's audio until the person hangs up. Cancelling is safe."""
        async for message in await self._first:
            if isinstance(message, bytes):
                spoke(np.frombuffer(message[: len(message) // 2 * 2], "<i2").astype(np.int16))

    def play(self, samples: Int16Array) -> None:
        """Send audio to the person; never waits."""
        if self._first.done():
            broadcast([self._first.result()], samples.astype("<i2").tobytes())

    def tell(self, words: str) -> None:
        """Show a sentence on the page."""
        if self._first.done():
            broadcast([self._first.result()], json.dumps({"told": words}))

    def close(self) -> None:
        """End the person's call."""
        self._over.set()

    async def handle(self, socket: ServerConnection) -> None:
        """Keep the first socket until the call is over."""
        if self._first.done():
            await socket.close(_TAKEN, "somebody is on the line")
            return
        self._first.set_result(socket)
        await self._over.wait()

    def respond(self, socket: ServerConnection, request: Request) -> Response | None:
        """Answer a request for a file; None lets the page's own socket in."""
        place = request.path.removeprefix(self._root)
        # Against DNS rebinding; a second header may be an attempt to spoof the host.
        hosts = request.headers.get_all("Host")
        if len(hosts) != 1 or hosts[0] not in self._hosts:
            return socket.respond(HTTPStatus.FORBIDDEN, "not the name of this server\n")
        if not secrets.compare_digest(
            request.path[: len(self._root)].encode(), self._root.encode()
        ):
            return socket.respond(HTTPStatus.NOT_FOUND, "")
        if place == SOCKET:
            return self._socket(socket, request)
        file = self._files.get(place)
        if file is None:
            return socket.respond(HTTPStatus.NOT_FOUND, "")
        headers = {
            "Content-Type": file.kind,
            "Content-Length": str(len(file.data)),
            "Content-Security-Policy": _POLICY,
            "Permissions-Policy": "microphone=(self)",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Connection": "close",
        }
        return Response(HTTPStatus.OK, "OK", Headers(headers), file.data)

    def _socket(self, socket: ServerConnection, request: Request) -> Response | None:
        origins = request.headers.get_all("Origin")
        if len(origins) == 1 and origins[0] in {f"http://{host}" for host in self._hosts}:
            return None
        return socket.respond(HTTPStatus.FORBIDDEN, "the socket is opened by the page itself\n")


@asynccontextmanager
async def serve_browser(
    files: Mapping[str, ServedFile], *, port: int = 0
) -> AsyncIterator[BrowserAudio]:
    """Serve a page until the block ends; ``port`` 0 takes a free port. Raises PortTaken."""
    browser = BrowserAudio(files)
    try:
        server = await serve_sockets(
            browser.handle,
            HOST,
            port,
            process_request=browser.respond,
            compression=None,
            max_size=_MOST_BYTES,
        )
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortTaken(HOST, port) from error
        raise
    async with server:
        browser.served_at(next(iter(server.sockets)).getsockname()[1])
        try:
            yield browser
        finally:
            browser.close()
