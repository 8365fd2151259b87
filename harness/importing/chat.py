"""Stored chats in OpenAI's message format and LiveKit exports, as calls without audio.

A file is a single call or a call per line: a list of messages, or an object that holds it under
``messages`` (chat completions), ``items`` (LiveKit) or ``input`` and ``output`` (responses). The
object may also hold ``id`` or ``name``, ``tools``, ``instructions``, ``facts``, ``tags`` and
``today``; other keys are the vendor's and ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from harness.errors import Fault, FaultyFiles
from harness.files import read_plain
from harness.importing.json_files import JsonDocument, document_facts, json_documents, json_rows
from harness.importing.messages import ROLES, Messages, offered
from harness.importing.model import (
    Estimate,
    SourceKind,
    StoredCall,
    StoredLine,
    StoredTool,
    in_order,
)
from harness.importing.platform_shapes import LIVEKIT, ShapedRows, value_at
from harness.importing.transcript import TimedLine, TimedTranscript, by_own_clock, split_stamps
from harness.scenario.document import KeyPath
from harness.scenario.fault_text import shown

# LiveKit's exports: the history in a session report, the calls of a simulation, tools with times.
#
# A session report holds the history under ``chat_history``; `lk agent simulate export` holds a
# history for each job of a run, with items as its protocol writes them.

_HISTORY = "chat_history|chatHistory"
_ITEMS = ("message", "function_call", "function_call_output", "agent_handoff")


@dataclass(frozen=True, slots=True)
class LiveKitCall:
    """A call of an export; ``name`` is empty if the file's name is the call's."""

    name: str
    items: list[Any]
    place: KeyPath
    tags: tuple[str, ...] = ()


def livekit_calls(data: object) -> tuple[LiveKitCall, ...]:
    """Return the calls of a session report or of a simulation; empty for other data."""
    if not isinstance(data, dict):
        return ()
    items = value_at(data, "chat_history.items|chatHistory.items")
    if isinstance(items, list):
        key = next(key for key in _HISTORY.split("|") if key in data)
        return (LiveKitCall("", items, (key, "items")),)
    summary, histories = (
        data.get("summary"),
        value_at(data, "summary.chat_history|summary.chatHistory"),
    )
    jobs = value_at(data, "run.jobs")
    if not isinstance(histories, dict) or not isinstance(summary, dict):
        return ()
    key = next(key for key in _HISTORY.split("|") if key in summary)
    jobs = jobs if isinstance(jobs, list) else []
    known = {str(job.get("id")): job for job in jobs if isinstance(job, dict)}
    return tuple(
        LiveKitCall(
            name,
            [_item(each) for each in held["items"]],
            ("summary", key, name, "items"),
            _tags(known.get(name)),
        )
        for name, held in histories.items()
        if isinstance(held, dict) and isinstance(held.get("items"), list)
    )


def recording_named(path: Path) -> str:
    """Return the name of the audio file of a session report, or an empty string."""
    try:
        if b"audio_recording_path" not in read_plain(path):
            return ""
        named = value_at(json_documents(path)[0].data, "audio_recording_path")
    except (OSError, FaultyFiles):
        return ""  # reported when the file is read
    return PurePosixPath(str(named).replace("\\", "/")).name if named else ""


def _tags(job: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the verdict of LiveKit's own judge as a tag, so that both can be compared."""
    status = str((job or {}).get("status") or "").removeprefix("STATUS_").lower()
    return (f"livekit-{status}",) if status else ()


def _item(each: Any) -> Any:
    """Return an item of the protocol in the format of a session's history."""
    wrapped = {_snake(key): value for key, value in each.items()} if isinstance(each, dict) else {}
    kind = next((kind for kind in _ITEMS if isinstance(wrapped.get(kind), dict)), None)
    if kind is None:
        return each
    item = {_snake(key): value for key, value in wrapped[kind].items()}
    item["type"] = kind
    if isinstance(item.get("role"), str):
        item["role"] = item["role"].lower()
    if isinstance(item.get("content"), list):
        item["content"] = [
            part["text"] if isinstance(part, dict) and isinstance(part.get("text"), str) else part
            for part in item["content"]
        ]
    return item


def _snake(key: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in key)


def item_tools(
    document: JsonDocument, shaped: ShapedRows, faults: list[Fault]
) -> tuple[StoredTool, ...]:
    """Return the tools of a history, each with its times of the day."""
    if shaped.platform != LIVEKIT:
        return ()
    read = Messages(document)
    for item, key in _all_items(document.data):
        read.take(item, key)
    faults += read.faults
    return tuple(read.tools)


def _all_items(data: object) -> Iterator[tuple[dict[str, Any], KeyPath]]:
    calls = livekit_calls(data)
    held = data.get("items") if isinstance(data, dict) else None
    place: KeyPath = ("items",)
    if calls:
        held, place = calls[0].items, calls[0].place
    for number, item in enumerate(held if isinstance(held, list) else ()):
        if isinstance(item, dict):
            yield item, (*place, number)


_HOLDERS = ("messages", "items", "input", "output")


_FIRST = 3
"""LiveKit puts a hand-over or a configuration before the first message."""


def is_chat(data: object) -> bool:
    """Return whether JSON data looks like a stored chat."""
    if isinstance(data, dict):
        if livekit_calls(data):
            return True
        listed = any(isinstance(data.get(key), list) for key in _HOLDERS if key != "items")
        if _is_history([data]) and "content" in data:  # a line of a file with a message per line
            return True
        items = data.get("items")  # also a usual name of other lists
        return listed or (isinstance(items, list) and _is_history(items))
    return isinstance(data, list) and _is_history(data)


def _is_history(items: list[Any]) -> bool:
    """Return whether any of the first items of a list is a chat message."""
    first = [item for item in items[:_FIRST] if isinstance(item, dict)]
    return any(item.get("role") in ROLES or item.get("type") == "message" for item in first)


def read_chats(path: Path) -> tuple[StoredCall, ...]:
    """Return the calls of a file, in its order; a call with ``faults`` must not be judged.

    Raises FaultyFiles if no call in the file can be read.
    """
    rows = json_rows(path)
    if len(rows) > 1 and all(map(_is_message, rows)):  # a single call, with a message per line
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
    """Return lines and tools with times from the first line on; without any if a line has none."""
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
