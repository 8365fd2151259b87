"""The lines of ``events.jsonl``, read: the messages when somebody asks, all else at once.

Two hours have 400,000 messages, nearly all of them frames of the caller's sound, and nobody judges
by them. Every line is looked at when a recording is read; of a message its place is kept, and of
such a frame when it was sent and how long it is.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, TypeVar, overload

from harness.errors import RecordingDamaged
from harness.recording.lines import Record, from_line, numbered
from harness.recording.messages import AgentEvent, Direction, SentCommand, WireMessage
from harness.recording.payloads import ranges

R = TypeVar("R")

_SOUND_SENT = re.compile(
    rb'({"kind":"wire","at_s":)-?(?:0|[1-9]\d{0,9})\.\d{1,12}(,"direction":"sent","message":'
    rb'[^\n]{1,200}?{"track":"caller","start":)(?:0|[1-9]\d{0,14})(,"samples":)[1-9]\d{0,14}'
    rb"([^\n]{1,200})"
)
"""A sent message with sound in it: the text around its three numbers."""
_NUMBERS = rb"(-?(?:0|[1-9]\d{0,9})\.\d{1,12})", rb"(?:0|[1-9]\d{0,14})", rb"([1-9]\d{0,14})"
_MOST_SHAPES = 8
"""Who has more gives each frame a name of its own: then frames are read as other messages are."""
_NO_FRAME = 0.0, 0
_NOTHING = re.compile(rb"(?!)")


class StoredMessages(Sequence[WireMessage]):
    """The messages among the lines of a file, each made of its line as often as it is asked for."""

    def __init__(self, data: bytes) -> None:
        """Take all lines; which of them are messages is told by ``add``."""
        self._data, self._starts = data, array("Q")
        self._at_s, self._samples = array("d"), array("q")

    def add(self, start: int, at_s: float, samples: int) -> None:
        """Take note of the next message: where its line begins; of a frame, when and how long."""
        self._starts.append(start)
        self._at_s.append(at_s)
        self._samples.append(samples)

    def sent_sounds(self) -> Iterator[tuple[float, int]]:
        """Yield for each message when it was sent, and how many samples, if it is a frame of sound.

        No line is read again. The samples are 0 for other messages, and for frames that are written
        in an unusual way.
        """
        return zip(self._at_s, self._samples, strict=True)

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> WireMessage: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[WireMessage, ...]: ...

    def __getitem__(self, index: int | slice) -> WireMessage | tuple[WireMessage, ...]:
        if isinstance(index, slice):
            return tuple(map(self._message, self._starts[index]))
        return self._message(self._starts[index])

    def __iter__(self) -> Iterator[WireMessage]:
        return map(self._message, self._starts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StoredMessages | tuple):
            return NotImplemented
        return tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # messages hold dicts

    def __repr__(self) -> str:
        return f"<{len(self)} messages>"

    def _message(self, start: int) -> WireMessage:
        record = from_line(self._data[start : self._data.index(b"\n", start)])
        assert isinstance(record, WireMessage)
        return record


@dataclass(frozen=True, slots=True)
class Records:
    """What stands in a file of lines, sorted out."""

    messages: Sequence[WireMessage]
    events: tuple[AgentEvent, ...]
    commands: tuple[SentCommand, ...]
    kinds: Mapping[type, list[Any]]
    """Everything else by its type, in order."""

    def of(self, kind: type[R]) -> tuple[R, ...]:
        """Return the records of a kind, in order."""
        return tuple(self.kinds.get(kind, ()))


def read_records(path: Path, data: bytes) -> Records:
    """Return what the lines of a file hold, but for kinds that nobody knows.

    Events and commands have the number of the message that stands before them. Raises
    RecordingDamaged.
    """
    messages, frames = StoredMessages(data), _Frames()
    kinds: dict[type, list[Any]] = {AgentEvent: [], SentCommand: []}
    last: int | None = None
    for number, (start, line) in enumerate(_lines(data), start=1):
        if found := frames.shape.fullmatch(line):
            last = len(messages)
            messages.add(start, float(found[1]), int(found[2]))
            continue
        record = _record(path, number, line, after=last)
        if isinstance(record, WireMessage):
            last = len(messages)
            messages.add(start, *frames.learnt(line, record))
        elif record is not None:
            kinds.setdefault(type(record), []).append(record)
    events, commands = tuple(kinds.pop(AgentEvent)), tuple(kinds.pop(SentCommand))
    return Records(messages, events, commands, kinds)


class _Frames:
    """Tells the lines of sent sound from others without reading JSON: nine of ten lines are such.

    Nothing is guessed: one line was read as JSON, and the next ones have the same text around their
    three numbers.
    """

    def __init__(self) -> None:
        self.shape = _NOTHING
        """Matches what is written as the last frame was that had to be read: when, how long."""
        self._shapes = 0

    def learnt(self, line: bytes, message: WireMessage) -> tuple[float, int]:
        """Learn from a line that was read; return when it was sent and how long, 0 for no frame."""
        around = _SOUND_SENT.fullmatch(line)
        if around is None or self._shapes == _MOST_SHAPES:
            return _NO_FRAME
        held = ranges(message.message)
        is_sent = message.direction is Direction.SENT and message.malformed is None
        if not is_sent or len(held) != 1:
            return _NO_FRAME
        texts = map(re.escape, around.groups())
        shape = re.compile(b"".join(chain(*zip_longest(texts, _NUMBERS, fillvalue=b""))))
        found, read = shape.fullmatch(line), (message.at_s, held[0].samples)
        if found is None or (float(found[1]), int(found[2])) != read:
            return _NO_FRAME
        self._shapes += 1
        self.shape = shape
        return read


def read_lines(path: Path, data: bytes) -> list[Record | None]:
    """Return the record in every line, None for a kind that nobody knows; raises RecordingDamaged.

    What stands behind the last newline was being written when the call died.
    """
    return [_record(path, number, line) for number, (_, line) in enumerate(_lines(data), start=1)]


def _lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield where each line begins, and the line; not all at once, which would be the file anew."""
    start = 0
    while (stop := data.find(b"\n", start)) >= 0:
        yield start, data[start:stop]
        start = stop + 1


def _record(path: Path, number: int, line: bytes, *, after: int | None = None) -> Record | None:
    try:
        return from_line(line, after=after)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise RecordingDamaged(path, f"line {number}: {error}") from error


def sorted_out(records: Iterable[Record]) -> Records:
    """Return records that are there already, messages and all."""
    every = list(records)
    events, commands = numbered(every)
    kinds: dict[type, list[Any]] = {}
    for record in every:
        kinds.setdefault(type(record), []).append(record)
    return Records(tuple(kinds.get(WireMessage, ())), events, commands, kinds)
