"""A GPT-Live server on loopback, written from the vendor's description of the protocol.

It does not use ``harness.protocol``. It never speaks first, runs on the caller's audio (a tenth of
a second of its track for every tenth that came, silence included), hears by level, and says its
answers as tones, half a second after the caller. All messages that it gets must fit the types of
the vendor's own package.
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from support.live_types import check_client
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

RATE = 24_000
CHUNK = RATE // 10
SESSION = {"id": "live_1", "expires_at": 1800000000, "model": "gpt-live-1", "status": "active"}

Told = dict[str, Any] | str | int
"""A message, raw text, or a code to close the socket with."""


@dataclass(frozen=True)
class Answer:
    """Words over so many seconds of tone; ``calls`` are handed to the backend as it begins."""

    text: str = "It is on its way."
    seconds: float = 1.0
    calls: tuple[str, ...] = ()


@dataclass
class LiveScript:
    """The service's acts, and the messages that it got."""

    answers: list[Answer]
    opening: list[Told] | None = None
    """Instead of ``session.started``."""
    at: dict[float, list[Told]] = field(default_factory=dict)
    """The messages that it sends when so many seconds of the caller came."""
    closes: bool = True
    """Whether it says a last word when it is asked to close."""
    leaves_out_silence: bool = False
    binary: bool = False
    received: list[dict[str, Any]] = field(default_factory=list)
    heard_s: float = 0.0


class _Session:
    def __init__(self, socket: ServerConnection, script: LiveScript) -> None:
        self.socket, self.script = socket, script
        self.answers = list(script.answers)
        self.samples = self.sent = self.ids = self.responses = 0
        self.quiet_since: int | None = None
        self.track = np.zeros(0, "<i2")
        self.words: list[tuple[int, str]] = []

    async def run(self) -> None:
        async for text in self.socket:
            message = check_client(text)
            kind = message["type"]
            if kind == "session.input_audio.append":
                await self.hear(np.frombuffer(base64.b64decode(message["audio"]), "<i2"))
                continue
            self.script.received.append(message)
            match kind:
                case "session.start":
                    opening = self.script.opening
                    started = self.event("session.started", session=SESSION)
                    await self.tell(*([started] if opening is None else opening))
                case "session.commentary.append":
                    await self.tell(self.event("session.commentary.appended", start_ms=0, end_ms=0))
                    self.speak()
                case "response.create":
                    await self.backend({"type": "response.created", "response": self.response()})
                    done = {"type": "response.completed", "response": self.response("completed")}
                    await self.backend(done)
                    self.speak()
                case "session.close" if self.script.closes:
                    usage = {"seconds": self.samples / RATE}
                    await self.tell(closed("close_requested", usage), 1000)

    async def hear(self, audio: np.ndarray) -> None:
        loud = len(audio) > 0 and int(np.abs(audio.astype(int)).max()) > 1000
        self.samples += len(audio)
        self.script.heard_s = self.samples / RATE
        if loud:
            self.quiet_since = self.samples
        elif self.quiet_since is not None and self.samples - self.quiet_since >= RATE // 2:
            self.quiet_since = None
            self.speak()
        while self.sent + CHUNK <= self.samples:
            await self.flow()
        for at_s in sorted(self.script.at):
            if at_s <= self.script.heard_s:
                await self.tell(*self.script.at.pop(at_s))

    def speak(self) -> None:
        if not self.answers:
            return
        answer = self.answers.pop(0)
        tone = 8000 * np.sin(np.arange(round(answer.seconds * RATE)) * 0.1)
        self.words.append((self.sent + len(self.track), answer.text))
        self.track = np.concatenate([self.track, tone.astype("<i2")])
        self.calls = answer.calls

    async def flow(self) -> None:
        piece, self.track = self.track[:CHUNK], self.track[CHUNK:]
        silent = np.zeros(CHUNK - len(piece), "<i2")
        if len(piece) or not self.script.leaves_out_silence:
            audio = base64.b64encode(np.concatenate([piece, silent]).tobytes()).decode()
            await self.tell({"type": "session.output_audio.delta", "delta": audio})
        self.sent += CHUNK
        while self.words and self.words[0][0] < self.sent:
            start, text = self.words.pop(0)
            at_ms = start * 1000 // RATE
            kind = "session.output_transcript.delta"
            fragments = (f" {word}" for word in text.split())
            for fragment in fragments:
                await self.tell(
                    self.event(kind, delta=fragment, start_ms=at_ms, end_ms=at_ms + 200)
                )
            await self.call(self.calls)

    async def call(self, names: tuple[str, ...]) -> None:
        if not names:
            return
        delegation = {"id": "item_d1", "type": "delegation", "target": "responses"}
        kind = "session.delegation.created"
        await self.tell(self.event(kind, offset_ms=0, delegation=delegation))
        self.responses += 1
        await self.backend({"type": "response.created", "response": self.response()})
        for number, name in enumerate(names):
            item = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}"}
            item |= {"name": name, "arguments": "{}", "status": "completed"}
            await self.backend({"type": "response.output_item.done", "item": item})
        done = {"type": "response.completed", "response": self.response("completed")}
        await self.backend(done)

    def response(self, status: str = "in_progress") -> dict[str, Any]:
        usage = {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12}
        return {"id": f"resp_{self.responses}", "status": status, "output": [], "usage": usage}

    async def backend(self, event: dict[str, Any]) -> None:
        await self.tell(self.event("response.event", delegation_id="item_d1", event=event))

    def event(self, kind: str, **fields: Any) -> dict[str, Any]:
        self.ids += 1
        return {"type": kind, "event_id": f"event_{self.ids}", **fields}

    async def tell(self, *told: Told) -> None:
        for each in told:
            if isinstance(each, int):
                await self.socket.close(each)
            else:
                text = each if isinstance(each, str) else json.dumps(each)
                await self.socket.send(text.encode() if self.script.binary else text)


def closed(reason: str, usage: dict[str, float]) -> dict[str, Any]:
    """Return the last word of a session."""
    end = {"type": "session.closed", "event_id": "last", "reason": reason}
    return {**end, "usage": usage, "session": SESSION}


@asynccontextmanager
async def live_service(script: LiveScript) -> AsyncIterator[str]:
    """Serve one script to every call; yields the URL."""

    async def handle(socket: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            await _Session(socket, script).run()

    async with serve(handle, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/v1/live/sessions"
