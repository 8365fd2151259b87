"""Protocol conformance: what the server sent that its own documentation does not allow.

Definition: metrics.md, "Conversation rules", row "protocol conformance". Order is judged by
``protocol.conversation``, shape by the dialect of the recording. Violations are information: real
services differ from their guides in detail, so they are listed, with what the call lost by them,
and never fail a call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from harness.errors import UnknownName
from harness.protocol.dialect import Dialect, Malformed, NotingDialect, WireFault, dialect
from harness.protocol.events import AudioDelta, ResponseCreated, ResponseDone, ServerEvent
from harness.protocol.openai.conversation import Conversation
from harness.recording.model import Direction, Recording, WireEvent
from harness.timeline.model import Violation

PASSED_OVER = "the message was passed over"
UNHEARD = "its audio was not heard"

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
            details, effect = _received(conversation, event, spoken)
            found.extend(Violation(event.at_s, kind, detail, effect) for detail in details)
    return tuple(found)


def _note_sent(conversation: Conversation, event: WireEvent, spoken: Dialect) -> None:
    if any(_is_audio_range(value) for value in event.message.values()):
        return  # frames of the caller, hundreds of them, and none changes what may come next
    try:
        conversation.sent(spoken.decode_client(_as_served(event.message)))
    except WireFault:
        return  # the server's manners are judged here, not those of the harness that recorded


def _received(
    conversation: Conversation, event: WireEvent, spoken: Dialect
) -> tuple[Iterable[str], str]:
    """Return what is wrong with a message, and what was lost by it."""
    if event.malformed is not None:
        return ("the message is not a JSON object",), PASSED_OVER
    try:
        served = _as_served(event.message)
        if isinstance(spoken, NotingDialect):
            heard, noted = spoken.decode_noting(served)
        else:
            heard, noted = spoken.decode_server(served), ()
    except Malformed as fault:
        return (fault.message,), UNHEARD if fault.lost is AudioDelta else PASSED_OVER
    return (*noted, *conversation.received(_as_taken(heard, event.assumed))), ""


def _as_taken(heard: ServerEvent, assumed: Mapping[str, str]) -> ServerEvent:
    """Return an event with the ids that the call gave it where the server gave none."""
    whole: Any = heard  # the fields differ from type to type
    if isinstance(heard, ResponseCreated | ResponseDone) and "response_id" in assumed:
        return replace(heard, response=replace(heard.response, id=assumed["response_id"]))
    return replace(whole, **assumed) if assumed else heard


def _as_served(message: Mapping[str, Any]) -> bytes:
    """Return a stored message as wire JSON again, with empty audio where its audio was.

    Raises Malformed where JSON cannot be written as deep as it can be read.
    """
    try:
        return orjson.dumps(
            {key: "" if _is_audio_range(value) else value for key, value in message.items()}
        )
    except orjson.JSONEncodeError as error:
        raise Malformed("invalid_event", f"The message cannot be written: {error}.") from None


def _is_audio_range(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == _AUDIO_RANGE
