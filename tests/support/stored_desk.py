"""A small suite and an audio call next to it, as ``harness import`` finds them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import soundfile
from support.stored_sound import track

from harness.audio import wav
from harness.cli.main import run_command

SUITE = """\
format: 1
suite: desk
instructions: prompt.md
scorers: {entity_confirmation: off}
tools:
  - name: look
    kind: read
    parameters: {type: object, properties: {order_id: {type: string}}}
"""
LINES = [
    {"who": "caller", "text": "Where is my order?", "start": 1.0, "end": 2.1},
    {"who": "agent", "text": "On its way.", "start": 2.8, "end": 4.0},
]
TOOLS = [{"name": "look", "arguments": {"order_id": "A1"}, "output": {}, "requested": 2.4}]
CALLER, AGENT = track((1.0, 2.0), length_s=5.0), track((3.0, 4.0), length_s=5.0)


def write_desk(tmp_path: Path) -> Path:
    """Write a suite and an empty folder of calls; return their folder."""
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk/suite.yaml").write_text(SUITE)
    (tmp_path / "desk/prompt.md").write_text("Be brief.")
    (tmp_path / "calls").mkdir()
    return tmp_path


def write_call(folder: Path, name: str, *, suffix: str = ".wav", **more: Any) -> None:
    """Write the sound and the transcript of a call."""
    wav.write_stereo(folder / f"{name}.flac", CALLER, AGENT)
    if suffix != ".flac":
        # as floats: libsndfile 1.2 makes noise of whole numbers when it writes MP3
        frames, rate_hz = soundfile.read(folder / f"{name}.flac", dtype="float32")
        (folder / f"{name}.flac").unlink()
        soundfile.write(folder / f"{name}{suffix}", frames / 2, rate_hz)
    (folder / f"{name}.json").write_text(json.dumps({"lines": LINES, "tools": TOOLS, **more}))


def imported(*more: str, out: str = "out") -> int:
    """Import the calls of this folder; return the exit code."""
    return run_command(["import", "calls", "--suite", "desk", "--out", out, *more])


def written(name: str) -> int:
    """Return when the recording of a call was written, in nanoseconds."""
    return Path(f"out/calls/{name}/001/manifest.json").stat().st_mtime_ns


def moved(by_s: float) -> list[dict[str, Any]]:
    """Return the lines later by so much."""
    return [{**one, "start": one["start"] + by_s, "end": one["end"] + by_s} for one in LINES]  # type: ignore[operator]
