"""The lines of ``events.jsonl``, read: the messages when somebody asks, all else at once.

Two hours have 400,000 messages, nearly all of them frames of the caller's sound, and nobody judges
by them. Every line is looked at when a recording is read; of a message its place alone is kept.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, overload

from harness.errors import RecordingDamaged
from harness.recording.lines import Record, from_line, numbered
from harness.recording.messages import AgentEvent, SentCommand, WireMessage

R = TypeVar("R")


class StoredMessages(Sequence[WireMessage]):
    """The messages among the lines of a file, each made of its line as often as it is asked for."""

    def __init__(self, data: bytes, starts: Sequence[int]) -> None:
        """Take all lines, and where in them those of messages begin."""
        self._data, self._starts = data, starts

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
    starts = array("Q")
    kinds: dict[type, list[Any]] = {AgentEvent: [], SentCommand: []}
    last: int | None = None
    for number, (start, line) in enumerate(_lines(data), start=1):
        record = _record(path, number, line, after=last)
        if isinstance(record, WireMessage):
            last = len(starts)
            starts.append(start)
        elif record is not None:
            kinds.setdefault(type(record), []).append(record)
    events, commands = tuple(kinds.pop(AgentEvent)), tuple(kinds.pop(SentCommand))
    return Records(StoredMessages(data, starts), events, commands, kinds)


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
