"""Agents that misbehave or are not there: every call ends with a status, and no key leaks."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from support.small_desk import all_text, results_of, small_desk, statuses
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from harness.cli.main import run_command

KEY = "sk-test-4f7Q9zLm2XcVb81"
URL_KEY = "q8Rt5Yp3LwZ0"


async def _event(peer: ServerConnection, type_: str, **fields: Any) -> None:
    await peer.send(json.dumps({"type": type_, "event_id": f"event_{type_}", **fields}))


async def _greet(peer: ServerConnection) -> None:
    session = {"type": "realtime", "id": "sess_1", "object": "realtime.session"}
    await _event(peer, "session.created", session=session)
    wanted = json.loads(await peer.recv())
    await _event(peer, "session.updated", session={**session, **wanted["session"]})


async def _error(peer: ServerConnection, code: str, message: str) -> None:
    kind = "invalid_request_error"
    await _event(peer, "error", error={"type": kind, "code": code, "message": message})


async def _silent(peer: ServerConnection) -> None:
    await _greet(peer)


async def _hangs_up(peer: ServerConnection) -> None:
    await _greet(peer)
    for _ in range(20):  # 0.4 s of the caller's stream
        await peer.recv()
    await peer.close(1011, f"no more for {KEY}")


async def _echoes_the_key(peer: ServerConnection) -> None:
    await _greet(peer)
    await _error(peer, "invalid_api_key", f"Incorrect API key provided: {KEY}. Get another.")


async def _echoes_the_url_key(peer: ServerConnection) -> None:
    await _greet(peer)
    await _error(peer, "invalid_api_key", f"Incorrect API key provided: {URL_KEY}.")


async def _complains(peer: ServerConnection) -> None:
    await _greet(peer)
    await _error(peer, "some_warning", f"something small is wrong with {KEY}")


async def _babbles(peer: ServerConnection) -> None:
    await _greet(peer)
    for _ in range(5):
        await peer.send(f"<html>{KEY}</html>")


async def _slips_once(peer: ServerConnection) -> None:
    await _greet(peer)
    await peer.send("{not json")


async def _refuses_the_session(peer: ServerConnection) -> None:
    await _event(peer, "session.created", session={"type": "realtime", "id": "sess_1"})
    await peer.recv()
    await _error(peer, "invalid_value", f"no such voice for {KEY}")


Manner = Callable[[ServerConnection], Awaitable[None]]

# scenario (called in this order), how the agent behaves, status of the call, start of its detail
CALLS: list[tuple[str, Manner | None, str, str]] = [
    ("a_silent", _silent, "agent_silent", ""),
    ("b_hangs_up", _hangs_up, "socket_closed", "connection closed: 1011 no more for [redacted]"),
    ("c_key_echo", _echoes_the_key, "agent_error", "Incorrect API key provided: [redacted]."),
    ("d_complains", _complains, "completed", ""),
    ("e_babbles", _babbles, "agent_error", "the server sent 4 messages that are not JSON objects"),
    ("f_slips", _slips_once, "completed", "1 message(s) of the server were not JSON"),
    ("g_refuses", _refuses_the_session, "agent_error", "no such voice for [redacted]"),
    ("h_401", None, "harness_error", "cannot open a session at ws://"),
]


@contextmanager
def agents(*manners: Manner | None) -> Iterator[int]:
    """Serve one manner per connection, in order, from a thread; None refuses with 401."""
    left = list(manners)
    ready: list[int] = []
    loop = asyncio.new_event_loop()
    up, over = threading.Event(), asyncio.Event()

    def check(peer: ServerConnection, request: Request) -> Response | None:
        assert request.headers["Authorization"] == f"Bearer {KEY}"
        if left[0] is not None:
            return None
        left.pop(0)
        return peer.respond(HTTPStatus.UNAUTHORIZED, f"bad key {KEY}\n")

    async def handle(peer: ServerConnection) -> None:
        manner = left.pop(0)
        assert manner is not None
        try:
            await manner(peer)
            async for _ in peer:
                pass
        except ConnectionClosed:
            pass

    async def main() -> None:
        async with serve(handle, "127.0.0.1", 0, process_request=check) as server:
            ready.append(next(iter(server.sockets)).getsockname()[1])
            up.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    try:
        assert up.wait(10)
        yield ready[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite without scenarios, a key in the environment, and a clock that no load upsets."""
    monkeypatch.setenv("MY_AGENT_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return small_desk(tmp_path / "desk")


def _speaks(scenario: Path) -> None:
    """Let the caller say something, so that an answer is due."""
    text = scenario.read_text()
    assert "  - silence: " in text
    scenario.write_text(re.sub("  - silence: .*", "  - say: Hello?", text))


def target(url: str) -> str:
    Path("mine.yaml").write_text(
        f"format: 1\ntarget: mine\nurl: {url}\nauth: {{bearer_env: MY_AGENT_KEY}}\n"
    )
    return "mine.yaml"


def test_every_misbehaviour_has_its_status_and_is_shown_and_no_key_leaks(desk, capfd):
    small_desk(desk, **{name: 1.0 for name, *_ in CALLS})
    _speaks(desk / "a_silent.yaml")
    with agents(*(manner for _, manner, *_ in CALLS)) as port:
        mine = target(f"ws://127.0.0.1:{port}/v1/realtime")
        options = ["--target", mine, "--out", "out", "--concurrency", "1"]
        assert run_command(["run", "desk", *options]) == 3
    out = Path("out")
    assert statuses(out) == [(name, status) for name, _, status, _ in CALLS]
    for call, (name, _, _, detail) in zip(results_of(out)["calls"], CALLS, strict=True):
        assert call["status_detail"].startswith(detail), name
        assert call["passed"] is (False if call["status"] == "agent_silent" else None), name
        assert (out / call["recording"] / "index.html").exists()
    assert "rejected: HTTP 401: bad key ***" in results_of(out)["calls"][-1]["status_detail"]
    events = out / "calls" / "b-hangs-up" / "001" / "events.jsonl"
    assert events.read_bytes().count(b"input_audio_buffer.append") >= 20
    output = capfd.readouterr()
    assert KEY not in output.out + output.err
    assert "Traceback" not in output.err
    assert KEY.encode() not in all_text(out)
    assert run_command(["score", "out"]) == 3
    assert run_command(["report", "out"]) == 0
    output = capfd.readouterr()
    assert KEY not in output.out + output.err
    assert KEY.encode() not in all_text(out)
    assert statuses(out) == [(name, status) for name, _, status, _ in CALLS]


def test_an_agent_that_is_silent_fails_the_gate_and_nothing_else(desk, capfd):
    _speaks(small_desk(desk, quiet=0.5) / "quiet.yaml")
    with agents(_silent) as port:
        mine = target(f"ws://127.0.0.1:{port}/v1/realtime")
        assert run_command(["run", "desk", "--target", mine, "--out", "out"]) == 1
    assert "FAIL  quiet (agent_silent): time_to_first_audio: no answer" in capfd.readouterr().err


def test_a_key_in_the_url_reaches_no_file_either(desk, capfd, monkeypatch):
    monkeypatch.setenv("MY_AGENT_KEY", KEY)
    small_desk(desk, quiet=0.3)
    with agents(_echoes_the_url_key) as port:
        mine = target(f"ws://127.0.0.1:{port}/v1/realtime?api_key={URL_KEY}")
        assert run_command(["run", "desk", "--target", mine, "--out", "out"]) == 3
    output = capfd.readouterr()
    assert statuses(Path("out")) == [("quiet", "agent_error")]
    assert URL_KEY not in output.out + output.err
    assert URL_KEY.encode() not in all_text(Path("out"))


@contextmanager
def _closed_port() -> Iterator[str]:
    with socket.socket() as taken:  # bound, never listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        yield f"ws://127.0.0.1:{taken.getsockname()[1]}/"


@contextmanager
def _plain_port() -> Iterator[str]:
    def answer() -> None:
        peer, _ = door.accept()
        with peer:
            peer.recv(4096)
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=answer)
        thread.start()
        yield f"wss://127.0.0.1:{door.getsockname()[1]}/"
        thread.join()


@pytest.mark.parametrize(
    ("server", "said"),
    [(_closed_port, ": refused: "), (_plain_port, ": tls: ")],
    ids=["connection refused", "TLS failure"],
)
def test_a_server_that_cannot_be_reached_is_one_line(desk, capsys, server, said):
    small_desk(desk, quiet=0.3)
    with server() as url:
        assert run_command(["run", "desk", "--target", url, "--out", "out"]) == 3
    output = capsys.readouterr()
    (line,) = output.err.splitlines()
    assert line.startswith(
        "[1/1] ----  quiet: no connection to the agent: cannot open a session at ws"
    )
    assert said in line
    assert statuses(Path("out")) == [("quiet", "harness_error")]
    assert results_of(Path("out"))["calls"][0]["end_cause"] == "no_connection"
    stored = json.loads(next(Path("out").glob("calls/*/*/manifest.json")).read_text())
    assert stored["end_cause"] == "no_connection"
    assert (Path("out") / "index.html").exists()


def test_a_server_that_refuses_every_call_is_told_once(desk, capsys):
    small_desk(desk, one=0.3, two=0.3, three=0.3)
    with _closed_port() as url:
        assert run_command(["run", "desk", "--target", url, "--out", "out"]) == 3
    output = capsys.readouterr()
    first, *others = output.err.splitlines()
    assert "refused" in first
    assert [line.rpartition(": ")[2] for line in others] == [
        "for the same reason as a call before"
    ] * 2
    assert output.out.count("cannot open a session") == 1
    assert ", and 2 more" in output.out
    assert "3 calls do not count" in output.out
    assert [status for _, status in statuses(Path("out"))] == ["harness_error"] * 3
