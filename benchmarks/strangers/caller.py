"""The person who calls through a stranger's client: four lines, each spoken when its moment comes.

It needs only Python, since it runs in the environment of each client. A client's own file
passes in how to send audio, and reports the events that the client shows its users.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

RATE_HZ = 24_000
FRAME_S = 0.02
_FRAME_BYTES = int(RATE_HZ * FRAME_S) * 2
_LIMIT_S = 90.0
_GAP_S = 1.0
"""How long the agent must be silent before the caller speaks: its words come before its sound."""

_READ_BACK = re.compile(r"\b(four|4)\W*(seven|7)\W*(one|1)\W*(five|5)\W*b\b", re.IGNORECASE)
_ANSWER = re.compile(r"shipped", re.IGNORECASE)


def instructions(room: Path) -> str:
    """Return the prompt that this client must send."""
    return (room / "prompt.md").read_text(encoding="utf-8")


def order(order_id: str) -> dict[str, str]:
    """Return the shop's record of an order: the answer of the only tool."""
    return {"order_id": order_id, "status": "shipped", "eta": "2026-04-25"}


class Caller:
    """Speaks in real time, hears in real time, and prints each step that was reached."""

    def __init__(self, room: Path, send: Callable[[bytes], Awaitable[None]]) -> None:
        self._room = room
        self._send = send
        self._to_speak = bytearray()
        self._spoken = asyncio.Event()
        self._words = ""
        self._changed = asyncio.Event()
        self._playing_until = 0.0
        self._interrupted = False
        self._asked_for = ""

    def hears(self, sound: bytes) -> None:
        """Take audio of the agent, to be played after the audio in the queue."""
        begin = max(time.monotonic(), self._playing_until)
        self._playing_until = begin + len(sound) / 2 / RATE_HZ
        self._changed.set()

    @property
    def plays(self) -> bool:
        """Whether sound of the agent plays, or played until now."""
        return self._playing_until > time.monotonic() - FRAME_S

    def reads(self, words: str) -> None:
        """Take words of the agent, whole or in pieces."""
        self._words += words
        self._changed.set()

    def stops(self) -> None:
        """Stop playing: the client says that the caller interrupted."""
        self._interrupted = True
        self._playing_until = 0.0
        self._changed.set()

    def looks_up(self, order_id: str) -> dict[str, str]:
        """Be the tool."""
        self._asked_for = order_id
        self._words = ""
        self._changed.set()
        return order(order_id)

    async def call_beside(
        self, client: Coroutine[Any, Any, None], *, greeted: bool = False
    ) -> None:
        """Hold the call while the client's own loop runs; the end of that loop ends the call.

        ``greeted`` waits for the agent's first words, which some clients ask for. Raises
        TimeoutError at the step that never came.
        """
        parts = (self._call(greeted=greeted), self._microphone(), client)
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _call(self, *, greeted: bool) -> None:
        async with asyncio.timeout(_LIMIT_S):
            if greeted:
                await self._until(lambda: bool(self._words))
                await self._heard_out()
            await self._hold()

    async def _hold(self) -> None:
        await self._say("order")
        _step("order")
        await self._until(lambda: bool(_READ_BACK.search(self._words)))
        _step("read-back")
        await self._heard_out()
        await self._say("yes")
        _step("yes")
        await self._until(lambda: self._asked_for == "ORD-4715B")
        _step("tool")
        await self._until(lambda: bool(_ANSWER.search(self._words)))
        _step("answer")
        await self._until(lambda: self._playing_until > time.monotonic())
        self._interrupted = False
        speaking = asyncio.create_task(self._say("next"))
        await self._until(lambda: self._interrupted)
        _step("barge-in")
        await speaking
        await asyncio.sleep(1.0)  # the client's messages about it: truncate, cancel

    async def _until(self, true: Callable[[], bool]) -> None:
        while not true():
            self._changed.clear()
            await self._changed.wait()

    async def _heard_out(self) -> None:
        began = time.monotonic()
        silent_from = -1.0
        while silent_from < max(began, self._playing_until):  # more may come while it waits
            silent_from = max(began, self._playing_until)
            await asyncio.sleep(silent_from + _GAP_S - time.monotonic())

    async def _say(self, name: str) -> None:
        self._spoken.clear()
        self._to_speak += (self._room / f"{name}.pcm").read_bytes()
        await self._spoken.wait()

    async def _microphone(self) -> None:
        due = time.monotonic()
        while True:
            frame = bytes(self._to_speak[:_FRAME_BYTES])
            del self._to_speak[:_FRAME_BYTES]
            await self._send(frame.ljust(_FRAME_BYTES, b"\0"))
            if not self._to_speak:
                self._spoken.set()
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))


def _step(name: str) -> None:
    sys.stdout.write(f"step {name}\n")
    sys.stdout.flush()
