"""The event log of a call page: one line per message, runs of audio messages as one line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from harness.protocol.fields import Fields
from harness.recording.model import WireEvent
from harness.report import figures
from harness.timeline.model import Violation
from harness.units import RATE_HZ

_AUDIO = {
    "input_audio_buffer.append": ("audio", "audio sent"),
    "response.output_audio.delta": ("delta", "audio received"),
    "response.audio.delta": ("delta", "audio received"),
    "response.output_audio_transcript.delta": ("delta", "transcript in pieces"),
    "response.audio_transcript.delta": ("delta", "transcript in pieces"),
}
"""Message types that come in runs, the field that holds the payload, and what a run is called."""

_MOST_CHARACTERS = 1_500
"""A longer message is cut in the page; events.jsonl beside it holds it whole."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of the log; ``at_s`` seeks, ``body`` is the message as indented JSON."""

    at_s: float
    clock: str
    direction: str
    type: str
    summary: str
    body: str


@dataclass(frozen=True, slots=True)
class ViolationRow:
    """What a server did against its protocol, told once; ``at_s`` is the first time.

    ``effect`` is what the call lost by it, empty for nothing.
    """

    at_s: float
    clock: str
    type: str
    text: str
    effect: str


def violation_rows(violations: Iterable[Violation]) -> tuple[ViolationRow, ...]:
    """Return the violations in order of their first time; the same one again is only counted.

    One event that a server leaves out may make every delta after it illegal.
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


def event_rows(events: Iterable[WireEvent]) -> tuple[EventRow, ...]:
    """Return the log in order of time.

    Pieces of audio and of transcripts come interleaved by the hundred: those between two other
    messages become one row per kind.
    """
    rows: list[EventRow] = []
    runs: dict[tuple[str, str], list[WireEvent]] = {}
    for event in events:
        kind = _type(event)
        if kind in _AUDIO:
            runs.setdefault((event.direction.value, kind), []).append(event)
            continue
        rows.extend(_closed(runs))
        rows.append(_single(event))
    rows.extend(_closed(runs))
    return tuple(rows)


def _closed(runs: dict[tuple[str, str], list[WireEvent]]) -> list[EventRow]:
    """Return the rows of all open runs, in the order in which they began, and forget the runs."""
    rows = [
        _merged(direction, kind, events) if len(events) > 1 else _single(events[0])
        for (direction, kind), events in runs.items()
    ]
    runs.clear()
    return rows


def _type(event: WireEvent) -> str:
    if event.malformed is not None:
        return "malformed"
    return str(event.message.get("type", "(no type)"))


def _merged(direction: str, kind: str, events: list[WireEvent]) -> EventRow:
    payloads = [event.message.get(_AUDIO[kind][0]) for event in events]
    samples = sum(Fields(p).count("samples") for p in payloads if isinstance(p, dict))
    text = "".join(p for p in payloads if isinstance(p, str))
    amount = f"{figures.seconds(samples / RATE_HZ)} of audio" if samples else _cut(text)
    span_s = events[-1].at_s - events[0].at_s
    return EventRow(
        at_s=events[0].at_s,
        clock=figures.clock(events[0].at_s),
        direction=direction,
        type=kind,
        summary=f"{len(events)} × {_AUDIO[kind][1]} in {figures.seconds(span_s)}: {amount}",
        body="",
    )


def _single(event: WireEvent) -> EventRow:
    malformed = event.malformed is not None
    return EventRow(
        at_s=event.at_s,
        clock=figures.clock(event.at_s),
        direction=event.direction.value,
        type=_type(event),
        summary="not JSON" if malformed else _summary(event.message),
        body=_cut(event.malformed) if event.malformed is not None else pretty(event.message),
    )


def _summary(message: Mapping[str, Any]) -> str:
    """Return the words of a message that a reader looks for first."""
    error = message.get("error")
    if isinstance(error, Mapping):
        return str(error.get("message", ""))
    for key in ("transcript", "delta", "arguments", "audio_end_ms", "audio_start_ms"):
        value = message.get(key)
        if isinstance(value, str):
            return _cut(value, 160)
        if isinstance(value, int):
            return f"{key} {value}"
    response = message.get("response")
    if isinstance(response, Mapping):
        return str(response.get("status", "") or "")
    item = message.get("item")
    if isinstance(item, Mapping):
        return " ".join(str(item[k]) for k in ("type", "role", "name", "output") if item.get(k))[
            :160
        ]
    return ""


def pretty(value: object) -> str:
    """Return a JSON value indented, cut where it is too long for a page."""
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
