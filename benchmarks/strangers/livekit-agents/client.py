"""The caller, through a session of `livekit-agents` without a room, with its openai plugin."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from caller import RATE_HZ, Caller, instructions
from livekit import rtc
from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.voice import io
from livekit.plugins.openai.realtime import RealtimeModel


class Microphone(io.AudioInput):
    """The input of the session: the caller's frames."""

    def __init__(self) -> None:
        super().__init__(label="caller")
        self._frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue()

    async def take(self, sound: bytes) -> None:
        """Hand a frame over."""
        await self._frames.put(rtc.AudioFrame(sound, RATE_HZ, 1, len(sound) // 2))

    async def __anext__(self) -> rtc.AudioFrame:
        """Wait for the next frame."""
        return await self._frames.get()


class Loudspeaker(io.AudioOutput):
    """Plays in real time, and reports to the session how much of each answer was heard."""

    caller: Caller

    def __init__(self) -> None:
        capabilities = io.AudioOutputCapabilities(pause=False)
        super().__init__(label="loudspeaker", capabilities=capabilities, sample_rate=RATE_HZ)
        self._began_s = 0.0
        self._pushed_s = 0.0
        self._ending: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Play a frame after those in the queue."""
        await super().capture_frame(frame)
        if not self._pushed_s:
            self._began_s = time.monotonic()
            self.on_playback_started(created_at=time.time())
        self._pushed_s += frame.duration
        self.caller.hears(bytes(frame.data))

    def flush(self) -> None:
        """Note that an answer is complete, and report when it was played."""
        super().flush()
        if self._pushed_s and self._ending is None:
            self._ending = asyncio.create_task(self._play_out())

    def clear_buffer(self) -> None:
        """Stop at once."""
        if not self._pushed_s:
            return
        if self._ending is not None:
            self._ending.cancel()
        self.caller.stops()
        self._finish(min(time.monotonic() - self._began_s, self._pushed_s), interrupted=True)

    async def _play_out(self) -> None:
        await asyncio.sleep(self._began_s + self._pushed_s - time.monotonic())
        self._finish(self._pushed_s, interrupted=False)

    def _finish(self, position_s: float, *, interrupted: bool) -> None:
        self._pushed_s, self._ending = 0.0, None
        self.on_playback_finished(playback_position=position_s, interrupted=interrupted)


class Words(io.TextOutput):
    """Takes the agent's words."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(label="words", next_in_chain=None)
        self._caller = caller

    async def capture_text(self, text: str) -> None:
        """Let the caller read them."""
        self._caller.reads(text)

    def flush(self) -> None:
        """No audio is held back."""


async def main(url: str, room: Path) -> None:
    """Hold the call at this address."""
    microphone, loudspeaker = Microphone(), Loudspeaker()
    caller = loudspeaker.caller = Caller(room, microphone.take)

    @function_tool
    async def lookup_order(order_id: str) -> dict[str, str]:
        """Find one order by its number.

        Args:
            order_id: The whole order number, such as ABC-1234D.
        """
        return caller.looks_up(order_id)

    base_url = url.partition("/realtime?")[0]
    model = RealtimeModel(model="reference", base_url=base_url, api_key="none")
    session = AgentSession(llm=model)
    session.input.audio = microphone
    session.output.audio = loudspeaker
    session.output.transcription = Words(caller)
    ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    session.on("close", lambda _: ended.done() or ended.set_result(None))
    await session.start(Agent(instructions=instructions(room), tools=[lookup_order]), record=False)

    async def listen() -> None:
        await ended
        raise ConnectionError("the session ended before the call did")

    await caller.call_beside(listen())
    await session.aclose()


asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
