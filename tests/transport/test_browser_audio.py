"""A person in a browser: who may connect, the served files, and one person at a time."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from harness.audio.pcm import Int16Array
from harness.errors import PortTaken
from harness.transport.browser_audio import SOCKET, BrowserAudio, ServedFile, serve_browser

FILES = {"": ServedFile(b"<!doctype html>hi", "text/html; charset=utf-8")}


def socket_url(browser: BrowserAudio) -> str:
    return f"{browser.url.replace('http', 'ws')}line"


def origin(browser: BrowserAudio) -> str:
    return "/".join(browser.url.split("/")[:3])


async def answer(browser: BrowserAudio, path: str | None = None, **headers: str) -> tuple[int, str]:
    url = browser.url if path is None else f"{origin(browser)}{path}"

    def ask() -> tuple[int, str]:
        try:
            with urlopen(Request(url, headers=headers)) as found:
                return found.status, found.headers["Content-Security-Policy"]
        except OSError as error:
            return error.code, ""  # type: ignore[attr-defined]

    return await asyncio.to_thread(ask)


@pytest.mark.asyncio
async def test_only_who_has_the_address_gets_the_page() -> None:
    async with serve_browser(FILES) as browser:
        status, policy = await answer(browser)
        assert status == 200
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        root = browser.url.removeprefix(origin(browser))
        assert browser.url.startswith("http://127.0.0.1:")
        assert len(root) > 30
        for wrong in ("/", root[:-2] + "/", f"{root}other"):
            assert (await answer(browser, wrong))[0] == 404
        assert (await answer(browser, Host="evil.example"))[0] == 403
    async with serve_browser(FILES) as other:
        assert other.url.removeprefix(origin(other)) != root


@pytest.mark.asyncio
@pytest.mark.parametrize("twice", ["Host", "Origin"])
async def test_a_header_that_is_there_twice_is_refused(twice: str) -> None:
    async with serve_browser(FILES) as browser:
        place = urlsplit(browser.url)
        path = place.path + (SOCKET if twice == "Origin" else "")
        lines = [f"GET {path} HTTP/1.1", f"Host: {place.netloc}", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", f"{twice}: http://evil.example"]
        lines += [f"Origin: http://{place.netloc}"] * (twice == "Origin")
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write("\r\n".join([*lines, "", ""]).encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 403 ")
        writer.close()


@pytest.mark.parametrize("asked", [None, "http://evil.example", "null"])
@pytest.mark.asyncio
async def test_the_socket_is_opened_by_the_page_itself(asked: str | None) -> None:
    async with serve_browser(FILES) as browser:
        with pytest.raises(InvalidStatus) as refused:
            await connect(socket_url(browser), origin=asked)  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403


@pytest.mark.asyncio
async def test_sound_goes_both_ways_until_the_person_hangs_up() -> None:
    heard: list[Int16Array] = []
    async with serve_browser(FILES) as browser:
        browser.play(np.ones(480, np.int16))  # no person is connected: the audio is dropped
        async with connect(socket_url(browser), origin=origin(browser)) as socket:  # type: ignore[arg-type]
            await browser.called()
            listening = asyncio.create_task(browser.listen(heard.append))
            browser.play(np.arange(480, dtype=np.int16))
            assert await socket.recv() == np.arange(480, dtype="<i2").tobytes()
            browser.tell("Over.")
            assert json.loads(await socket.recv()) == {"told": "Over."}
            await socket.send(b"\x01\x00\x02\x00\x03")
            await socket.send("words are no sound")
        await listening
    assert [part.tolist() for part in heard] == [[1, 2]]


@pytest.mark.asyncio
async def test_whoever_comes_second_is_told_that_the_call_is_taken() -> None:
    async with serve_browser(FILES) as browser:
        first = await connect(socket_url(browser), origin=origin(browser))  # type: ignore[arg-type]
        await browser.called()
        second = await connect(socket_url(browser), origin=origin(browser))  # type: ignore[arg-type]
        with pytest.raises(ConnectionClosed) as closed:
            await second.recv()
        await first.close()
    assert closed.value.rcvd is not None
    told = (closed.value.rcvd.code, closed.value.rcvd.reason)
    assert told == (1013, "somebody is on the line")


@pytest.mark.asyncio
async def test_more_than_a_second_of_sound_at_once_ends_the_call() -> None:
    heard: list[Int16Array] = []
    async with serve_browser(FILES) as browser:
        async with connect(socket_url(browser), origin=origin(browser)) as socket:  # type: ignore[arg-type]
            await browser.called()
            listening = asyncio.create_task(browser.listen(heard.append))
            await socket.send(bytes(64 * 1024))
            await socket.send(bytes(64 * 1024 + 2))
            async with asyncio.timeout(30):
                await socket.wait_closed()
        with suppress(ConnectionClosed):
            await listening
    assert (socket.close_code, [len(part) for part in heard]) == (1009, [32 * 1024])


@pytest.mark.asyncio
async def test_a_port_that_is_taken_is_told() -> None:
    async with serve_browser(FILES) as browser:
        port = int(browser.url.split(":")[2].split("/")[0])
        with pytest.raises(PortTaken, match=str(port)):
            async with serve_browser(FILES, port=port):
                pass
