"""The voice of an audio output as the GA Realtime API writes it, both ways."""

from __future__ import annotations

from harness.protocol.fields import Fields
from harness.protocol.wire import JsonObject

VOICES = (
    *("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse"),
    *("marin", "cedar"),
)
"""All that the service has by name (API reference, session)."""

_CUSTOM = "voice_"
"""Ids of custom voices begin so, and are sent as objects (API reference, session voice)."""


def read_voice(fields: Fields) -> str | None:
    """Return the ``voice`` of an audio output: a name, or the id of a custom voice."""
    if isinstance(fields.raw.get("voice"), dict):
        return fields.required("voice").text("id")
    return fields.known("voice", VOICES) if fields.strict else fields.optional_text("voice")


def write_voice(voice: str) -> str | JsonObject:
    """Return a voice's name, or the object that stands for a custom one."""
    return {"id": voice} if voice.startswith(_CUSTOM) else voice
