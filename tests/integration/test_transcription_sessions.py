"""Transcription sessions, against the reference agent's own recognizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import FaultyFiles
from harness.protocol.commands import CommitAudio, ConfigureSession, CreateResponse
from harness.recording.store import read_recording
from harness.runs.embedded import embedded_agent
from harness.runs.pipeline import VirtualOrder, call_virtually
from harness.runs.plan import Repeats, plan_jobs
from harness.runs.routes import embedded_route, route_to
from harness.scenario.catalog import find
from harness.scenario.load import LoadedScenario
from harness.scenario.script import Disconnect, Earlier, OutOfBand, Turn
from harness.scenario.target import Target

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"


def target(**more: Any) -> Target:
    session = {"type": "transcription", "input_transcription": "whisper-1", **more}
    return Target.model_validate({"format": 1, "target": "writes", "session": session})


def scenario(name: str, **changes: Any) -> LoadedScenario:
    (loaded,) = find((DESK / name,))
    changed = loaded.scenario.model_copy(update=changes)
    return LoadedScenario(
        **{**{f: getattr(loaded, f) for f in loaded.__slots__}, "scenario": changed}
    )


@pytest.mark.parametrize(
    "settings", [{}, {"turn_detection": "none", "input_format": "pcmu"}], ids=["vad", "button"]
)
def test_every_turn_is_written_down_and_held_against_what_was_said(
    tmp_path: Path, settings: dict[str, Any]
) -> None:
    choices = {"transcription": {"wer_limit": 0.35}}
    loaded = scenario("entity/corrected_id.yaml", scorers=choices)
    (job,) = plan_jobs((loaded,), Repeats(), target(**settings))
    call = call_virtually(VirtualOrder(job, tmp_path, embedded_agent, None))
    assert (call.status, call.passed, call.differences) == ("completed", True, ()), call
    (score,) = call.scores
    assert score.scorer == "transcription"
    recording = read_recording(tmp_path / call.recording)
    sent = [each.command for each in recording.commands]
    assert not any(isinstance(each, CreateResponse) for each in sent)
    pressed = len(recording.utterances) if settings else 0
    assert sum(isinstance(each, CommitAudio) for each in sent) == pressed
    (asked,) = (each.config for each in sent if isinstance(each, ConfigureSession))
    assert (asked.type, asked.transcription_model) == ("transcription", "whisper-1")
    assert (asked.instructions, asked.tools, asked.modalities) == (None, None, None)
    assert (recording.played, recording.recognition) == ((), None)


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("wss://here/v1/realtime", "wss://here/v1/realtime?intent=transcription"),
        (
            "wss://here/v1/realtime?api-version=1",
            "wss://here/v1/realtime?api-version=1&intent=transcription",
        ),
    ],
)
def test_the_url_tells_what_the_session_is_for(url: str, whole: str) -> None:
    outside = target().model_copy(update={"url": url})
    assert route_to(outside).url == embedded_route(url, target()).url == whole


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"turns": (Turn(text="Hello."),)}, r"turns\[0\].text"),
        ({"turns": (Turn(image="bill.png"),)}, r"turns\[0\].image"),
        ({"turns": (Turn(say="Hello.", audio_item=True),)}, r"turns\[0\].audio_item"),
        ({"turns": (Turn(disconnect=Disconnect(**{"for": "2s"})),)}, r"turns\[0\].disconnect"),
        ({"turns": (Turn(out_of_band=OutOfBand(instructions="?", expect="a")),)}, "out_of_band"),
        ({"history": (Earlier(role="user", text="Hello."),)}, "history"),
    ],
)
def test_only_speech_goes_into_a_session_that_writes_down_what_is_said(
    changes: dict[str, Any], key: str
) -> None:
    typed = scenario("lookup/straight.yaml", **changes)
    told = "target writes speaks openai_ga, and asks for a transcription session, into which only"
    with pytest.raises(FaultyFiles, match=f"{key}: {told}"):
        plan_jobs((typed,), Repeats(), target())
