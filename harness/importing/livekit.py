"""LiveKit's exports: the history in a session report, the calls of a simulation, tools with times.

A session report holds the history under ``chat_history``; `lk agent simulate export` holds one
history for each job of a run, with items as its protocol writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from harness.errors import Fault, FaultyFiles
from harness.importing.json_files import JsonDocument, json_documents
from harness.importing.messages import Messages
from harness.importing.model import StoredTool
from harness.importing.platform_shapes import LIVEKIT, ShapedRows, value_at
from harness.scenario.document import KeyPath
from harness.storage import read_plain

_HISTORY = "chat_history|chatHistory"
_ITEMS = ("message", "function_call", "function_call_output", "agent_handoff")


@dataclass(frozen=True, slots=True)
class LiveKitCall:
    """One call of an export; ``name`` is empty if the file's name is the call's."""

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
    """Return an item of the protocol as the history of a session has it."""
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
