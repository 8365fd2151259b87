"""The beta dialect of the OpenAI Realtime API, used by Azure's dated endpoints and relays.

OpenAI itself shut the beta down; its successor (``openai_ga``) is the native shape here, and this
module translates it: flat settings of sessions and responses, older names, a header.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from harness.protocol.commands import ClientCommand, ServerVad, SessionConfig
from harness.protocol.dialect import Endpoint
from harness.protocol.events import InputTimedOut, ItemDone, ServerEvent
from harness.protocol.fields import JsonObject, WireFault, load
from harness.protocol.items import ErrorInfo
from harness.protocol.openai.commands import write_command
from harness.protocol.openai.ga import (
    OpenAiGa,
    RealtimeServer,
    RealtimeSession,
    key_header,
    named_in,
)
from harness.protocol.server_half import NewId, Served, ServerEnd

# Settings of a session and a response: flat in the beta, nested in its successor.

SESSION = {
    "input_audio_transcription": ("audio", "input", "transcription"),
    "input_audio_noise_reduction": ("audio", "input", "noise_reduction"),
    "turn_detection": ("audio", "input", "turn_detection"),
    "voice": ("audio", "output", "voice"),
    "speed": ("audio", "output", "speed"),
    "input_audio_format": ("audio", "input", "format"),
    "output_audio_format": ("audio", "output", "format"),
    "max_response_output_tokens": ("max_output_tokens",),
    "modalities": ("output_modalities",),
    "instructions": ("instructions",),
    "tools": ("tools",),
    "tool_choice": ("tool_choice",),
    "tracing": ("tracing",),
}
"""Beta name -> path in the nested object. The beta has no other session settings."""

RESPONSE = {
    "voice": ("audio", "output", "voice"),
    "output_audio_format": ("audio", "output", "format"),
    "max_response_output_tokens": ("max_output_tokens",),
    "modalities": ("output_modalities",),
    **{
        name: (name,)
        for name in ("conversation", "input", "instructions", "metadata", "tools", "tool_choice")
    },
}
FORMATS = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
_FORMAT_KEYS = ("input_audio_format", "output_audio_format")


def flat(settings: JsonObject, places: dict[str, tuple[str, ...]]) -> JsonObject:
    """Return nested settings as the beta writes them; settings that it lacks are left out."""
    found: JsonObject = {}
    for name, path in places.items():
        *outer, last = path
        inner = settings
        for key in outer:
            inner = inner.get(key) or {}
        if last in inner:
            found[name] = _beta_value(name, inner[last])
    return found


def _beta_value(name: str, value: object) -> object:
    if name == "modalities" and isinstance(value, list | tuple):
        return ["text", "audio"] if "audio" in value else ["text"]
    if name in _FORMAT_KEYS and isinstance(value, dict):
        return FORMATS[value["type"]]
    if name == "turn_detection" and isinstance(value, dict):
        return {key: setting for key, setting in value.items() if key != "idle_timeout_ms"}
    return value


def nested(settings: JsonObject, places: dict[str, tuple[str, ...]]) -> JsonObject:
    """Move flat settings to their nested paths; values already there take precedence."""
    found = {name: value for name, value in settings.items() if name not in places}
    for name, path in places.items():
        if name not in settings:
            continue
        *outer, last = path
        inner = found
        for key in outer:
            below = inner.get(key)
            inner[key] = dict(below) if isinstance(below, dict) else {}
            inner = inner[key]
        inner.setdefault(last, _nested_value(name, settings[name]))
    return found


def _nested_value(name: str, value: object) -> object:
    if name == "modalities" and isinstance(value, list) and "audio" in value:
        return ["audio"]  # the text modality is the transcript
    return value


# The server's end of the beta: translates its successor's server into the older shape.

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
"""Session settings of the beta that the reference agent does not use."""
_ABSENT = (InputTimedOut, ItemDone)
"""Events that came with the newer shape."""


class BetaServer(RealtimeServer):
    """Leaves out events that the beta lacks: items have a created event, but no done event."""

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
    """Return a part; an assistant's text is plain ``text`` in the beta."""
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


_HEADER = {"OpenAI-Beta": "realtime=v1"}
_NEWER = frozenset({"session.type", "session.modalities", "session.input_audio_format"})
"""GA names in errors of a server with the newer shape."""


def beta_message(raw: JsonObject) -> JsonObject:
    """Return a client's message of the nested shape as the beta writes it."""
    if raw["type"] == "session.update":
        return {**raw, "session": flat(raw["session"], SESSION)}
    if raw["type"] == "response.create" and "response" in raw:
        return {**raw, "response": flat(raw["response"], RESPONSE)}
    if raw["type"] == "conversation.item.create" and "content" in raw["item"]:
        parts = [_older_text(part) for part in raw["item"]["content"]]
        return {**raw, "item": {**raw["item"], "content": parts}}
    return raw


def _older_text(part: JsonObject) -> JsonObject:
    return {**part, "type": "text"} if part["type"] == "output_text" else part


def nested_message(raw: JsonObject) -> JsonObject:
    """Return a server's beta message with nested settings; other messages are unchanged."""
    session, response = raw.get("session"), raw.get("response")
    if isinstance(session, dict):
        return {**raw, "session": nested(session, SESSION)}
    if isinstance(response, dict):
        return {**raw, "response": nested(response, RESPONSE)}
    return raw


def _model_key(url: str) -> str:
    """Azure's dated endpoints name a model by its deployment."""
    return "deployment" if "api-version" in dict(parse_qsl(urlsplit(url).query)) else "model"


class OpenAiBeta(OpenAiGa):
    """OpenAI Realtime of 2024: ``OpenAI-Beta: realtime=v1``, or dated ``api-version`` of Azure."""

    name = "openai_beta"
    session_class = RealtimeSession  # the beta has no images
    lacks = (
        "type",
        *OpenAiGa.lacks,
        *("reasoning_effort", "parallel_tool_calls", "prompt", "truncation", "include"),
    )

    def endpoint(self, url: str, *, model: str | None, key: str | None) -> Endpoint:
        """Return the URL with its model or deployment, the key, and the header of the beta."""
        return Endpoint(named_in(url, model, _model_key(url)), {**key_header(url, key), **_HEADER})

    def unfit(self, wanted: SessionConfig) -> Iterator[tuple[str, str]]:
        """Yield also the settings that the beta did not have."""
        detection = wanted.turn_detection
        idle = isinstance(detection, ServerVad) and detection.idle_timeout_ms is not None
        if idle:
            yield "turn_detection.idle_timeout_ms", f"{self.name} has no such setting; take it out"
        yield from super().unfit(wanted)

    def read(self, raw: JsonObject) -> tuple[ServerEvent, tuple[str, ...]]:
        """Return the event in a server's message, and its unusable fields."""
        return super().read(nested_message(raw))

    def encode_client(self, command: ClientCommand) -> bytes:
        """Return a client's message; only settings that are set are sent."""
        return orjson.dumps(beta_message(write_command(command)))

    def explained(self, error: ErrorInfo) -> str:
        """Return the service's error text, with advice if it does not support the beta."""
        if error.code == "beta_api_shape_disabled" or error.param in _NEWER:
            return f"{error.words}; this endpoint speaks the newer shape: use dialect: openai_ga"
        return error.words

    # --- the server's half ---------------------------------------------------------------

    def serve(self, new_id: NewId) -> ServerEnd:
        """Return the server's end of a new connection."""
        return BetaServer(self, new_id)

    def encode_server(self, event: ServerEvent, event_id: str) -> bytes:
        """Return a server's message; ``event_id`` is the server's own id of it."""
        return orjson.dumps(older_message(orjson.loads(super().encode_server(event, event_id))))

    def decode_client(self, message: str | bytes) -> ClientCommand:
        """Return the command in a client's message; raises WireFault for the error to send."""
        return super().decode_client(newer_message(message))
