"""The caller, through `openai-agents`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner
from caller import Caller, instructions


async def main(url: str, room: Path) -> None:
    """Hold the call at this address."""

    @function_tool
    def lookup_order(order_id: str) -> dict[str, str]:
        """Find one order by its number.

        Args:
            order_id: The whole order number, such as ABC-1234D.
        """
        return caller.looks_up(order_id)

    agent = RealtimeAgent(name="desk", instructions=instructions(room), tools=[lookup_order])
    session = await RealtimeRunner(agent).run(model_config={"url": url, "api_key": "none"})

    async def listen() -> None:
        async for event in session:
            if event.type == "audio":
                caller.hears(event.audio.data)
            elif event.type == "audio_interrupted":
                caller.stops()
            elif event.type == "raw_model_event" and event.data.type == "transcript_delta":
                caller.reads(event.data.delta)
            elif event.type == "error":
                raise RuntimeError(str(event.error))
        raise ConnectionError("the session ended before the call did")

    async with session:
        caller = Caller(room, session.send_audio)
        await caller.call_beside(listen())


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
