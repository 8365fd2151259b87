"""Serves the light agent: the whole protocol at the lowest cost per message, for load tests.

It is for load and timing, and never for judging an agent: it recognizes no words, answers after a
stated time with audio that was synthesized beforehand, and says so. It is cheap because there is a
single object between the socket and the session, no task and no queue; plain audio is processed
without other checks until a turn begins or ends.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import cast
from urllib.parse import parse_qs, urlsplit

import numpy as np
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from harness.agent.light.settings import LightAgent, ReadyAnswers, Thinking
from harness.agent.server.connection import MOST_UNSENT, SessionTruth
from harness.agent.server.memory import Refused
from harness.agent.server.session import ServedSession
from harness.agent.server.session_state import DEFAULTS, Emit, HangUp, Ids, Listen, Output, Speak
from harness.agent.server.turn_detection import (
    MAX_TURN_MS,
    Settings,
    Utterance,
    VadChange,
    VadEvent,
)
from harness.agent.server.websocket_server import AgentServer, lifetime_of
from harness.audio.pcm import FULL_SCALE, Int16Array, Pcm
from harness.errors import PortTaken
from harness.protocol.audio_bytes import samples_of
from harness.protocol.events import AudioDelta
from harness.protocol.fields import WireFault
from harness.protocol.items import AudioFormat
from harness.protocol.openai.commands import plain_append
from harness.protocol.openai.ga import OpenAiGa
from harness.protocol.server_half import ServerEnd
from harness.session.clock import Clock
from harness.units import seconds_to_ms

# Turn detection of the light agent: by loudness alone, without stored audio and without a model.
#
# A block of up to 20 ms is loud when its power reaches the gate: ``GATE_DBFS``, or ``MARGIN_DB``
# over the quietest block of the last three seconds, so that a steady noise holds no turn open for
# good. A turn begins after ``ONSET_MS`` of loud blocks in a row, at the first of them, and ends
# after the session's silence, or at 20 s. Times are milliseconds on the input clock.

GATE_DBFS = -45.0
MARGIN_DB = 9.0
ONSET_MS = 60.0

_BLOCKS_A_SECOND = 50
_FLOOR_BLOCKS = 50
"""The number of blocks whose quietest is kept."""
_FLOORS = 3
_GATE = (FULL_SCALE * 10 ** (GATE_DBFS / 20)) ** 2
_MARGIN = 10 ** (MARGIN_DB / 10)
_NO_SOUND = np.int16(0)


class LoudTurns:
    """Finds turns in the caller's audio; the same to a session as ``InputAudio``.

    ``detection`` None is push to talk. Only the length of a turn is kept, so an ``Utterance`` is as
    long as the turn and silent.
    """

    def __init__(self, audio_format: AudioFormat, detection: Settings | None) -> None:
        self.received = 0
        self.speaking = False
        self._taken = 0
        self._clock_ms = 0.0
        self._onset_ms = self._started_ms = self._silent_ms = 0.0
        self._quietest = float("inf")
        self._blocks = 0
        self._floors: deque[float] = deque(maxlen=_FLOORS)
        self._gate = _GATE
        self.configure(audio_format, detection)

    @property
    def clock_ms(self) -> int:
        """Milliseconds of input received."""
        return round(self._clock_ms)

    @property
    def appended_s(self) -> float:
        """Seconds appended since the last turn was taken or cleared."""
        return (self.received - self._taken) / self._rate_hz

    @property
    def padding_ms(self) -> int:
        """How much audio before the onset belongs to a turn."""
        return self._settings.prefix_padding_ms

    def configure(self, audio_format: AudioFormat, detection: Settings | None) -> None:
        """Change how turns are found; the input clock continues."""
        self._format, self._settings = audio_format, detection or Settings()
        self._detects = detection is not None
        self._rate_hz = audio_format.rate_hz
        self._block = self._rate_hz // _BLOCKS_A_SECOND
        patience = self._settings.patience
        needed_ms = self._settings.silence_ms if patience is None else patience.finished_ms
        self._needed_ms = float(needed_ms)
        if detection is None:
            self._end_turn()

    def heard(self, goes_on: Callable[[], bool | None]) -> None:
        """Ignore words: turns end by loudness alone."""

    def append(self, wire: bytes) -> Iterator[VadChange]:
        """Take wire bytes and yield the changes; raises ValueError on half a sample."""
        samples = samples_of(wire, self._format)
        self.received += len(samples)
        if not self._detects:
            self._clock_ms += 1000 * len(samples) / self._rate_hz
            return
        for start in range(0, len(samples), self._block):
            yield from self._judge(samples[start : start + self._block])

    def between(self, start_ms: int, end_ms: int | None = None) -> Utterance:
        """Return silence as long as the audio between two times of the input clock."""
        stop_ms = max(start_ms, self.clock_ms if end_ms is None else end_ms)
        return self._silence(start_ms, stop_ms)

    def take(self) -> Utterance:
        """Return silence as long as everything since the last turn, and begin a new turn."""
        taken = self._silence(self.clock_ms - seconds_to_ms(self.appended_s), self.clock_ms)
        self.clear()
        return taken

    def clear(self) -> None:
        """Drop the appended audio; the input clock continues."""
        self._taken = self.received
        self._end_turn()

    def turn_taken(self, end_ms: int) -> None:
        """Restart the count of appended audio."""
        self._taken = self.received

    def _silence(self, start_ms: int, stop_ms: int) -> Utterance:
        count = (stop_ms - start_ms) * self._rate_hz // 1000
        silent = np.broadcast_to(_NO_SOUND, count)  # of any length, without memory
        return Utterance(Pcm(silent, self._rate_hz), start_ms, stop_ms)

    def _judge(self, block: Int16Array) -> Iterator[VadChange]:
        values = block.astype(np.float32)
        power = float(values.dot(values)) / len(block)
        length_ms = 1000 * len(block) / self._rate_hz
        self._clock_ms += length_ms
        self._learn_floor(power)
        loud = power >= self._gate
        if not self.speaking:
            self._onset_ms = self._onset_ms + length_ms if loud else 0.0
            if self._onset_ms >= ONSET_MS:
                self._started_ms = self._clock_ms - self._onset_ms
                self.speaking, self._silent_ms = True, 0.0
                yield VadChange(VadEvent.STARTED, round(self._started_ms))
            return
        self._silent_ms = 0.0 if loud else self._silent_ms + length_ms
        too_long = self._clock_ms - self._started_ms >= MAX_TURN_MS
        if too_long or self._silent_ms >= max(length_ms, self._needed_ms):
            self._end_turn()
            yield VadChange(VadEvent.STOPPED, self.clock_ms)

    def _learn_floor(self, power: float) -> None:
        self._quietest = min(self._quietest, power)
        self._blocks += 1
        if self._blocks == _FLOOR_BLOCKS:
            self._floors.append(self._quietest)
            if len(self._floors) == _FLOORS:  # a word may be loud for a second, but not for three
                self._gate = max(_GATE, _MARGIN * min(self._floors))
            self._quietest, self._blocks = float("inf"), 0

    def _end_turn(self) -> None:
        self.speaking = False
        self._onset_ms = 0.0


MODEL = "light-reference"
"""The model name of its sessions."""


_MAX_MESSAGE_BYTES = 32 * 1024 * 1024
_GOING_AWAY = 1001
_DATA = (Opcode.TEXT, Opcode.BINARY, Opcode.CONT)


@dataclass(frozen=True, slots=True)
class _House:
    """The shared data of all connections of a server."""

    agent: LightAgent
    clock: Clock
    thinking: Thinking
    open: set[_LightConnection] = field(default_factory=set)


class _LightConnection(asyncio.Protocol):
    """A client's connection: bytes in, bytes out."""

    def __init__(self, house: _House) -> None:
        self._house, self._now = house, house.clock.now
        self._loop = asyncio.get_running_loop()
        self._socket = ServerProtocol(max_size=_MAX_MESSAGE_BYTES)
        self._session: ServedSession | None = None
        self._server_end: ServerEnd  # set once the session exists
        self._truth: SessionTruth | None = None
        self._pieces: list[bytes] = []
        self._unwritten: list[AudioDelta] = []
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport for output."""
        self._transport = cast("asyncio.Transport", transport)
        self._house.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop the session."""
        self._house.open.discard(self)
        self._end()

    def data_received(self, data: bytes) -> None:
        """Process all received data, and answer it."""
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
        """Let the transport close: the client has left."""
        self._socket.receive_eof()

    def leave(self) -> None:
        """Close the connection with a close frame."""
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
        """Stop all actions of the session."""
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
        """Carry out the session's pending actions, and set the timer for planned ones."""
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
            return  # the client's close frame came in the same read
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
                self._transport.abort()  # no close frame gets past the client's unread data
        self._unwritten.clear()


@asynccontextmanager
async def serve_light(
    agent: LightAgent | None = None, *, clock: Clock, host: str = "127.0.0.1", port: int = 0
) -> AsyncIterator[AgentServer]:
    """Serve until the block ends; every connection is a session of its own.

    ``port`` 0 takes a free port.

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
