"""The server that the page gives to copy keeps to the protocol."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from support.pages import blocks, page
from support.stored_messages import decoded
from support.synthetic_run import good_call
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from harness.recording.model import Direction, Recording, WireMessage
from harness.recording.provenance import CallStatus

GOOD = good_call().recording("good", seed=7, status=CallStatus.COMPLETED)
TURN = ("input_audio_buffer.commit", "response.create")
STORED_AUDIO = {"track": "agent_generated", "start": 0, "samples": 4_800}


def test_its_page_lists_nothing_against_the_protocol() -> None:
    recording = asyncio.run(called())
    kinds = [event.message["type"] for event in recording.messages]
    assert kinds.count("response.done") == 2
    assert kinds.count("response.output_audio.delta") == 10
    assert recording.violations == ()


async def called() -> Recording:
    """Return a call of two turns with the server of the page, as it would be recorded."""
    (code,) = blocks(page("own-server.md"), "python")
    names: dict[str, Any] = {}
    exec(code.replace("asyncio.run(main())\n", ""), names)
    events: list[WireMessage] = []
    async with serve(names["call"], "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}/v1/realtime") as client:
            for kinds, until in (
                (("session.update",), "session.updated"),
                (TURN, "response.done"),
                (TURN, "response.done"),
            ):
                for kind in kinds:
                    session = {"session": {"type": "realtime"}} if kind == "session.update" else {}
                    sent = {"type": kind, **session}
                    await client.send(json.dumps(sent))
                    events.append(WireMessage(float(len(events)), Direction.SENT, sent))
                while events[-1].message["type"] != until:
                    got = json.loads(await client.recv())
                    if got["type"] == "response.output_audio.delta":
                        got["delta"] = STORED_AUDIO
                    events.append(WireMessage(float(len(events)), Direction.RECEIVED, got))
    return decoded(GOOD, events)
