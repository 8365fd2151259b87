"""The dialect that `harness new` writes, in a whole call: handshake, tool round, interruption."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.call_plans import call_plan, scenario, writer
from support.installed import install
from support.offered import forget_installed
from websockets.asyncio.server import ServerConnection, serve

from harness.cli.new import write_plugin
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.scenario.session_settings import SessionSettings
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build
from harness.timeline.model import Timeline

RATE_HZ = 24_000
LONG_S = 6.0
ENDED_S = 0.5
"""Silence after which the server takes a turn of the caller to be over."""


class Server:
    """Hears by level; the first turn is answered with a tool, the second interrupts the result."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.started: dict[str, Any] = {}
        self.result = ""
        self.turns = 0
        self.quiet_s = self.spoken_s = 0.0

    async def tell(self, kind: str, **more: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **more}))

    async def say(self, answer: str, text: str, seconds: float) -> None:
        tone = (8000 * np.sin(np.arange(round(seconds * RATE_HZ)) * 0.07)).astype("<i2")
        data = base64.b64encode(tone.tobytes()).decode()
        await self.tell("transcript", text=text, answer=answer)
        await self.tell("audio", data=data, answer=answer)

    async def run(self) -> None:
        async for message in self.socket:
            raw = json.loads(message)
            match raw["type"]:
                case "start":
                    self.started = raw
                    await self.tell("ready")
                case "audio":
                    await self.hear(np.frombuffer(base64.b64decode(raw["data"]), "<i2"))
                case "tool_result":
                    self.result = raw["result"]
                    await self.say("a2", "It has shipped on Monday, by rail, and then", LONG_S)

    async def hear(self, samples: np.ndarray) -> None:
        seconds = len(samples) / RATE_HZ
        if np.abs(samples.astype(int)).max(initial=0) > 1000:
            if not self.spoken_s and self.result:
                await self.tell("interrupted")
            self.spoken_s, self.quiet_s = self.spoken_s + seconds, 0.0
            return
        self.quiet_s += seconds
        if self.spoken_s and self.quiet_s >= ENDED_S:
            self.spoken_s, self.turns = 0.0, self.turns + 1
            if self.turns == 1:
                await self.say("a1", "Let me look.", 0.8)
                arguments = {"order_id": "B7"}
                await self.tell("tool_call", id="c1", name="lookup_order", arguments=arguments)
            else:
                await self.say("a3", "Goodbye.", 0.8)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    site = tmp_path / "site"
    site.mkdir()
    write_plugin(tmp_path / "project", "dialect", "our_gateway", "our_gateway_dialect")
    install(tmp_path / "project", site)
    monkeypatch.syspath_prepend(site)
    forget_installed()
    yield
    forget_installed()
    sys.modules.pop("our_gateway_dialect", None)


@pytest.mark.usefixtures("installed")
def test_call_has_handshake_tool_round_and_interruption(tmp_path: Path) -> None:
    interrupting = {"say": "Thank you, that is all.", "barge_in": {"on_text": "shipped"}}
    wanted = scenario([{"say": "Where is my order?"}, interrupting])
    servers: list[Server] = []

    async def handler(socket: ServerConnection) -> None:
        servers.append(Server(socket))
        await servers[0].run()

    async def main() -> CallStatus:
        async with serve(handler, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            plan = call_plan(url, wanted, dialect="our_gateway", session=SessionSettings())
            return await run_call(plan, clock=VirtualClock(), writer=writer(tmp_path / "call"))

    assert run_virtual(main()) is CallStatus.COMPLETED
    (server,) = servers
    assert server.started["instructions"] == "Be brief."
    assert "lookup_order" in [tool["name"] for tool in server.started["tools"]]
    assert json.loads(server.result) == {"order_id": "B7"}
    check(build(read_recording(tmp_path / "call")))


def check(timeline: Timeline) -> None:
    (tool,) = timeline.tools
    assert (tool.name, tool.arguments) == ("lookup_order", {"order_id": "B7"})
    first, cut, last = timeline.agent
    assert (first.claimed, last.claimed) == ("Let me look.", "Goodbye.")
    assert (first.heard_s, last.heard_s) == pytest.approx((0.8, 0.8), abs=0.05)
    assert cut.interrupted
    assert cut.heard_s < LONG_S - 1
