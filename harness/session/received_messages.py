"""What the server sent, as the recording has it: noted with its time, and counted.

There is a limit to what a call can hold: a server that sends more than that ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from harness.audio.pcm import Int16Array
from harness.protocol.events import AudioDelta, ServerEvent
from harness.recording.agent_sound import GeneratedItem
from harness.recording.messages import Direction
from harness.recording.own_lateness import (
    NOTED_S,
    LateArrivals,
    ReadArrival,
    late_arrivals,
)
from harness.recording.writer import AGENT_GENERATED, RecordingWriter
from harness.session.arriving import Arrived
from harness.session.ending import ServerFault
from harness.session.generated_sound import GeneratedSound
from harness.transport.base import Arrival
from harness.units import RATE_HZ

MALFORMED_LIMIT = 3
"""Messages that are no JSON at all which a call survives."""

AHEAD_S = 600.0
"""Seconds of sound that a server may have sent beyond what time has passed to hear it in."""

BESIDE_SOUND_BYTES = 64 * 1024 * 1024
"""What a server may send in one call, its sound left out."""

TOO_MUCH = f"the server sent more than {BESIDE_SOUND_BYTES // 2**20} MB beside sound in one call"
_BASE64 = 4 / 3
"""What a byte takes in a text message."""


class Taken(NamedTuple):
    """One event of a message, as the call takes it."""

    at_s: float
    """When the message arrived."""
    event: ServerEvent | None
    """None where the message held none."""
    samples: Int16Array | None
    """Those of audio."""
    kind: str
    """What the vendor calls the message."""


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message with what it was taken for; nothing if the dialect broke on it."""

    arrival: Arrival
    arrived: Arrived | None
    broke: str = ""
    """How it did."""


class ReceivedMessages:
    """Of one call, over all its sessions; ``is_live`` says that messages may be read late."""

    def __init__(self, writer: RecordingWriter, *, is_live: bool) -> None:
        self._writer, self._is_live = writer, is_live
        self._generated = GeneratedSound()
        self._beside_sound = 0
        self.malformed = 0
        """How many were no JSON at all."""
        self._read_late: list[ReadArrival] = []

    def take(self, at_s: float, message: ReadMessage) -> list[Taken | ServerFault]:
        """Note a message; return the events in it, at least one, which is None where none is.

        ``at_s`` is when it arrived. What ends the call stands in place of the events.
        """
        arrival, arrived = message.arrival, message.arrived
        if self._is_live and arrival.read_late_s >= NOTED_S:
            self._read_late.append(ReadArrival(at_s, arrival.read_late_s, arrival.stamp_late_s))
        if arrived is None:
            self._writer.wire(at_s, Direction.RECEIVED, arrival.message, json=False)
            return [ServerFault(message.broke)]
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
        """Note a message with what it was taken for; its sound goes to its track."""
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
        """Count what came; raises ServerFault when it is more than a call can hold."""
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
        """Return where the audio of every item that the agent left open lies on its track."""
        return self._generated.open()

    def late_arrivals(self) -> Iterator[LateArrivals]:
        """Yield where messages were read or stamped late; nothing is late in virtual time."""
        yield from late_arrivals(self._read_late)
