"""Turn detection settings as the GA Realtime API writes them, both ways."""

from __future__ import annotations

from harness.protocol.commands import SemanticVad, ServerVad
from harness.protocol.fields import Fields
from harness.protocol.wire import JsonObject

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
    create = fields.flag("create_response", True)
    interrupt = fields.flag("interrupt_response", True)
    kind = fields.choice("type", _VAD_KEYS) if fields.strict else fields.known("type", _VAD_KEYS)
    if kind is None:
        return ServerVad(create_response=create, interrupt_response=interrupt)
    fields.only(_VAD_KEYS[kind])
    if kind == "semantic_vad":
        return SemanticVad(fields.optional_text("eagerness") or "auto", create, interrupt)
    default = ServerVad()
    idle = fields.raw.get("idle_timeout_ms")
    return ServerVad(
        threshold=fields.number("threshold", default.threshold, least=0.0, most=1.0),
        prefix_padding_ms=int(
            fields.number("prefix_padding_ms", default.prefix_padding_ms, least=0)
        ),
        silence_duration_ms=int(
            fields.number("silence_duration_ms", default.silence_duration_ms, least=0)
        ),
        create_response=create,
        interrupt_response=interrupt,
        idle_timeout_ms=None if idle is None else fields.integer("idle_timeout_ms", least=0),
    )


def write_vad(vad: ServerVad | SemanticVad) -> JsonObject:
    """Return a turn detection object with every setting spelled out."""
    common = {
        "create_response": vad.create_response,
        "interrupt_response": vad.interrupt_response,
    }
    if isinstance(vad, SemanticVad):
        return {"type": "semantic_vad", "eagerness": vad.eagerness, **common}
    return {
        "type": "server_vad",
        "threshold": vad.threshold,
        "prefix_padding_ms": vad.prefix_padding_ms,
        "silence_duration_ms": vad.silence_duration_ms,
        **common,
        "idle_timeout_ms": vad.idle_timeout_ms,
    }
