"""The dialect "example_tag": JSON messages over a WebSocket, with audio in base64.

The client sends::

    {"type": "start", "instructions": "...", "tools": [{"name", "description", "parameters"}]}
    {"type": "audio", "data": "..."}
    {"type": "tool_result", "id": "...", "result": "..."}

The server sends::

    {"type": "ready"}                                        the answer to "start"
    {"type": "audio", "data": "...", "answer": "a1"}         a piece of an answer
    {"type": "transcript", "text": "...", "answer": "a1"}    the words of a piece
    {"type": "tool_call", "id": "...", "name": "...", "arguments": {...}, "answer": "a1"}
    {"type": "interrupted"}                  the caller speaks: audio not yet played is dropped
    {"type": "error", "message": "..."}

"answer" separates answers: after an interruption, audio of the interrupted answer is dropped. If a
service has no such id, the session must count the answers.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

from harness.api import (
    Dialect,
    DialectSession,
    Incoming,
    Malformed,
    Outgoing,
    commands,
    events,
    items,
    load_json,
)


class ExampleSession(DialectSession):
    """The client's end of a call.

    Each method that it overrides is an ability; `DialectSession` documents the others.
    """

    appends_alike = True  # the same audio always makes the same message

    def __init__(self, wanted: commands.SessionConfig) -> None:
        super().__init__(wanted)
        self._ready = False
        self._refused: str | None = None

    @property
    def awaited(self) -> str | None:
        """The message that must come before the caller speaks."""
        return None if self._ready else "ready"

    @property
    def refused(self) -> str | None:
        """The error that came in place of "ready"."""
        return self._refused

    def opening(self) -> tuple[Outgoing, ...]:
        """Begin the session: this client speaks first."""
        tools = [
            {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
            for tool in self.wanted.tools or ()
        ]
        start = {"type": "start", "instructions": self.wanted.instructions, "tools": tools}
        return (Outgoing(json.dumps(start)),)

    def append_audio(self, audio: bytes) -> str:
        """Return the message with a frame of the caller's audio."""
        return json.dumps({"type": "audio", "data": b64encode(audio).decode()})

    def answer_tool(self, call_id: str, output: str) -> tuple[Outgoing, ...]:
        """Report the result of a tool call."""
        return (Outgoing(json.dumps({"type": "tool_result", "id": call_id, "result": output})),)

    def receive(self, message: str | bytes) -> Incoming:
        """Decode a message; Malformed is reported, and the call continues."""
        raw = load_json(message)
        kind = str(raw.get("type"))
        try:
            return Incoming(kind, tuple(self._events(kind, raw)), json=True)
        except KeyError as missing:
            raise Malformed("invalid_event", f"no field {missing}", event_type=kind) from None

    def _events(self, kind: str, raw: dict[str, Any]) -> Iterator[events.ServerEvent]:
        answer = str(raw.get("answer", ""))
        match kind:
            case "ready":
                self._ready = True
            case "audio":
                yield events.AudioDelta(answer, answer, audio=b64decode(raw["data"]))
            case "transcript":
                yield events.TranscriptDelta(answer, answer, delta=raw["text"])
            case "tool_call":
                call = items.Item(
                    kind=items.ItemKind.FUNCTION_CALL,
                    call_id=raw["id"],
                    name=raw["name"],
                    arguments=json.dumps(raw["arguments"]),
                )
                yield events.OutputItemDone(answer, 0, call)
            case "interrupted":
                yield events.Interrupted()
            case "error":
                if not self._ready:
                    self._refused = raw["message"]
                yield events.ServerError(items.ErrorInfo(message=raw["message"]), fatal=True)
            case _:
                yield events.UnknownEvent(kind, raw)


class ExampleDialect(Dialect):
    """JSON over a WebSocket: PCM16 at 24 kHz both ways, tools, interruptions."""

    name = "example_tag"
    session_class = ExampleSession
    formats = (items.AudioFormat.PCM16_24K,)
    reports_interruptions = True
    # Settings that no message carries: a target that sets one is refused before a call.
    lacks = (
        *("type", "model", "voice", "speed", "prompt", "tool_choice", "parallel_tool_calls"),
        *("max_output_tokens", "reasoning_effort", "noise_reduction", "truncation"),
        *("transcription_model", "transcription_language", "transcription_prompt"),
    )
