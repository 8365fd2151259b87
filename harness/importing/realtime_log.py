"""The event log of a Realtime session, from any logger: messages with times, caller track.

One JSON object per line (or a list of them): a message itself, or an envelope around it. The names
of a log's time, direction and message differ from program to program, so all usual names are known,
and the shape of the message decides if it can: a client's types are never a server's. Lines of
``events.jsonl`` of a recording, audio put back, are such a log.

A time is a number (seconds, milliseconds, micro- or nanoseconds; since the epoch or since any
moment) or ISO 8601. A unit in its name (``time_ms``) decides; else numbers of the size of a date
show their unit, and smaller numbers are seconds unless the log would then last for hours.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from harness.audio.codec import decode_any_base64
from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.errors import Fault, FaultyFiles
from harness.importing.json_files import JsonDocument, json_documents
from harness.protocol.audio_bytes import samples_of
from harness.protocol.items import AudioFormat
from harness.recording.model import AudioRange, Direction
from harness.scenario.document import KeyPath
from harness.scenario.fault_text import listed, shown
from harness.units import RATE_HZ

APPEND = "input_audio_buffer.append"
DELTAS = frozenset({"response.audio.delta", "response.output_audio.delta"})

CLIENT_TYPES = frozenset(
    {
        "session.update",
        "transcription_session.update",
        "input_audio_buffer.append",
        "input_audio_buffer.commit",
        "input_audio_buffer.clear",
        "conversation.item.create",
        "conversation.item.truncate",
        "conversation.item.delete",
        "conversation.item.retrieve",
        "response.create",
        "response.cancel",
        "output_audio_buffer.clear",
    }
)
_SERVER_STARTS = (
    "session.",
    "transcription_session.",
    "conversation.",
    "input_audio_buffer.",
    "output_audio_buffer.",
    "response.",
    "rate_limits.",
    "mcp_list_tools.",
)
_HOLDERS = ("event", "message", "data", "payload", "body", "msg")
_TIMES = ("at_s", "ts", "timestamp", "time", "at", "t", "received_at", "sent_at", "created_at")
_UNITS = {"_ns": 1e-9, "_us": 1e-6, "_ms": 1e-3, "_s": 1.0}
_DIRECTIONS = ("direction", "dir", "source", "from", "sender", "origin")
_SENT = frozenset({"sent", "send", "client", "out", "outgoing", "outbound", "->", "user", "tx"})
_RECEIVED = frozenset(
    {"received", "receive", "recv", "server", "in", "incoming", "inbound", "<-", "openai", "rx"}
)
BACK_S = 0.5
"""Lines this far out of order have two writers; a larger step is not a log of a single call."""
_FEWEST = 5
"""Fewer lines than this that go back in time are out of order by accident."""
_LONGEST_S = 3700.0
"""No session lasts for longer than an hour."""


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    """A message; ``at_s`` is on the log's own clock, None in a log without times."""

    place: str
    at_s: float | None
    direction: Direction
    message: Mapping[str, Any]

    @property
    def type(self) -> str:
        """The vendor's name of its type."""
        return str(self.message.get("type", ""))


def is_realtime(data: object) -> bool:
    """Return whether JSON data looks like a line (or all lines) of such a log."""
    first = data[0] if isinstance(data, list) and data else data
    found = _unwrapped(first) if isinstance(first, dict) else None
    return found is not None and _is_known(str(found["type"]))


def read_log(path: Path) -> tuple[LoggedMessage, ...]:
    """Return the messages of a log, in its order; times may begin at any value.

    Raises FaultyFiles with all its faults.
    """
    faults: list[Fault] = []
    rows: list[_Row] = []
    for document, key, data in _rows(path):
        if isinstance(data, dict) and data.get("kind", "wire") != "wire":
            continue  # a note of a recording, not a message
        row = _row(document, key, data)
        if isinstance(row, Fault):
            faults.append(row)
        else:
            rows.append(row)
    if not rows and not faults:
        faults.append(Fault(path, None, "", "no message of a Realtime session in it"))
    rows = rows[::-1] if _is_newest_first(rows) else rows
    faults += _times_faults(rows)
    faults += _other_sessions(rows)
    faults += _audio_faults(rows)
    if faults:
        raise FaultyFiles(tuple(faults))
    return tuple(_in_seconds(rows))


@dataclass(frozen=True, slots=True)
class _Row:
    document: JsonDocument
    key: KeyPath
    direction: Direction
    message: Mapping[str, Any]
    named: str
    """The name of its time, empty if it has none."""
    time: float | None
    """In seconds if ``sized``, else in the unit of the whole log."""
    sized: bool

    @property
    def place(self) -> str:
        return str(self.document.fault(self.key, ""))


def _rows(path: Path) -> Iterator[tuple[JsonDocument, KeyPath, object]]:
    for document in json_documents(path):
        if isinstance(document.data, list):
            yield from ((document, (number,), row) for number, row in enumerate(document.data))
        else:
            yield document, (), document.data


def _row(document: JsonDocument, key: KeyPath, data: object) -> _Row | Fault:
    found = _unwrapped(data) if isinstance(data, dict) else None
    if not isinstance(data, dict) or found is None:
        problem = f"expected a message ({{type: …}}) or an envelope around one, got {shown(data)}"
        return document.fault(key, problem)
    direction = _direction(data, found)
    if direction is None:
        names, kind = listed(_DIRECTIONS[:3]), shown(found.get("type"))
        return document.fault(
            key, f"nothing tells who sent a message of type {kind}; name it in one of {names}"
        )
    try:
        named, time, sized = _time(data)
    except ValueError as error:
        return document.fault(key, str(error))
    if found is data:  # the logger's own keys are among those of the message
        added = {named, *_DIRECTIONS} if _is_named(str(found["type"])) else {named}
        found = {name: value for name, value in data.items() if name not in added}
    return _Row(document, key, direction, found, named, time, sized)


def _unwrapped(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the message in a line, None if there is none."""
    if _is_message(row):
        return row
    for holder in _HOLDERS:
        held = row.get(holder)
        if isinstance(held, str) and held.lstrip().startswith("{"):
            try:
                held = json.loads(held)
            except (ValueError, RecursionError):
                continue
        if isinstance(held, dict) and isinstance(held.get("type"), str):
            return held
    return None


def _is_message(row: Mapping[str, Any]) -> bool:
    kind = row.get("type")
    if not isinstance(kind, str):
        return False
    return _is_known(kind) or not any(key in row for key in _HOLDERS)


def _is_named(kind: str) -> bool:
    """Return whether the protocol has messages of this name: none has a key for its sender."""
    return kind in CLIENT_TYPES or _is_known(kind)


def _is_known(kind: str) -> bool:
    return kind == "error" or kind.startswith(_SERVER_STARTS)


def _direction(row: Mapping[str, Any], message: Mapping[str, Any]) -> Direction | None:
    kind = str(message.get("type"))
    if kind in CLIENT_TYPES:
        return Direction.SENT
    if _is_known(kind):
        return Direction.RECEIVED
    told = (str(row[name]).strip().lower() for name in _DIRECTIONS if name in row)
    word = next(told, "")
    if word in _SENT:
        return Direction.SENT
    return Direction.RECEIVED if word in _RECEIVED else None


def _time(row: Mapping[str, Any]) -> tuple[str, float | None, bool]:
    """Return the name of a line's time, the time, and whether it is known to be in seconds."""
    for name in _TIMES:
        for key, unit in ((name, None), *((f"{name}{end}", unit) for end, unit in _UNITS.items())):
            if row.get(key) is not None:
                value, sized = _seconds(row[key], key, unit if name != "at_s" else 1.0)
                return key, value, sized
    return "", None, False


def _seconds(value: object, key: str, unit: float | None) -> tuple[float, bool]:
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            try:
                return datetime.fromisoformat(value).timestamp(), True
            except ValueError:
                problem = f"{key}: expected a number or a time like 2026-04-25T10:15:00Z"
                raise ValueError(f"{problem}, got {shown(value)}") from None
        value = number
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{key}: expected a number or a time, got {shown(value)}")
    if unit is not None:
        return value * unit, True
    for least, dated in ((1e17, 1e-9), (1e14, 1e-6), (1e11, 1e-3), (1e8, 1.0)):
        if value >= least:
            return value * dated, True
    return float(value), False


def _is_newest_first(rows: list[_Row]) -> bool:
    """Return whether the newest line of a log is first, as in the console of a browser."""
    times = [row.time for row in rows if row.time is not None]
    falls = all(later >= at for later, at in pairwise(times))
    return len(times) >= _FEWEST and falls and times[0] > times[-1]


def _times_faults(rows: list[_Row]) -> Iterator[Fault]:
    """Yield the lines whose time is missing, or is before that of a line above."""
    timed = next((row for row in rows if row.time is not None), None)
    if timed is None:
        return
    unit = _unit(rows)
    latest: float | None = None
    for row in rows:
        if row.time is None:
            problem = f"it has no time, as other lines have ({timed.named!r})"
            yield row.document.fault(row.key, problem)
            continue
        at_s = row.time * (1.0 if row.sized else unit)
        if latest is not None and at_s < latest - BACK_S:
            back = f"{row.named}: it is {latest - at_s:.3f} s before the time of a line above"
            yield row.document.fault(row.key, back)
        latest = at_s if latest is None else max(latest, at_s)
    first_s = timed.time * (1.0 if timed.sized else unit) if timed.time is not None else 0.0
    if latest is not None and latest - first_s > _LONGEST_S:
        lasts = f"lasts {(latest - first_s) / 60:.0f} minutes by its times ({timed.named!r})"
        yield Fault(timed.document.path, None, "", f"{lasts}; no session is longer than 60")


def _other_sessions(rows: list[_Row]) -> Iterator[Fault]:
    """Yield the places at which another session begins."""
    created = [row for row in rows if row.message.get("type") == "session.created"]
    for row in created[1:]:
        first, other = _session_id(created[0]), _session_id(row)
        if not other or other != first:
            told = f"another session begins ({other or 'no id'}; the first is {first or 'without'})"
            yield row.document.fault(row.key, f"{told}: a log is one session, in a file of its own")


def _session_id(row: _Row) -> str:
    session = row.message.get("session")
    return str(session.get("id") or "") if isinstance(session, dict) else ""


def _audio_faults(rows: list[_Row]) -> Iterator[Fault]:
    """Yield the first invalid audio piece of each side, if others are valid: a gap moves all."""
    for key, types in (("audio", {APPEND}), ("delta", DELTAS)):
        pieces = [row for row in rows if row.message.get("type") in types]
        broken = [row for row in pieces if not _is_base64(row.message.get(key))]
        if broken and len(broken) < len(pieces):
            more = f" (and {len(broken) - 1} more)" if len(broken) > 1 else ""
            problem = f"expected base64, as in other lines, got {shown(broken[0].message.get(key))}"
            yield broken[0].document.fault((*broken[0].key, key), f"{problem}{more}")


def _is_base64(audio: object) -> bool:
    try:
        decode_any_base64(audio if isinstance(audio, str) else "?")
    except ValueError:
        return False
    return True


def _unit(rows: list[_Row]) -> float:
    """Return the unit in seconds of numbers whose size does not show it."""
    times = [row.time for row in rows if row.time is not None and not row.sized]
    return 1e-3 if times and max(times) - min(times) > _LONGEST_S else 1.0


def _in_seconds(rows: list[_Row]) -> Iterator[LoggedMessage]:
    unit = _unit(rows)
    latest = float("-inf")
    for row in rows:
        at_s = None
        if row.time is not None:
            at_s = latest = max(latest, row.time * (1.0 if row.sized else unit))
        yield LoggedMessage(row.place, at_s, row.direction, row.message)


# The clock of a Realtime session's log, and the caller's track on it.
#
# Zero is the moment at which the first sample of the caller's stream was spoken: a piece can leave
# at its end at the earliest. A stream is continuous as long as every piece can have been spoken
# before it was sent; if a piece was sent later than that by ``STOPPED_S``, the client had stopped
# sending. Without the caller's audio, zero is the log's first message.
#
# A log without times has only an order. Then the caller's audio that was sent, the server's own
# audio clock, and the length of answers give the minimum time that passed.

STOPPED_S = 0.3
"""A client that sends this much too late had stopped its stream; less is a busy machine."""

HELD_S = 2.0
"""Audio sent faster than real time by this much comes from a file: it was not spoken then."""

_ENDS = {"response.audio.done", "response.output_audio.done"}
_SERVERS_MS = ("audio_start_ms", "audio_end_ms")
_COMMITTED_S = 1.0


@dataclass(frozen=True, slots=True)
class CallerStream:
    """The caller's audio that the client sent, on the recording's clock."""

    track: Pcm
    """Empty if the log holds no audio."""
    ranges: tuple[AudioRange, ...]
    """The range of each message's audio, in the order of the messages."""
    starts: tuple[tuple[float, float], ...]
    """The beginnings of pieces: on the server's audio clock, and on the recording's, in seconds."""
    zero_s: float
    """Zero of the recording on the log's clock."""
    held_s: float
    """The longest time that a piece waited before it was sent."""

    def spoken_s(self, server_s: float) -> float:
        """Return the recording's time of a moment on the server's audio clock."""
        earlier = [pair for pair in self.starts if pair[0] <= server_s + 1e-9]
        clock_s, at_s = earlier[-1] if earlier else (0.0, 0.0)
        return at_s + server_s - clock_s


def caller_stream(log: Sequence[LoggedMessage], kind: AudioFormat) -> CallerStream:
    """Return the caller's track of a log with times; data not in this format is skipped."""
    pieces = [(each.at_s or 0.0, _sent(each, kind)) for each in log if each.type == APPEND]
    first_s = log[0].at_s or 0.0
    rate_hz = kind.rate_hz
    if not any(len(samples) for _, samples in pieces):
        silent = Pcm(np.zeros(0, np.int16), RATE_HZ)
        nowhere = tuple(AudioRange("caller", 0, 0) for _ in pieces)
        return CallerStream(silent, nowhere, ((0.0, _servers_zero(log)),), first_s, 0.0)
    latest = _latest_starts([(at_s, len(samples) / rate_hz) for at_s, samples in pieces])
    zero_s = latest[0]
    starts: list[int] = []
    clock: list[tuple[float, float]] = []
    stop = sent_before = 0
    for (_, samples), latest_s in zip(pieces, latest, strict=True):
        start = round((latest_s - zero_s) * rate_hz)
        start = start if start - stop > STOPPED_S * rate_hz else stop
        clock.append((sent_before / rate_hz, start / rate_hz))
        starts.append(start)
        stop, sent_before = start + len(samples), sent_before + len(samples)
    whole = np.zeros(stop, np.int16)
    for start, (_, samples) in zip(starts, pieces, strict=True):
        whole[start : start + len(samples)] = samples
    track = Pcm(whole, rate_hz)
    ranges = tuple(
        AudioRange("caller", start * RATE_HZ // rate_hz, len(samples) * RATE_HZ // rate_hz)
        for start, (_, samples) in zip(starts, pieces, strict=True)
    )
    held_s = max(
        at_s - len(samples) / rate_hz - latest_s
        for latest_s, (at_s, samples) in zip(latest, pieces, strict=True)
    )
    track = track if rate_hz == RATE_HZ else resample(track, RATE_HZ)
    return CallerStream(track, ranges, tuple(clock), zero_s, held_s)


def _servers_zero(log: Sequence[LoggedMessage]) -> float:
    """Return the zero of the server's audio clock, by the messages that came soonest by it."""
    first_s = log[0].at_s or 0.0
    told = [
        (each.at_s or 0.0) - first_s - each.message[key] / 1000
        for each in log
        for key in _SERVERS_MS
        if each.direction is Direction.RECEIVED and isinstance(each.message.get(key), int)
    ]
    return min(told, default=0.0)


def _latest_starts(pieces: Sequence[tuple[float, float]]) -> list[float]:
    """Return the latest start of each piece with which all later pieces were sent in time."""
    latest: list[float] = []
    following = float("inf")
    for at_s, duration_s in reversed(pieces):
        following = min(at_s, following) - duration_s
        latest.append(following)
    return latest[::-1]


def _sent(message: LoggedMessage, kind: AudioFormat) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return the samples of an append; none if its audio was left out of the log."""
    return samples_of(_whole(message.message.get("audio"), kind), kind)


def _whole(audio: object, kind: AudioFormat) -> bytes:
    if not isinstance(audio, str):
        return b""
    try:
        data = decode_any_base64(audio)
    except ValueError:
        return b""
    return data[: len(data) // kind.sample_bytes * kind.sample_bytes]


def in_order(
    log: Sequence[LoggedMessage], kind: AudioFormat, answers: AudioFormat
) -> tuple[LoggedMessage, ...]:
    """Return a log without times with times derived from its order and its audio."""
    placed: list[LoggedMessage] = []
    at_s = answered_s = 0.0
    streams = any(len(_sent(each, kind)) for each in log if each.type == APPEND)
    for each in log:
        message = each.message
        if each.type == APPEND:
            at_s += len(_sent(each, kind)) / kind.rate_hz
        elif each.direction is Direction.RECEIVED:
            told = [message[key] for key in _SERVERS_MS if isinstance(message.get(key), int)]
            at_s = max([at_s, *(ms / 1000 for ms in told)]) if not streams else at_s
        if each.type in DELTAS:
            data = _whole(message.get("delta"), answers)
            answered_s += len(data) / answers.sample_bytes / answers.rate_hz
        placed.append(replace(each, at_s=at_s))
        if not streams and each.type in _ENDS:
            at_s, answered_s = at_s + answered_s, 0.0
        elif not streams and each.type == "input_audio_buffer.committed":
            at_s += _COMMITTED_S
    return tuple(placed)
