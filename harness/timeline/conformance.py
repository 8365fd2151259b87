"""Protocol conformance: what the server sent that its own documentation does not allow.

Definition: metrics.md, "Conversation rules", row "protocol conformance". Order is judged by
``protocol.conversation``, shape by the dialect of the recording. Violations are information: real
services differ from their guides in detail, so they are listed and never fail a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from harness.errors import UnknownName
from harness.protocol.conversation import Conversation
from harness.protocol.dialect import Dialect, Malformed, WireFault, dialect
from harness.recording.model import Direction, Recording, WireEvent
from harness.timeline.model import Violation

_AUDIO_RANGE = frozenset({"track", "start", "samples"})
"""Keys of what stands in a stored message in place of its audio (``recording.model.WireEvent``)."""


def violations(recording: Recording) -> tuple[Violation, ...] | None:
    """Return what was illegal, in order of arrival; None where the dialect is not installed here.

    A recording that does not name its dialect cannot be looked at either.
    """
    try:
        spoken = dialect(str(recording.manifest.target.get("dialect")))
    except UnknownName:
        return None
    conversation = Conversation()
    found: list[Violation] = []
    for event in recording.events:
        if event.direction is Direction.SENT:
            _note_sent(conversation, event, spoken)
        else:
            kind = str(event.message.get("type", "message"))
            details = _received(conversation, event, spoken)
            found.extend(Violation(event.at_s, kind, detail) for detail in details)
    return tuple(found)


def _note_sent(conversation: Conversation, event: WireEvent, spoken: Dialect) -> None:
    if any(_is_audio_range(value) for value in event.message.values()):
        return  # frames of the caller, hundreds of them, and none changes what may come next
    try:
        conversation.sent(spoken.decode_client(orjson.dumps(event.message)))
    except WireFault:
        return  # the server's manners are judged here, not those of the harness that recorded


def _received(conversation: Conversation, event: WireEvent, spoken: Dialect) -> Iterable[str]:
    if event.malformed is not None:
        return ("the message is not a JSON object",)
    try:
        return conversation.received(spoken.decode_server(_as_served(event.message)))
    except Malformed as fault:
        return (fault.message,)


def _as_served(message: Mapping[str, Any]) -> bytes:
    """Return a stored message as wire JSON again, with empty audio where its audio was."""
    return orjson.dumps(
        {key: "" if _is_audio_range(value) else value for key, value in message.items()}
    )


def _is_audio_range(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == _AUDIO_RANGE
