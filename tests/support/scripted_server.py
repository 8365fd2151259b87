"""A Realtime server on loopback that speaks raw GA JSON, written from the vendor's event tables.

It hears by level (a frame above 1,000 is speech, 300 ms without is its end) and answers with a list
of replies, one per response: tones without silence at three times real time, with transcripts, and
tool calls. It does not use ``harness.protocol``, so that both ends cannot share an error.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from queue import Queue
from typing import Any

import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

RATE = 24_000
SILENCE_S = 0.3
CHUNK_S = 0.2


@dataclass(frozen=True)
class Reply:
    """A response: words over so many seconds of tone, then tool calls (name, JSON arguments)."""

    text: str = ""
    seconds: float = 1.0
    calls: tuple[tuple[str, str], ...] = ()
    delay_s: float = 0.3
    fails: str | None = None
    raw: Callable[[Session], Awaitable[None]] | None = None
    """The server's behaviour instead of all this."""
    pace: float = 3.0
    """How much faster than it plays the audio is sent; infinite for all at once."""


@dataclass
class Script:
    """The server's behaviour: replies in order (then it stays quiet), and its manners."""

    replies: list[Reply]
    close_after_turn: tuple[int, int, str] | None = None
    before_reply: list[str] = field(default_factory=list)
    refuse_session: str | None = None
    deaf: bool = False
    yields: bool = True
    """Whether speech of the caller cancels the open response, ``decides_s`` after it began."""
    decides_s: float = 0.0
    echo: dict[str, Any] = field(default_factory=dict)
    """Values in session.updated that replace the requested values."""
    refuse_creates: int = 0
    refuse_role: str = ""
    """Of whom it takes no items."""
    greeting: list[str] | None = None
    greets: bool = False
    """Whether the first reply comes unasked."""
    out_of_band: list[tuple[str, str]] = field(default_factory=list)
    """Answers out of band, in order: how each ends, and its text; then none comes."""
    lasts_s: list[float] = field(default_factory=list)
    """How long each session lasts until it expires, in order; then they last for ever."""
    silent_from: int | None = None
    """Number of the first session in which the server stays silent, from 0."""
    between: list[str] = field(default_factory=list)
    """Messages between session.created and session.updated."""


class Session:
    """The server's side of one call; ``received`` keeps the client's messages without audio."""

    def __init__(self, socket: ServerConnection, script: Script) -> None:
        self.socket, self.script = socket, script
        self.received: list[dict[str, Any]] = []
        self.samples = 0
        self.ids = 0
        self.turns = 0
        self.vad = self.answers = True
        self.speech_item: str | None = None
        self.quiet_from = 0
        self.open: asyncio.Task[None] | None = None
        self.open_id: str | None = None

    def new(self, kind: str) -> str:
        self.ids += 1
        return f"{kind}_{self.ids:04d}"

    async def send(self, type_: str, **fields: Any) -> None:
        event = {"type": type_, "event_id": self.new("event"), **fields}
        await self.socket.send(json.dumps(event))

    async def run(self) -> None:
        session = {"type": "realtime", "id": "sess_1", "object": "realtime.session"}
        for text in self.script.greeting or ():
            await self.socket.send(text)
        if self.script.greeting is None:
            await self.send("session.created", session=session)
        async with asyncio.TaskGroup() as group:
            expiring = None
            if self.script.lasts_s:
                expiring = group.create_task(self.expire(self.script.lasts_s.pop(0)))
            async for text in self.socket:
                message = json.loads(text)
                if message["type"] == "input_audio_buffer.append":
                    await self.hear(group, message)
                    continue
                self.received.append(message)
                if message.get("item", {}).get("role") == (self.script.refuse_role or "nobody"):
                    await self.error("invalid_value", "No such role.", message)
                else:
                    await self.obey(group, message, session)
            for task in filter(None, (self.open, expiring)):
                task.cancel()

    async def expire(self, after_s: float = 0.0) -> None:
        """End the session as the service does when its longest time has passed."""
        await asyncio.sleep(after_s)
        message = "Your session hit the maximum duration of 60 minutes."
        await self.error("session_expired", message, {})
        await self.socket.close(1001, message)

    async def obey(self, group: asyncio.TaskGroup, message: dict, session: dict) -> None:
        match message["type"]:
            case "session.update":
                await self.configure(group, message, session)
            case "response.create" if message.get("response", {}).get("conversation") == "none":
                if self.script.out_of_band:
                    group.create_task(self.answer_out_of_band(message["response"]["metadata"]))
            case "response.create":
                if self.script.refuse_creates or self.open_id is not None:
                    self.script.refuse_creates -= 1 if self.script.refuse_creates else 0
                    code = "conversation_already_has_active_response"
                    await self.error(code, "busy", message)
                else:
                    self.respond(group)
            case "response.cancel":
                await self.stop("client_cancelled")
            case "input_audio_buffer.commit":
                await self.commit()

    async def configure(self, group: asyncio.TaskGroup, message: dict, session: dict) -> None:
        if self.script.refuse_session:
            await self.error("invalid_value", self.script.refuse_session, message)
            return
        for text in self.script.between:
            await self.socket.send(text)
        if "audio" in message["session"]:  # else it is changed, and this is not
            vad = message["session"]["audio"]["input"].get("turn_detection")
            self.vad = vad is not None
            self.answers = self.vad and vad.get("create_response", True)
        told = {**session, **message["session"], **self.script.echo}
        await self.send("session.updated", session=told)
        if self.script.greets:
            self.respond(group)

    async def error(self, code: str, text: str, message: dict) -> None:
        error = {
            "type": "invalid_request_error",
            "code": code,
            "message": text,
            "param": None,
            "event_id": message.get("event_id"),
        }
        await self.send("error", error=error)

    async def commit(self) -> None:
        self.turns += 1
        await self.send(
            "input_audio_buffer.committed", item_id=f"item_user_{self.turns}", previous_item_id=None
        )

    async def hear(self, group: asyncio.TaskGroup, message: dict) -> None:
        audio = np.frombuffer(base64.b64decode(message["audio"]), "<i2").astype(int)
        self.samples += len(audio)
        if not self.vad or self.script.deaf:
            return
        now_ms = self.samples * 1000 // RATE
        if np.abs(audio).max() > 1000:
            self.quiet_from = self.samples
            if self.speech_item is None:
                self.speech_item = f"item_user_{self.turns + 1}"
                await self.send(
                    "input_audio_buffer.speech_started",
                    audio_start_ms=now_ms,
                    item_id=self.speech_item,
                )
                if self.script.yields:
                    group.create_task(self.decide())
        elif self.speech_item and self.samples - self.quiet_from >= SILENCE_S * RATE:
            await self.send(
                "input_audio_buffer.speech_stopped", audio_end_ms=now_ms, item_id=self.speech_item
            )
            self.speech_item = None
            await self.commit()
            closing = self.script.close_after_turn
            if closing is not None and closing[0] == self.turns:
                await self.socket.close(closing[1], closing[2])
                return
            for text in self.script.before_reply:
                await self.socket.send(text)
            if self.answers:
                self.respond(group)

    def respond(self, group: asyncio.TaskGroup) -> None:
        if self.script.replies and self.open_id is None:
            reply = self.script.replies.pop(0)
            self.open_id = self.new("resp")
            self.open = group.create_task(self.reply(self.open_id, reply))

    async def answer_out_of_band(self, metadata: dict[str, str]) -> None:
        status, text = self.script.out_of_band.pop(0)
        response = {"object": "realtime.response", "id": self.new("resp"), "metadata": metadata}
        begun = {**response, "status": "in_progress", "output": []}
        await self.send("response.created", response=begun)
        await asyncio.sleep(0.5)
        place = {"response_id": response["id"], "item_id": "item_out_of_band"}
        place |= {"output_index": 0, "content_index": 0}
        await self.send("response.output_text.delta", **place, delta=text)
        await self.send("response.done", response={**response, "status": status, "output": []})

    async def decide(self) -> None:
        if self.script.decides_s:
            await asyncio.sleep(self.script.decides_s)
        await self.stop("turn_detected")

    async def stop(self, reason: str) -> None:
        if self.open is None or self.open_id is None:
            return
        self.open.cancel()
        response_id, self.open_id, self.open = self.open_id, None, None
        details = {"type": "cancelled", "reason": reason}
        await self.done(response_id, "cancelled", [], details)

    async def done(self, response_id: str, status: str, output: list, details: Any = None) -> None:
        response = {
            "object": "realtime.response",
            "id": response_id,
            "status": status,
            "status_details": details,
            "output": output,
        }
        await self.send("response.done", response=response)

    async def reply(self, response_id: str, reply: Reply) -> None:
        await asyncio.sleep(reply.delay_s)
        if reply.raw is not None:
            self.open_id = self.open = None
            await reply.raw(self)
            return
        response = {
            "object": "realtime.response",
            "id": response_id,
            "status": "in_progress",
            "output": [],
        }
        await self.send("response.created", response=response)
        if reply.fails:
            details = {"type": "failed", "error": {"type": "server_error", "message": reply.fails}}
            self.open_id = self.open = None
            await self.done(response_id, "failed", [], details)
            return
        output = []
        if reply.text:
            output.append(await self.speak(response_id, reply))
        for index, (name, arguments) in enumerate(reply.calls, start=len(output)):
            output.append(await self.call(response_id, index, name, arguments))
        self.open_id = self.open = None
        await self.done(response_id, "completed", output)

    async def speak(self, response_id: str, reply: Reply) -> dict:
        item_id = self.new("item")
        item = {"id": item_id, "type": "message", "role": "assistant", "content": []}
        place = {"response_id": response_id, "item_id": item_id}
        place |= {"output_index": 0, "content_index": 0}
        await self.send(
            "response.output_item.added",
            response_id=response_id,
            output_index=0,
            item={**item, "status": "in_progress"},
        )
        count = round(reply.seconds / CHUNK_S)
        tone = (8000 * np.sin(np.arange(round(CHUNK_S * RATE)) * 0.06)).astype("<i2").tobytes()
        await self.send("response.output_audio_transcript.delta", **place, delta=reply.text)
        for _ in range(count):
            await self.send(
                "response.output_audio.delta", **place, delta=base64.b64encode(tone).decode()
            )
            await asyncio.sleep(CHUNK_S / reply.pace)
        await self.send("response.output_audio.done", **place)
        await self.send("response.output_audio_transcript.done", **place, transcript=reply.text)
        part = {"type": "output_audio", "transcript": reply.text}
        item = {**item, "status": "completed", "content": [part]}
        await self.send(
            "response.output_item.done", response_id=response_id, output_index=0, item=item
        )
        return item

    async def call(self, response_id: str, index: int, name: str, arguments: str) -> dict:
        item_id, call_id = self.new("item"), self.new("call")
        item = {
            "id": item_id,
            "type": "function_call",
            "status": "completed",
            "call_id": call_id,
            "name": name,
            "arguments": arguments,
        }
        await self.send(
            "response.function_call_arguments.done",
            response_id=response_id,
            item_id=item_id,
            output_index=index,
            call_id=call_id,
            name=name,
            arguments=arguments,
        )
        await self.send(
            "response.output_item.done", response_id=response_id, output_index=index, item=item
        )
        return item


@asynccontextmanager
async def scripted_server(script: Script, **named: Any) -> AsyncIterator[tuple[str, list[Session]]]:
    """Serve on a free port; yields URL and sessions, as they come. ``named``: of `serve`."""
    sessions: list[Session] = []

    async def handler(socket: ServerConnection) -> None:
        silent = script.silent_from is not None and len(sessions) >= script.silent_from
        session = Session(socket, replace(script, greeting=[]) if silent else script)
        sessions.append(session)
        try:
            await session.run()
        except* ConnectionClosed:
            pass

    plain = {"compression": None, "ping_interval": None, **named}
    async with serve(handler, "127.0.0.1", 0, **plain) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/v1/realtime?model=scripted", sessions


@contextmanager
def served_beside(script: Script, **named: Any) -> Iterator[str]:
    """Serve from a thread with its own loop, for callers that block this thread; yields the URL."""
    loop, over, urls = asyncio.new_event_loop(), asyncio.Event(), Queue[str]()

    async def main() -> None:
        async with scripted_server(script, **named) as (url, _):
            urls.put(url)
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    try:
        yield urls.get(timeout=10)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
