"""The review page, on which a person judges a call, and its server on this machine.

A page from disk cannot write files, so the command that reviews is the server. It listens on
127.0.0.1 only. An answer is JSON of a bounded size, and can only answer a question of the list.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypedDict

import orjson

from harness.errors import StorageFailed, UsageError
from harness.files import read_plain
from harness.recording.model import Recording
from harness.report import figures
from harness.report.pages import STATIC, Link, PageFrame, render
from harness.report.run.call_rows import AUDIO, write_audio
from harness.report.run.html import read_call, run_title
from harness.report.run.score_cards import Proof, score_cards
from harness.report.run.transcript import TranscriptLine
from harness.results.reviews import ReviewAnswer, ReviewQuestion

# The page on which a person judges a call: the scorer's reason, the audio, the transcript, keys.

AROUND_S = 8.0
"""Length of the transcript shown before and after the evidence."""


class AnswerShown(TypedDict):
    """The verdict on a card: class and word of its badge, by whom, and whether a person gave it."""

    tone: str
    word: str
    said: str
    answered: bool


@dataclass(frozen=True, slots=True)
class AskedOfListener:
    """A question as the page shows it; ``problem`` is why it cannot be played."""

    number: int
    name: str
    scorer: str
    question: str
    outcome: str
    """The scorer's own: pass, fail or review."""
    proofs: tuple[Proof, ...]
    lines: tuple[TranscriptLine, ...]
    shown: AnswerShown
    note: str
    stale: str
    problem: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A call's folder and its recording, None if that cannot be read."""

    folder: Path
    recording: Recording | None


def review_page(run_folder: Path, asked: Sequence[ReviewQuestion]) -> tuple[str, tuple[Sound, ...]]:
    """Return the page, and the audio of each of its questions.

    Raises RecordingDamaged for a stored path that leads out of the run.
    """
    shown, sounds = [], []
    for number, question in enumerate(asked):
        page, recording = read_call(run_folder, question.call)
        sound = recording if page.has_audio else None
        shown.append(_asked(number, question, page.lines, page.mute))
        sounds.append(Sound(run_folder / question.call.recording, sound))
    frame = PageFrame((Link(run_title(run_folder)), Link("Review")), served=True)
    return render("review.html.j2", frame, asked=shown), tuple(sounds)


def answer_shown(question: ReviewQuestion) -> AnswerShown:
    """Return the verdict on a question as its card shows it."""
    answer, own = question.answer, question.score.outcome
    if answer is None:
        said = "" if question.asks else "by the scorer"
        return AnswerShown(
            tone=own, word="open" if question.asks else own, said=said, answered=False
        )
    tone, said = answer.verdict.value, f"by {answer.by}, {answer.at[:10]}"
    said += f"; the scorer: {own}" if question.is_overturned_by(answer.verdict) else ""
    return AnswerShown(tone=tone, word=tone, said=said, answered=True)


def _asked(
    number: int, question: ReviewQuestion, lines: tuple[TranscriptLine, ...], problem: str
) -> AskedOfListener:
    call, score, stale = question.call, question.score, question.stale
    (card,) = score_cards(replace(call, scores=(score,)))
    return AskedOfListener(
        number=number,
        name=figures.call_title(call),
        scorer=figures.label(score.scorer),
        question=score.reason,
        outcome=score.outcome,
        proofs=card.proofs,
        lines=_near(lines, card.proofs),
        shown=answer_shown(question),
        note=question.answer.note if question.answer else "",
        stale=f"{stale.by} said {stale.verdict.value} on {stale.at[:10]}" if stale else "",
        problem=problem,
    )


def _near(
    lines: tuple[TranscriptLine, ...], proofs: tuple[Proof, ...]
) -> tuple[TranscriptLine, ...]:
    if not proofs:
        return lines
    first_s = min(proof.start_s for proof in proofs) - AROUND_S
    last_s = max(proof.end_s for proof in proofs) + AROUND_S
    return tuple(line for line in lines if line.end_s >= first_s and line.start_s <= last_s)


HOST = "127.0.0.1"
MOST_BYTES = 16_384
"""The longest answer that is read."""

_ASSETS = {
    "report.css": "text/css",
    "page.js": "text/javascript",
    "review.js": "text/javascript",
}
_QUIET_S = 30.0
"""How long a connection may stay without a request."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

Give = Callable[[int, ReviewAnswer, str], AnswerShown]
"""Keeps an answer to the question of a number; returns the verdict that the page shows then."""


class ReviewServer(ThreadingHTTPServer):
    """A page, its audio and its answers; ``serve_forever`` ends when the page is done."""

    # A player that keeps its connection open must not hold up the end of the command.
    daemon_threads = True

    def __init__(self, page: str, sounds: tuple[Sound, ...], give: Give, *, port: int = 0) -> None:
        """Raises OSError if the port cannot be had."""
        super().__init__((HOST, port), _Handler)
        self.page = page.encode("utf-8", "replace")
        self.sounds = sounds
        self._give = give
        self._one_at_a_time = threading.Lock()
        # Any program on this machine can connect, so the path must not be guessable.
        self.root = f"/{secrets.token_urlsafe(24)}/"
        self.hosts = frozenset(f"{name}:{self.server_port}" for name in (HOST, "localhost"))

    @property
    def url(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.server_port}{self.root}"

    def sound(self, number: int) -> Path | None:
        """Return the file with the audio of a question, made if it is not there."""
        one = self.sounds[number] if number < len(self.sounds) else None
        if one is None or one.recording is None:
            return None
        with self._one_at_a_time:
            write_audio(one.folder, one.recording)
        return one.folder / AUDIO

    def answer(self, number: int, answer: ReviewAnswer, note: str) -> AnswerShown:
        """Keep an answer, in order of arrival; raises IndexError, UsageError and StorageFailed."""
        with self._one_at_a_time:
            return self._give(number, answer, note)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore errors of a browser that closed its connection: no error can reach it."""


class _Handler(BaseHTTPRequestHandler):
    server: ReviewServer
    protocol_version = "HTTP/1.1"
    timeout = _QUIET_S

    def do_GET(self) -> None:
        place = self._place()
        if place is None:
            return
        sound = re.fullmatch(r"audio/(\d{1,6})", place)
        if place == "":
            self._send(HTTPStatus.OK, self.server.page, "text/html; charset=utf-8")
        elif place.startswith("assets/") and place.removeprefix("assets/") in _ASSETS:
            name = place.removeprefix("assets/")
            self._send(HTTPStatus.OK, (STATIC / name).read_bytes(), _ASSETS[name])
        elif sound and (path := self.server.sound(int(sound[1]))):
            self._send_part(read_plain(path), "audio/flac")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        place = self._place()
        if place is None:
            return
        # A page of another site can send a request here, but cannot forge its Origin.
        origins = {f"http://{host}" for host in self.server.hosts}
        if self.headers.get("Origin") not in origins:
            self.send_error(HTTPStatus.FORBIDDEN, "an answer must come from the page itself")
        elif self.headers.get_content_type() != "application/json":
            self.send_error(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        elif place == "done":
            self._respond(HTTPStatus.OK, {})
            threading.Thread(target=self.server.shutdown, daemon=True).start()
        elif place == "answer":
            self._answer()
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "")
        # A missing length is refused, too: the body would be read until the connection closes.
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.close_connection = True  # the unread body would be read as the next request
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        try:
            row = orjson.loads(self.rfile.read(int(length)))
            number, answer, note = row["number"], ReviewAnswer(row["verdict"]), row["note"]
            # type(), because True is an int; and a negative number would count from the end of the
            # list.
            if type(number) is not int or number < 0 or not isinstance(note, str):
                raise ValueError("number or note")
            self._respond(HTTPStatus.OK, self.server.answer(number, answer, note))
        except (ValueError, TypeError, KeyError, IndexError):
            self._respond(HTTPStatus.BAD_REQUEST, {"problem": "not an answer to a question here"})
        except UsageError as error:
            self._respond(HTTPStatus.BAD_REQUEST, {"problem": str(error)})
        except StorageFailed as error:
            self._respond(HTTPStatus.INTERNAL_SERVER_ERROR, {"problem": str(error)})

    def _place(self) -> str | None:
        """Return the request's path below the root; None if the request was refused."""
        # DNS rebinding: a stranger's name may point to this address.
        if self.headers.get("Host") not in self.server.hosts:
            self.send_error(HTTPStatus.FORBIDDEN, "not the name of this server")
        elif not secrets.compare_digest(  # bytes: it refuses text that is not ASCII
            self.path[: len(self.server.root)].encode(), self.server.root.encode()
        ):
            self.send_error(HTTPStatus.NOT_FOUND)
        else:
            return self.path[len(self.server.root) :]
        return None

    def _respond(self, status: HTTPStatus, row: Mapping[str, object]) -> None:
        self._send(status, json.dumps(row).encode(), "application/json")

    def _send_part(self, data: bytes, kind: str) -> None:
        """Send the part that a player asks for: without, it could not go to a moment."""
        asked = re.fullmatch(r"bytes=(\d{1,12})-(\d{0,12})", self.headers.get("Range", ""))
        if asked is None:
            self._send(HTTPStatus.OK, data, kind)
            return
        first = int(asked[1])
        last = min(int(asked[2]) if asked[2] else len(data) - 1, len(data) - 1)
        if first > last:
            self._send(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", kind, part=f"*/{len(data)}")
            return
        part = f"{first}-{last}/{len(data)}"
        self._send(HTTPStatus.PARTIAL_CONTENT, data[first : last + 1], kind, part=part)

    def _send(self, status: HTTPStatus, data: bytes, kind: str, *, part: str = "") -> None:
        self.send_response(status)
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            "Content-Security-Policy": _POLICY,
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        if kind.startswith("audio/"):
            headers["Accept-Ranges"] = "bytes"
        if part:
            headers["Content-Range"] = f"bytes {part}"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Log no requests: the terminal is the reviewer's."""
