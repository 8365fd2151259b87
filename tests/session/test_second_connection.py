"""No connection after a lost line: the call ends with that reason, and the recording stays."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from support.call_plans import call_plan, scenario, script, writer
from support.rejoined_calls import ASKED, FIRST, SAID, SECOND
from support.scripted_server import Script, Session
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from harness.errors import ConnectFailed
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus, EndCause
from harness.recording.store import read_recording
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build

Door = Callable[[ServerConnection, Request], Awaitable[Response | None]]


async def _refuses(_: ServerConnection, __: Request) -> Response:
    return Response(401, "Unauthorized", Headers({"Content-Length": "0"}), b"")


async def _lets_in(_: ServerConnection, __: Request) -> None:
    """The session after it is silent."""


async def _stalls(_: ServerConnection, __: Request) -> None:
    await asyncio.sleep(3600)


async def _takes_its_time(_: ServerConnection, __: Request) -> None:
    await asyncio.sleep(5.0)


SILENT = Script([], greeting=[])


def called(
    folder: Path, door: Door | None, *, after_s: float = 4.5, then: Script = SILENT
) -> Recording:
    """Call a server whose first session expires; ``door`` lets in the next, which does ``then``.

    None shuts the server. The caller's second turn begins at about 3.8 s.
    """
    wanted = scenario([ASKED, SAID], limits={"answer_timeout_s": 3})
    sessions: list[Session] = []
    opened = 0

    async def enter(socket: ServerConnection, request: Request) -> Response | None:
        nonlocal opened
        opened += 1
        return None if opened == 1 or door is None else await door(socket, request)

    async def main() -> None:
        async def handler(socket: ServerConnection) -> None:
            sessions.append(Session(socket, then if sessions else Script([FIRST])))
            if door is None:
                server.close(close_connections=False)
            await sessions[-1].run()

        async with serve(
            handler, "127.0.0.1", 0, process_request=enter, ping_interval=None, compression=None
        ) as server:
            port = server.sockets[0].getsockname()[1]
            ending = asyncio.create_task(_expire(sessions, after_s))
            plan = call_plan(
                f"ws://127.0.0.1:{port}/v1/realtime", wanted, script=script(wanted), rejoins=True
            )
            try:
                await run_call(plan, clock=VirtualClock(), writer=writer(folder))
            finally:
                ending.cancel()

    with suppress(ConnectFailed):
        run_virtual(main())
    return read_recording(folder)


async def _expire(sessions: list[Session], after_s: float) -> None:
    await asyncio.sleep(after_s)
    await sessions[0].expire()


@pytest.mark.parametrize(
    ("door", "told_so"),
    [(None, "refused"), (_refuses, "401"), (_stalls, "10 s")],
    ids=["nobody there", "401", "no answer to the upgrade"],
)
def test_nobody_who_can_be_reached_is_no_fault_of_the_agent(
    tmp_path: Path, door: Door | None, told_so: str
) -> None:
    call = called(tmp_path, door)
    manifest = call.manifest
    assert (manifest.status, manifest.end_cause) == (
        CallStatus.HARNESS_ERROR,
        EndCause.NO_CONNECTION,
    )
    assert told_so in manifest.status_detail
    assert [(one.text, one.lost) for one in call.utterances] == [
        ("Where is it?", False),
        ("ORD-7.", True),
    ]
    assert [gone.back_s for gone in call.absences] == [None]
    assert call.agent.samples.any()


def test_a_session_that_says_nothing_is_not_taken_for_the_one_before(tmp_path: Path) -> None:
    manifest = called(tmp_path, _lets_in).manifest
    assert (manifest.status, manifest.status_detail) == (
        CallStatus.AGENT_ERROR,
        "session.created did not come within 10 s; it sent nothing",
    )


def test_a_caller_waits_for_the_answer_however_long_the_line_takes_to_come_back(
    tmp_path: Path,
) -> None:
    """It takes longer than anybody waits for an answer."""
    then = Script([FIRST, SECOND])
    call = called(tmp_path, _takes_its_time, after_s=2.0, then=then)
    assert (call.manifest.status, call.manifest.status_detail) == (CallStatus.COMPLETED, "")
    facts = build(call)
    assert [one.claimed for one in facts.agent] == [FIRST.text, SECOND.text]
    assert facts.caller[1].span.start_s > facts.agent[0].span.end_s
