"""Protocol conformance: what the server sent that its own documentation does not allow.

Definition: metrics.md, "Conversation rules", row "protocol conformance". Order is judged by
``protocol.conversation``, shape by the dialect of the recording. Violations are information: real
services differ from their guides in detail, so they are listed, with what the call lost by them,
and never fail a call. Tool calls that could not be run by them are told apart, for the scorers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

import orjson

from harness.errors import UnknownName
from harness.protocol.dialect import Dialect, Malformed, NotingDialect, WireFault, dialect
from harness.protocol.events import AudioDelta, ResponseCreated, ResponseDone, ServerEvent
from harness.protocol.openai.conversation import Conversation
from harness.recording.model import Direction, Recording, ToolRun, WireEvent
from harness.timeline.model import Violation
from harness.timeline.told_calls import ToldCalls

PASSED_OVER = "the message was passed over"
UNHEARD = "its audio was not heard"

_AUDIO_RANGE = frozenset({"track", "start", "samples"})
"""Keys of what stands in a stored message in place of its audio (``recording.model.WireEvent``)."""


@dataclass(frozen=True, slots=True)
class Conformance:
    """What was illegal, in order of arrival, and the tool calls that nobody could run by it."""

    violations: tuple[Violation, ...] | None
    """None where nobody could look: the dialect of the recording is not installed here."""
    nameless: tuple[tuple[float, str], ...]
    """When calls without a name came, with their arguments as JSON text."""
    never_run: tuple[ToolRun, ...]
    """Calls that came with a name and without an id, and are not in the recording."""


def conformance(recording: Recording) -> Conformance:
    """Return how the server kept to its documentation.

    A recording that does not name its dialect cannot be looked at.
    """
    try:
        spoken = dialect(str(recording.manifest.target.get("dialect")))
    except UnknownName:
        return Conformance(None, (), ())
    conversation, calls = Conversation(), ToldCalls()
    found: list[tuple[int, Violation]] = []
    for place, event in enumerate(recording.events):
        if event.direction is Direction.SENT:
            _note_sent(conversation, event, spoken)
            continue
        heard, details, effect = _received(conversation, event, spoken)
        if heard is not None:
            calls.received(place, event, heard)
        kind = str(event.message.get("type", "message"))
        found.extend((place, Violation(event.at_s, kind, each, effect)) for each in details)
    found.extend(calls.violations(recording))
    return Conformance(
        tuple(violation for _, violation in sorted(found, key=itemgetter(0))),
        tuple(calls.nameless()),
        tuple(calls.never_run(recording)),
    )


def _note_sent(conversation: Conversation, event: WireEvent, spoken: Dialect) -> None:
    if any(_is_audio_range(value) for value in event.message.values()):
        return  # frames of the caller, hundreds of them, and none changes what may come next
    try:
        conversation.sent(spoken.decode_client(_as_served(event.message)))
    except WireFault:
        return  # the server's manners are judged here, not those of the harness that recorded


def _received(
    conversation: Conversation, event: WireEvent, spoken: Dialect
) -> tuple[ServerEvent | None, Iterable[str], str]:
    """Return the event in a message, what is wrong with it, and what was lost by that."""
    if event.malformed is not None:
        return None, ("the message is not a JSON object",), PASSED_OVER
    try:
        served = _as_served(event.message)
        if isinstance(spoken, NotingDialect):
            heard, noted = spoken.decode_noting(served)
        else:
            heard, noted = spoken.decode_server(served), ()
    except Malformed as fault:
        return None, (fault.message,), UNHEARD if fault.lost is AudioDelta else PASSED_OVER
    heard = _as_taken(heard, event.assumed)
    return heard, (*noted, *conversation.received(heard)), ""


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
