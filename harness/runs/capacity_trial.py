"""Made-up calls, to measure how many calls this machine paces in time.

They are paced like real calls: in processes of the same kind, number and priority, by the same
frame wheel, over the same sockets on loopback. Each frame is encoded, sent and logged to a file,
and audio comes back. A real call costs more than that (``_STREAMS_PER_CALL``). The result is not
kept for later runs: the load of the machine changes within minutes.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, BinaryIO

import numpy as np

from harness.runs.local_run import steady
from harness.runs.pacing import PipeEnd, pipe_ends
from harness.runs.processes import OwnProcesses, raise_priority, settle_in, starting
from harness.session.virtual_time import wheel_of
from harness.transport.websocket import WebSocketConnection, connect
from harness.units import FRAME_S

_SETTLES_S, _MEASURED_S = 0.4, 1.0
_OPEN_S = 5.0
_STREAMS_PER_CALL = 3
"""Streams per real call.

With two, 75 real calls on one busy core left 6.0 ms late, made-up calls 3.1; with three, made-up
ones left 4.2 ms late, and for 100 calls (real: 5.0) 5.1 (p99; benchmarks/auto.py measures it).
"""
_ANSWERS_S = 20.0
"""How long a process may take for a trial before it counts as failed."""

_FRAME = bytes(960)
"""20 ms at 24 kHz."""
_HANDSHAKE_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""RFC 6455, 1.3."""
_FRAMES_PER_ANSWER = 5


class _Answering(asyncio.Protocol):
    """The other end: accepts every connection, discards its input, sends audio now and then."""

    def __init__(self) -> None:
        self._head, self._open, self._reads = b"", False, 0
        sound = base64.b64encode(_FRAME * _FRAMES_PER_ANSWER).decode()
        said = json.dumps({"type": "response.output_audio.delta", "delta": sound}).encode()
        # A WebSocket text frame in one piece (0x81), its length in two bytes (0x7e), not masked:
        # RFC 6455, 5.2. Ready-made, because the other end must not cost more than the calls that
        # are measured.
        self._answer = b"\x81\x7e" + len(said).to_bytes(2, "big") + said

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._open:
            self._reads += 1
            if self._reads % _FRAMES_PER_ANSWER == 0:
                self._transport.write(self._answer)
            return
        self._head += data
        if b"\r\n\r\n" in self._head:
            self._open = True
            self._transport.write(_let_in(self._head))


def _let_in(request: bytes) -> bytes:
    fields = dict(line.split(b": ", 1) for line in request.split(b"\r\n") if b": " in line)
    # Field names of HTTP have no case.
    key = next(told for name, told in fields.items() if name.lower() == b"sec-websocket-key")
    digest = hashlib.sha1(key + _HANDSHAKE_KEY, usedforsecurity=False).digest()
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
    )


def answer_trials(end: PipeEnd, environment: dict[str, str]) -> None:
    """Run the other end of made-up calls until our end is closed; sends its port first."""
    settle_in(True, environment)

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
        end.way_out.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(_until_closed, end.way_in)

    asyncio.run(serve())


def _until_closed(way_in: Connection[Any, Any]) -> None:
    with suppress(EOFError, OSError):
        way_in.recv()


def pace_trials(end: PipeEnd, environment: dict[str, str], port: int) -> None:
    """Pace the requested number of made-up calls, repeatedly, until the pipe is closed.

    Answers each request with how late every frame left, in seconds; None if a connection failed.
    """
    settle_in(False, environment)
    raise_priority()
    with steady(), suppress(EOFError, OSError):
        while True:
            calls: int = end.way_in.recv()
            end.way_out.send(asyncio.run(_lateness(calls, port)))


async def _lateness(calls: int, port: int) -> list[float] | None:
    url = f"ws://127.0.0.1:{port}/"
    open_one = partial(connect, url, headers={}, open_timeout_s=_OPEN_S)
    late: list[float] = []
    opened = await asyncio.gather(*(open_one() for _ in range(calls)), return_exceptions=True)
    made = [one for one in opened if isinstance(one, WebSocketConnection)]
    # Fewer calls than asked for would look as if the machine could hold them all.
    if len(made) < calls:
        return None
    with tempfile.TemporaryFile() as notes:
        async with asyncio.TaskGroup() as group:
            for one in made:
                group.create_task(_listen(one))
                _Pretended(one, notes, late).begin()
            await asyncio.sleep(_SETTLES_S + _MEASURED_S)
            for one in made:
                one.drop()
    return late


async def _listen(connection: WebSocketConnection) -> None:
    async for arrival in connection:
        base64.b64decode(json.loads(arrival.message)["delta"])


class _Pretended:
    """The caller's side of a call: a frame every 20 ms."""

    def __init__(self, to: WebSocketConnection, notes: BinaryIO, late: list[float]) -> None:
        self._to, self._notes, self._late = to, notes, late
        self._loop = asyncio.get_running_loop()
        self._wheel = wheel_of(self._loop)

    def begin(self) -> None:
        now_s = self._loop.time()
        _, wait_s = self._wheel.take_phase(now_s)
        self._due_s = now_s + wait_s
        self._from_s, self._until_s = now_s + _SETTLES_S, now_s + _SETTLES_S + _MEASURED_S
        self._wheel.at(self._due_s, self._send)

    def _send(self) -> None:
        sound = base64.b64encode(_FRAME).decode()
        message = json.dumps({"type": "input_audio_buffer.append", "audio": sound})
        left = self._to.send_at_once(message)
        self._notes.write(message.encode())
        # Frames before this are late because all connections open at once.
        if self._due_s >= self._from_s:
            late_s = self._loop.time() - self._due_s
            # A frame that could not leave would wait for the next frame at least.
            self._late.append(late_s if left else max(late_s, FRAME_S))
        self._due_s += FRAME_S
        if self._due_s < self._until_s:
            self._wheel.at(self._due_s, self._send)


class TrialCalls:
    """Processes that make up calls, at most ``processes``; call it with the number of calls."""

    def __init__(self, pacing: list[PipeEnd]) -> None:
        self._pacing = pacing

    def measure(self, calls: int, processes: int) -> float | None:
        """Return the p99 of how late frames left, in seconds; None if connections failed."""
        used = self._pacing[:processes]
        for index, end in enumerate(used):
            # Dealt out in turn, so that all processes pace about as many.
            end.way_out.send(_STREAMS_PER_CALL * len(range(index, calls, len(used))))
        late: list[float] = []
        for end in used:
            told = end.way_in.recv() if end.way_in.poll(_ANSWERS_S) else None
            if told is None:
                return None
            late += told
        return float(np.percentile(late, 99)) if late else None


@contextmanager
def trial_calls(processes: int) -> Iterator[TrialCalls]:
    """Start this number of processes for made-up calls; they end with the block."""
    context, environment = OwnProcesses(), dict(os.environ)
    with ExitStack() as stack:

        def start(work: Any, *given: Any) -> PipeEnd:
            ours, theirs = pipe_ends()
            stack.callback(ours.close)
            with starting():
                process = context.Process(target=work, args=(theirs, environment, *given))
                process.start()
            # Callbacks run in reverse order: kill first, then wait for the end.
            stack.callback(process.join, _OPEN_S)
            stack.callback(process.kill)
            theirs.close()
            return ours

        port: int = start(answer_trials).way_in.recv()
        yield TrialCalls([start(pace_trials, port) for _ in range(processes)])
