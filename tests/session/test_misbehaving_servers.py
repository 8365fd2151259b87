"""The table of servers that misbehave, from the socket up: how each call ends, and its one line.

Every call is held in virtual time over real sockets, so that none can hang unnoticed, and each
leaves a recording that can be read. Odd values in single messages, and floods, are in
``integration/test_odd_servers`` and ``test_odd_servers``.
"""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.call_plans import call_plan, scenario, writer
from support.scripted_server import Reply, Script, Session, scripted_server
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from harness.errors import ConnectFailed
from harness.judging.judge import judge
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus, EndCause
from harness.recording.store import read_recording
from harness.session.call import run_call
from harness.session.call_end import GOING_AWAY, LONGEST_S, after_close
from harness.session.clock import Clock, RealClock, VirtualClock
from harness.session.virtual_time import VirtualLoop, run_virtual
from harness.transport.base import Closed
from harness.transport.retry import FIRST_WAIT_S, JITTER, MOST_TRIES, MOST_WAIT_S

Served = AbstractAsyncContextManager[str]
Raw = Callable[[Session], Awaitable[None]]
LIMITS = {"call_s": 60, "answer_timeout_s": 4}
TALK = {"turns": [{"say": "Hello?"}], "limits": LIMITS}


def call(
    folder: Path, server: Served, *, clock: Clock | None = None, seed: int = 7, **more: Any
) -> Recording:
    """Hold a call; its recording says how it ended, whatever exception was raised."""
    wanted = scenario(**(TALK | more))

    async def main() -> None:
        async with server as url:
            plan, into = replace(call_plan(url, wanted), seed=seed), writer(folder)
            with suppress(ConnectFailed):
                await run_call(plan, clock=clock or VirtualClock(), writer=into)

    run_virtual(main())
    return read_recording(folder)


# --- before there is a session -----------------------------------------------------------------

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(handler: Handler) -> AsyncIterator[str]:
    served: set[asyncio.Task[None] | None] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.add(asyncio.current_task())
        with suppress(OSError):
            await handler(reader, writer)
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/realtime"
        await asyncio.gather(*filter(None, served))


@asynccontextmanager
async def nobody() -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    yield f"ws://127.0.0.1:{port}/v1/realtime"


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    own = writer.get_extra_info("socket")
    own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(-1)


async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def speaks_no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
    await reader.read(-1)


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    for sign in b"HTTP/1.1 101 Switching Protocols\r\nX-Slow: " + b"x" * 4000:
        writer.write(bytes([sign]))
        with suppress(TimeoutError):
            await asyncio.wait_for(reader.read(1), 1.0)
            return


def refuses(status: str, **headers: str) -> Handler:
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\n{named}Content-Length: 0\r\n\r\n".encode())
        await writer.drain()

    return handle


FULL = "429 Too Many Requests"
DATES = {"Date": "Mon, 01 Jan 1990 00:00:00 GMT", "Retry_After": "Mon, 01 Jan 1990 00:00:05 GMT"}
BEFORE = {
    "refused": (nobody, "refused: nobody listens at this address"),
    "reset": (lambda: raw_server(resets), "lost: the server closed the connection before"),
    "half-open": (lambda: raw_server(never_answers), "timeout: no session within 10 s"),
    "slow drip": (lambda: raw_server(drips), "timeout: no session within 10 s"),
    "hangs up": (lambda: raw_server(hangs_up), "lost: the server closed the connection before"),
    "no HTTP": (lambda: raw_server(speaks_no_http), "rejected: no HTTP server answers here"),
    "200": (lambda: raw_server(refuses("200 OK")), "rejected: HTTP 200 (this is an ordinary web"),
    "302": (lambda: raw_server(refuses("302 Found", Location="/a")), "redirects are not followed"),
    "400": (
        lambda: raw_server(refuses("400 No")),
        "rejected: HTTP 400 (the server wants something",
    ),
    "401": (lambda: raw_server(refuses("401 No")), "rejected: HTTP 401 (look at the key)"),
    "403": (lambda: raw_server(refuses("403 No")), "rejected: HTTP 403 (the key may not do this"),
    "404": (lambda: raw_server(refuses("404 No")), "rejected: HTTP 404 (look at the path"),
    "500": (lambda: raw_server(refuses("500 No")), "rejected: HTTP 500 (the server, or what"),
    "503": (lambda: raw_server(refuses("503 No")), "rejected: HTTP 503 (the server, or what"),
    "429": (lambda: raw_server(refuses(FULL)), "asked 4 times in "),
    "429 for 2 s": (lambda: raw_server(refuses(FULL, Retry_After="2")), "asked 4 times in "),
    "429 by a date": (lambda: raw_server(refuses(FULL, **DATES)), "asked 4 times in "),
    "429 by no date": (lambda: raw_server(refuses(FULL, Retry_After="soon")), "asked 4 times in "),
    "429 for an hour": (
        lambda: raw_server(refuses(FULL, Retry_After="3600")),
        "HTTP 429 (try again in 3600 s); longer than the 60 s that a call waits",
    ),
    "503 for 3 s": (lambda: raw_server(refuses("503 No", Retry_After="3")), "asked 4 times in "),
}


@pytest.mark.parametrize("name", BEFORE)
def test_who_opens_no_session_is_named_and_the_recording_says_so(tmp_path, name):
    server, said = BEFORE[name]
    manifest = call(tmp_path, server()).manifest
    assert manifest.status.value == "harness_error"
    assert manifest.end_cause.value == "no_connection"
    assert said in manifest.status_detail
    assert "\n" not in manifest.status_detail


# --- full servers ------------------------------------------------------------------------------


class Full:
    """A server that refuses all clients at first, and notes the times of the requests."""

    def __init__(self, times: int, **headers: str) -> None:
        self.times, self.headers = times, headers
        self.asked_s: list[float] = []

    def answer(self, socket: ServerConnection, request: Request) -> Response | None:
        self.asked_s.append(asyncio.get_running_loop().time())
        if len(self.asked_s) > self.times:
            return None
        response = socket.respond(HTTPStatus.TOO_MANY_REQUESTS, "full")
        for name, value in self.headers.items():
            response.headers[name.replace("_", "-")] = value
        return response

    @property
    def waits_s(self) -> list[float]:
        return [later - first for first, later in pairwise(self.asked_s)]

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        async def handle(socket: ServerConnection) -> None:
            with suppress(ConnectionClosed):
                await Session(socket, Script([Reply("Yes?")])).run()

        own = serve(handle, "127.0.0.1", 0, process_request=self.answer, ping_interval=None)
        async with own as server:
            yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/realtime"


@pytest.mark.parametrize(
    ("full", "least_s"),
    [(Full(1, Retry_After="7"), [7.0]), (Full(2, Retry_After="7"), [7.0, 7.0]),
     (Full(3), [FIRST_WAIT_S, 2 * FIRST_WAIT_S, 4 * FIRST_WAIT_S])],
)  # fmt: skip
def test_a_full_server_is_asked_again_when_it_says_and_the_wait_is_shown(
    tmp_path, capsys, full, least_s
):
    manifest = call(tmp_path, full.served()).manifest
    assert manifest.status.value == "completed"
    let_in = f"let in at try {full.times + 1}, after {sum(full.waits_s):.0f} s"
    assert manifest.status_detail == f"the server was full at first: {let_in}"
    assert all(
        least <= wait <= least * (1 + JITTER)
        for least, wait in zip(least_s, full.waits_s, strict=True)
    )
    told = capsys.readouterr().err.splitlines()
    assert len(told) == full.times
    assert told[0].startswith("harness: ws://127.0.0.1:")
    assert f"asking again in {full.waits_s[0]:.1f} s (1 of 3)" in told[0]


def test_two_calls_that_were_refused_together_do_not_come_back_together(tmp_path):
    waits = []
    for seed in (1, 2):
        full = Full(1, Retry_After="7")
        call(tmp_path / str(seed), full.served(), seed=seed)
        waits += full.waits_s
    assert waits[0] != waits[1]


def test_a_server_that_stays_full_costs_so_many_tries_and_so_much_time(tmp_path):
    short, long = Full(99), Full(99, Retry_After="25")
    for number, full in enumerate((short, long)):
        call(tmp_path / str(number), full.served())
    assert len(short.asked_s) == MOST_TRIES
    assert sum(long.waits_s) <= MOST_WAIT_S
    assert len(long.asked_s) <= 3


# --- in the session ----------------------------------------------------------------------------

AT = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
TONE = base64.b64encode(np.full(4800, 5000, "<i2").tobytes()).decode()
DELTA, AUDIO_DONE = "response.output_audio.delta", "response.output_audio.done"


async def begins(session: Session) -> None:
    response = {"id": "r", "object": "realtime.response", "status": "in_progress", "output": []}
    await session.send("response.created", response=response)


async def answers(session: Session) -> None:
    await begins(session)
    await session.send(DELTA, **AT, delta=TONE)
    await session.send(AUDIO_DONE, **AT)
    await session.done("r", "completed", [])


def first(*steps: Raw | str | bytes | dict[str, Any], then: Raw | None = answers) -> Raw:
    """Do or send these, then answer (or not)."""

    async def does(session: Session) -> None:
        for step in steps:
            if callable(step):
                await step(session)
            else:
                text = json.dumps(step) if isinstance(step, dict) else step
                await session.socket.send(text)
        if then is not None:
            await then(session)

    return does


def closes(code: int, reason: str = "") -> Raw:
    async def does(session: Session) -> None:
        await session.socket.close(code, reason)

    return does


def frame(*opcode_and_body: bytes) -> Raw:
    """Send raw bytes: WebSocket frames of our own."""

    async def does(session: Session) -> None:
        for piece in opcode_and_body:
            session.socket.transport.write(piece)

    return does


async def drips_a_frame(session: Session) -> None:
    session.socket.transport.write(b"\x81\x7d")
    for _ in range(200):
        session.socket.transport.write(b" ")
        await asyncio.sleep(1.0)


async def vanishes(session: Session) -> None:
    session.socket.transport.abort()


async def falls_silent(session: Session) -> None:
    await asyncio.sleep(3600)


def fails_in_the_middle(code: str) -> Raw:
    error = {"type": "server_error", "code": code, "message": "Sorry."}
    return first(begins, {"type": DELTA, **AT, "delta": TONE}, {"type": "error", "error": error},
                 then=None)  # fmt: skip


async def is_done_as_failed(session: Session) -> None:
    await begins(session)
    error = {"type": "server_error", "code": "server_error", "message": "Sorry."}
    await session.done("r", "failed", [], {"type": "failed", "error": error})


def calls(*requests: dict[str, Any]) -> Raw:
    """Answer with calls of tools, and then in words."""
    items = [
        {"id": f"f{n}", "type": "function_call", "status": "completed", **each}
        for n, each in enumerate(requests)
    ]

    async def does(session: Session) -> None:
        await begins(session)
        for n, item in enumerate(items):
            await session.send(
                "response.output_item.done", response_id="r", output_index=n, item=item
            )
        await session.done("r", "completed", items)

    return does


def calls_again(number: int) -> Reply:
    return Reply(raw=calls({**LOOK, "call_id": f"again_{number}"}))


def is_stopped(reason: str | None) -> Raw:
    async def does(session: Session) -> None:
        await begins(session)
        details = {"type": "incomplete", **({"reason": reason} if reason else {})}
        await session.done("r", "incomplete", [], details)

    return does


async def done_again(session: Session) -> None:
    await session.done("r", "completed", [])


def expired(session: dict[str, Any] | None = None) -> dict[str, Any]:
    told = "Your session hit the maximum duration of 60 minutes."
    error = {"type": "invalid_request_error", "code": "session_expired", "message": told}
    return {"type": "error", "error": error}


LOOK = {"name": "lookup_order", "call_id": "c1", "arguments": '{"order_id": "A1"}'}
TINY = {"type": DELTA, **AT, "delta": base64.b64encode(b"\0\1").decode()}
DEEP = '{"a":' * 3_000 + "1" + "}" * 3_000
BEGAN = "input_audio_buffer.speech_started"
BREACH = "the server broke the WebSocket protocol:"
NO_JSON = "4 messages that are not JSON objects"
GOOD, SILENT, ERROR, CUT = "completed", "agent_silent", "agent_error", "socket_closed"


@dataclass(frozen=True)
class Odd:
    """The server's action instead of an answer, and how the call ends."""

    does: Raw
    status: str = GOOD
    detail: str = ""
    cause: str = ""
    then: tuple[Reply, ...] = ()
    """Its actions afterwards."""


SERVERS = {
    "vanishes": Odd(vanishes, CUT, "connection closed: 1006"),
    "half-open": Odd(falls_silent, SILENT, "no answer within 4 s"),
    "a frame that drips": Odd(drips_a_frame, SILENT, "no answer within 4 s"),
    "1 MB frames": Odd(first(*[{"type": "chatter", "x": "x" * 2**20}] * 5)),
    "33 MB frame": Odd(first("x" * (33 * 2**20)), CUT, "connection closed: 1009"),
    "20,000 tiny frames": Odd(first(begins, *[TINY] * 20_000, then=answers)),
    "2,000 frames of nothing": Odd(first(*["{}"] * 2_000)),
    "empty frames": Odd(first(*[""] * 4), ERROR, NO_JSON),
    "invalid UTF-8": Odd(first(*[frame(b"\x81\x02\xff\xfe")] * 4), ERROR, NO_JSON),
    "reserved opcodes": Odd(first(frame(b"\x83\x00")), CUT, f"{BREACH} invalid opcode"),
    "masked frames": Odd(first(frame(b"\x81\x80\0\0\0\0")), CUT, f"{BREACH} incorrect masking"),
    "one that is no JSON": Odd(first("{"), GOOD, "1 message(s) of the server were not JSON"),
    "no JSON at all": Odd(first(*["{"] * 4), ERROR, NO_JSON),
    "JSON that is no object": Odd(first(*["[]"] * 4), ERROR, NO_JSON),
    "binary": Odd(first(*[b"\0\1"] * 4), ERROR, NO_JSON),
    "JSON 3,000 deep": Odd(first(DEEP), GOOD, "1 message(s) of the server were not JSON"),
    "numbers above 64 bits": Odd(first(f'{{"type": "{BEGAN}", "audio_start_ms": {2**70}}}')),
    "2,000 pings": Odd(first(frame(*[b"\x89\0"] * 2_000))),
    "unknown types": Odd(first(*[{"type": f"odd.{n}"} for n in range(50)])),
    "missing fields": Odd(first({"type": DELTA}), GOOD, "1 audio message was not heard"),
    "wrong types": Odd(first({"type": 7}, {"type": DELTA, "delta": 7}), GOOD, "was not heard"),
    "duplicate ids": Odd(first(answers)),
    "deltas for unknown items": Odd(first({"type": DELTA, **AT, "item_id": "x", "delta": TONE})),
    "audio after done": Odd(first(answers, {"type": DELTA, **AT, "delta": TONE}, then=None)),
    "odd bytes": Odd(first({"type": DELTA, **AT, "delta": "AAAA"})),
    "invalid base64": Odd(first({"type": DELTA, **AT, "delta": "<>"}), GOOD, "was not heard"),
    "done twice": Odd(first(answers, then=done_again)),
    "session.created again": Odd(first({"type": "session.created", "session": {}})),
    "done before created": Odd(first({"type": "response.done", "response": {"id": "r"}})),
    "response never done": Odd(first(begins, then=None), SILENT, "no answer within 4 s"),
    "sound, never done": Odd(first(begins, {"type": DELTA, **AT, "delta": TONE}, then=None)),
    "stopped for its length": Odd(is_stopped("max_output_tokens"), SILENT, "max_output_tokens"),
    "stopped by a filter": Odd(is_stopped("content_filter"), SILENT, "content_filter"),
    "stopped, nobody says why": Odd(is_stopped(None), SILENT, "without a reason"),
    "broken arguments": Odd(calls({**LOOK, "arguments": '{"order'}), then=(Reply("So."),)),
    "arguments that are a list": Odd(calls({**LOOK, "arguments": "[1]"}), then=(Reply("So."),)),
    "same call id twice": Odd(calls(LOOK, LOOK), then=(Reply("So."), Reply("So."))),
    "call without an id": Odd(calls(LOOK | {"call_id": None}), then=(Reply("So."),)),
    "call without a name": Odd(
        calls(LOOK | {"name": None}), ERROR, "came without a name", then=(Reply("So."),)
    ),
    "calls without end": Odd(
        calls(LOOK), GOOD, "reached its limit of 60 s", then=tuple(map(calls_again, range(40)))
    ),
    "unknown tool": Odd(calls({**LOOK, "name": "fly"}), then=(Reply("So."),)),
    "error of its own shape": Odd(
        first({"type": "session.error", "detail": "Sorry."}, then=None), ERROR, "Sorry."
    ),
    "error without a type": Odd(
        first({"error": {"message": "Sorry."}}, then=None), ERROR, "Sorry."
    ),
    "words without a type": Odd(
        first({"message": "Sorry."}, then=None), SILENT, "a message without type: Sorry."
    ),
    "error in mid-response": Odd(fails_in_the_middle("server_error")),
    "response failed": Odd(is_done_as_failed, ERROR, "Sorry. (server_error)"),
    "key refused late": Odd(fails_in_the_middle("invalid_api_key"), ERROR, "Sorry."),
    "expired": Odd(
        first(begins, expired(), then=closes(1001)), CUT, "maximum duration of 60 min", "expired"
    ),
    "gone after a minute": Odd(closes(1001), CUT, "connection closed: 1001"),
    "close without a code": Odd(
        first(frame(b"\x88\0")), CUT, "connection closed: 1005", "agent_hung_up"
    ),
    "close 5000": Odd(first(frame(b"\x88\x02\x13\x88")), CUT, f"{BREACH} invalid status code"),
    "close that is cut": Odd(first(frame(b"\x88\x01\x03")), CUT, f"{BREACH} close frame too short"),
    **{
        f"close {code}": Odd(closes(code, "x"), CUT, f"connection closed: {code} x")
        for code in (1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 3000, 4000, 4999)
    },
}  # fmt: skip


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_misbehaves_ends_the_call_with_a_status_and_one_line(tmp_path, name):
    odd = SERVERS[name]
    script = Script([Reply(raw=odd.does), *odd.then])
    manifest = call(tmp_path, server_of(script)).manifest
    assert (manifest.status.value, getattr(manifest.end_cause, "value", "")) == (
        odd.status, odd.cause
    ), manifest.status_detail  # fmt: skip
    assert odd.detail in manifest.status_detail
    assert bool(odd.detail) == bool(manifest.status_detail), manifest.status_detail
    assert "\n" not in manifest.status_detail


@asynccontextmanager
async def server_of(script: Script) -> AsyncIterator[str]:
    async with scripted_server(script) as (url, _):
        yield url


# --- clocks, and an hour -----------------------------------------------------------------------


def jumps(seconds: float) -> Raw:
    async def does(session: Session) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop._jumping.now_s += seconds

    return does


def test_a_machine_that_slept_in_the_call_is_no_judge_of_the_agents_times(tmp_path):
    script = Script([Reply(raw=first(jumps(30.0)))])
    recording = call(tmp_path, server_of(script), clock=RealClock())
    recording = replace(recording, manifest=replace(recording.manifest, clock="real"))
    assert judge(recording).mistimed.startswith("our stream stood still for 30.00 s")


def test_a_day_set_back_in_the_call_changes_nothing(tmp_path, monkeypatch):
    days = iter(range(10**9, 0, -3600))
    monkeypatch.setattr("time.time", lambda: float(next(days)))
    found = call(tmp_path, server_of(Script([Reply("Yes?")])), clock=RealClock())
    assert (found.manifest.status.value, found.manifest.status_detail) == ("completed", "")
    times = [message.at_s for message in found.messages]
    assert times == sorted(times)


@pytest.mark.parametrize(
    ("code", "lasted_s", "cause"),
    [
        (GOING_AWAY, LONGEST_S, EndCause.EXPIRED),
        (GOING_AWAY, LONGEST_S - 30, EndCause.EXPIRED),
        (GOING_AWAY, LONGEST_S - 31, None),
        (1006, LONGEST_S, None),
    ],
)
def test_a_server_that_goes_away_after_an_hour_had_its_hour(code, lasted_s, cause):
    ending = after_close(Closed(code, "bye"), None, lasted_s=lasted_s)
    assert (ending.status, ending.cause) == (CallStatus.SOCKET_CLOSED, cause)
    assert ending.detail.startswith(f"connection closed: {code} bye")
    assert ("(60 min)" in ending.detail) == (cause is EndCause.EXPIRED)
