"""The connection of one call as the recording sees it: every message noted with its time.

Until its time has started nobody knows where zero is; messages of the handshake wait for it and
then get their negative times.
"""

from __future__ import annotations

import asyncio
from collections import deque

from harness.protocol.commands import (
    CancelResponse,
    ClearAudio,
    ClientCommand,
    SessionConfig,
    TruncateItem,
)
from harness.protocol.decoding import Decoder, DialectBroke
from harness.protocol.events import ServerError
from harness.protocol.items import AudioFormat
from harness.protocol.session import CloseMeaning, Dialect, Outgoing
from harness.recording.messages import Direction, SentCommand
from harness.recording.writer import RecordingWriter
from harness.session.arriving import Arriving
from harness.session.clock import Clock, RecordingClock
from harness.session.ending import ServerFault
from harness.session.received_messages import (
    BESIDE_SOUND_BYTES,
    TOO_MUCH,
    ReadMessage,
    ReceivedMessages,
    Taken,
)
from harness.session.sent_frames import Rest, SentFrames
from harness.session.uplink import Frame
from harness.transport.base import Arrival, Closed, Connection, Droppable, Stalled, TellsStuck
from harness.transport.handles import Handles

_COURTESIES = (TruncateItem, ClearAudio, CancelResponse)


class RecordedConnection:
    """Sends, receives and records."""

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
        """That of the recording."""
        self._left: list[Connection] = []
        self.on_line = True
        """Whether there is a session that knows of the call. While there is none, nothing but the
        handshake of the next is sent, and what comes is noted and not acted on."""
        self.expired = False
        """Whether the service said that the session is over by its time."""
        self.last_error = ""
        """The words of the last error that the service reported in this session."""
        self._decoder = Decoder(dialect, wanted)
        self.session = self._decoder.session
        """The vendor's half of the call."""
        self.arriving = Arriving(self._decoder, wanted.output_format or AudioFormat.PCM16_24K)
        """What the server's messages were taken for, and what of them was lost."""
        self.received = ReceivedMessages(writer, is_live=clock.name == "real")
        """What was noted of them."""
        kind = wanted.input_format or AudioFormat.PCM16_24K
        self.frames = SentFrames(kind, writer=writer, time=self.time)
        """What the caller's stream is sent in."""
        self.frames.begin(connection, self.session)
        self._session_began_s = 0.0
        self._early: list[tuple[float, Outgoing] | ReadMessage] = []
        self._held: deque[Taken | ServerFault] = deque()
        self._early_bytes = 0
        self._courteous: set[str] = set()
        self._kept: tuple[str, float] | None = None
        self.waited = ""
        """What had to be waited for before the connection stood, in words."""
        self.handles = Handles()
        """What the service gave to go on with; no file may hold any of them."""
        self.last_kind = ""
        """What the vendor calls the message that the session sent last; empty before any."""

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
        """How long the session lasts by now; the first one's from zero of the clock on."""
        return self.now_s() - self._session_began_s

    @property
    def kept_s(self) -> float | None:
        """Up to when the service keeps what was said for another connection; None for nothing."""
        return None if self._kept is None else self.time.at_s(self._kept[1])

    async def open(self) -> None:
        """Send what the caller's end says first, if it is the one to begin; raises Closed."""
        for message in self.session.opening():
            await self._send(message)

    async def leave(self, *, drop: bool) -> None:
        """Close the line that was lost. Without a goodbye (``drop``) the server sees it break."""
        self._left.append(self._connection)
        if drop and isinstance(self._connection, Droppable):
            self._connection.drop()
        else:
            await self._connection.close()

    def resume(self, connection: Connection, dialect: Dialect, wanted: SessionConfig) -> None:
        """Begin another session on a new connection, recorded as the one before."""
        self._session_began_s = self.now_s()
        self._connection = connection
        self._decoder = Decoder(dialect, wanted, self.session.resumption)
        self.session = self._decoder.session
        self.arriving.begin_anew(self._decoder)
        self.frames.begin(connection, self.session)
        self._courteous.clear()
        self.last_kind, self.last_error, self.expired, self._early_bytes = "", "", False, 0

    async def command(self, command: ClientCommand) -> str:
        """Send a command; return the id under which the server may complain about it, if any.

        Raises Closed, also while the line is gone.
        """
        if not self.on_line:
            raise Closed(1006, "")
        return await self.tell(command)

    async def tell(self, command: ClientCommand) -> str:
        """Send a command, as ``command`` does, also to a session that is not told of all yet."""
        messages = self._decoder.sent(command)
        if isinstance(command, _COURTESIES):
            self._courteous.update(message.id for message in messages)
        for message in messages:
            await self._send(message)
        return messages[0].id if messages else ""

    def was_courtesy(self, event_id: str | None) -> bool:
        """Return True for a command that no answer hangs on: what was heard, what was dropped."""
        return event_id in self._courteous

    def frame(self, frame: Frame, *, heard: bool = True) -> Rest | None:
        """Send one frame of the caller's stream, unless the microphone is off.

        Return what is to be awaited if it cannot leave at once; that raises Closed.
        """
        return self.frames.send(frame, heard=heard and self.on_line)

    def stuck_since(self) -> float | None:
        """Return since when what was sent may not have arrived, in the loop's time.

        None where nothing waits to be sent, or the transport does not tell.
        """
        wire = self._connection
        return wire.stuck_since() if isinstance(wire, TellsStuck) else None

    async def receive(self) -> Taken:
        """Return the next event with its time, and its samples if it is audio.

        None for a message that is no event, or that comes of a session which was lost: it is noted
        and passed over. What came before zero comes first. Raises Closed, and ServerFault for too
        many messages that are no JSON, too much of anything, or a dialect that breaks. Cancelling
        is safe.
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
        """Take the next message before zero is set; ``receive`` will return what is in it.

        Raises Closed, and ServerFault for a flood or a dialect that breaks. Cancelling is safe.
        """
        received = self._read(await self._connection.recv())
        self._early_bytes += len(received.arrival.message)
        if self.time.started:
            self._held.extend(self._taken(received))
        else:
            self._early.append(received)
        if received.arrived is None:
            raise ServerFault(received.broke)
        if self._early_bytes > BESIDE_SOUND_BYTES:
            raise ServerFault(TOO_MUCH)
        await self._reply(received)

    async def goodbye(self, *, timeout_s: float) -> None:
        """Say what is said before hanging up, if anything, and note what the server says to it.

        Whatever goes wrong then has nothing to do with the call any more. Cancelling is safe.
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
        """Close the connection, and those that were left before it."""
        for connection in (*self._left, self._connection):
            await connection.close()

    def meaning(self, closed: Closed) -> CloseMeaning | None:
        """Return what the vendor means by this close, where it means more than others do."""
        return self.session.closed(closed.code, closed.reason)

    # --- inside ------------------------------------------------------------------------------

    def _read(self, arrival: Arrival) -> ReadMessage:
        try:
            arrived = self.arriving.take(arrival.message, arrival.at_s)
        except DialectBroke as broke:
            return ReadMessage(arrival, None, str(broke))
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
        replies = () if received.arrived is None else received.arrived.decoded.replies
        try:
            for message in replies:
                await self._send(message)
        except Stalled:
            raise
        except Closed:
            pass  # what the server sent before it went is still to be heard

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
