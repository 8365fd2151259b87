"""The scripted server with manners of its own: every message it sends may be changed on the way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.call_plans import SUITE, call_plan, manifest, scenario
from support.scripted_server import Reply, Script, Session
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from harness.recording.manifest import load_manifest
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.recording.writer import RecordingWriter
from harness.report.run.html import write_report
from harness.results.aggregate import Made, results_of
from harness.results.model import CallResult
from harness.results.store import RESULTS, write_results
from harness.runs.call_result import scored
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual

Sent = dict[str, Any] | str | bytes
Manner = Callable[[dict[str, Any]], Iterable[Sent]]
"""The messages sent in place of a message: none, itself, another, several."""

MADE = Made("2026-01-01T00:00:00+00:00", "odd", "virtual", {}, False, "")
TURNS: list[dict[str, Any]] = [{"say": "Where is my order?"}, {"say": "Thanks."}]
REPLIES = [Reply("It is on its way.", 1.0), Reply("Goodbye.", 1.0)]


class OddSession(Session):
    """The server's side of one call."""

    manner: Manner

    async def send(self, type_: str, **fields: Any) -> None:
        event = {"type": type_, "event_id": self.new("event"), **fields}
        for message in self.manner(event):
            text = message if isinstance(message, str | bytes) else json.dumps(message)
            await self.socket.send(text, text=True)


@asynccontextmanager
async def odd_server(script: Script, manner: Manner) -> AsyncIterator[str]:
    """Serve calls on loopback; yields the URL."""

    async def handle(socket: ServerConnection) -> None:
        session = OddSession(socket, script)
        session.manner = manner
        try:
            await session.run()
        except* ConnectionClosed:
            pass

    async with serve(handle, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"ws://127.0.0.1:{port}/v1/realtime"


@dataclass(frozen=True)
class Held:
    """One call with an odd server: its recording, its result, its page, the run's index."""

    recording: Recording
    result: CallResult
    page: str
    index: str

    def outcome(self, scorer: str) -> str:
        """Return the outcome of a scorer."""
        return next(score.outcome for score in self.result.scores if score.scorer == scorer)

    def reason(self, scorer: str) -> str:
        """Return the reason of a scorer."""
        return next(score.reason for score in self.result.scores if score.scorer == scorer)


def hold(
    folder: Path,
    manner: Manner,
    *,
    turns: list[dict[str, Any]] | None = None,
    replies: list[Reply] | None = None,
    expect: dict[str, Any] | None = None,
    **script: Any,
) -> Held:
    """Make a call in virtual time, judge it, and draw its run."""
    wanted = scenario(turns or TURNS, expect=expect or {})
    place = folder / "calls" / "odd" / "001"

    async def main() -> None:
        made = Script(list(replies or REPLIES), **script)
        async with odd_server(made, manner) as url:
            known = {"dialect": "openai_ga", "target": "odd"}
            told = manifest(
                scenario=wanted.model_dump(mode="json", by_alias=True),
                suite=SUITE.model_dump(mode="json", by_alias=True),
                target=known,
            )
            writer = RecordingWriter(place, told)
            await run_call(call_plan(url, wanted), clock=VirtualClock(), writer=writer)

    run_virtual(main())
    result = scored(folder, "calls/odd/001", load_manifest(place))
    write_results(folder / RESULTS, results_of((result,), MADE))
    index = write_report(folder)
    page = (place / "index.html").read_text()
    return Held(read_recording(place), result, page, index.read_text())
