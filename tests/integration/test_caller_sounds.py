"""A caller who coughs, presses keys and corrects itself in one breath, in a call to our agent."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from harness.audio.activity import audible_spans
from harness.cli.main import run_command
from harness.recording.model import Recording, UtteranceKind
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.results.store import RESULTS, read_results

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
SCENARIO = """
format: 1
name: sounds
facts:
  wrong_id: {value: "ORD-8263K", kind: id}
  order_id: {value: "ORD-4715B", kind: id}
turns:
  - say: ["Hi, where is my order?", {sound: cough}, "It's {wrong_id}, no, sorry, {order_id}."]
  - sound: cough
    over: {after_words: 2}
  - dtmf: "12#"
answers: [{if_agent_asks: "is that (right|correct)", say: "Yes, that's right."}]
expect: {tools: [{name: lookup_order, arguments: {order_id: "{order_id}"}}]}
"""


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> tuple[CallResult, Recording, str]:
    folder = tmp_path_factory.mktemp("sounds")
    shutil.copytree(DESK / "prompts", folder / "desk" / "prompts")
    shutil.copy(DESK / "suite.yaml", folder / "desk")
    (folder / "desk" / "sounds.yaml").write_text(SCENARIO)
    run_command(["run", str(folder / "desk"), "--out", str(folder / "run")])
    (made,) = read_results(folder / "run" / RESULTS).calls
    place = folder / "run" / made.recording
    return made, read_recording(place), (place / "index.html").read_text()


def test_a_correction_within_one_turn_is_judged_by_the_corrected_value(
    call: tuple[CallResult, Recording, str],
) -> None:
    made, heard, _ = call
    assert heard.manifest.status_detail == ""
    assert (
        heard.utterances[0].text == "Hi, where is my order? It's ORD-8263K, no, sorry, ORD-4715B."
    )
    assert [tool.arguments for tool in heard.tools] == ['{"order_id":"ORD-4715B"}']
    outcomes = {one.scorer: one.outcome for one in made.scores}
    assert (outcomes["entity_confirmation"], outcomes["expectations"]) == ("pass", "pass")


def test_a_cough_amid_a_line_is_heard_and_is_no_speech(
    call: tuple[CallResult, Recording, str],
) -> None:
    _, heard, _ = call
    ((first, stop),) = heard.utterances[0].pauses
    assert not heard.caller_clean.samples[first:stop].any()
    assert heard.caller.cut(first, stop).level_dbfs() > -30


def test_a_cough_over_the_agent_is_noise_that_takes_no_floor(
    call: tuple[CallResult, Recording, str],
) -> None:
    _, heard, _ = call
    (cough,) = (one for one in heard.utterances if one.turn == 1)
    assert (cough.kind, cough.text, cough.barge_in) == (UtteranceKind.NOISE, "", False)
    assert any(p.start < cough.start < p.start + p.samples for p in heard.played)
    assert not heard.caller_clean.cut(cough.start, cough.start + cough.samples).samples.any()
    sound = heard.caller.cut(cough.start, cough.start + cough.samples)
    assert np.max(np.abs(sound.as_float())) > 0.1


def test_keys_are_on_the_line_and_stand_in_recording_and_page(
    call: tuple[CallResult, Recording, str],
) -> None:
    _, heard, page = call
    (keys,) = (one for one in heard.utterances if one.kind is UtteranceKind.KEYS)
    assert (keys.turn, keys.text) == (2, "12#")
    track = heard.caller.cut(keys.start, keys.start + keys.samples)
    pressed = audible_spans(track, min_gap_s=0.01)
    assert [round((b - a) / track.rate_hz, 2) for a, b in pressed] == [0.07, 0.07, 0.07]
    assert ">keys</" in page
    assert "12#" in page
