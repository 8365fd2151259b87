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
from harness.protocol.openai_beta.served import BetaServer, newer_message, older_message
from harness.protocol.openai_beta.settings import RESPONSE, SESSION, flat, nested
from harness.protocol.serving import NewId, ServerEnd
from harness.protocol.session import Endpoint
from harness.protocol.wire import JsonObject

_HEADER = {"OpenAI-Beta": "realtime=v1"}
_NEWER = frozenset({"session.type", "session.modalities", "session.input_audio_format"})
"""What a server of the newer shape misses, or does not know, in ours."""


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
    """Return a server's message of the beta with nested settings; the rest is read as it stands."""
    session, response = raw.get("session"), raw.get("response")
    if isinstance(session, dict):
        return {**raw, "session": nested(session, SESSION)}
    if isinstance(response, dict):
        return {**raw, "response": nested(response, RESPONSE)}
    return raw


def _model_key(url: str) -> str:
    """Azure's dated endpoints call a model by the name under which it was deployed."""
    return "deployment" if "api-version" in dict(parse_qsl(urlsplit(url).query)) else "model"


class OpenAiBeta(OpenAiGa):
    """Wire JSON of 2024: ``OpenAI-Beta: realtime=v1``, or a dated ``api-version`` of Azure."""

    name = "openai_beta"
    served_as = "beta"
    takes_images = False
    lacks = (
        "type",
        *OpenAiGa.lacks,
        *("reasoning_effort", "parallel_tool_calls", "prompt", "truncation", "include"),
    )

    def endpoint(self, url: str, *, model: str | None, key: str | None) -> Endpoint:
        """Return the URL with its model or deployment, the key, and the header of the beta."""
        return Endpoint(named_in(url, model, _model_key(url)), {**key_header(url, key), **_HEADER})

    def unfit(self, wanted: SessionConfig) -> Iterator[tuple[str, str]]:
        """Yield also the settings that the beta had not yet."""
        detection = wanted.turn_detection
        idle = isinstance(detection, ServerVad) and detection.idle_timeout_ms is not None
        if idle:
            yield "turn_detection.idle_timeout_ms", f"{self.name} has no such setting; take it out"
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

    # --- the server's half ---------------------------------------------------------------

    def serve(self, new_id: NewId) -> ServerEnd:
        """Return the server's end of a new connection."""
        return BetaServer(self, new_id)

    def encode_server(self, event: ServerEvent, event_id: str) -> bytes:
        """Return a server's message; ``event_id`` is the server's own id of it."""
        return orjson.dumps(older_message(orjson.loads(super().encode_server(event, event_id))))

    def decode_client(self, message: str | bytes) -> ClientCommand:
        """Return the command in a client's message; raises WireFault (what to answer)."""
        return super().decode_client(newer_message(message))
