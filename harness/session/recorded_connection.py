"""The connection of one call as the recording sees it: every message noted with its time.

Until ``started`` nobody knows where zero is; messages of the handshake wait for it and then get
their negative times.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import count
from typing import TypeAlias

from harness.audio.pcm import Int16Array
from harness.protocol.commands import CancelResponse, ClearAudio, ClientCommand, TruncateItem
from harness.protocol.dialect import Dialect, Malformed
from harness.protocol.events import AudioDelta, AudioDone, ServerEvent
from harness.protocol.wire import load
from harness.recording.lines import Neutral
from harness.recording.model import (
    AgentEvent,
    AudioRange,
    Direction,
    GeneratedItem,
    SentCommand,
    Violation,
    WireMessage,
)
from harness.recording.writer import AGENT_GENERATED, RecordingWriter
from harness.session.arriving import Arrived, Arriving, part_of
from harness.session.clock import Clock
from harness.session.ending import ServerFault
from harness.session.playout import ContentKey
from harness.session.uplink import FRAME, Frame
from harness.transport.base import Arrival, Connection
from harness.units import RATE_HZ

Taken: TypeAlias = tuple[float, ServerEvent | None, Int16Array | None]
"""When a message arrived, the event in it if it holds one, and the samples of audio."""

MALFORMED_LIMIT = 3
"""Messages that are no JSON at all which a call survives."""


AHEAD_S = 600.0
"""Seconds of sound that a server may have sent beyond what time has passed to hear it in."""

BESIDE_SOUND_BYTES = 64 * 1024 * 1024
"""What a server may send in one call, its sound left out."""

_TOO_MUCH = f"the server sent more than {BESIDE_SOUND_BYTES // 2**20} MB beside sound in one call"
_BASE64_BYTES = 8 / 3
"""What a sample of 16 bits takes in a message."""

_COURTESIES = (TruncateItem, ClearAudio, CancelResponse)


@dataclass(frozen=True, slots=True)
class Greeting:
    """A message that came before the recording's zero: its type, and the event or the fault."""

    type: str | None
    event: ServerEvent | None
    fault: str = ""


class RecordedConnection:
    """Sends, receives and records."""

    def __init__(
        self, connection: Connection, dialect: Dialect, *, writer: RecordingWriter, clock: Clock
    ) -> None:
        self._connection, self._dialect = connection, dialect
        self._writer, self._clock = writer, clock
        self.arriving = Arriving(dialect)
        """What the server's messages were taken for, and what of them was lost."""
        self._start_s: float | None = None
        self._early: list[tuple[float, bytes, ClientCommand] | Arrival] = []
        self._held: deque[Taken | ServerFault] = deque()
        self._beside_sound = self._early_bytes = 0
        self._ids = count(1)
        self._courteous: set[str] = set()
        self._generated = 0
        self._chunks: dict[ContentKey, list[tuple[float, int, int]]] = {}
        self._silence = dialect.encode_append(bytes(2 * FRAME))
        self.malformed = 0

    def start(self) -> float:
        """Set zero of the recording clock to now, and return it in the loop's time."""
        self._start_s = self._clock.now()
        early, self._early = self._early, []
        for message in early:
            if isinstance(message, Arrival):
                self._held.extend(self._taken_or_fault(message))
            else:
                self._note_command(*message)
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
        if isinstance(command, _COURTESIES):
            self._courteous.add(event_id)
        command = replace(command, event_id=event_id)
        message = self._dialect.encode_client(command)
        self._note_command(self._clock.now(), message, command)
        await self._connection.send(message)
        return event_id

    def was_courtesy(self, event_id: str | None) -> bool:
        """Return True for a command that no answer hangs on: what was heard, what was dropped."""
        return event_id in self._courteous

    async def frame(self, frame: Frame) -> None:
        """Send one frame of the caller's stream; raises Closed."""
        sound = frame.sent.astype("<i2").tobytes()
        message = self._silence if frame.silent else self._dialect.encode_append(sound)
        where = AudioRange("caller", frame.start, len(frame.sent))
        at_s = self._at(self._clock.now())
        self._writer.wire(at_s, Direction.SENT, message, payloads=((sound, where),))
        await self._connection.send(message)

    async def receive(self) -> Taken:
        """Return the next event with its time, and its samples if it is audio.

        None for a message that is no event: it is noted and passed over. What came before zero
        comes first. Raises Closed, and ServerFault for too many messages that are no JSON, or too
        much of anything. Cancelling is safe.
        """
        if not self._held:
            self._held.extend(self._taken_or_fault(await self._connection.recv()))
        held = self._held.popleft()
        if isinstance(held, ServerFault):
            raise held
        return held

    async def greeting(self) -> Greeting:
        """Return what the next message is, before zero is set; ``receive`` will return it again.

        Raises Closed, and ServerFault for a flood. Cancelling is safe.
        """
        arrival = await self._connection.recv()
        self._early.append(arrival)
        self._early_bytes += len(arrival.message)
        if self._early_bytes > BESIDE_SOUND_BYTES:
            raise ServerFault(_TOO_MUCH)
        name: str | None = None
        try:
            raw = load(arrival.message)
            name = str(raw.get("type"))
            return Greeting(name, self._dialect.decode_server(arrival.message))
        except Malformed as fault:
            return Greeting(name, None, fault.message)

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    def generated(self) -> tuple[GeneratedItem, ...]:
        """Return where the audio of every item that the agent left open lies on its track."""
        return tuple(
            GeneratedItem(key.item_id, key.content_index, key.response_id, tuple(chunks))
            for key, chunks in self._chunks.items()
        )

    def _taken_or_fault(self, arrival: Arrival) -> list[Taken | ServerFault]:
        """Return the events in a message; at least one, which is None where there is none."""
        at_s = self._at(arrival.at_s)
        arrived = self.arriving.take(arrival.message, arrival.at_s)
        self._note_arrived(at_s, arrival.message, arrived)
        taken: list[Taken | ServerFault] = [
            (at_s, each.event, each.samples) for each in arrived.events
        ]
        try:
            self._bear(at_s, arrival.message, arrived)
        except ServerFault as fault:
            return [fault]
        return taken or [(at_s, None, None)]

    def _note_arrived(self, at_s: float, message: bytes, arrived: Arrived) -> None:
        """Note a message with what it was taken for; its sound goes to its track."""
        payloads: list[tuple[bytes, AudioRange]] = []
        neutral: list[Neutral] = []
        over: list[ContentKey] = []
        for each in arrived.events:
            where = None
            if isinstance(each.event, AudioDelta) and each.samples is not None:
                where = self._generate(at_s, part_of(each.event), each.samples)
                payloads.append((each.event.audio, where))
            elif isinstance(each.event, AudioDone):
                over.append(part_of(each.event))
            neutral.append(AgentEvent(at_s, each.event, where, each.assumed))
        neutral.extend(Violation(at_s, b.type, b.detail, b.effect) for b in arrived.breaches)
        if _is_object(arrived.fault):
            self._writer.wire(at_s, Direction.RECEIVED, message, payloads=payloads, then=neutral)
        else:
            self.malformed += 1
            text = message.decode("utf-8", "replace")
            self._writer.note(WireMessage(at_s, Direction.RECEIVED, {}, text), *neutral)
        for key in over:
            self._generation_over(key)

    def _generate(self, at_s: float, key: ContentKey, samples: Int16Array) -> AudioRange:
        """Put sound on the track of what the agent generated; return where it lies."""
        where = AudioRange("agent_generated", self._generated, len(samples))
        self._writer.audio(AGENT_GENERATED, samples)
        self._chunks.setdefault(key, []).append((at_s, where.start, where.samples))
        self._generated += where.samples
        return where

    def _bear(self, at_s: float, message: bytes, arrived: Arrived) -> None:
        """Count what came; raises ServerFault when it is more than a call can hold."""
        sound = sum(len(each.samples) for each in arrived.events if each.samples is not None)
        self._beside_sound += max(0, len(message) - round(_BASE64_BYTES * sound))
        if self._beside_sound > BESIDE_SOUND_BYTES:
            raise ServerFault(_TOO_MUCH)
        if self.malformed > MALFORMED_LIMIT:
            raise ServerFault(
                f"the server sent {self.malformed} messages that are not JSON objects"
            )
        if self._generated / RATE_HZ - at_s > AHEAD_S:
            raise ServerFault(
                f"the agent sent over {AHEAD_S:g} s of sound more than there was time to hear"
            )

    def _generation_over(self, key: ContentKey) -> None:
        """Note where a part lies as soon as there is no more of it: a crash must not lose it."""
        chunks = self._chunks.pop(key, None)
        if chunks:
            part = GeneratedItem(key.item_id, key.content_index, key.response_id, tuple(chunks))
            self._writer.note(part)

    def _at(self, loop_s: float) -> float:
        start_s = self._start_s if self._start_s is not None else self._clock.now()
        return round(loop_s - start_s, 6)

    def _note_command(self, loop_s: float, message: bytes, command: ClientCommand) -> None:
        if self._start_s is None:
            self._early.append((loop_s, message, command))
        else:
            at_s = self._at(loop_s)
            self.arriving.sent(command)
            self._writer.wire(at_s, Direction.SENT, message, then=(SentCommand(at_s, command),))


def _is_object(fault: Malformed | None) -> bool:
    """Return False for a message that is no JSON object of any kind."""
    return fault is None or fault.event_type is not None or fault.param == "type"
