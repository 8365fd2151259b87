"""Third-party dialects that fail in a call: how it ends, and that no part of it is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.call_plans import call_plan, scenario, writer
from support.scripted_server import Reply, Script, scripted_server

from harness.protocol.commands import SessionConfig
from harness.protocol.dialect import DialectSession, Incoming
from harness.protocol.openai.ga import OpenAiGa, RealtimeSession
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual


class OddSession(RealtimeSession):
    """Breaks on messages of one kind, in one way."""

    def __init__(self, odd: Odd, wanted: SessionConfig) -> None:
        super().__init__(odd, wanted)
        self._odd = odd

    def receive(self, message: str | bytes) -> Incoming:
        incoming = super().receive(message)
        if incoming.kind != self._odd.kind:
            return incoming
        if self._odd.gives is not None:
            return Incoming(incoming.kind, (self._odd.gives,), json=True)
        raise KeyError("type")


class Odd(OpenAiGa):
    name = "odd"

    def __init__(self, kind: str, gives: Any = None) -> None:
        self.kind, self.gives = kind, gives

    def session(self, wanted: SessionConfig) -> DialectSession:
        return OddSession(self, wanted)


def held(folder: Path, monkeypatch: pytest.MonkeyPatch, spoken: Odd) -> Recording:
    monkeypatch.setattr("harness.session.call.dialect", lambda name: spoken)

    async def main() -> CallStatus:
        async with scripted_server(Script([Reply("Hi.", 1.0)])) as (url, _):
            plan = call_plan(url, scenario([{"say": "Hello?"}]))
            return await run_call(plan, clock=VirtualClock(), writer=writer(folder))

    status = run_virtual(main())
    call = read_recording(folder)
    assert call.manifest.status is status
    return call


DELTA = "response.output_audio.delta"


@pytest.mark.parametrize("kind", ["session.created", "session.updated", "response.created", DELTA])
@pytest.mark.parametrize(
    ("gives", "said"),
    [
        (None, "KeyError: 'type'"),
        (object(), "TypeError: object is no event of harness.protocol.events"),
    ],
)
def test_a_dialect_that_breaks_ends_the_call_with_the_message_kept(
    tmp_path, monkeypatch, kind, gives, said
):
    call = held(tmp_path, monkeypatch, Odd(kind, gives))
    status, detail = call.manifest.status, call.manifest.status_detail
    begins = json.dumps({"type": kind})[:-1]
    assert status is CallStatus.HARNESS_ERROR  # the agent is not to blame
    assert call.manifest.end_cause is None  # no installed package offers this dialect
    assert detail.startswith(f"dialect 'odd' broke on a message that begins {begins}"[:70])
    assert detail.endswith(f": {said}")
    assert "\n" not in detail
    last = call.messages[-1]
    assert json.loads(last.malformed or "")["type"] == kind


def test_a_kind_that_nobody_sends_breaks_nothing(tmp_path, monkeypatch):
    call = held(tmp_path, monkeypatch, Odd("hologram"))
    assert call.manifest.status is CallStatus.COMPLETED
