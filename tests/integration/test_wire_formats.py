"""Calls in other formats than PCM16 at 24 kHz: the same verdicts, and the wrong codec named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from harness.agent.server.session_state import SessionState
from harness.agent.server.websocket_server import serve
from harness.protocol.items import AudioFormat
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.scenario.catalog import find
from harness.scenario.target import Target
from harness.session.clock import Clock

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
STRAIGHT = DESK / "lookup" / "straight.yaml"


@asynccontextmanager
async def agent(clock: Clock, _fault: str | None, _spoken: str, _caller: Any) -> AsyncIterator[str]:
    async with serve(clock=clock) as server:
        yield server.url


def called(out: Path, call: Path = STRAIGHT, **formats: str) -> CallResult:
    target = Target.model_validate({"format": 1, "target": "mine", "session": formats})
    (job,) = plan_jobs(find((call,)), Repeats(), target)[:1]
    return call_virtually(VirtualOrder(job, out, agent, None))


@pytest.mark.parametrize("both", ["pcmu", "pcma"])
def test_a_call_in_a_telephone_codec_is_judged_as_any_other(tmp_path, both):
    call = called(tmp_path, input_format=both, output_format=both)
    assert call.status == "completed"
    outcomes = {score.scorer: score.outcome for score in call.scores}
    assert "fail" not in outcomes.values()
    assert outcomes["expectations"] == outcomes["time_to_first_audio"] == "pass"
    recording = read_recording(tmp_path / call.recording)
    assert {track.rate_hz for track in recording.tracks} == {24_000}
    chunks = [chunk for part in recording.generated for chunk in part.chunks]
    assert sum(samples for *_, samples in chunks) == len(recording.agent_generated)


def test_a_barge_in_in_a_telephone_codec_is_told_in_the_time_of_the_server(tmp_path):
    barge_in = DESK / "turn_taking" / "barge_in_long_answer.yaml"
    call = called(tmp_path, barge_in, input_format="pcmu", output_format="pcma")
    assert call.status == "completed"
    assert "fail" not in {score.outcome for score in call.scores}
    assert read_recording(tmp_path / call.recording).truncations


def test_an_agent_in_the_wrong_codec_is_named_on_its_status(tmp_path, monkeypatch):
    monkeypatch.setattr(SessionState, "output_format", property(lambda self: AudioFormat.PCMU))
    call = called(tmp_path)
    assert (call.status, call.status_detail) == (
        "agent_error",
        "the agent sounds like µ-law read as PCM16;"
        " the target's session.output_format may have to be pcmu",
    )
