"""The Azure front of a realtime agent, on loopback: its path, its query, its key.

Frames pass unchanged, except the session, which Azure reports with the model of the deployment.
An upgrade with another path, query or key is refused, as by Azure.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response


@asynccontextmanager
async def azure_front(
    agent: str, *, path: str, query: Mapping[str, str], key: str, model: str
) -> AsyncIterator[str]:
    """Serve it before an agent's URL; yields the address, without a path."""

    def check(socket: ServerConnection, request: Request) -> Response | None:
        asked = urlsplit(request.path)
        if asked.path != path:
            return socket.respond(HTTPStatus.NOT_FOUND, "Resource not found\n")
        if request.headers.get("api-key") != key or "Authorization" in request.headers:
            return socket.respond(HTTPStatus.UNAUTHORIZED, "Access denied\n")
        if dict(parse_qsl(asked.query)) != dict(query):
            return socket.respond(HTTPStatus.BAD_REQUEST, "DeploymentNotFound\n")
        return None

    async def handle(client: ServerConnection) -> None:
        async with connect(agent, compression=None, ping_interval=None) as inner:
            with suppress(ConnectionClosed):
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pass(client, inner))
                    both.create_task(_tell(inner, client, model))

    async with serve(
        handle, "127.0.0.1", 0, process_request=check, compression=None, ping_interval=None
    ) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def _pass(client: ServerConnection, inner: ClientConnection) -> None:
    async for message in client:
        await inner.send(message)
    await inner.close()


async def _tell(inner: ClientConnection, client: ServerConnection, model: str) -> None:
    async for message in inner:
        told = json.loads(message)
        if "session" in told:
            told["session"]["model"] = model
            message = json.dumps(told)
        await client.send(message)
    await client.close()
