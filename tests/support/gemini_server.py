"""A scripted Gemini Live server on loopback, written from the vendor's documents alone.

It hears by level, and plays one act of its script for every turn of the caller. An act is a list of
messages, of seconds to wait, of ``RESULT`` (until the client has answered a tool call), of other
texts (sent as they are) and of ``Close``. It reports a barge-in as the vendor does:
``interrupted``, then ``turnComplete``. It does not use ``harness.protocol``.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import numpy as np
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

Message = dict[str, Any]
_PATH = re.compile(r"/{1,2}ws/google\.ai\.generativelanguage\.v\w+\.GenerativeService\.\w+")
_IN_HZ, _OUT_HZ = 16_000, 24_000
_LOUD = 1_000
_ENDED_S = 0.4
_PIECE_S = 0.2


@dataclass(frozen=True)
class Close:
    """Ends the connection."""

    code: int
    reason: str = ""


RESULT = "the client's answer to a call"
Act = list["Message | float | str | Close"]


@dataclass
class Script:
    """The server's acts, and afterwards the messages that it got."""

    acts: list[Act]
    binary: bool = False
    """Whether its messages are binary frames."""
    url_safe: bool = False
    """Whether its sound is in the other alphabet."""
    refuses: Close | None = None
    """The answer to a setup, in place of setupComplete."""
    resumed: Act = field(default_factory=list)
    """The answer to a setup that brings a handle, in place of setupComplete."""
    interrupts: bool = True
    got: list[Message] = field(default_factory=list)
    left: list[Act] = field(default_factory=list)
    """The acts still to come, in this connection or the next."""
    headers: dict[str, str] = field(default_factory=dict)
    path: str = ""


def say(words: str, seconds: float) -> Act:
    """Return a spoken turn: words, audio as fast as possible, and its two ends."""
    return [*speech(words, seconds), content(generationComplete=True), content(turnComplete=True)]


def speech(words: str, seconds: float) -> Act:
    """Words and sound, and no end."""
    tone = (8000 * np.sin(np.arange(round(seconds * _OUT_HZ)) * 0.07)).astype("<i2")
    length = round(_PIECE_S * _OUT_HZ)
    pieces = (tone[at : at + length] for at in range(0, len(tone), length))
    return [content(outputTranscription={"text": words}), *(sound(each) for each in pieces)]


def sound(samples: Any) -> Message:
    data = base64.b64encode(samples.tobytes()).decode()
    blob = {"mimeType": f"audio/pcm;rate={_OUT_HZ}", "data": data}
    return content(modelTurn={"role": "model", "parts": [{"inlineData": blob}]})


def content(**fields: Any) -> Message:
    return {"serverContent": fields}


def call(name: str, call_id: str | None = "fc1", **args: Any) -> Message:
    told = {"name": name, "args": args, **({} if call_id is None else {"id": call_id})}
    return {"toolCall": {"functionCalls": [told]}}


class _Session:
    def __init__(self, socket: ServerConnection, script: Script) -> None:
        self.socket, self.script = socket, script
        self.acts = script.left
        self.loud_since = self.silent = 0
        self.playing: asyncio.Task[None] | None = None
        self.answered = asyncio.Event()

    async def run(self) -> None:
        opening = json.loads(await self.socket.recv())
        self.script.got.append(opening)
        assert list(opening) == ["setup"], "nothing may come before the setup"
        if self.script.refuses is not None:
            await self.socket.close(self.script.refuses.code, self.script.refuses.reason)
            return
        if self.script.resumed and "handle" in opening["setup"].get("sessionResumption", {}):
            await self.play(self.script.resumed)
        else:
            await self.send({"setupComplete": {"sessionId": "s1"}})
        async for message in self.socket:
            told = json.loads(message)
            audio = told.get("realtimeInput", {}).get("audio")
            if audio is None:
                self.script.got.append(told)
                self.typed(told)
            else:
                assert audio["mimeType"] == f"audio/pcm;rate={_IN_HZ}"
                samples = np.frombuffer(base64.b64decode(audio["data"]), "<i2")
                await self.listen(samples.astype(int))

    def typed(self, told: Message) -> None:
        if "toolResponse" in told:
            self.answered.set()
        elif {"text", "activityEnd"} & told.get("realtimeInput", {}).keys():
            self.next_act()

    async def listen(self, samples: np.ndarray) -> None:
        if self.push_to_talk:
            return
        if np.abs(samples).max(initial=0) > _LOUD:
            self.silent = 0
            self.loud_since += 1
            if self.loud_since == 3:
                await self.spoken_over()
        elif self.loud_since:
            self.silent += len(samples)
            if self.silent >= _ENDED_S * _IN_HZ:
                self.loud_since = self.silent = 0
                self.next_act()

    @property
    def push_to_talk(self) -> bool:
        activity = self.script.got[0]["setup"].get("realtimeInputConfig", {})
        return bool(activity.get("automaticActivityDetection", {}).get("disabled"))

    async def spoken_over(self) -> None:
        if self.playing is not None and not self.playing.done() and self.script.interrupts:
            self.playing.cancel()
            await self.send(content(interrupted=True))
            await self.send(content(turnComplete=True))

    def next_act(self) -> None:
        if self.acts:
            act = self.acts.pop(0)
            self.playing = asyncio.get_running_loop().create_task(self.play(act))

    async def play(self, act: Act) -> None:
        for step in act:
            if step == RESULT:
                await self.answered.wait()
                self.answered.clear()
            elif isinstance(step, Close):
                await self.socket.close(step.code, step.reason)
            elif isinstance(step, float):
                await asyncio.sleep(step)
            elif isinstance(step, str):
                await self.socket.send(step)
            else:
                await self.send(step)

    async def send(self, message: Message) -> None:
        text = json.dumps(message)
        if self.script.url_safe:
            text = re.sub(r'(?<="data": ")[^"]+', _other_alphabet, text)
        await self.socket.send(text.encode() if self.script.binary else text)


def _other_alphabet(data: re.Match[str]) -> str:
    return data[0].replace("+", "-").replace("/", "_").rstrip("=")


@asynccontextmanager
async def gemini_server(script: Script) -> AsyncIterator[str]:
    """Serve a script on loopback; yields the address, without a path."""

    script.left = list(script.acts)

    async def handle(socket: ServerConnection) -> None:
        assert socket.request is not None
        script.headers = {k.lower(): v for k, v in socket.request.headers.raw_items()}
        script.path = socket.request.path
        session = _Session(socket, script)
        with suppress(ConnectionClosed):
            await session.run()
        if session.playing is not None:
            session.playing.cancel()

    def check(socket: ServerConnection, request: Request) -> Response | None:
        served = _PATH.fullmatch(request.path.partition("?")[0]) is not None
        return None if served else socket.respond(HTTPStatus.NOT_FOUND, "no such method\n")

    async with serve(
        handle, "127.0.0.1", 0, process_request=check, compression=None, ping_interval=None
    ) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
