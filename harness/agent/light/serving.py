"""Serves the light agent: the whole protocol, at the least cost for each message.

It is there for load and timing, and never for judging an agent: it understands nothing, answers
after a stated time with sound that was made beforehand, and says so. What makes it cheap: one
object between the socket and the session, no task and no queue; plain audio is taken without
looking at anything else until a turn begins or ends.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qs, urlsplit

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from harness.agent.light.answers import ReadyAnswers
from harness.agent.light.endpointer import LoudTurns
from harness.agent.light.settings import LightAgent, Thinking
from harness.agent.server.connection import MOST_UNSENT
from harness.agent.server.memory import Refused
from harness.agent.server.serving import AgentServer, lifetime_of
from harness.agent.server.session import ServedSession
from harness.agent.server.session_state import Emit, HangUp, Ids, Listen, Output, Speak
from harness.agent.server.settings import DEFAULTS
from harness.agent.server.truth import SessionTruth
from harness.errors import PortTaken
from harness.protocol.events import AudioDelta
from harness.protocol.openai.commands import plain_append
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.serving import ServerEnd
from harness.protocol.wire import WireFault
from harness.session.clock import Clock

MODEL = "light-reference"
"""What its sessions call their model."""


_MAX_MESSAGE_BYTES = 32 * 1024 * 1024
_GOING_AWAY = 1001
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


@dataclass(frozen=True, slots=True)
class _House:
    """What all connections of one server have in common."""

    agent: LightAgent
    clock: Clock
    thinking: Thinking
    open: set[_LightConnection] = field(default_factory=set)


class _LightConnection(asyncio.Protocol):
    """One client: bytes in, bytes out."""

    def __init__(self, house: _House) -> None:
        self._house, self._now = house, house.clock.now
        self._loop = asyncio.get_running_loop()
        self._socket = ServerProtocol(max_size=_MAX_MESSAGE_BYTES)
        self._session: ServedSession | None = None
        self._server_end: ServerEnd  # stands once the session does
        self._truth: SessionTruth | None = None
        self._pieces: list[bytes] = []
        self._unwritten: list[AudioDelta] = []
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where to write."""
        self._transport = cast("asyncio.Transport", transport)
        self._house.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the session."""
        self._house.open.discard(self)
        self._end()

    def data_received(self, data: bytes) -> None:
        """Take all that came, and answer it."""
        read_at_s = self._now()
        self._socket.receive_data(data)
        for event in self._socket.events_received():
            if isinstance(event, Request):
                self._open(event)
            elif isinstance(event, Frame):
                self._take(event, read_at_s)
        if self._socket.state is State.CLOSING:
            self._end()
        self._write()

    def eof_received(self) -> None:
        """Let the transport close: nobody is there any more."""
        self._socket.receive_eof()

    def leave(self) -> None:
        """Say goodbye to the client."""
        if self._socket.state is State.OPEN:
            self._socket.send_close(_GOING_AWAY)
            self._write()
        self._transport.close()

    def _open(self, request: Request) -> None:
        place, house = urlsplit(request.path), self._house
        query = parse_qs(place.query)
        seed = query.get("seed", [None])[-1]
        path = OpenAiGa.paths[0]
        problem = None
        if place.path != path:
            problem = HTTPStatus.NOT_FOUND, f"Sessions are served at {path}.\n"
        elif seed is not None and not seed.isdecimal():
            told = f"seed must be a whole number of 0 or more, got {seed!r}\n"
            problem = HTTPStatus.BAD_REQUEST, told
        elif "fault" in query:
            problem = HTTPStatus.BAD_REQUEST, "the light agent has no faults: it judges nobody\n"
        if problem is not None:
            self._socket.send_response(self._socket.reject(*problem))
            return
        response = self._socket.accept(request)
        self._socket.send_response(response)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            return
        ids = Ids(secrets.randbits(64) if seed is None else int(seed))
        self._server_end = OpenAiGa().serve(lambda prefix: ids.new(prefix, self._now()))
        self._session = session = ServedSession(
            ReadyAnswers(query.get("tool", [house.agent.tool])[-1]),
            fault=None,
            now_s=self._now(),
            ids=ids,
            lifetime=lifetime_of(house.clock, house.agent.session_s),
            config=replace(DEFAULTS, model=MODEL),
            turns=LoudTurns,
        )
        if house.agent.truth is not None:
            self._truth = SessionTruth(house.agent.truth, session)
        self._go_on()

    def _end(self) -> None:
        """Let the session do nothing any more."""
        self._session = None
        if self._timer is not None:
            self._timer.cancel()

    def _take(self, frame: Frame, read_at_s: float) -> None:
        if frame.opcode not in _DATA or self._session is None:
            return
        message = bytes(frame.data)
        if not frame.fin or self._pieces:
            self._pieces.append(message)
            if not frame.fin:
                return
            message = b"".join(self._pieces)
            self._pieces.clear()
        audio = plain_append(message)
        if audio is None:
            self._command(self._session, message)
        else:
            self._hear(self._session, audio, read_at_s)

    def _hear(self, session: ServedSession, audio: bytes, read_at_s: float) -> None:
        session.state.now_s = self._now()
        try:
            session.turns.append(audio)
        except Refused as refused:
            session.state.refuse(refused.info, None)
        if self._truth is not None:
            self._truth.appended(read_at_s)
        if session.state.outbox:
            self._go_on()

    def _command(self, session: ServedSession, message: bytes) -> None:
        now_s = self._now()
        try:
            for command in self._server_end.receive(message, now_s).commands:
                session.command(command, now_s)
        except WireFault as fault:
            session.refuse(fault.error, now_s)
        self._go_on()

    def _tick(self) -> None:
        if self._session is not None:
            self._session.tick(self._now())
            self._go_on()
            self._write()

    def _spoken(self, job: Speak) -> None:
        if self._session is not None:
            voiced = self._house.agent.voiced[job.text]
            self._session.spoken(job.job, voiced.audio, voiced.marks, now_s=self._now())
            self._go_on()
            self._write()

    def _go_on(self) -> None:
        """Do what the session left to be done, and set the timer for what is planned."""
        session = self._session
        assert session is not None
        while session.state.outbox:
            self._do(session, session.state.outbox.popleft())
        if self._timer is not None:
            self._timer.cancel()
        due_s = session.next_due()
        self._timer = None if due_s is None else self._loop.call_at(due_s, self._tick)

    def _do(self, session: ServedSession, output: Output) -> None:
        if self._socket.state is not State.OPEN:
            return  # the client's goodbye came in the same read
        if isinstance(output, Emit):
            for message in self._server_end.send(output.event, self._now()).messages:
                self._socket.send_text(message if isinstance(message, bytes) else message.encode())
            if isinstance(output.event, AudioDelta):
                self._unwritten.append(output.event)
        elif isinstance(output, Listen):
            session.recognized(output.job, lambda: "", self._now())
        elif isinstance(output, Speak):
            self._house.thinking.about(partial(self._spoken, output))
        else:
            assert isinstance(output, HangUp)
            self._socket.send_close(output.code, output.reason)

    def _write(self) -> None:
        parts = self._socket.data_to_send()
        if parts and not self._transport.is_closing():
            written_at_s = self._now()
            self._transport.write(b"".join(parts))
            if self._truth is not None:
                for event in self._unwritten:
                    self._truth.sent(event, written_at_s)
            if b"" in parts:  # the end of the stream, as websockets writes it
                self._transport.close()
            elif self._transport.get_write_buffer_size() > MOST_UNSENT:
                self._transport.abort()  # no close frame gets past what it does not read
        self._unwritten.clear()


@asynccontextmanager
async def serve_light(
    agent: LightAgent | None = None, *, clock: Clock, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[AgentServer]:
    """Serve until the block ends; every connection is a session of its own.

    ``port`` 0 takes a free one.

    Raises:
        PortTaken: the port is in use.
        SpeechFailed: its sentences cannot be spoken.
    """
    agent = agent or LightAgent()
    house = _House(agent, clock, Thinking(agent))
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: _LightConnection(house), host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from error
        raise
    try:
        taken = server.sockets[0].getsockname()
        yield AgentServer(host, taken[1], OpenAiGa.paths[0])
    finally:
        server.close()
        for connection in tuple(house.open):
            connection.leave()
        await server.wait_closed()
