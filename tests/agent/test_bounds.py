"""Bounds on the memory and time that a client can take from the agent."""

from __future__ import annotations

import asyncio
import gc
import json
import weakref
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from support.agent_driver import Driver
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from harness.agent.desk.en.english import ENGLISH_DESK
from harness.agent.desk.policy import Desk
from harness.agent.desk.toolbox import Said, Terms
from harness.agent.server import connection, websocket_server
from harness.agent.server.websocket_server import AgentServer, serve
from harness.session.clock import RealClock

UPGRADE = (
    "GET /v1/realtime HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@asynccontextmanager
async def _silent_client(server: AgentServer) -> AsyncIterator[asyncio.StreamReader]:
    """Open a session and never send a frame again, not even an answer to a ping or a close."""
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(UPGRADE.encode())
    await reader.readuntil(b"\r\n\r\n")
    try:
        yield reader
    finally:
        writer.close()


def test_what_was_heard_before_pauses_that_were_none_is_forgotten() -> None:
    driver = Driver()
    for job in range(1000, 1100):
        driver.session.recognized(job, lambda: "Where is my order", driver.now)
    assert len(driver.session.caller._results) < 20


def test_a_session_that_is_over_leaves_nothing_for_the_garbage_collector() -> None:
    gc.collect()
    gc.disable()
    try:
        driver = Driver()
        driver.push_to_talk()
        driver.talk(1.0)
        driver.send(type="input_audio_buffer.commit")
        driver.answer()
        session = weakref.ref(driver.session)
        caller = weakref.ref(driver.session.caller)
        del driver
        assert (session(), caller()) == (None, None)
    finally:
        gc.enable()


def test_a_client_that_reads_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MOST_UNSENT", 1024 * 1024)
    part = {"type": "input_text", "text": "x" * 500_000}
    item = {"type": "message", "role": "system", "content": [part]}
    create = json.dumps({"type": "conversation.item.create", "item": item})

    async def main() -> None:
        async with (
            serve(clock=RealClock()) as server,
            connect(server.url, max_queue=1, max_size=None, compression=None) as socket,
        ):
            for _ in range(100):
                await socket.send(create)

    with pytest.raises(ConnectionClosed):
        asyncio.run(asyncio.wait_for(main(), 30))


def test_a_line_on_which_nobody_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_server, "_PING_S", 0.1)

    async def main() -> bytes:
        async with serve(clock=RealClock()) as server, _silent_client(server) as reader:
            return await asyncio.wait_for(reader.read(), 10)

    assert b"session.created" in asyncio.run(main())


def test_the_agent_stops_at_once_even_if_a_client_does_not_say_goodbye() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as lines:
            async with serve(clock=RealClock()) as server:
                reader = await lines.enter_async_context(_silent_client(server))
                await reader.readuntil(b"session.created")
                stops_s = loop.time()
            return loop.time() - stops_s

    assert asyncio.run(main()) < 3


def test_of_a_turn_no_more_is_read_than_is_said_in_a_minute() -> None:
    answers = set()
    for length in (1_000, 10_000, 1_000_000):
        desk = Desk(ENGLISH_DESK, seed=7)
        typed = ("Where is my order? " * (length // 19 + 1))[:length]
        answers.add(desk.respond([Said(typed)], None, Terms()).say)
    assert len(answers) == 1
