"""The event log of a call page: a line per event or command, runs of audio as a single line.

Names of events are neutral; the vendor's message is under each line, as it came.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import attrgetter

import orjson

from harness.protocol.commands import ClientCommand
from harness.protocol.events import (
    AudioDelta,
    InputTranscriptFailed,
    ResponseCreated,
    ResponseDone,
    ServerError,
    ServerEvent,
    TranscriptDelta,
    UnknownEvent,
)
from harness.protocol.items import Item
from harness.recording.lines import ranges, snake_case
from harness.recording.model import Direction, Recording, Violation, WireMessage
from harness.recording.store import StoredMessages
from harness.report import figures
from harness.units import RATE_HZ

_RUNS: Mapping[type, str] = {
    AudioDelta: "audio received",
    TranscriptDelta: "transcript in pieces",
}
"""Events that come in runs, and the name of such a run."""

_MOST_IN_SUMMARY = 160
_MOST_CHARACTERS = 1_500
"""A longer message is cut in the page; events.jsonl next to it holds all of it."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """A line of the log; ``at_s`` seeks, ``body`` is the raw message as indented JSON."""

    at_s: float
    clock: str
    direction: str
    type: str
    summary: str
    body: str


@dataclass(frozen=True, slots=True)
class ViolationRow:
    """A server's protocol violation, reported once; ``at_s`` is the first time.

    ``effect`` is what the call lost by it, empty if it lost no data.
    """

    at_s: float
    clock: str
    type: str
    text: str
    effect: str


def violation_rows(violations: Iterable[Violation]) -> tuple[ViolationRow, ...]:
    """Return the violations in order of their first time; repeated violations are only counted.

    A single missing event may make every delta after it illegal.
    """
    alike: dict[tuple[str, str, str], list[Violation]] = {}
    for violation in violations:
        key = violation.type, violation.detail, violation.effect
        alike.setdefault(key, []).append(violation)
    return tuple(
        ViolationRow(
            at_s=same[0].at_s,
            clock=figures.clock(same[0].at_s),
            type=kind,
            text=detail if len(same) == 1 else f"{detail} ({len(same)} times)",
            effect=effect,
        )
        for (kind, detail, effect), same in alike.items()
    )


def event_rows(recording: Recording) -> tuple[EventRow, ...]:
    """Return the log in order of time.

    Pieces of audio and of transcripts come interleaved by the hundred: those between two other
    events become a single row per kind.
    """
    rows: list[EventRow] = []
    runs: dict[str, list[_Entry]] = {}
    messages = recording.messages
    for entry in sorted(_entries(recording), key=attrgetter("at_s")):
        if entry.run:
            runs.setdefault(entry.run, []).append(entry)
            continue
        rows.extend(_closed(runs, messages))
        rows.append(_single(entry, messages))
    rows.extend(_closed(runs, messages))
    return tuple(rows)


@dataclass(slots=True)
class _Entry:
    """An event or command, or a message without either; not frozen, because there are thousands.

    ``run`` is the name of the run that the entry may join, empty for an entry with its own row.
    """

    at_s: float
    direction: Direction
    type: str
    summary: str = ""
    message: int | None = None
    """The number of the raw message, which is read only when the page shows it."""
    run: str = ""
    samples: int = 0


def _entries(recording: Recording) -> Iterator[_Entry]:
    """Yield the entries of every message, then those without a message."""
    made: dict[int | None, list[_Entry]] = {}
    messages = recording.messages
    for sent in recording.commands:
        made.setdefault(sent.message, []).append(
            _entry(sent.at_s, Direction.SENT, sent.command, message=sent.message)
        )
    for each in recording.events:
        samples = 0 if each.audio is None else each.audio.samples
        entry = _entry(
            each.at_s, Direction.RECEIVED, each.event, message=each.message, samples=samples
        )
        made.setdefault(each.message, []).append(entry)
    for number, (at_s, samples) in enumerate(_sounds(messages)):
        # A message with events is shown by its events; its text is in their rows.
        if number in made:
            yield from made[number]
        elif samples:
            yield _sound_sent(at_s, samples, number)
        else:
            yield _of_no_event(messages[number], number)
    yield from made.get(None, ())


def _entry(
    at_s: float,
    direction: Direction,
    event: ServerEvent | ClientCommand,
    *,
    message: int | None,
    samples: int = 0,
) -> _Entry:
    words = snake_case(type(event)).replace("_", " ")
    if isinstance(event, UnknownEvent) and event.known:
        words = "unused event"
    run = _RUNS.get(type(event), "")
    return _Entry(at_s, direction, words, _summary(event), message, run, samples)


def _sounds(messages: Sequence[WireMessage]) -> Iterable[tuple[float, int]]:
    """Return time and sample count of sent audio that is known without reading a message."""
    if isinstance(messages, StoredMessages):
        return messages.sent_sounds()
    return repeat((0.0, 0), len(messages))


def _of_no_event(message: WireMessage, number: int) -> _Entry:
    if message.malformed is not None:
        return _Entry(message.at_s, message.direction, "malformed", "not JSON", number)
    samples = 0
    for place in ranges(message.message):
        samples += place.samples
    if samples and message.direction is Direction.SENT:
        return _sound_sent(message.at_s, samples, number)
    return _Entry(message.at_s, message.direction, "not understood", message=number)


def _sound_sent(at_s: float, samples: int, number: int) -> _Entry:
    return _Entry(at_s, Direction.SENT, "caller audio", "", number, "audio sent", samples)


def _closed(runs: dict[str, list[_Entry]], messages: Sequence[WireMessage]) -> list[EventRow]:
    """Return the rows of all open runs, in the order in which they began, and forget the runs."""
    rows = [
        _merged(run, entries) if len(entries) > 1 else _single(entries[0], messages)
        for run, entries in runs.items()
    ]
    runs.clear()
    return rows


def _merged(run: str, entries: list[_Entry]) -> EventRow:
    first, last = entries[0], entries[-1]
    samples = sum(entry.samples for entry in entries)
    text = _cut("".join(entry.summary for entry in entries))
    amount = f"{figures.seconds(samples / RATE_HZ)} of audio" if samples else text
    return EventRow(
        at_s=first.at_s,
        clock=figures.clock(first.at_s),
        direction=first.direction.value,
        type=first.type,
        summary=f"{len(entries)} × {run} in {figures.seconds(last.at_s - first.at_s)}: {amount}",
        body="",
    )


def _single(entry: _Entry, messages: Sequence[WireMessage]) -> EventRow:
    body = ""
    if entry.message is not None:
        raw = messages[entry.message]
        body = pretty(raw.message) if raw.malformed is None else _cut(raw.malformed)
    return EventRow(
        at_s=entry.at_s,
        clock=figures.clock(entry.at_s),
        direction=entry.direction.value,
        type=entry.type,
        summary=_cut(entry.summary, _MOST_IN_SUMMARY),
        body=body,
    )


def _summary(event: ServerEvent | ClientCommand) -> str:
    """Return the words of an event that a reader looks for first."""
    match event:
        case UnknownEvent(name):
            return name
        case ServerError(error) | InputTranscriptFailed(error=error):
            return error.message or error.code or error.type
        case ResponseCreated(response) | ResponseDone(response):
            return " ".join(filter(None, (response.status.value, response.reason)))
        case _:
            pass
    # The first that an event has is shown: words before figures.
    for key in ("transcript", "delta", "text", "arguments", "audio_end_ms", "audio_start_ms"):
        value = getattr(event, key, None)
        if value is not None:
            return value if isinstance(value, str) else f"{key} {value}"
    item = getattr(event, "item", None)
    if isinstance(item, Item):
        role = None if item.role is None else item.role.value
        return " ".join(filter(None, (item.kind.value, role, item.name, item.output)))
    return ""


def pretty(value: object) -> str:
    """Return a JSON value indented, cut if it is too long for a page."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    try:
        return _cut(orjson.dumps(value, default=_plain, option=options).decode())
    except orjson.JSONEncodeError as error:  # deeper than JSON can be written
        return f"(cannot be shown: {error}; events.jsonl holds it)"


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _cut(text: str, most: int = _MOST_CHARACTERS) -> str:
    if len(text) <= most:
        return text
    return f"{text[:most]} … ({len(text)} characters in all)"
