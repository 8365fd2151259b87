"""Our reading of a vendor's protocol, found by running the code.

Events are given to the decoder, commands and settings to the session, and the output is looked at;
the events that a call uses are looked up in its source. ``protocol_coverage.py`` writes the tables.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from harness.protocol import commands as c
from harness.protocol import events as e
from harness.protocol.commands import SessionConfig
from harness.protocol.decoding import Decoder
from harness.protocol.dialect import DialectSession, Inferred, Outgoing, dialect
from harness.protocol.gemini_live import messages as gemini
from harness.protocol.items import Content, ContentKind, Item, ItemKind, Role
from harness.protocol.openai import events as unread
from harness.protocol.openai.events import event_class
from harness.protocol.openai.responses import MCP_EVENTS
from harness.protocol.openai_live import live

ROOT = Path(__file__).parents[1].resolve()
KEPT = ROOT / "tests" / "data" / "vendor_protocol.json"
REALTIME = ("openai_ga", "openai_beta")


@cache
def vendors() -> dict[str, dict[str, Any]]:
    """Return the events and fields of the vendors' protocols."""
    found: dict[str, dict[str, Any]] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def configured(name: str, wanted: SessionConfig) -> tuple[Outgoing, ...]:
    """Return the messages that say how a session is to be."""
    session = dialect(name).session(wanted)
    if name not in REALTIME:
        return session.opening()
    return session.receive(json.dumps({"type": "session.created", "session": {}})).replies


# --- messages of a server ------------------------------------------------------------------------

SAMPLES: dict[str, tuple[dict[str, Any], ...]] = {
    "openai_live": (
        {"type": "session.started", "session": {}},
        {"type": "session.updated", "session": {}},
        {"type": "session.output_audio.delta", "delta": "AAAA"},
        {"type": "session.output_transcript.delta", "delta": "a"},
        {"type": "session.input_transcript.delta", "delta": "a"},
        {"type": "session.delegation.created", "delegation": {"id": "d", "target": "client"}},
        {"type": "response.event", "event": {
            "type": "response.output_item.done",
            "item": {"type": "function_call", "call_id": "c", "name": "n", "arguments": "{}"}}},
        {"type": "response.event", "event": {
            "type": "response.completed", "response": {"usage": {"input_tokens": 1}}}},
        {"type": "session.usage.updated", "usage": {"seconds": 1}},
        {"type": "session.closed", "reason": "expired", "usage": {"seconds": 1}},
        {"type": "error", "error": {"message": "a"}},
    ),
    "gemini_live": (
        {"setupComplete": {}},
        {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"data": "AAAA"}}]}}},
        {"serverContent": {"outputTranscription": {"text": "a"}}},
        {"serverContent": {"inputTranscription": {"text": "a"}}},
        {"serverContent": {"interrupted": True}},
        {"serverContent": {"modelTurn": {"parts": [{"text": "a"}]}}},
        {"serverContent": {"generationComplete": True}},
        {"serverContent": {"modelTurn": {"parts": [{"text": "a"}]}}},
        {"serverContent": {"turnComplete": True}},
        {"serverContent": {"turnComplete": True, "turnCompleteReason": "RESPONSE_REJECTED"}},
        {"toolCall": {"functionCalls": [{"id": "f", "name": "n"}]}},
        {"toolCallCancellation": {"ids": ["f"]}},
        {"usageMetadata": {"totalTokenCount": 1}},
        {"goAway": {"timeLeft": "1s"}},
        {"voiceActivity": {"voiceActivityType": "ACTIVITY_START"}},
        {"voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_EOS"}},
    ),
}  # fmt: skip
"""One message of each type that is read, in the order of a session."""


@cache
def heard(name: str) -> dict[str, tuple[type, ...]]:
    """Return the events that the decoder gives for each type of message of a server."""
    if name in REALTIME:
        classes = {kind: event_class(kind) for kind in vendors()[name]["server"]}
        found: dict[str, tuple[type, ...]] = dict.fromkeys(MCP_EVENTS, (e.ServerToolCall,))
        return found | {kind: (each,) for kind, each in classes.items() if each is not None}
    decoder = Decoder(dialect(name))
    told: dict[str, dict[type, None]] = {}
    for number, message in enumerate(SAMPLES[name]):
        decoded = decoder.take(json.dumps(message), float(number))
        kind = decoded.kind if name == "openai_live" else _inside(message)
        told.setdefault(kind, {}).update({type(each.event): None for each in decoded.events})
    return {kind: tuple(found) for kind, found in told.items()}


def _inside(message: Mapping[str, Any]) -> str:
    """Return our name for the content of a Gemini message: the last that it names."""
    (key, content), *_ = message.items()
    return f"{key}.{[*content][-1]}" if key == gemini.CONTENT else str(key)


def ignored(name: str) -> Mapping[str, str]:
    """Return the parts of a server's messages that are known and not read, with the reasons."""
    if name in REALTIME:
        return unread.IGNORED
    if name == "openai_live":
        return live.IGNORED
    inside = {f"{gemini.CONTENT}.{key}": why for key, why in gemini.IGNORED_CONTENT.items()}
    return gemini.IGNORED | inside


@cache
def named_in(*places: str) -> frozenset[str]:
    """Return the names that some of our files use, imports left out."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in files(places))
    nodes = [node for tree in trees for node in ast.walk(tree)]
    plain = {node.id for node in nodes if isinstance(node, ast.Name)}
    return frozenset(plain | {node.attr for node in nodes if isinstance(node, ast.Attribute)})


def files(places: tuple[str, ...]) -> Iterator[Path]:
    """Yield the source files of some places in ``harness``."""
    for place in places:
        path = ROOT / "harness" / place
        yield from sorted(path.rglob("*.py")) if path.is_dir() else (path,)


# --- our messages --------------------------------------------------------------------------------

SAID = Item(kind=ItemKind.MESSAGE, role=Role.USER,
             content=(Content(ContentKind.INPUT_TEXT, text="a"),))  # fmt: skip
_REMARK = Item(kind=ItemKind.MESSAGE, role=Role.SYSTEM, content=SAID.content)
_SHOWN = Item(kind=ItemKind.MESSAGE, role=Role.USER, content=(
    *SAID.content, Content(ContentKind.INPUT_IMAGE, image_url="data:image/png;base64,AAAA")
))  # fmt: skip
_RESULT = Item(kind=ItemKind.FUNCTION_CALL_OUTPUT, call_id="f", output="{}")
COMMANDS: tuple[c.ClientCommand, ...] = (
    c.AppendAudio(b"\0\0"),
    c.CommitAudio(),
    c.ClearAudio(),
    c.ConfigureSession(SessionConfig(tools=())),
    c.CreateItem(SAID),
    c.CreateItem(_REMARK),
    c.CreateItem(_SHOWN, turn=True),
    c.CreateItem(_RESULT),
    c.AnswerApproval("i", approve=True),
    c.TruncateItem("i", 0, 1),
    c.DeleteItem("i"),
    c.RetrieveItem("i"),
    c.CreateResponse(),
    c.CancelResponse(),
    c.ClearOutput(),
)
"""One of each command."""
_HOT = "AppendAudio"
"""Caller audio has a way of its own, past the commands."""


def sent(name: str) -> set[str]:
    """Return the types of messages that a call may send."""
    session = _begun(name)
    made = [*session.opening(), *configured(name, SessionConfig())]
    for command in COMMANDS:
        if type(command).__name__ in named_in("session") | {_HOT}:
            made += session.send(command)
    made += session.greet()
    return {_kind(name, each) for each in (*made, *session.closing())}


def _begun(name: str) -> DialectSession:
    """Return an open session in which a tool was called."""
    session = dialect(name).session(SessionConfig())
    for message in SAMPLES.get(name, ()):
        if {"setupComplete", "toolCall"} & set(message) or message.get("type") == live.STARTED:
            for event in session.receive(json.dumps(message)).events:
                session.follow(event.event if isinstance(event, Inferred) else event)
    return session


def _kind(name: str, outgoing: Outgoing) -> str:
    message = json.loads(outgoing.message)
    if "type" in message:
        return str(message["type"])
    ((key, content),) = message.items()
    return f"{key}.{next(iter(content))}" if key == "realtimeInput" else str(key)
