"""Recordings of the author's own as a caller's lines, in a call to the reference agent."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from harness.audio.activity import active_level_dbfs
from harness.cli.main import run_command
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.results.store import RESULTS, read_results
from harness.scenario.media_files import digest_of

ROOT = Path(__file__).parents[2]
DESK, SPOKEN = ROOT / "scenarios" / "order_desk", ROOT / "audio_fixtures"
SCENARIO = """
format: 1
name: own recordings
facts: {order_id: {value: "ORD-4715B", kind: id}}
turns:
  - say: {file: order.ogg, transcript: "Hi, where is my order? It's {order_id}.", channel: right}
answers:
  - {if_agent_asks: "is that (right|correct)", say: {file: yes.mp3, transcript: "Yes."}}
expect: {tools: [{name: lookup_order, arguments: {order_id: "{order_id}"}}]}
"""


def spoken(words: str) -> tuple[np.ndarray, int]:
    """Return a committed clip that begins with these words, quieter, a second of silence before."""
    (path,) = SPOKEN.glob(f"{words}*.flac")
    samples, rate_hz = soundfile.read(path)
    return np.concatenate([np.zeros(rate_hz), samples / 4]), rate_hz


def written(folder: Path) -> Path:
    """Write a suite with one scenario; one audio file is next to it, one in the suite's folder."""
    desk = folder / "desk"
    shutil.copytree(DESK / "prompts", desk / "prompts")
    shutil.copy(DESK / "suite.yaml", desk)
    (desk / "family").mkdir()
    (desk / "family" / "own.yaml").write_text(SCENARIO)
    order, rate_hz = spoken("hi-where-is-my-order-it-s-o-r-d-dash-fou")
    both = np.stack([np.zeros(len(order)), order], axis=1)
    soundfile.write(desk / "family" / "order.ogg", both, rate_hz)
    soundfile.write(desk / "yes.mp3", *spoken("yes-that-s-right"))
    return desk


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> tuple[CallResult, Recording, str, Path]:
    folder = tmp_path_factory.mktemp("own")
    desk = written(folder)
    run_command(["run", str(desk), "--out", str(folder / "run")])
    (made,) = read_results(folder / "run" / RESULTS).calls
    place = folder / "run" / made.recording
    return made, read_recording(place), (place / "index.html").read_text(), desk


def test_the_agent_hears_the_recordings_and_does_what_they_ask_for(
    call: tuple[CallResult, Recording, str, Path],
) -> None:
    made, heard, _, _ = call
    assert [tool.arguments for tool in heard.tools] == ['{"order_id":"ORD-4715B"}']
    assert {one.scorer: one.outcome for one in made.scores}["expectations"] == "pass"
    assert heard.manifest.engines == {"caller": "own recordings"}


def test_the_recording_tells_which_files_were_played_and_what_was_said(
    call: tuple[CallResult, Recording, str, Path],
) -> None:
    _, heard, page, desk = call
    order, yes = heard.utterances[:2]
    assert (order.file, yes.file) == ("order.ogg", "yes.mp3")
    assert order.sha256 == digest_of(desk / "family" / "order.ogg")
    assert order.text == "Hi, where is my order? It's ORD-4715B."
    assert "order.ogg" in page
    assert order.voiced_start is not None
    assert order.voiced_stop is not None
    assert order.voiced_start - order.start < 0.1 * heard.caller.rate_hz  # its silence is cut off
    voiced = heard.caller_clean.cut(order.voiced_start, order.voiced_stop)
    assert active_level_dbfs(voiced) == pytest.approx(-23, abs=0.2)


def test_its_author_can_listen_to_it_before(
    call: tuple[CallResult, Recording, str, Path], tmp_path: Path
) -> None:
    scenario = str(call[3] / "family" / "own.yaml")
    run_command(["listen", scenario, "--out", str(tmp_path / "heard")])
    page = (tmp_path / "heard" / "index.html").read_text()
    assert "order.ogg" in page
    assert "own recordings" in page
