"""Transcripts in JSON: our own shape, and the usual ones of recognizers and call platforms.

::

    {"lines": [{"who": "caller", "text": "Where is it?", "start": 0.5, "end": 2.1}, …],
     "tools": [{"name": "lookup_order", "arguments": {…}, "output": {…},
                "requested": 3.2, "answered": 4.0}, …],
     "facts": {"order_id": "ORD-4715B"}, "tags": ["night"], "today": "2026-04-25"}

Lines may be under other names or be the top-level list, and the keys of a line may have other names
too; a name that ends in ``ms`` is in milliseconds. Times without a unit are seconds, unless the
last of them is far after the end of the audio as seconds, but not as milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.errors import Fault, FaultyFiles
from harness.importing.chat import is_chat, item_tools
from harness.importing.json_files import (
    JsonDocument,
    document_facts,
    json_documents,
    json_rows,
    text_of,
)
from harness.importing.messages import outcome_of
from harness.importing.model import StoredTool
from harness.importing.platform_events import PlatformRows, is_platforms, logged_call, rows_of
from harness.importing.platform_shapes import LIVEKIT, opened, shaped_rows
from harness.importing.transcript import (
    TimedLine,
    TimedTranscript,
    by_own_clock,
    moment_s,
    split_stamps,
)
from harness.recording.tools import ToolOutcome
from harness.scenario.document import KeyPath, key_text
from harness.scenario.fault_text import listed, shown
from harness.units import clock, ms_to_seconds

_LISTS = (
    "transcript_with_tool_calls",
    "transcript_object",
    "lines",
    "segments",
    "utterances",
    "transcript",
    "messages",
    "turns",
    "results",
    "sentences",
)
_ENVELOPES = ["message", "artifact", "call", "data", "body", "payload", "detail", "event", "output"]
"""Objects of a webhook that hold the call."""
_WHO = (
    "who",
    "speaker",
    "role",
    "participant",
    "speaker_label",
    "speaker_id",
    "name",
    "channel",
    "media_channel",
)
_TEXT = ("text", "transcript", "content", "sentence", "message")
_START = (
    "start",
    "start_s",
    "start_time",
    "time_sec",
    "begin",
    "from",
    "offset",
    "time",
    "timestamp",
)
_STAMPS = ("time", "timestamp")
_END = ("end", "end_s", "end_time", "to", "stop")
_REQUESTED = ("requested", "at", "start", "time")
_ANSWERED = ("answered", "end")
_OUTPUT = ("output", "result", "response")
_ARGUMENTS = ("arguments", "args", "input", "parameters")

_FAR = 20.0
"""Times this many times as long as the audio are not seconds."""


@dataclass(slots=True)
class _Reading:
    document: JsonDocument
    timed: bool = True
    """Whether every line needs a time: with audio it does."""
    speaker: str = ""
    """The speaker of lines without a name."""
    stamped: bool = False
    """Whether times are those of writing, which may be the ends of the lines."""
    faults: list[Fault] = field(default_factory=list)

    def fault(self, key: KeyPath, problem: str) -> None:
        self.faults.append(self.document.fault(key, problem))

    def time(self, row: Mapping[str, Any], names: tuple[str, ...], key: KeyPath) -> float | None:
        """Return a time in a row by one of several names; in milliseconds if the name says so."""
        for name in names:
            for given, scale in ((name, 1.0), (f"{name}_s", 1.0), (f"{name}_ms", 0.001),
                                 (f"{_camel(name)}Ms", 0.001), (_camel(name), 1.0)):  # fmt: skip
                if row.get(given) is not None:
                    at = moment_s(row[given])
                    if at is None and self.timed:
                        expected = f"expected a time (12.5, '0:12.5'), got {shown(row[given])}"
                        self.fault((*key, given), expected)
                    self.stamped |= names is _START and name in _STAMPS
                    return None if at is None else at * scale
        return None

    def text(self, held: Mapping[str, Any], name: str) -> str:
        """Return a top-level text of the document, empty if there is none."""
        given = held.get(name) or ""
        if not isinstance(given, str):
            self.fault((name,), f"expected text, got {shown(given)}")
            return ""
        return given


def read_json_transcript(path: Path, length_s: float, speaker: str = "") -> TimedTranscript:
    """Return the content of a JSON transcript, given ``length_s`` seconds of audio.

    ``speaker`` is the speaker of lines without a name. Raises FaultyFiles with all its faults.
    """
    found = _transcript(_whole(json_documents(path)), timed=True, speaker=speaker)
    return _in_seconds(found, length_s)


def read_text_transcripts(
    path: Path,
) -> tuple[tuple[str, TimedTranscript | tuple[Fault, ...]], ...] | None:
    """Return the transcripts of a file without audio, each with its name; None if it holds none.

    Their lines are in order, and their times are not to be used. If the file holds several, the
    faults of an unreadable transcript take its place. Raises FaultyFiles with all faults of a file
    that holds a single transcript.
    """
    rows = json_rows(path)
    documents = tuple(row for row in rows if isinstance(row, JsonDocument))
    # A JSONL file holds the lines of one call, or one call in each line.
    several = len(documents) > 1 and _are_calls(documents)
    if not _is_transcript(documents[0].data if several else _whole(documents).data):
        return None
    if several:
        return tuple(_named_transcript(path, row) for row in rows)
    if faults := tuple(row for row in rows if isinstance(row, Fault)):
        raise FaultyFiles(faults)
    return ((path.stem, _transcript(_whole(documents), timed=False)),)


def _named_transcript(
    path: Path, row: JsonDocument | Fault
) -> tuple[str, TimedTranscript | tuple[Fault, ...]]:
    name = f"{path.stem}-{row.line}"
    if isinstance(row, Fault):
        return name, (row,)
    held = row.data if isinstance(row.data, dict) else {}
    name = str(next((held[key] for key in _NAMES if held.get(key)), name))
    try:
        return name, _transcript(row, timed=False)
    except FaultyFiles as faulty:
        return name, faulty.faults


_NAMES = ("id", "call_id", "conversation_id", "conversationId", "name")


def _whole(documents: Sequence[JsonDocument]) -> JsonDocument:
    """Return the documents of a file as a single document: each holds lines of the same call."""
    if len(documents) == 1:
        return documents[0]
    # Each document holds some lines, so their rows make one list.
    return replace(documents[0], line=None, data=[one.data for one in documents])


def _is_transcript(data: object) -> bool:
    """Return whether JSON data is a transcript with speakers, and not a list of chat messages."""
    if logged_call(data) is not None:
        return True
    if (shaped := shaped_rows(data)) is not None:
        return shaped.platform != LIVEKIT  # read as chat messages, which show its tools
    place, rows = _rows(data)
    first = next((row for row in rows or () if isinstance(row, dict)), {})
    if place[-1:] in (("transcript_with_tool_calls",), ("transcript_object",)) or is_platforms(
        first
    ):
        return True
    spoken = any(isinstance(first.get(name), str) for name in _TEXT)
    return spoken and any(first.get(name) is not None for name in _WHO) and not is_chat(data)


def _are_calls(documents: Sequence[JsonDocument]) -> bool:
    """Return whether each document of a file is a call of its own."""
    first = documents[0].data
    if not isinstance(first, dict):
        return False
    if (shaped := shaped_rows(first)) is not None:
        return not shaped.streamed
    return _rows(first)[1] is not None


def _transcript(whole: JsonDocument, *, timed: bool, speaker: str = "") -> TimedTranscript:
    """Return the transcript in a document; ``timed`` is whether every line needs a time."""
    reading = _Reading(whole, timed=timed, speaker=speaker)
    held: Mapping[str, Any] = whole.data if isinstance(whole.data, dict) else {}
    logged = logged_call(whole.data)
    shaped = logged.rows if logged is not None else shaped_rows(whole.data)
    platform = PlatformRows()
    if shaped is not None:
        lines = tuple(_lines(shaped.rows, reading))
        tools = logged.tools if logged is not None else item_tools(whole, shaped, reading.faults)
        shows = shaped.platform == LIVEKIT if logged is None else logged.shows_tools
    else:
        place, rows = _rows(whole.data)
        if rows is None:
            names = listed(_LISTS)
            reading.fault((), f"no transcript: expected a list of lines, alone or under {names}")
        # A call of tools alone is a call: the agent may never have spoken.
        elif not rows and "tools" not in held:  # else a call without any speech
            reading.fault(place, "nothing is said: expected a line with 'who', 'text', 'start'")
        platform.shows_tools = place[-1:] == (_LISTS[0],)
        numbered = (((*place, number), row) for number, row in rows_of(rows or [], platform))
        lines, tools = tuple(_lines(numbered, reading)), tuple(platform.tools)
        shows = platform.shows_tools
    tools = (*_tools(held.get("tools"), ("tools",), reading), *tools)
    words = held.get("words", "heard")
    if words not in ("heard", "meant") and shaped is None:
        reading.fault(("words",), f"expected heard or meant, got {shown(words)}")
    beside = document_facts(whole, held, reading.faults)
    instructions, started_at = reading.text(held, "instructions"), reading.text(held, "started_at")
    if reading.faults:
        raise FaultyFiles(tuple(reading.faults))
    found = TimedTranscript(
        whole.path,
        lines,
        tools,
        facts=beside.facts,
        tags=beside.tags,
        today=beside.today,
        instructions=instructions or None,
        started_at=started_at,
        notice_sources="tools" in held or shows,
        whole_words=words == "meant",
        agents=frozenset(platform.agents),
        stamped=reading.stamped and all(line.end_s is None for line in lines),
    )
    return by_own_clock(found, shaped.zero_s if shaped is not None else None)


def read_tools(path: Path) -> tuple[StoredTool, ...]:
    """Return the tool calls of a file with a call per line (or a list of them), or with none.

    Raises as ``read_json_transcript``.
    """
    if not text_of(path).strip():
        return ()
    tools: list[StoredTool] = []
    faults: list[Fault] = []
    for document in json_documents(path):
        reading = _Reading(document)
        rows = document.data if isinstance(document.data, list) else [document.data]
        key: KeyPath = ()
        tools += _tools(rows, key, reading)
        faults += reading.faults
    if faults:
        raise FaultyFiles(tuple(faults))
    return tuple(tools)


def _rows(data: object) -> tuple[KeyPath, list[Any] | None]:
    """Return the key path and the lines of a transcript; the lines are None if none are found."""
    if isinstance(data, list):
        return (), data
    if isinstance(data, dict):
        for name in _LISTS:
            inner = data.get(name)
            if isinstance(inner, list):
                return (name,), inner
            if isinstance(inner, dict):
                place, rows = _rows(inner)
                if rows is not None:
                    return (name, *place), rows
        for name in _ENVELOPES:
            inner = opened(data.get(name))
            place, rows = _rows(inner) if isinstance(inner, dict) else ((), None)
            if rows is not None:
                return (name, *place), rows
    return (), None


def _lines(rows: Iterable[tuple[KeyPath, Any]], reading: _Reading) -> Iterator[TimedLine]:
    rows = list(_without_stamps(list(rows)))
    for key, row in rows:
        if not isinstance(row, dict):
            reading.fault(key, f"expected a line with 'who', 'text', 'start', got {shown(row)}")
            continue
        text = row.get(_name_of_text(row))
        who = next((row[name] for name in _WHO if row.get(name) is not None), None)
        who = reading.speaker or None if who is None else who
        if text is None:
            reading.fault(key, f"nothing is said: expected {listed(_TEXT)}")
            continue
        # Platforms write empty lines for noises that nobody understood.
        if not text.strip():
            continue
        start_s, end_s = reading.time(row, _START, key), reading.time(row, _END, key)
        # One such fault is enough: mostly all lines of a file lack a time.
        if start_s is None and reading.timed and not reading.faults:
            reading.fault(key, f"no time: beside sound every line has a start ({listed(_START)})")
        if not isinstance(who, str | int) or isinstance(who, bool):
            got = "" if who is None else f", got {shown(who)}"
            reading.fault(key, f"nobody is named who says it: expected {listed(_WHO)}{got}")
        if end_s is None and start_s is not None:
            lasts_s = reading.time(row, ("duration",), key)
            end_s = None if lasts_s is None else start_s + lasts_s
        interrupted = row.get("interrupted") is True
        yield TimedLine(
            str(who), text.strip(), start_s or 0.0, end_s, (None, key_text(key)), interrupted
        )


def _without_stamps(rows: list[tuple[KeyPath, Any]]) -> Iterator[tuple[KeyPath, Any]]:
    """Yield rows with times moved out of their texts ("Hello there [00:12]") to ``timestamp``."""
    names = [_name_of_text(row) for _, row in rows]
    said = [row[name] for (_, row), name in zip(rows, names, strict=True) if name]
    texts, times = split_stamps([text for text in said if text.strip()])
    # If the first line has no time, numbers in brackets are part of what was said.
    if not times or times[0] is None:
        yield from rows
        return
    told = iter(zip(texts, times, strict=True))
    for (key, row), name in zip(rows, names, strict=True):
        if name and row[name].strip():
            text, at_s = next(told)
            row = {"timestamp": at_s, **row, name: text}
        yield key, row


def _name_of_text(row: Any) -> str:
    held = row if isinstance(row, dict) else {}
    return next((name for name in _TEXT if isinstance(held.get(name), str)), "")


def _tools(rows: object, place: KeyPath, reading: _Reading) -> Iterator[StoredTool]:
    if rows is not None and not isinstance(rows, list):
        reading.fault(place, f"expected a list of tool calls, got {shown(rows)}")
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        # A line of a JSONL file is one call: its number is that of the line.
        key = (*place, number) if place or len(rows) > 1 else ()  # type: ignore[arg-type]
        name = row.get("name") if isinstance(row, dict) else None
        if not isinstance(name, str) or not name:
            reading.fault(key, "expected a tool call with 'name', 'arguments', 'requested'")
            continue
        requested_s = reading.time(row, _REQUESTED, key)
        answered_s, after = reading.time(row, _ANSWERED, key), row.get("after_line")
        if requested_s is None and (not isinstance(after, int) or after < 0):
            problem = "no time: expected 'requested' (seconds), or 'after_line' (lines before it)"
            reading.fault(key, problem)
        if requested_s is not None and answered_s is not None and answered_s < requested_s:
            before = f"before it was requested ({clock(requested_s)})"
            reading.fault(key, f"answered at {clock(answered_s)}, {before}")
        output = next((row[one] for one in _OUTPUT if row.get(one) is not None), None)
        text = output if isinstance(output, str) or output is None else json.dumps(output)
        arguments: Any = next((row[one] for one in _ARGUMENTS if row.get(one) is not None), {})
        yield StoredTool(
            name=name,
            arguments=arguments if isinstance(arguments, str) else json.dumps(arguments),
            after_line=after if isinstance(after, int) else 0,
            output=text,
            call_id=str(row.get("call_id") or row.get("id") or ""),
            requested_s=requested_s,
            answered_s=answered_s,
            outcome=_outcome(row, text, key, reading),
        )


def _outcome(
    row: Mapping[str, Any], output: str | None, key: KeyPath, reading: _Reading
) -> ToolOutcome:
    told = row.get("outcome")
    if told is None:
        return ToolOutcome.OK if output is None else outcome_of(output)
    try:
        return ToolOutcome(told)
    except ValueError:
        known = listed(one.value for one in ToolOutcome)
        reading.fault((*key, "outcome"), f"expected one of {known}, got {shown(told)}")
        return ToolOutcome.OK


def _in_seconds(found: TimedTranscript, length_s: float) -> TimedTranscript:
    last = max((max(line.start_s, line.end_s or 0.0) for line in found.lines), default=0.0)
    # Both must hold: far beyond the audio as seconds, and within it as milliseconds.
    in_ms = last > _FAR * max(length_s, 1.0) and ms_to_seconds(last) <= length_s + 1.0
    return found.retimed(scale=ms_to_seconds(1.0)) if in_ms else found


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
