"""How long judging a recording of two hours takes, and how much memory.

Makes one call of the shipped suite in virtual time (a question, a read-back, a tool, an answer, a
goodbye: about half a minute), lays it end to end until it is as long as asked, with ids, times and
samples of its own for each copy, writes that as a recording, and judges it in a process of its own.
Prints a JSON line: ``judged_s``, processor time from reading the folder to the verdicts;
``read_s`` of it for reading; ``hours``, ``caller_turns`` and ``tools``; ``peak_mb``, the most
memory of that process, and ``sound_mb``, that of its four tracks by themselves; ``times_longer``,
how many times as long judging takes as for half the length (2 is linear). ``packed_judged_s`` and
``packed_read_s`` are the same of its packed form (FLAC), as ``harness score`` reads it later; above
that its tracks are WAV, as right after the call. ``--quick`` makes half an hour, ``--hours N``
another length, ``--profile`` profiles the judging.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import pstats
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from harness.audio import wav
from harness.audio.pcm import Pcm
from harness.cli.progress import progress_for
from harness.judging.judge import judge
from harness.recording.manifest import (
    content_of_lines,
    content_of_track,
    load_manifest,
    store_manifest,
)
from harness.recording.model import RecognizedWords, Recording
from harness.recording.saving import pack, store_recognition
from harness.recording.store import read_recording
from harness.recording.writer import AGENT, AGENT_GENERATED, CALLER, CALLER_CLEAN, EVENTS
from harness.runs.call_result import result_of
from harness.runs.run_suite import RunRequest, carry_out, planned
from harness.units import RATE_HZ

SCENARIO = Path(__file__).parents[1] / "scenarios" / "order_desk" / "lookup" / "straight.yaml"
HOURS, QUICK_HOURS = 2.0, 0.5
_IDS = re.compile(r'"((?:item|resp|event|call)_[A-Za-z0-9]{16,}|client_\d+)"')
_ONCE = ("session_created", "session_updated", "configure_session", "session.created",
         "session.updated", "session.update")  # fmt: skip
_SECONDS = ("at_s", "requested_s", "answered_s")
_SAMPLES = ("start", "voiced_start", "voiced_stop")
_MS = ("audio_start_ms", "audio_end_ms")


def main() -> None:
    """Make the recordings, judge each in a process of its own, and print the cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--hours", type=float)
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--judge", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.judge is not None:
        judged(asked.judge, profiled=asked.profile)
        return
    hours = asked.hours or (QUICK_HOURS if asked.quick else HOURS)
    with tempfile.TemporaryDirectory() as scratch:
        one = called(Path(scratch) / "run")
        lines = []
        for number, length in enumerate((hours / 2, hours)):
            folder = Path(scratch) / str(number)
            lengthened(one, folder, length)
            command = [sys.executable, __file__, "--judge", str(folder)]
            if asked.profile and length == hours:
                command.append("--profile")
            lines.append(told_by(command))
        pack(folder, read_recording(folder))
        packed = told_by(command)
    half, whole = lines
    whole["packed_judged_s"], whole["packed_read_s"] = packed["judged_s"], packed["read_s"]
    print(json.dumps({**whole, "times_longer": round(whole["judged_s"] / half["judged_s"], 2)}))


def told_by(command: list[str]) -> dict[str, Any]:
    """Run a process of ours; return its JSON line and print the output before it."""
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    *shown, line = done.stdout.splitlines()
    print("\n".join(shown), end="\n" if shown else "")
    told: dict[str, Any] = json.loads(line)
    return told


def called(out: Path) -> Path:
    """Make the call; return its folder."""
    results = carry_out(planned(RunRequest(paths=(SCENARIO,), out=out)), progress_for)
    return out / results.calls[0].recording


def judged(folder: Path, *, profiled: bool) -> None:
    """Judge a recording and print its cost."""
    profile = cProfile.Profile()
    before = time.process_time()
    if profiled:
        profile.enable()
    recording = read_recording(folder)
    read_s = time.process_time() - before
    result = result_of(judge(recording), "")
    took_s = time.process_time() - before
    profile.disable()
    if profiled:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(60)
    broken = [score.reason for score in result.scores if score.outcome == "broken"]
    if broken or recording.damage or result.status != "completed":
        raise SystemExit(f"not judged: {result.status_detail} {recording.damage} {broken}")
    line = {
        "judged_s": round(took_s, 2),
        "read_s": round(read_s, 2),
        "hours": round((result.duration_s or 0.0) / 3600, 2),
        "caller_turns": len(recording.utterances),
        "tools": len(recording.tools),
        "peak_mb": round(peak_mb()),
        "sound_mb": round(sum(track.samples.nbytes for track in tracks_of(recording)) / 1e6),
    }
    print(json.dumps(line))


def peak_mb() -> float:
    """Return the most memory that this process ever took.

    Linux counts in ``ru_maxrss`` the memory of the parent process, too.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))


def tracks_of(recording: Recording) -> tuple[Pcm, ...]:
    """Return the four tracks."""
    return (recording.caller, recording.caller_clean, recording.agent, recording.agent_generated)


def lengthened(one: Path, folder: Path, hours: float) -> None:
    """Write a recording of so many hours: one call, over and over."""
    recording = read_recording(one)
    duration_s = recording.manifest.duration_s
    assert duration_s is not None
    copies = round(hours * 3600 / duration_s)
    length, generated = round(duration_s * RATE_HZ), len(recording.agent_generated)
    folder.mkdir()
    lines = (one / EVENTS).read_text(encoding="utf-8").splitlines()
    caller_turns = len(recording.utterances)
    with (folder / EVENTS).open("w", encoding="utf-8") as file:
        for copy in range(copies):
            shift = _Shift(copy, duration_s, length, generated, caller_turns)
            for line in lines:
                if (row := shift.moved(json.loads(line))) is not None:
                    told = json.dumps(row, separators=(",", ":"), ensure_ascii=False)
                    file.write(_IDS.sub(rf'"\1k{copy}"', told) + "\n")
    contents = {EVENTS: content_of_lines((folder / EVENTS).read_bytes())}
    names = (CALLER, CALLER_CLEAN, AGENT, AGENT_GENERATED)
    for name, track in zip(names, tracks_of(recording), strict=True):
        samples = track.samples if name == AGENT_GENERATED else _fitted(track.samples, length)
        whole = Pcm(np.tile(samples, copies), RATE_HZ)
        wav.write(folder / name, whole)
        contents[name] = content_of_track(whole)
    manifest = load_manifest(one)
    scenario: dict[str, Any] = dict(manifest.scenario)
    scenario["turns"] = list(scenario["turns"]) * copies
    total_s = copies * duration_s
    changed = replace(manifest, scenario=scenario, duration_s=total_s, contents=contents)
    store_manifest(folder, changed)
    if (heard := recording.recognition) is not None:
        words = tuple(_words(heard.lines, copies, duration_s))
        store_recognition(folder, replace(heard, lines=words, weighed=()))


class _Shift:
    """Moves the records of one copy to its place."""

    def __init__(
        self, copy: int, duration_s: float, length: int, generated: int, turns: int
    ) -> None:
        self._copy, self._by_s, self._by = copy, copy * duration_s, copy * length
        self._by_generated, self._turns = copy * generated, turns

    def moved(self, row: dict[str, Any]) -> dict[str, Any] | None:
        """Return a record of this copy, None for a record that a session has only once."""
        name = row["message"].get("type") if row["kind"] == "wire" else row.get("type")
        if self._copy and name in _ONCE:
            return None
        if row["kind"] == "utterance":
            row["index"] += self._copy * self._turns
            row["turn"] = None if row.get("turn") is None else row["turn"] + self._copy
        if row["kind"] == "generated":
            row["chunks"] = [
                [at_s + self._by_s, start + self._by_generated, count]
                for at_s, start, count in row["chunks"]
            ]
        self._shift(row)
        return row

    def _shift(self, row: dict[str, Any]) -> None:
        by = self._by_generated if row.get("track") == "agent_generated" else self._by
        for key, value in row.items():
            if isinstance(value, dict):
                self._shift(value)
            elif key in _SECONDS and value is not None:
                row[key] = round(value + self._by_s, 6)
            elif key in _MS:
                row[key] = value + round(1000 * self._by_s)
            elif key in _SAMPLES and value is not None:
                row[key] = value + by
            elif key == "pauses":
                row[key] = [[first + by, stop + by] for first, stop in value]


def _fitted(samples: Any, length: int) -> Any:
    return np.pad(samples[:length], (0, max(0, length - len(samples))))


def _words(
    lines: tuple[RecognizedWords, ...], copies: int, duration_s: float
) -> Iterator[RecognizedWords]:
    for copy in range(copies):
        by_s = copy * duration_s
        for line in lines:
            yield replace(line, start_s=line.start_s + by_s, end_s=line.end_s + by_s)


if __name__ == "__main__":
    main()
