"""The server's end of the beta: what its successor's server says and reads, in the older shape."""

from __future__ import annotations

from typing import Any

import orjson

from harness.protocol.events import InputTimedOut, ItemDone, ServerEvent
from harness.protocol.openai.served import RealtimeServer
from harness.protocol.openai_beta.settings import FORMATS, RESPONSE, SESSION, flat, nested
from harness.protocol.serving import Served
from harness.protocol.wire import JsonObject, WireFault, load

_EVENTS = {
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "conversation.item.added": "conversation.item.created",
}
_PARTS = {"output_text": "text", "output_audio": "audio"}
_KEPT = ("id", "object", "status", "status_details", "usage", "metadata", "conversation_id")
_TYPES = {flat_name: {"type": name} for name, flat_name in FORMATS.items()}
_PASSED_OVER = ("temperature", "tracing", "model")
"""Settings of a session that the beta has, and that say nothing to our agent."""
_ABSENT = (InputTimedOut, ItemDone)
"""What came with the newer shape."""


class BetaServer(RealtimeServer):
    """Leaves out what the beta has not: an item is created, but never said to be done."""

    def send(self, event: ServerEvent, now_s: float) -> Served:
        """Return the message of an event, if there is one."""
        return Served() if isinstance(event, _ABSENT) else super().send(event, now_s)


def older_message(raw: JsonObject) -> JsonObject:
    """Return a server's message of the newer shape as the beta writes it."""
    older = {**raw, "type": _EVENTS.get(raw["type"], raw["type"])}
    for name, rewrite in (
        ("session", _flat_session),
        ("response", _flat_response),
        ("item", _older_item),
        ("part", _older_part),
    ):
        if name in older:
            older[name] = rewrite(older[name])
    if older["type"] == "response.function_call_arguments.done":
        del older["name"]
    return older


def newer_message(message: str | bytes) -> bytes:
    """Return a beta client's message in the newer shape.

    Raises:
        WireFault: a setting that came with the newer shape, or Malformed for no JSON object.
    """
    raw = load(message)
    session, response = raw.get("session"), raw.get("response")
    if isinstance(session, dict):
        for name in session:
            if name not in SESSION and name not in _PASSED_OVER:
                param = f"session.{name}"
                raise WireFault("unknown_parameter", f"Unknown parameter: '{param}'.", param=param)
        kept = {name: value for name, value in session.items() if name in SESSION}
        raw["session"] = {"type": "realtime", **nested(_with_types(kept), SESSION)}
    if isinstance(response, dict):
        raw["response"] = nested(_with_types(response), RESPONSE)
    item = raw.get("item")
    if isinstance(item, dict) and isinstance(item.get("content"), list):
        raw["item"] = {**item, "content": [_newer_text(part) for part in item["content"]]}
    return orjson.dumps(raw)


def _newer_text(part: Any) -> Any:
    """Return a part; what an assistant said is plain ``text`` in the beta."""
    is_text = isinstance(part, dict) and part.get("type") == "text"
    return {**part, "type": "output_text"} if is_text else part


def _with_types(settings: JsonObject) -> JsonObject:
    return {
        name: _TYPES.get(value, value) if isinstance(value, str) and "format" in name else value
        for name, value in settings.items()
    }


def _flat_session(session: JsonObject) -> JsonObject:
    model = {"model": session["model"]} if "model" in session else {}
    own = {"id": session["id"], "object": "realtime.session", "temperature": 0.8, **model}
    return {**own, **flat(session, SESSION)}


def _flat_response(response: JsonObject) -> JsonObject:
    older = {name: response[name] for name in _KEPT if name in response}
    settings = flat(response, RESPONSE)
    limit = settings.pop("max_response_output_tokens", "inf")
    output = [_older_item(item) for item in response["output"]]
    return {**older, **settings, "max_output_tokens": limit, "temperature": 0.8, "output": output}


def _older_item(item: dict[str, Any]) -> JsonObject:
    if "content" not in item:
        return item
    return {**item, "content": [_older_part(part) for part in item["content"]]}


def _older_part(part: dict[str, Any]) -> JsonObject:
    return {**part, "type": _PARTS.get(part["type"], part["type"])}
