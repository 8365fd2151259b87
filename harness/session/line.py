"""The connection of one call as the recording sees it: every message noted with its time.

Until ``started`` nobody knows where zero is; messages of the handshake wait for it and then get
their negative times.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np

from harness.audio.pcm import Int16Array
from harness.errors import OperationError
from harness.protocol.commands import ClientCommand
from harness.protocol.dialect import Dialect, Malformed
from harness.protocol.events import AudioDelta, AudioDone, ServerEvent
from harness.recording.model import Direction, GeneratedItem
from harness.recording.writer import AGENT_GENERATED, AudioRange, RecordingWriter
from harness.session.clock import Clock
from harness.session.playout import ContentKey
from harness.session.uplink import FRAME, Frame
from harness.transport.base import Arrival, Connection

MALFORMED_LIMIT = 3
"""Messages that are no JSON at all which a call survives."""


class Gibberish(OperationError):
    """The server keeps sending what is not JSON."""


class Line:
    """Sends, receives and records."""

    def __init__(
        self, connection: Connection, dialect: Dialect, *, writer: RecordingWriter, clock: Clock
    ) -> None:
        self._connection, self._dialect = connection, dialect
        self._writer, self._clock = writer, clock
        self._start_s: float | None = None
        self._early: list[tuple[float, Direction, bytes]] = []
        self._ids = count(1)
        self._generated = 0
        self._chunks: dict[tuple[ContentKey, str], list[tuple[float, int, int]]] = {}
        self._silence = dialect.encode_append(bytes(2 * FRAME))
        self.malformed = 0

    def start(self) -> float:
        """Set zero of the recording clock to now, and return it in the loop's time."""
        self._start_s = self._clock.now()
        early, self._early = self._early, []
        for at_s, direction, message in early:
            self._note(at_s, direction, message)
        return self._start_s

    @property
    def started(self) -> bool:
        """Whether zero is set."""
        return self._start_s is not None

    def now_s(self) -> float:
        """Return the time on the recording clock."""
        return self._at(self._clock.now())

    async def command(self, command: ClientCommand) -> str:
        """Send a command under an id of its own, which is returned; raises Closed."""
        event_id = f"client_{next(self._ids):06d}"
        message = self._dialect.encode_client(replace(command, event_id=event_id))
        self._note(self._clock.now(), Direction.SENT, message)
        await self._connection.send(message)
        return event_id

    async def frame(self, frame: Frame) -> None:
        """Send one frame of the caller's stream; raises Closed."""
        message = (
            self._silence
            if frame.silent
            else self._dialect.encode_append(frame.sent.astype("<i2").tobytes())
        )
        where = AudioRange("audio", "caller", frame.start, len(frame.sent))
        self._note(self._clock.now(), Direction.SENT, message, where)
        await self._connection.send(message)

    async def receive(self) -> tuple[float, ServerEvent | None, Int16Array | None]:
        """Return the next event with its time, and its samples if it is audio.

        None for a message that is no event: it is noted and passed over. Raises Closed, and
        Gibberish after too many messages that are no JSON. Cancelling is safe.
        """
        return self._taken(await self._connection.recv())

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    def generated(self) -> tuple[GeneratedItem, ...]:
        """Return where the audio of every item that the agent left open lies on its track."""
        return tuple(
            GeneratedItem(*key, response_id, tuple(chunks))
            for (key, response_id), chunks in self._chunks.items()
        )

    def _taken(self, arrival: Arrival) -> tuple[float, ServerEvent | None, Int16Array | None]:
        at_s = self._at(arrival.at_s)
        try:
            event = self._dialect.decode_server(arrival.message)
        except Malformed as fault:
            self._misread(arrival, is_json=fault.event_type is not None)
            return at_s, None, None
        if not isinstance(event, AudioDelta):
            self._note(arrival.at_s, Direction.RECEIVED, arrival.message)
            if isinstance(event, AudioDone):
                self._generation_over((event.item_id, event.content_index), event.response_id)
            return at_s, event, None
        whole = len(event.audio) // 2 * 2
        samples = np.frombuffer(event.audio[:whole], "<i2").astype(np.int16)
        where = AudioRange("delta", "agent_generated", self._generated, len(samples))
        self._note(arrival.at_s, Direction.RECEIVED, arrival.message, where)
        self._writer.audio(AGENT_GENERATED, samples)
        part = (event.item_id, event.content_index), event.response_id
        self._chunks.setdefault(part, []).append((at_s, self._generated, len(samples)))
        self._generated += len(samples)
        return at_s, event, samples

    def _generation_over(self, key: ContentKey, response_id: str) -> None:
        """Note where a part lies as soon as there is no more of it: a crash must not lose it."""
        chunks = self._chunks.pop((key, response_id), None)
        if chunks:
            self._writer.note(GeneratedItem(*key, response_id, tuple(chunks)))

    def _misread(self, arrival: Arrival, *, is_json: bool) -> None:
        if is_json:
            self._note(arrival.at_s, Direction.RECEIVED, arrival.message)
            return
        self.malformed += 1
        text = arrival.message.decode("utf-8", "replace")
        self._writer.malformed(self._at(arrival.at_s), text)
        if self.malformed > MALFORMED_LIMIT:
            raise Gibberish(f"the server sent {self.malformed} messages that are not JSON objects")

    def _at(self, loop_s: float) -> float:
        start_s = self._start_s if self._start_s is not None else self._clock.now()
        return round(loop_s - start_s, 6)

    def _note(
        self,
        loop_s: float,
        direction: Direction,
        message: bytes,
        where: AudioRange | None = None,
    ) -> None:
        if self._start_s is None:
            self._early.append((loop_s, direction, message))
        else:
            self._writer.wire(self._at(loop_s), direction, message, audio=where)
