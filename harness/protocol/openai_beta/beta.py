"""The beta dialect of the OpenAI Realtime API, still spoken by Azure's dated endpoints and relays.

The service itself took it down; its own successor (``openai_ga``) is the native shape here, and
this is a translation of it: flat settings of sessions and responses, older names, one header.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import orjson

from harness.protocol.commands import ClientCommand, ServerVad, SessionConfig
from harness.protocol.events import ServerEvent
from harness.protocol.items import ErrorInfo
from harness.protocol.openai.commands import write_command
from harness.protocol.openai.ga import OpenAiGa, key_header, named_in
from harness.protocol.session import Endpoint
from harness.protocol.wire import JsonObject

_SESSION = {
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
}
"""Beta name -> place in the nested object. What else there is of a session, the beta has not."""

_RESPONSE = {
    "voice": ("audio", "output", "voice"),
    "output_audio_format": ("audio", "output", "format"),
    "max_response_output_tokens": ("max_output_tokens",),
    "modalities": ("output_modalities",),
    **{
        name: (name,)
        for name in ("conversation", "input", "instructions", "metadata", "tools", "tool_choice")
    },
}
_FORMATS = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
_FORMAT_KEYS = ("input_audio_format", "output_audio_format")

_HEADER = {"OpenAI-Beta": "realtime=v1"}
_ABSENT = (
    "reasoning_effort",
    "parallel_tool_calls",
    "prompt",
    "truncation",
    "include",
)
"""Settings that came with the shape of 2025."""

_NEWER = frozenset({"session.type", "session.modalities", "session.input_audio_format"})
"""What a server of the newer shape misses, or does not know, in ours."""


def beta_message(raw: JsonObject) -> JsonObject:
    """Return a client's message of the nested shape as the beta writes it."""
    if raw["type"] == "session.update":
        return {**raw, "session": _flat(raw["session"], _SESSION)}
    if raw["type"] == "response.create" and "response" in raw:
        return {**raw, "response": _flat(raw["response"], _RESPONSE)}
    return raw


def nested_message(raw: JsonObject) -> JsonObject:
    """Return a server's message of the beta with nested settings; the rest is read as it stands."""
    session, response = raw.get("session"), raw.get("response")
    if isinstance(session, dict):
        return {**raw, "session": _nested(session, _SESSION)}
    if isinstance(response, dict):
        return {**raw, "response": _nested(response, _RESPONSE)}
    return raw


def _flat(nested: JsonObject, places: dict[str, tuple[str, ...]]) -> JsonObject:
    found: JsonObject = {}
    for name, path in places.items():
        *outer, last = path
        inner = nested
        for key in outer:
            inner = inner.get(key) or {}
        if last in inner:
            found[name] = _beta_value(name, inner[last])
    return found


def _beta_value(name: str, value: object) -> object:
    if name == "modalities" and isinstance(value, list | tuple):
        return ["text", "audio"] if "audio" in value else ["text"]
    if name in _FORMAT_KEYS and isinstance(value, dict):
        return _FORMATS[value["type"]]
    if name == "turn_detection" and isinstance(value, dict):
        return {key: setting for key, setting in value.items() if key != "idle_timeout_ms"}
    return value


def _nested(flat: JsonObject, places: dict[str, tuple[str, ...]]) -> JsonObject:
    """Move flat settings to their places; what stands there already was said in the newer shape."""
    found = {name: value for name, value in flat.items() if name not in places}
    for name, path in places.items():
        if name not in flat:
            continue
        *outer, last = path
        inner = found
        for key in outer:
            below = inner.get(key)
            inner[key] = dict(below) if isinstance(below, dict) else {}
            inner = inner[key]
        inner.setdefault(last, _nested_value(name, flat[name]))
    return found


def _nested_value(name: str, value: object) -> object:
    if name == "modalities" and isinstance(value, list) and "audio" in value:
        return ["audio"]  # text beside it is the transcript
    return value


def _model_key(url: str) -> str:
    """Azure's dated endpoints call a model by the name under which it was deployed."""
    return "deployment" if "api-version" in dict(parse_qsl(urlsplit(url).query)) else "model"


class OpenAiBeta(OpenAiGa):
    """Wire JSON of 2024: ``OpenAI-Beta: realtime=v1``, or a dated ``api-version`` of Azure."""

    name = "openai_beta"

    def endpoint(self, url: str, *, model: str | None, key: str | None) -> Endpoint:
        """Return the URL with its model or deployment, the key, and the header of the beta."""
        return Endpoint(named_in(url, model, _model_key(url)), {**key_header(url, key), **_HEADER})

    def unfit(self, wanted: SessionConfig) -> Iterator[tuple[str, str]]:
        """Yield also the settings that the beta had not yet."""
        detection = wanted.turn_detection
        idle = isinstance(detection, ServerVad) and detection.idle_timeout_ms is not None
        absent = [name for name in _ABSENT if getattr(wanted, name) is not None]
        for name in (*absent, *(("turn_detection.idle_timeout_ms",) if idle else ())):
            yield name, f"{self.name} has no such setting; take it out"
        yield from super().unfit(wanted)

    def read(self, raw: JsonObject) -> tuple[ServerEvent, tuple[str, ...]]:
        """Return the event in a server's message, and what of it could not be used."""
        return super().read(nested_message(raw))

    def encode_client(self, command: ClientCommand) -> bytes:
        """Return a client's message; only what is set is sent."""
        return orjson.dumps(beta_message(write_command(command)))

    def explained(self, error: ErrorInfo) -> str:
        """Return what the service says, and what to do if it does not speak the beta."""
        if error.code == "beta_api_shape_disabled" or error.param in _NEWER:
            return f"{error.words}; this endpoint speaks the newer shape: use dialect: openai_ga"
        return error.words
