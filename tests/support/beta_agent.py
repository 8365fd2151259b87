"""The reference agent as a dated endpoint of Azure would serve it: flat settings, older names.

Written by hand from the vendor's tables, and as strict: a parameter of the newer shape is an
unknown parameter, and the whole message is lost.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from harness.agent.server.websocket_server import ServedAgent, serve
from harness.protocol.commands import ClientCommand
from harness.protocol.events import ItemDone, RateLimitsUpdated, ServerEvent
from harness.protocol.fields import WireFault
from harness.protocol.openai.ga import OpenAiGa, RealtimeServer
from harness.protocol.server_half import NewId, ServerEnd
from harness.session.clock import Clock

SESSION_FIELDS = (
    *("modalities", "instructions", "voice", "speed", "input_audio_format", "output_audio_format"),
    *("input_audio_transcription", "input_audio_noise_reduction", "turn_detection", "tools"),
    *("tool_choice", "temperature", "max_response_output_tokens", "tracing", "model"),
)
EVENTS = {
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "conversation.item.added": "conversation.item.created",
}
FORMATS = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
TYPES = {flat: {"type": name} for name, flat in FORMATS.items()}
PARTS = {"output_text": "text", "output_audio": "audio"}


class BetaHalf:
    """The server's half of the beta, around that of its successor."""

    paths = OpenAiGa.paths

    def __init__(self) -> None:
        self._newer = OpenAiGa()

    def serve(self, new_id: NewId) -> ServerEnd:
        return RealtimeServer(self, new_id)

    def encode_server(self, event: ServerEvent, event_id: str) -> bytes:
        if isinstance(event, ItemDone):  # the beta has no such event: something else that may come
            event = RateLimitsUpdated(())
        message = orjson.loads(self._newer.encode_server(event, event_id))
        message["type"] = EVENTS.get(message["type"], message["type"])
        if "session" in message:
            message["session"] = flat_session(message["session"])
        if "response" in message:
            message["response"] = flat_response(message["response"])
        if "item" in message:
            message["item"] = older_item(message["item"])
        if message["type"] == "response.function_call_arguments.done":
            del message["name"]
        return orjson.dumps(message)

    def decode_client(self, message: str | bytes) -> ClientCommand:
        raw = orjson.loads(message)
        if raw["type"] == "session.update":
            for name in raw["session"]:
                if name not in SESSION_FIELDS:
                    param = f"session.{name}"
                    problem = f"Unknown parameter: '{param}'."
                    raise WireFault("unknown_parameter", problem, param=param)
            raw["session"] = nested_session(raw["session"])
        return self._newer.decode_client(orjson.dumps(raw))


def flat_session(session: dict[str, Any]) -> dict[str, Any]:
    heard, spoken = session["audio"]["input"], session["audio"]["output"]
    return {
        "id": session["id"],
        "object": "realtime.session",
        "modalities": ["text", "audio"],
        "instructions": session["instructions"],
        "voice": spoken["voice"],
        "input_audio_format": FORMATS[heard["format"]["type"]],
        "output_audio_format": FORMATS[spoken["format"]["type"]],
        "turn_detection": heard.get("turn_detection"),
        "tools": session["tools"],
        "tool_choice": "auto",
        "temperature": 0.8,
        "max_response_output_tokens": "inf",
    }


def nested_session(flat: dict[str, Any]) -> dict[str, Any]:
    heard: dict[str, Any] = {"format": TYPES[flat["input_audio_format"]]}
    if "turn_detection" in flat:
        heard["turn_detection"] = flat["turn_detection"]
    return {
        "type": "realtime",
        "output_modalities": ["audio"],
        "audio": {"input": heard, "output": {"format": TYPES[flat["output_audio_format"]]}},
        **{name: flat[name] for name in ("instructions", "tools") if name in flat},
    }


def flat_response(response: dict[str, Any]) -> dict[str, Any]:
    kept = ("id", "object", "status", "status_details", "usage", "metadata", "conversation_id")
    return {
        **{name: response[name] for name in kept},
        "modalities": ["text", "audio"],
        "output_audio_format": "pcm16",
        "temperature": 0.8,
        "max_output_tokens": "inf",
        "output": [older_item(item) for item in response["output"]],
    }


def older_item(item: dict[str, Any]) -> dict[str, Any]:
    parts = [
        {**part, "type": PARTS.get(part["type"], part["type"])} for part in item.get("content", ())
    ]
    return {**item, **({"content": parts} if "content" in item else {})}


@asynccontextmanager
async def beta_agent(
    clock: Clock, _fault: str | None = None, _spoken: str = "", _caller: Any = None
) -> AsyncIterator[str]:
    """Serve it in the running loop; yields its URL."""
    async with serve(ServedAgent(server_half=BetaHalf()), clock=clock) as server:
        yield server.url
