"""Decodes stored messages again: for recordings before format 3, or for a fixed dialect.

Recordings of formats 1 and 2 contain messages alone, and those of format 3 also the events of the
dialect at that time. Either way the messages are fed to the dialect that the manifest names, in
their order, as in the call; the ids that the call filled in for the server stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from harness.errors import HarnessError
from harness.protocol.commands import AppendAudio
from harness.protocol.decoding import Decoder, DialectBroke, ids_of
from harness.protocol.dialect import PASSED_OVER, UNHEARD, Dialect, dialect
from harness.protocol.events import AudioDelta
from harness.protocol.fields import WireFault
from harness.protocol.server_half import ServerHalf
from harness.recording.lines import Neutral, Record, as_served, ranges
from harness.recording.model import AgentEvent, Direction, SentCommand, Violation, WireMessage
from harness.recording.provenance import Manifest

NEUTRAL_SINCE = 3
"""Format from which on the recording contains the neutral events."""

_CANNOT = "the messages of this recording cannot be read"
_LOST_SOUND = "audio that could not be read when the call was made"


@dataclass(slots=True)
class Redecoded:
    """A recording's records with the neutral records made again; ``broken`` describes failures."""

    records: list[Record] = field(default_factory=list)
    broken: str = ""


def decoded_again(records: Iterable[Record], manifest: Manifest) -> Redecoded:
    """Return all records, with the neutral records after each message made again.

    If the dialect is missing, or breaks, ``broken`` reports it: the missing events are then the
    harness's fault.
    """
    name = str(manifest.target.get("dialect"))
    try:
        again = _Again(dialect(name), old=manifest.format < NEUTRAL_SINCE)
    except HarnessError as error:
        return Redecoded(list(records), f"{_CANNOT}: {error}")
    for message, neutral in _grouped(records):
        again.take(message, neutral)
    return Redecoded(again.records, again.broken)


def _grouped(records: Iterable[Record]) -> Iterator[tuple[Record, list[Neutral]]]:
    """Yield every record that was not made by a dialect, with the dialect's records after it."""
    before: Record | None = None
    neutral: list[Neutral] = []
    for record in records:
        if isinstance(record, Neutral) and before is not None:
            neutral.append(record)
            continue
        if before is not None:
            yield before, neutral
        before, neutral = record, []
    if before is not None:
        yield before, neutral


class _Again:
    """Decodes the messages of a recording, in order."""

    def __init__(self, chosen: Dialect, *, old: bool) -> None:
        self.records: list[Record] = []
        self._decoder, self._old = Decoder(chosen), old
        half = chosen if isinstance(chosen, ServerHalf) else None
        self._server_end = None if half is None else half.serve(str)
        self._broke: list[str] = []

    @property
    def broken(self) -> str:
        """The messages that the dialect broke on, as text; empty if there are none."""
        if not self._broke:
            return ""
        more = f" (and on {len(self._broke) - 1} more)" if len(self._broke) > 1 else ""
        return f"{_CANNOT}: {self._broke[0]}{more}"

    def take(self, record: Record, stored: list[Neutral]) -> None:
        """Take a record, with the neutral records that an earlier decoding added after it."""
        self.records.append(record)
        if not isinstance(record, WireMessage):
            self.records.extend(stored)
        elif record.direction is Direction.SENT:
            self.records.extend(self._sent(record, stored))
        else:
            self.records.extend(self._received(record, stored))

    def _sent(self, sent: WireMessage, stored: list[Neutral]) -> Iterator[Neutral]:
        commands = [each for each in stored if isinstance(each, SentCommand)]
        if self._old and not ranges(sent.message):
            # Caller frames are skipped: there are hundreds, and none affects later messages.
            commands = list(self._read_back(sent))
        for each in commands:
            self._decoder.sent(each.command)
            yield each

    def _read_back(self, sent: WireMessage) -> Iterator[SentCommand]:
        if self._server_end is None:
            return
        try:
            served = self._server_end.receive(as_served(sent), sent.at_s)
        except (ValueError, WireFault):
            return  # only the server is checked here, not the harness that recorded
        for command in served.commands:
            if not isinstance(command, AppendAudio):
                yield SentCommand(sent.at_s, command)

    def _received(self, message: WireMessage, stored: list[Neutral]) -> Iterator[Neutral]:
        at_s = message.at_s
        named = message.assumed if self._old else _given(stored)
        try:
            decoded = self._decoder.take(as_served(message), at_s, named=named)
        except ValueError as error:
            yield Violation(at_s, "message", str(error), PASSED_OVER)
            return
        except DialectBroke as error:
            self._broke.append(str(error))
            return
        places = iter(ranges(message.message))
        for each in decoded.events:
            audio = None
            if isinstance(each.event, AudioDelta):
                audio = next(places, None)
                if audio is None and each.event.audio:
                    yield Violation(at_s, "audio", _LOST_SOUND, UNHEARD)
            assumed = () if each.inferred else tuple(each.assumed)
            yield AgentEvent(at_s, each.event, audio, assumed, inferred=each.inferred)
        for breach in decoded.breaches:
            yield Violation(at_s, decoded.kind, breach.detail, breach.effect)


def _given(stored: list[Neutral]) -> Mapping[str, str] | None:
    """Return the ids that the call filled in for a message; None if the message has no events."""
    events = [each for each in stored if isinstance(each, AgentEvent)]
    if not events:
        return None
    return {name: ids_of(each.event)[name] for each in events for name in each.assumed}
