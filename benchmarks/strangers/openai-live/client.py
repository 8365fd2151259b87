"""The caller, through GPT-Live as the Python package `openai` speaks it.

The protocol has no event for an interruption: the agent's track falls silent.
"""

from __future__ import annotations

import asyncio
import json
import sys
from array import array
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

from caller import Caller, instructions
from openai import AsyncOpenAI

_AUDIBLE = 100
"""A sample above this is speech: the track has silence in it."""

TOOL = {
    "type": "function",
    "name": "lookup_order",
    "description": "Finds one order by its number.",
    "parameters": {
        "type": "object",
        "properties": {"order_id": {"type": "string"}},
        "required": ["order_id"],
    },
}


class Session:
    """One session: its messages to the caller, and the backend's calls that wait for results."""

    def __init__(self, connection: Any, caller: Caller, started: asyncio.Event) -> None:
        self._connection, self._caller, self._started = connection, caller, started
        self._called: list[dict[str, Any]] = []

    async def listen(self) -> None:
        """Take the server's events, until the session is over."""
        async for event in self._connection:
            match event.type:
                case "session.started":
                    self._started.set()
                case "session.output_audio.delta":
                    self._hears(b64decode(event.delta))
                case "session.output_transcript.delta":
                    self._caller.reads(event.delta)
                case "response.event":
                    await self._works(event.event)
                case "error":
                    raise RuntimeError(event.error.message)
        raise ConnectionError("the session ended before the call did")

    def _hears(self, sound: bytes) -> None:
        if max(map(abs, array("h", sound)), default=0) > _AUDIBLE:
            self._caller.hears(sound)
        elif self._caller.plays:
            self._caller.stops()

    async def _works(self, event: dict[str, Any]) -> None:
        if event["type"] == "response.output_item.done":
            self._called.append(event["item"])
        elif event["type"] == "response.completed" and self._called:
            calls, self._called = self._called, []
            for call in calls:
                order = self._caller.looks_up(json.loads(call["arguments"])["order_id"])
                result = {"type": "function_call_output", "call_id": call["call_id"]}
                item = {**result, "output": json.dumps(order)}
                await self._connection.response.item.create(item=item)
            await self._connection.response.create()


async def main(url: str, room: Path) -> None:
    """Hold the call at this address."""
    backend = {"model": "reference", "instructions": instructions(room), "tools": [TOOL]}
    asked = {
        "model": "gpt-live-1",
        "instructions": instructions(room),
        "audio": {"format": {"type": "audio/pcm", "rate": 24_000}},
        "delegation": {"type": "responses", "responses": backend},
    }
    client = AsyncOpenAI(api_key="none", websocket_base_url=url.partition("/live/")[0])
    async with client.live.connect() as connection:
        started = asyncio.Event()

        async def send(sound: bytes) -> None:
            await started.wait()
            await connection.session.input_audio.append(audio=b64encode(sound).decode())

        caller = Caller(room, send)
        await connection.session.start(session=asked)
        await caller.call_beside(Session(connection, caller, started).listen())
        await connection.session.close()


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
