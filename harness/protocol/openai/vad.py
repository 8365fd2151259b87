"""Turn detection settings as the GA Realtime API writes them, both ways."""

from __future__ import annotations

from dataclasses import asdict

from harness.protocol.commands import SemanticVad, ServerVad
from harness.protocol.fields import MOST, Fields
from harness.protocol.wire import JsonObject, without_none

_VAD_KEYS = {
    "server_vad": frozenset(
        {
            *("type", "create_response", "idle_timeout_ms", "interrupt_response"),
            *("prefix_padding_ms", "silence_duration_ms", "threshold"),
        }
    ),
    "semantic_vad": frozenset({"type", "create_response", "eagerness", "interrupt_response"}),
}


def read_vad(heard: Fields) -> ServerVad | SemanticVad | None:
    """Return the turn detection of an audio input, None if it is absent or null."""
    fields = heard.inside("turn_detection")
    if fields is None:
        return None
    create = fields.flag("create_response", None)
    interrupt = fields.flag("interrupt_response", None)
    kind = fields.choice("type", _VAD_KEYS) if fields.strict else fields.known("type", _VAD_KEYS)
    if kind is None:
        return ServerVad(create_response=create, interrupt_response=interrupt)
    fields.only(_VAD_KEYS[kind])
    if kind == "semantic_vad":
        return SemanticVad(fields.optional_text("eagerness"), create, interrupt)
    idle = fields.raw.get("idle_timeout_ms")
    return ServerVad(
        threshold=fields.number("threshold", None, least=0.0, most=1.0),
        prefix_padding_ms=_whole(fields.number("prefix_padding_ms", None, least=0, most=MOST)),
        silence_duration_ms=_whole(fields.number("silence_duration_ms", None, least=0, most=MOST)),
        create_response=create,
        interrupt_response=interrupt,
        idle_timeout_ms=None if idle is None else fields.integer("idle_timeout_ms", least=0),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def write_vad(vad: ServerVad | SemanticVad, *, served: bool) -> JsonObject:
    """Return a turn detection object with what is set of it; a server tells of no idle limit."""
    if isinstance(vad, SemanticVad):
        return without_none(type="semantic_vad", **asdict(vad))
    untold = {"idle_timeout_ms": None} if served else {}
    return {"type": "server_vad", **untold, **without_none(**asdict(vad))}
