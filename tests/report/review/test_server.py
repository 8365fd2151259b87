"""The review page is served to its own reader only, and accepts only answers."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.synthetic_run import write_run

from harness.errors import StorageFailed, UsageError
from harness.report.review_server import MOST_BYTES, AnswerShown, ReviewServer, review_page
from harness.results.reviews import ReviewAnswer, questions
from harness.results.store import read_results

JSON = {"Content-Type": "application/json"}


class Served:
    """A running server, and the answers that it received."""

    def __init__(self, folder: Path) -> None:
        run = read_results(write_run(folder) / "results.json")
        page, sounds = review_page(folder, questions(run.calls, ()))
        self.given: list[tuple[int, ReviewAnswer, str]] = []
        self.full = False
        self.server = ReviewServer(page, sounds, self._give)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def _give(self, number: int, answer: ReviewAnswer, note: str) -> AnswerShown:
        if note == "refuse me":
            raise UsageError("give the reason as a note")
        if self.full:
            raise StorageFailed(Path("reviews.jsonl"), "No space left on device")
        if number > 0:
            raise IndexError(number)
        self.given.append((number, answer, note))
        return AnswerShown(tone=answer.value, word=answer.value, said="by Ana", answered=True)

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request as it is given; ``path`` is below the root unless it begins with /."""
        link = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=20)
        place = path if path.startswith("/") else self.server.root + path
        link.putrequest(method, place, skip_host="Host" in headers)
        for name, value in headers.items():
            link.putheader(name.replace("_", "-"), value)
        if body is not None and "Content_Length" not in headers:
            link.putheader("Content-Length", str(len(body)))
        link.endheaders(body)
        reply = link.getresponse()
        found = reply.status, dict(reply.getheaders()), reply.read()
        link.close()
        return found

    def answer(self, row: Any, **headers: str) -> int:
        origin = f"http://127.0.0.1:{self.server.server_port}"
        sent = {"Origin": origin, "Content_Type": "application/json", **headers}
        return self.ask("POST", "answer", json.dumps(row).encode(), **sent)[0]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path)
    yield one
    one.server.shutdown()
    one.thread.join()
    one.server.server_close()


PASS = {"number": 0, "verdict": "pass", "note": "why"}


def test_the_page_its_parts_and_its_sound_are_served(served):
    status, headers, page = served.ask("GET", "")
    assert (status, b"disagree" in page) == (200, True)
    assert "connect-src 'self'" in headers["Content-Security-Policy"]
    assert b"connect-src" in page
    assert served.ask("GET", "assets/review.js")[0] == 200
    status, headers, sound = served.ask("GET", "audio/0")
    assert (status, headers["Content-Type"], sound[:4]) == (200, "audio/flac", b"fLaC")
    status, headers, part = served.ask("GET", "audio/0", Range="bytes=100-199")
    assert (status, part) == (206, sound[100:200])
    assert headers["Content-Range"] == f"bytes 100-199/{len(sound)}"
    assert served.ask("GET", "audio/0", Range="bytes=100-")[2] == sound[100:]
    assert served.ask("GET", "audio/0", Range=f"bytes={len(sound)}-")[0] == 416


@pytest.mark.parametrize(
    "path",
    ["/", "/x/", "/audio/0", "audio/9", "audio/x", "assets/../page.py", "assets/call.js",
     "../", "results.json", "reviews.jsonl"],
)  # fmt: skip
def test_nothing_else_is_there(served, path):
    assert served.ask("GET", path)[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1", ""])
def test_another_name_for_this_machine_finds_nothing(served, host):
    assert served.ask("GET", "", Host=host)[0] == 403
    assert served.answer(PASS, Host=host) == 403
    assert served.given == []


def test_an_answer_is_given(served):
    assert served.answer(PASS) == 200
    assert served.answer({**PASS, "verdict": "withdrawn", "note": ""}) == 200
    assert served.given == [(0, ReviewAnswer.PASS, "why"), (0, ReviewAnswer.WITHDRAWN, "")]


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1"])
def test_another_page_gives_no_answer(served, origin):
    assert served.answer(PASS, Origin=origin) == 403
    assert served.given == []


@pytest.mark.parametrize(
    ("row", "headers", "status"),
    [
        (PASS, {"Content_Type": "text/plain"}, 415),
        ({**PASS, "note": "x" * MOST_BYTES}, {}, 413),
        (PASS, {"Content_Length": "many"}, 413),
        ({**PASS, "verdict": "maybe"}, {}, 400),
        ({**PASS, "number": "0"}, {}, 400),
        ({**PASS, "number": True}, {}, 400),
        ({**PASS, "number": -1}, {}, 400),
        ({**PASS, "number": 7}, {}, 400),
        ({**PASS, "note": None}, {}, 400),
        ({**PASS, "note": "refuse me"}, {}, 400),
        ({}, {}, 400),
        ([], {}, 400),
        ("\ud800", {}, 400),
    ],
)
def test_what_is_no_answer_is_refused(served, row, headers, status):
    assert served.answer(row, **headers) == status
    assert served.given == []


def test_an_answer_nested_without_end_is_refused(served):
    origin = f"http://127.0.0.1:{served.server.server_port}"
    sent = {"Origin": origin, "Content_Type": "application/json"}
    assert served.ask("POST", "answer", b"[" * MOST_BYTES, **sent)[0] == 400


def test_a_full_disk_is_told_to_the_page(served):
    served.full = True
    assert served.answer(PASS) == 500


def test_done_ends_it(served):
    origin = f"http://localhost:{served.server.server_port}"
    sent = {"Origin": origin, "Content_Type": "application/json"}
    assert served.ask("POST", "done", b"{}", **sent)[0] == 200
    served.thread.join(20)
    assert not served.thread.is_alive()
