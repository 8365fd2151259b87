"""Stored chats in OpenAI's message format, as calls without sound.

A file is one call or one a line: a list of messages, or an object that holds it under ``messages``
(chat completions) or under ``input`` and ``output`` (responses). Beside it may stand ``id`` or
``name``, ``tools``, ``instructions``, ``facts``, ``tags`` and ``today``; other keys are the
vendor's and left alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.errors import Fault, FaultyFiles
from harness.importing.json_files import JsonDocument, json_documents
from harness.importing.messages import ROLES, Messages, offered
from harness.importing.model import SourceKind, StoredCall
from harness.scenario.document import KeyPath
from harness.scenario.fields import day

_HOLDERS = ("messages", "input", "output")


def is_chat(data: object) -> bool:
    """Return whether JSON data looks like one stored chat."""
    if isinstance(data, dict):
        return any(isinstance(data.get(key), list) for key in _HOLDERS)
    if not isinstance(data, list) or not data or not isinstance(data[0], dict):
        return False
    return data[0].get("role") in ROLES or data[0].get("type") == "message"


def read_chats(path: Path) -> tuple[StoredCall, ...]:
    """Return the calls of a file, in its order.

    Raises UsageError where it cannot be read, FaultyFiles with all that is wrong in it.
    """
    faults: list[Fault] = []
    calls: list[StoredCall] = []
    documents = json_documents(path)
    for document in documents:
        name = path.stem if document.line is None else f"{path.stem}-{document.line}"
        call, found = _chat(document, name)
        faults += found
        calls += [call]
    if faults:
        raise FaultyFiles(tuple(faults))
    return tuple(calls)


def _chat(document: JsonDocument, name: str) -> tuple[StoredCall, list[Fault]]:
    read = Messages(document)
    data = document.data
    held: Mapping[str, Any] = data if isinstance(data, dict) else {}
    for message, key in _messages(data):
        read.take(message, key)
    if not read.lines and not read.faults:
        what = "no message of a user or an assistant in it" if is_chat(data) else _NO_CHAT
        read.faults.append(document.fault((), what))
    told = held.get("instructions")
    read.instructions[:0] = [told] if isinstance(told, str) and told else []
    today, found = _today(document, held)
    facts = held.get("facts")
    tags = held.get("tags")
    call = StoredCall(
        name=str(held.get("name") or held.get("id") or name),
        kind=SourceKind.CHAT,
        source=str(document.path),
        lines=tuple(read.lines),
        tools=tuple(read.tools),
        facts={str(k): str(v) for k, v in facts.items()} if isinstance(facts, dict) else {},
        tags=tuple(map(str, tags)) if isinstance(tags, list) else (),
        today=today,
        instructions="\n\n".join(read.instructions) or None,
        offered=offered(held.get("tools")),
        notes=read.notes(),
    )
    return call, [*read.faults, *found]


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


def _today(document: JsonDocument, held: Mapping[str, Any]) -> tuple[Any, list[Fault]]:
    try:
        return day(held.get("today")), []
    except ValueError as error:
        return None, [document.fault(("today",), str(error))]
