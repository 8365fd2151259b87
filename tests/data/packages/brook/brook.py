"""Brook, a vendor that nobody has: a voice that flows both ways at once, and says little about it.

Sound is binary frames, 16 kHz in and 24 kHz out, silence included, for as long as the call lasts.
Nothing tells when an answer begins, ends or is interrupted, and nothing has an id. What the agent
says comes in pieces ("murmur"), what it wants done as a "craft"; its outcome goes back in the order
in which crafts came.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

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


class BrookSession(DialectSession):
    """One call; the caller's end speaks first."""

    def __init__(self, wanted: commands.SessionConfig) -> None:
        super().__init__(wanted)
        self._flowing = False
        self._refused: str | None = None

    @property
    def awaited(self) -> str | None:
        return None if self._flowing else "flowing"

    @property
    def refused(self) -> str | None:
        return self._refused

    def opening(self) -> tuple[Outgoing, ...]:
        crafts = [
            {"named": tool.name, "about": tool.description, "takes": tool.parameters}
            for tool in self.wanted.tools or ()
        ]
        return (_message({"brook": "join", "be": self.wanted.instructions, "crafts": crafts}),)

    def receive(self, message: str | bytes) -> Incoming:
        if isinstance(message, bytes):
            return Incoming("sound", (events.AudioDelta(audio=message),))
        raw = load_json(message)
        kind = str(raw.get("brook"))
        try:
            return Incoming(kind, tuple(self._events(kind, raw)), json=True)
        except KeyError as missing:
            raise Malformed("invalid_event", f"no field {missing}", event_type=kind) from None

    def _events(self, kind: str, raw: dict[str, Any]) -> Iterator[events.ServerEvent]:
        match kind:
            case "flowing":
                self._flowing = True
            case "murmur":
                yield events.TranscriptDelta(delta=raw["bit"])
            case "craft":
                arguments = orjson.dumps(raw["with"]).decode()
                call = items.Item(
                    kind=items.ItemKind.FUNCTION_CALL, name=raw["named"], arguments=arguments
                )
                yield events.OutputItemDone("", 0, call)
            case "dry":
                if not self._flowing:
                    self._refused = raw["why"]
                yield events.ServerError(items.ErrorInfo(message=raw["why"]), fatal=True)
            case _:
                yield events.UnknownEvent(kind, raw)

    def answer_tool(self, call_id: str, output: str) -> tuple[Outgoing, ...]:
        return (_message({"brook": "crafted", "outcome": orjson.loads(output or "null")}),)

    def append_audio(self, audio: bytes) -> bytes:
        return audio


class Brook(Dialect):
    """Takes the caller at 16 kHz, and speaks at 24."""

    name = "brook"
    session_class = BrookSession
    formats = (items.AudioFormat.PCM16_16K, items.AudioFormat.PCM16_24K)

    def unfit(self, wanted: commands.SessionConfig) -> Iterator[tuple[str, str]]:
        chosen = {"input_format": wanted.input_format, "output_format": wanted.output_format}
        for (name, given), fixed in zip(chosen.items(), self.formats, strict=True):
            if given is not fixed:
                yield name, f"brook has {fixed.value} alone"


def _message(body: dict[str, Any]) -> Outgoing:
    return Outgoing(orjson.dumps(body).decode())
