"""A loopback server that mints keys."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer


@contextmanager
def minting(
    status: int, *answers: bytes, headers: Mapping[str, str] = {}, drip_s: float = 0.0
) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Serve answers in order; yield the URL, and the requests (key, body)."""
    asked: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.headers["Authorization"], body))
            answer = answers[min(len(asked), len(answers)) - 1]
            self.send_response(status)
            for name, value in {"Content-Length": str(len(answer)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # the client may be gone
                for start in range(0, len(answer), 1 if drip_s else max(1, len(answer))):
                    self.wfile.write(answer[start:] if not drip_s else answer[start : start + 1])
                    self.wfile.flush()
                    time.sleep(drip_s)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/mint", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
