"""Stored chats in OpenAI's message format, as calls without sound.

A file is one call or one a line: a list of messages, or an object that holds it under ``messages``
(chat completions), ``items`` (LiveKit) or ``input`` and ``output`` (responses). The object may also
hold ``id`` or ``name``, ``tools``, ``instructions``, ``facts``, ``tags`` and ``today``; other keys
are the vendor's and left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import Fault
from harness.importing.document_facts import document_facts
from harness.importing.json_files import JsonDocument, json_rows
from harness.importing.livekit import livekit_calls
from harness.importing.messages import ROLES, Messages, offered
from harness.importing.model import Estimate, SourceKind, StoredCall, StoredLine, StoredTool
from harness.importing.text_lines import in_order
from harness.importing.transcript import (
    TimedLine,
    TimedTranscript,
    by_own_clock,
    split_stamps,
)
from harness.scenario.document import KeyPath
from harness.scenario.wording import shown

_HOLDERS = ("messages", "items", "input", "output")


_FIRST = 3
"""LiveKit puts a hand-over or a configuration before the first message."""


def is_chat(data: object) -> bool:
    """Return whether JSON data looks like one stored chat."""
    if isinstance(data, dict):
        if livekit_calls(data):
            return True
        listed = any(isinstance(data.get(key), list) for key in _HOLDERS if key != "items")
        if _is_history([data]) and "content" in data:  # one of a file with a message a line
            return True
        items = data.get("items")  # also a usual name of other lists
        return listed or (isinstance(items, list) and _is_history(items))
    return isinstance(data, list) and _is_history(data)


def _is_history(items: list[Any]) -> bool:
    """Return whether one of the first items of a list is a message of a chat."""
    first = [item for item in items[:_FIRST] if isinstance(item, dict)]
    return any(item.get("role") in ROLES or item.get("type") == "message" for item in first)


def read_chats(path: Path) -> tuple[StoredCall, ...]:
    """Return the calls of a file, in its order; one with ``faults`` is not to be judged.

    Raises FaultyFiles where nothing in the file can be read.
    """
    rows = json_rows(path)
    if len(rows) > 1 and all(map(_is_message, rows)):  # a line of the file for each of one call
        data = [row.data for row in rows if isinstance(row, JsonDocument)]
        rows = (JsonDocument(path, None, data),)
    return tuple(call for row in rows for call in _calls(path, row))


def _is_message(row: JsonDocument | Fault) -> bool:
    data = row.data if isinstance(row, JsonDocument) else None
    return isinstance(data, dict) and data.get("role") in ROLES and "content" in data


def _calls(path: Path, row: JsonDocument | Fault) -> Iterator[StoredCall]:
    name = path.stem if row.line is None else f"{path.stem}-{row.line}"
    if isinstance(row, Fault):
        yield StoredCall(name, SourceKind.CHAT, str(path), faults=(row,))
        return
    exported = livekit_calls(row.data)
    for one in exported:
        messages = ((item, (*one.place, number)) for number, item in enumerate(one.items))
        call = _chat(row, {}, messages)
        yield replace(call, name=one.name or name, tags=one.tags)
    if not exported:
        held: Mapping[str, Any] = row.data if isinstance(row.data, dict) else {}
        call = _chat(row, held, _messages(row.data))
        yield call if call.name else replace(call, name=name)


def _chat(
    row: JsonDocument, held: Mapping[str, Any], messages: Iterable[tuple[object, KeyPath]]
) -> StoredCall:
    """Return the call of ``messages``; ``held`` is the object around them, with facts and tools."""
    read = Messages(row)
    for message, key in messages:
        read.take(message, key)
    if not read.lines and not read.faults:
        what = "no message of a user or an assistant in it" if is_chat(row.data) else _NO_CHAT
        read.faults.append(row.fault((), what))
    said = [line.text for line in read.lines if line.text]
    stamped = iter(zip(*split_stamps(said), strict=True))
    lines, tools = _timed(row, [_unstamped(line, stamped) for line in read.lines], read.tools)
    lines, notes = in_order(lines)
    told = held.get("instructions")
    read.instructions[:0] = [told] if isinstance(told, str) and told else []
    beside = document_facts(row, held, read.faults)
    return StoredCall(
        name=_named(row, held, read.faults),
        kind=SourceKind.CHAT,
        source=str(row.path),
        lines=lines,
        tools=tools,
        facts=beside.facts,
        tags=beside.tags,
        today=beside.today,
        instructions="\n\n".join(read.instructions) or None,
        offered=offered(held.get("tools")) or read.called(),
        estimated=frozenset({Estimate.TOOLS} if _are_words_alone(row.data, read) else ()),
        notes=(*notes, *read.notes()),
        faults=tuple(read.faults),
    )


def _unstamped(line: StoredLine, stamped: Iterator[tuple[str, float | None]]) -> StoredLine:
    """Return a line without a time at the end of its text; ``stamped`` are all texts and times."""
    if not line.text:
        return line
    text, at_s = next(stamped)
    return replace(line, text=text, start_s=line.start_s if at_s is None else at_s)


def _timed(
    row: JsonDocument, lines: Sequence[StoredLine], tools: Sequence[StoredTool]
) -> tuple[tuple[StoredLine, ...], tuple[StoredTool, ...]]:
    """Return lines and tools with times from the first line on; with none if a line has none."""
    starts = [line.start_s for line in lines if line.start_s is not None]
    if len(starts) < len(lines):
        bare = (replace(tool, requested_s=None, answered_s=None) for tool in tools)
        return tuple(replace(line, start_s=None) for line in lines), tuple(bare)
    told = tuple(TimedLine("", "", at_s, None, (None, "")) for at_s in starts)
    own = by_own_clock(TimedTranscript(row.path, told, tuple(tools)), None)
    placed = zip(lines, own.lines, strict=True)
    return tuple(replace(line, start_s=at.start_s) for line, at in placed), own.tools


def _are_words_alone(data: object, read: Messages) -> bool:
    """Return whether messages are those of a transcript, which shows no tool calls (pipecat)."""
    held = next((each for each in _messages(data)), (None, ()))[0]
    return isinstance(held, dict) and "timestamp" in held and "id" not in held and not read.tools


def _named(document: JsonDocument, held: Mapping[str, Any], faults: list[Fault]) -> str:
    given = held.get("name") or held.get("id") or ""
    if isinstance(given, str | int | float):
        return str(given).strip()
    faults.append(document.fault(("name",), f"expected the call's name, got {shown(given)}"))
    return ""


_NO_CHAT = (
    "no chat: expected a list of messages ({role, content}), or an object with 'messages' "
    "(or 'input' and 'output')"
)


def _messages(data: object) -> Iterator[tuple[object, KeyPath]]:
    if isinstance(data, list):
        yield from ((message, (number,)) for number, message in enumerate(data))
    elif isinstance(data, dict):
        for holder in _HOLDERS:
            listed = data.get(holder)
            if isinstance(listed, str) and holder == "input":
                yield {"role": "user", "content": listed}, (holder,)
            for number, message in enumerate(listed if isinstance(listed, list) else ()):
                yield message, (holder, number)
