"""The connection of a call: every message is recorded with its time.

Before its time has started, zero is unknown; messages of the handshake wait for it and then get
their negative times.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from harness.audio.pcm import Int16Array
from harness.protocol.commands import (
    CancelResponse,
    ClearAudio,
    ClientCommand,
    SessionConfig,
    TruncateItem,
)
from harness.protocol.decoding import Decoder, DialectBroke
from harness.protocol.dialect import CloseMeaning, Dialect, DialectSession, Outgoing
from harness.protocol.events import AudioDelta, ServerError, ServerEvent
from harness.protocol.items import AudioFormat
from harness.recording.model import (
    NOTED_S,
    Direction,
    GeneratedItem,
    LateArrivals,
    ReadArrival,
    SentCommand,
    late_arrivals,
)
from harness.recording.writer import AGENT_GENERATED, AppendedAudio, RecordingWriter
from harness.session.call_end import DialectFault, ServerFault
from harness.session.caller_stream import FRAME, Frame, FramesAhead
from harness.session.clock import Clock, RecordingClock
from harness.session.received_audio import Arrived, Arriving, CallerSound, GeneratedSound
from harness.transport.base import (
    Arrival,
    Closed,
    Connection,
    Droppable,
    SendsAtOnce,
    Stalled,
    TellsStuck,
)
from harness.transport.redaction import Handles
from harness.units import RATE_HZ

# The server's messages for the recording: noted with their times, and counted.
#
# The size of a call is limited: a server that sends more than the limit ends it.

MALFORMED_LIMIT = 3
"""Number of messages that are not JSON which a call survives."""

AHEAD_S = 600.0
"""Seconds of audio that a server may have sent ahead of the time needed to hear it."""

BESIDE_SOUND_BYTES = 64 * 1024 * 1024
"""Bytes that a server may send in a call, excluding audio."""

TOO_MUCH = f"the server sent more than {BESIDE_SOUND_BYTES // 2**20} MB beside sound in one call"
_BASE64 = 4 / 3
"""Bytes that a byte of audio takes in a text message."""


class Taken(NamedTuple):
    """One event of a message, as the call takes it."""

    at_s: float
    """When the message arrived."""
    event: ServerEvent | None
    """None if the message held no event."""
    samples: Int16Array | None
    """The samples, if it is audio."""
    kind: str
    """The vendor's name for the message."""


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message with its interpretation, or the failure of the dialect on it."""

    arrival: Arrival
    arrived: Arrived | DialectFault


class ReceivedMessages:
    """A call's messages, over all its sessions; ``is_live``: messages may be read late."""

    def __init__(self, writer: RecordingWriter, *, is_live: bool) -> None:
        self._writer, self._is_live = writer, is_live
        self._generated = GeneratedSound()
        self._beside_sound = 0
        self.malformed = 0
        """How many messages were not JSON."""
        self._read_late: list[ReadArrival] = []

    def take(self, at_s: float, message: ReadMessage) -> list[Taken | ServerFault]:
        """Note a message; return its events, or a single None if it has no event.

        ``at_s`` is when it arrived. A fault that ends the call replaces the events.
        """
        arrival, arrived = message.arrival, message.arrived
        if self._is_live and arrival.read_late_s >= NOTED_S:
            self._read_late.append(ReadArrival(at_s, arrival.read_late_s, arrival.stamp_late_s))
        if isinstance(arrived, DialectFault):
            self._writer.wire(at_s, Direction.RECEIVED, arrival.message, json=False)
            return [arrived]
        self._note_arrived(at_s, arrival.message, arrived)
        kind = arrived.decoded.kind
        taken: list[Taken | ServerFault] = [
            Taken(at_s, each.event, each.samples, kind) for each in arrived.events
        ]
        try:
            self._bear(at_s, arrival.message, arrived)
        except ServerFault as fault:
            return [fault]
        return taken or [Taken(at_s, None, None, kind)]

    def _note_arrived(self, at_s: float, message: str | bytes, arrived: Arrived) -> None:
        """Note a message with its interpretation; its audio goes to its track."""
        noted = self._generated.noted(at_s, arrived)
        for samples in noted.sounds:
            self._writer.audio(AGENT_GENERATED, samples)
        self.malformed += not arrived.decoded.readable
        self._writer.wire(
            at_s,
            Direction.RECEIVED,
            message if arrived.decoded.shown is None else arrived.decoded.shown,
            json=arrived.decoded.json,
            payloads=noted.payloads,
            then=noted.neutral,
        )
        self._writer.note(*noted.over)

    def _bear(self, at_s: float, message: str | bytes, arrived: Arrived) -> None:
        """Count the message; raises ServerFault when it exceeds the limits of a call."""
        sound = sum(
            len(each.event.audio) for each in arrived.events if isinstance(each.event, AudioDelta)
        )
        self._beside_sound += max(0, len(message) - round(_BASE64 * sound))
        if self._beside_sound > BESIDE_SOUND_BYTES:
            raise ServerFault(TOO_MUCH)
        if self.malformed > MALFORMED_LIMIT:
            raise ServerFault(
                f"the server sent {self.malformed} messages that are not JSON objects"
            )
        if self._generated.samples / RATE_HZ - at_s > AHEAD_S:
            said = f"the agent sent over {AHEAD_S:g} s of sound more than there was time to hear"
            raise ServerFault(said)

    def generated(self) -> tuple[GeneratedItem, ...]:
        """Return where the audio of every item that the agent left open is on its track."""
        return self._generated.open()

    def late_arrivals(self) -> Iterator[LateArrivals]:
        """Yield spans in which messages were read or stamped late; none in virtual time."""
        yield from late_arrivals(self._read_late)


# The caller's stream as messages: frames made, noted and sent singly, or many made ahead.

Rest: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
"""The part of some work that could not be done at once and is still to be awaited."""


class SentFrames:
    """A call's frames, over all sessions; ``kind`` is the format, ``time`` the recording's."""

    def __init__(self, kind: AudioFormat, *, writer: RecordingWriter, time: RecordingClock) -> None:
        self._sound = CallerSound(kind)
        self._writer, self._time = writer, time

    def begin(self, connection: Connection, session: DialectSession) -> None:
        """Send over this connection from here on, in the session's format."""
        self._connection, self._session = connection, session
        sends = connection.send_at_once if isinstance(connection, SendsAtOnce) else None
        self._at_once: Callable[[str | bytes], bool] | None = sends

    def send(self, frame: Frame, *, heard: bool) -> Rest | None:
        """Send a frame of the caller's stream, unless it must not be heard.

        Return work to await if it cannot leave at once; that raises Closed.
        """
        sound = self._sound.sent(frame.sent)
        if not heard:
            return None
        message = self._session.append_audio(sound)
        at_s = self._time.now_s()
        sent = AppendedAudio((at_s,), (message,), (sound,), frame.start, len(frame.sent))
        self._writer.appended(sent)
        if self._at_once is not None and self._at_once(message):
            return None
        return partial(self._connection.send, message)

    @property
    def at_once(self) -> Callable[[str | bytes], bool] | None:
        """Sends a message without waiting, or returns that it cannot.

        None if frames must be made when they are due: their message depends on earlier messages.
        """
        if self._sound.has_memory or not self._session.appends_alike:
            return None
        return self._at_once

    def encoded(self, frames: FramesAhead) -> tuple[list[str | bytes], list[bytes]]:
        """Return the messages of predicted frames, and the audio in each of them."""
        count = len(frames.sent) // FRAME
        if frames.silent:
            sound = self._sound.sent(frames.sent[:FRAME])
            return [self._session.append_audio(sound)] * count, [sound] * count
        data = self._sound.sent(frames.sent)
        size = len(data) // count
        sounds = [data[start : start + size] for start in range(0, len(data), size)]
        return [self._session.append_audio(sound) for sound in sounds], sounds


_COURTESIES = (TruncateItem, ClearAudio, CancelResponse)


class RecordedConnection:
    """Sends, receives and records a call's messages."""

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        wanted: SessionConfig,
        *,
        writer: RecordingWriter,
        clock: Clock,
    ) -> None:
        self._connection, self._writer, self._clock = connection, writer, clock
        self.time = RecordingClock(clock)
        """The recording's clock."""
        self._left: list[Connection] = []
        self.on_line = True
        """Whether a session that knows the call exists. While there is none, only the handshake of
        the next session is sent, and incoming messages are noted but not acted on."""
        self.expired = False
        """Whether the service reported that the session has expired."""
        self.last_error = ""
        """The text of the last error that the service reported in this session."""
        self._decoder = Decoder(dialect, wanted)
        self.session = self._decoder.session
        """The dialect's state of the session."""
        self.arriving = Arriving(self._decoder, wanted.output_format or AudioFormat.PCM16_24K)
        """Interprets the server's messages and counts their losses."""
        self.received = ReceivedMessages(writer, is_live=clock.name == "real")
        """Notes the server's messages."""
        kind = wanted.input_format or AudioFormat.PCM16_24K
        self.frames = SentFrames(kind, writer=writer, time=self.time)
        """Sends the caller's stream."""
        self.frames.begin(connection, self.session)
        self._session_began_s = 0.0
        self._early: list[tuple[float, Outgoing] | ReadMessage] = []
        self._held: deque[Taken | ServerFault] = deque()
        self._early_bytes = 0
        self._courteous: set[str] = set()
        self._kept: tuple[str, float] | None = None
        self.waited = ""
        """Description of the waits before the connection was established."""
        self.handles = Handles()
        """The service's handles for continuing the session; no file may contain any of them."""
        self.last_kind = ""
        """The vendor's name for the session's last message; empty before any."""

    def start(self) -> float:
        """Set zero of the recording clock to now, and return it in the loop's time."""
        start_s = self.time.start()
        early, self._early = self._early, []
        for each in early:
            if isinstance(each, ReadMessage):
                self._held.extend(self._taken(each))
            else:
                self._note_sent(*each)
        return start_s

    def now_s(self) -> float:
        """Return the time on the recording clock."""
        return self.time.now_s()

    @property
    def session_s(self) -> float:
        """Duration of the session so far; the first session counts from zero of the clock."""
        return self.now_s() - self._session_began_s

    @property
    def kept_s(self) -> float | None:
        """Until when the service keeps the conversation for another connection, or None."""
        return None if self._kept is None else self.time.at_s(self._kept[1])

    async def open(self) -> None:
        """Send the client's first messages, if the client begins; raises Closed."""
        for message in self.session.opening():
            await self._send(message)

    async def leave(self, *, drop: bool) -> None:
        """Close the lost line. Without a goodbye (``drop``) the server sees it break."""
        self._left.append(self._connection)
        if drop and isinstance(self._connection, Droppable):
            self._connection.drop()
        else:
            await self._connection.close()

    def resume(self, connection: Connection, dialect: Dialect, wanted: SessionConfig) -> None:
        """Begin another session on a new connection, recorded like the session before."""
        self._session_began_s = self.now_s()
        self._connection = connection
        self._decoder = Decoder(dialect, wanted, self.session.resumption)
        self.session = self._decoder.session
        self.arriving.begin_anew(self._decoder)
        self.frames.begin(connection, self.session)
        self._courteous.clear()
        self.last_kind, self.last_error, self.expired, self._early_bytes = "", "", False, 0

    async def command(self, command: ClientCommand) -> str:
        """Send a command; return the id that the server's errors about it carry, if any.

        Raises Closed, also while the line is gone.
        """
        self._must_be_on_line()
        return await self.tell(command)

    async def greet(self) -> None:
        """Make the agent speak first, if it does not by itself; raises Closed as ``command``."""
        self._must_be_on_line()
        for message in self.session.greet():
            await self._send(message)

    async def tell(self, command: ClientCommand) -> str:
        """Send a command, as ``command`` does, also before the session has the conversation."""
        messages = self._decoder.sent(command)
        if isinstance(command, _COURTESIES):
            self._courteous.update(message.id for message in messages)
        for message in messages:
            await self._send(message)
        return messages[0].id if messages else ""

    def was_courtesy(self, event_id: str | None) -> bool:
        """Return True for a command that needs no answer: reports of heard or dropped audio."""
        return event_id in self._courteous

    def frame(self, frame: Frame, *, heard: bool = True) -> Rest | None:
        """Send a frame of the caller's stream, unless the microphone is off.

        Return work to await if it cannot leave at once; that raises Closed.
        """
        return self.frames.send(frame, heard=heard and self.on_line)

    def stuck_since(self) -> float | None:
        """Return since when sent data may not have arrived, in the loop's time.

        None if no data waits to be sent, or the transport does not report it.
        """
        wire = self._connection
        return wire.stuck_since() if isinstance(wire, TellsStuck) else None

    async def receive(self) -> Taken:
        """Return the next event with its time, and its samples if it is audio.

        None for a message that is no event, or that comes from a lost session: it is noted and
        skipped. Messages from before zero come first. Raises Closed, and ServerFault for too many
        messages that are no JSON, a limit that is exceeded, or a dialect that breaks. Cancelling is
        safe.
        """
        if not self._held:
            if self.session.hung_up:
                raise Closed(1000, "")
            received = self._read(await self._connection.recv())
            self._held.extend(self._taken(received))
            await self._reply(received)
        held = self._held.popleft()
        if isinstance(held, ServerFault):
            raise held
        return held if self.on_line else held._replace(event=None, samples=None)

    async def greeting(self) -> None:
        """Take the next message before zero is set; ``receive`` will return its events."""
        received = self._read(await self._connection.recv())
        self._early_bytes += len(received.arrival.message)
        if self.time.started:
            self._held.extend(self._taken(received))
        else:
            self._early.append(received)
        if isinstance(received.arrived, DialectFault):
            raise received.arrived
        if self._early_bytes > BESIDE_SOUND_BYTES:
            raise ServerFault(TOO_MUCH)
        await self._reply(received)

    async def goodbye(self, *, timeout_s: float) -> None:
        """Send the dialect's goodbye, if there is any, and note the server's reply.

        Failures at this point no longer concern the call. Cancelling is safe.
        """
        try:
            async with asyncio.timeout(timeout_s):
                for message in self.session.closing():
                    await self._send(message)
                while not self.session.over:
                    taken = self._taken(self._read(await self._connection.recv()))
                    if isinstance(taken[0], ServerFault):
                        return
        except (Closed, TimeoutError):
            return

    async def close(self) -> None:
        """Close the connection, and the connections that were left before it."""
        for connection in (*self._left, self._connection):
            await connection.close()

    def meaning(self, closed: Closed) -> CloseMeaning | None:
        """Return the vendor's meaning of this close, if it has a special meaning."""
        return self.session.closed(closed.code, closed.reason)

    # --- inside ------------------------------------------------------------------------------

    def _must_be_on_line(self) -> None:
        if not self.on_line:
            raise Closed(1006, "")

    def _read(self, arrival: Arrival) -> ReadMessage:
        try:
            arrived = self.arriving.take(arrival.message, arrival.at_s)
        except DialectBroke as broke:
            return ReadMessage(arrival, DialectFault(broke))
        finally:
            self.handles.learn(self.session.secrets)
        given = self.session.resumption
        if given is not None and (self._kept is None or self._kept[0] != given):
            self._kept = given, arrival.at_s
        self.last_kind = arrived.decoded.kind
        for each in arrived.events:
            if isinstance(each.event, ServerError):
                self.expired = self.expired or each.event.expired
                self.last_error = each.event.error.words
        return ReadMessage(arrival, arrived)

    async def _reply(self, received: ReadMessage) -> None:
        arrived = received.arrived
        replies = () if isinstance(arrived, DialectFault) else arrived.decoded.replies
        try:
            for message in replies:
                await self._send(message)
        except Stalled:
            raise
        except Closed:
            pass  # the server's earlier messages must still be heard

    async def _send(self, message: Outgoing) -> None:
        self._note_sent(self._clock.now(), message)
        await self._connection.send(message.message)

    def _taken(self, message: ReadMessage) -> list[Taken | ServerFault]:
        return self.received.take(self.time.at_s(message.arrival.at_s), message)

    def _note_sent(self, loop_s: float, sent: Outgoing) -> None:
        if not self.time.started:
            self._early.append((loop_s, sent))
            return
        at_s = self.time.at_s(loop_s)
        command = () if sent.says is None else (SentCommand(at_s, sent.says),)
        text = isinstance(sent.message, str)
        message = sent.message if sent.shown is None else sent.shown
        self._writer.wire(at_s, Direction.SENT, message, json=text, then=command)
