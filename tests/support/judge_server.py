"""A chat endpoint on loopback that plays recorded answers, and misbehaves as real ones do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 1000, "completion_tokens": 100}


@dataclass(frozen=True, slots=True)
class Play:
    """An answer of the server.

    ``cut`` ends the connection after half of the body; ``late`` answers only when the server ends.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    late: bool = False


def said(text: str | None, *, usage: object = USAGE, **message: Any) -> Play:
    """Return a completion with this text; ``message`` has further keys of the message."""
    finish = message.pop("finish_reason", "stop")
    choice = {"message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
    return Play(body=json.dumps({"choices": [choice], "usage": usage}).encode())


def error(status: int, message: str = "", **headers: str) -> Play:
    """Return an HTTP error with a message as OpenAI writes it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Play(status, json.dumps({"error": {"message": message}}).encode(), named)


def answer(
    kind: str = "agreed",
    turn: int | None = 3,
    quote: str | None = "Whatever floats",
    *values: dict[str, Any],
) -> str:
    """Return the JSON of an answer; its default value is the canoe, quoted from turn 2."""
    canoe = {"argument": "boat", "value": "canoe", "turn": 2, "quote": "the canoe"}
    found = list(values) or [canoe]
    return json.dumps({"answer": kind, "turn": turn, "quote": quote, "values": found})


@dataclass(slots=True)
class JudgeServer:
    """Plays an answer per request; the last repeats. ``requests`` are bodies as they came."""

    url: str
    plays: list[Play]
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    choose: Callable[[dict[str, Any]], Play] | None = None
    """Takes the place of ``plays``."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, request: dict[str, Any], key: str) -> Play:
        with self._lock:
            self.requests.append(request)
            self.keys.append(key)
            if self.choose is not None:
                return self.choose(request)
            return self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]


@contextmanager
def judge_server(*plays: Play) -> Iterator[JudgeServer]:
    """Serve inside the block."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            request = json.loads(self.rfile.read(length))
            play = played.next(request, self.headers.get("Authorization", ""))
            if play.late:
                over.wait()
            self.send_response(play.status)
            self.send_header("Content-Length", str(len(play.body)))
            for name, value in play.headers.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(play.body[: len(play.body) // 2] if play.cut else play.body)
            except OSError:
                self.close_connection = True  # the client had enough
            if play.cut or play.late:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Keep the server quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    played = JudgeServer(f"http://127.0.0.1:{server.server_address[1]}/v1", list(plays))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield played
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
