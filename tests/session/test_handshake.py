"""How a call ends when its session cannot be configured; a server on loopback, virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from support.call_plans import call_plan, scenario, writer
from websockets.asyncio.server import ServerConnection, serve

from harness.recording.manifest import load_manifest
from harness.recording.store import read_recording
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual

Server = Callable[[ServerConnection], Awaitable[None]]
CREATED = {"type": "session.created", "event_id": "e1", "session": {"type": "realtime", "id": "s"}}
LIMITS = {"type": "rate_limits.updated", "event_id": "e0", "rate_limits": []}


def ended(folder: Path, server: Server) -> tuple[str, str]:
    """Hold a call with this server; return its status and the message about it."""

    async def main() -> None:
        async with serve(server, "127.0.0.1", 0, compression=None, ping_interval=None) as listening:
            port = listening.sockets[0].getsockname()[1]
            plan = call_plan(f"ws://127.0.0.1:{port}", scenario([{"say": "Hello"}]))
            await run_call(plan, clock=VirtualClock(), writer=writer(folder))

    run_virtual(main())
    manifest = load_manifest(folder)
    assert manifest.status is not None
    return manifest.status.value, manifest.status_detail


async def hangs_up(socket: ServerConnection) -> None:
    await socket.close(1011, "no seats")


async def says_only_hello(socket: ServerConnection) -> None:
    await socket.send(json.dumps(CREATED))
    await socket.wait_closed()


async def refuses_the_settings(socket: ServerConnection) -> None:
    for message in (LIMITS, CREATED):
        await socket.send(json.dumps(message))
    wanted = json.loads(await socket.recv())
    error = {"type": "invalid_request_error", "message": f"{wanted['type']}: no such voice"}
    await socket.send(json.dumps({"type": "error", "event_id": "e2", "error": error}))
    await asyncio.sleep(60)


@pytest.mark.parametrize(
    ("server", "status", "detail"),
    [
        (hangs_up, "socket_closed", "before the session was configured: connection closed: 1011"),
        (
            says_only_hello,
            "agent_error",
            "session.updated did not come within 10 s; its last",
        ),
        (refuses_the_settings, "agent_error", "session.update: no such voice"),
    ],
)
def test_a_session_that_cannot_be_configured_ends_the_call_with_a_reason(
    tmp_path: Path, server: Server, status: str, detail: str
) -> None:
    found, said = ended(tmp_path, server)
    assert found == status
    assert said.startswith(detail)


async def says_half_a_hello(socket: ServerConnection) -> None:
    await socket.send(json.dumps({"type": "session.created", "event_id": "e0"}))
    await socket.close(1000)


def test_an_event_without_what_it_requires_is_kept_passed_over_and_listed(tmp_path: Path) -> None:
    status, _ = ended(tmp_path, says_half_a_hello)
    assert status == "socket_closed"
    recording = read_recording(tmp_path)
    types = [event.message["type"] for event in recording.messages]
    assert types == ["session.created", "session.update"]
    (violation,) = recording.violations or ()
    assert violation.detail == "Missing required parameter: 'session'."
