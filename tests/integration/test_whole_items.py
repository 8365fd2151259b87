"""A picture, and an utterance as a single audio item, in a call to the reference agent."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.pictures import png

from harness.cli.main import run_command
from harness.recording.model import Recording, UtteranceKind
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.results.store import RESULTS, read_results
from harness.timeline.build import build

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
SCENARIO = """
format: 1
name: in one piece
facts: {order_id: {value: "ORD-8263K", kind: id}}
turns:
  - {image: bill.png, text: "This is my bill."}
  - {say: "Hi, where is my order? It's {order_id}.", audio_item: true}
answers: [{if_agent_asks: "is that (right|correct)", say: "Yes, that's right."}]
expect: {tools: [{name: lookup_order, arguments: {order_id: "{order_id}"}}]}
"""


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> tuple[CallResult, Recording, str, Path]:
    folder = tmp_path_factory.mktemp("whole")
    shutil.copytree(DESK / "prompts", folder / "desk" / "prompts")
    shutil.copy(DESK / "suite.yaml", folder / "desk")
    (folder / "desk" / "whole.yaml").write_text(SCENARIO)
    (folder / "desk" / "bill.png").write_bytes(png())
    run_command(["run", str(folder / "desk"), "--out", str(folder / "run")])
    (made,) = read_results(folder / "run" / RESULTS).calls
    place = folder / "run" / made.recording
    return made, read_recording(place), (place / "index.html").read_text(), folder


def test_the_agent_sees_the_picture_and_hears_the_item(
    call: tuple[CallResult, Recording, str, Path],
) -> None:
    made, heard, _, _ = call
    kinds = [one.kind for one in heard.utterances]
    assert kinds == [UtteranceKind.TYPED, UtteranceKind.AUDIO_ITEM, UtteranceKind.SPEECH]
    assert [tool.arguments for tool in heard.tools] == ['{"order_id":"ORD-8263K"}']
    outcomes = {one.scorer: one.outcome for one in made.scores}
    assert (outcomes["expectations"], outcomes["entity_confirmation"]) == ("pass", "pass")
    assert all(wait.took_s is not None for wait in build(heard).waits)


def test_recording_and_page_name_the_picture_and_hold_no_copy(
    call: tuple[CallResult, Recording, str, Path],
) -> None:
    _, heard, page, folder = call
    assert heard.utterances[0].file == "bill.png"
    assert "bill.png" in page
    kept = b"".join(path.read_bytes() for path in folder.rglob("events.jsonl"))
    assert b"data:image" not in kept
    assert kept.count(heard.utterances[0].sha256.encode()) >= 3


def test_an_author_hears_the_item_before_the_call(
    call: tuple[CallResult, Recording, str, Path], tmp_path: Path
) -> None:
    scenario = str(call[3] / "desk" / "whole.yaml")
    run_command(["listen", scenario, "--out", str(tmp_path / "heard")])
    names = {path.name for path in (tmp_path / "heard").iterdir()}
    assert {"turn-2-sent.flac", "answer-1-sent.flac"} <= names
    assert "turn-1-sent.flac" not in names  # a picture has no audio
