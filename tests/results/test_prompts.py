"""The prompts of a run, as its recordings hold them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from support.synthetic_run import good_call, result

from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.results.store import recorded_prompt, recorded_prompts

TOOLS = [{"name": "look_up", "description": "Look up an order.", "parameters": {}}]


def keep(folder: Path, prompt_hash: str, text: str, tools: list[dict[str, object]]) -> None:
    recording = good_call().recording("a", seed=7, status=CallStatus.COMPLETED)
    told = {"prompt_hash": prompt_hash, "instructions": text, "suite": {"tools": tools}}
    write_recording(folder, replace(recording, manifest=replace(recording.manifest, **told)))


def test_each_prompt_is_read_once_from_a_recording_that_is_kept(tmp_path):
    keep(tmp_path / "calls/1", "p", "Be kind.", TOOLS)
    keep(tmp_path / "calls/2", "p", "never read", TOOLS)
    keep(tmp_path / "calls/3", "stale", "of an earlier run", TOOLS)
    calls = [
        replace(result("a", repeat=n), recording=f"calls/{n}", prompt_hash=of, kept=kept)
        for n, of, kept in [
            (0, "p", True), (1, "p", True), (2, "p", True), (3, "q", True), (4, "q", False),
            (5, "", True),
        ]
    ]  # fmt: skip
    (found,) = recorded_prompts(tmp_path, calls)
    assert (found.hash, found.instructions, list(found.tools)) == ("p", "Be kind.", ["look_up"])
    keep(tmp_path / "calls/2", "p", "", [TOOLS[0] | {"description": "other"}])
    other = recorded_prompt(tmp_path / "calls/2")
    assert other is not None
    assert other.tools["look_up"] != found.tools["look_up"]
    assert recorded_prompt(tmp_path / "calls/9") is None
