"""How far our time to first audio is from the agent's own truth, beside the usual method.

The embedded agent runs in a process of its own, in real time, and logs when caller audio arrived
and when its answers left. Truth is made from that log alone: the caller's stream starts at the
earliest (arrival minus audio received), so the last voiced sample has an instant on the agent's
clock, and the first audible sample has one too. Ours is what the timeline of the recording says.
The frame-stamp method, the reference in the same run, takes "the last frame with speech was sent"
as the end of the caller and "the first audio event came" as the answer.

Prints one JSON line: ``error_p99_ms`` and ``bias_ms`` of ours, ``reference_error_p99_ms`` of the
frame-stamp method, ``ratio`` of the two, and how many ``calls`` and ``waits`` were measured.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from harness.calls.real_time import run_real
from harness.calls.routes import embedded_route
from harness.cli.progress import progress_for
from harness.protocol.events import AudioDelta, SessionCreated
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.timeline.build import build
from harness.timeline.model import Timeline, Wait
from harness.units import FRAME_S, RATE_HZ
from harness.workflows.calling import RunRequest, planned
from harness.workflows.embedded import agent_process

SCENARIOS = (
    # Different lines, so that their ends lie all over the frames: what the frame-stamp method errs
    # by depends on that.
    "lookup/straight.yaml",
    "lookup/slow_tool.yaml",
    "entity/spelled_id.yaml",
    "entity/corrected_id.yaml",
    "write/small_refund.yaml",
)
CALLS = 10
AT_A_TIME = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """One wait, three ways: as the agent knows it, as we measure it, as frame stamps tell it."""

    truth_s: float
    ours_s: float
    frame_stamp_s: float


def main() -> None:
    """Call, compare, print; as many calls as asked for, in whole rounds of the scenarios."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    with tempfile.TemporaryDirectory() as scratch:
        out, truth = Path(scratch) / "run", Path(scratch) / "truth.jsonl"
        request = RunRequest(
            paths=tuple(Path("scenarios/order_desk") / name for name in SCENARIOS),
            repeat=-(-calls // len(SCENARIOS)),
            concurrency=AT_A_TIME,
            real_time=True,
            out=out,
        )
        plan = planned(request)
        with agent_process(None, truth=truth) as url, progress_for(plan) as nobody:
            run_real(plan, partial(embedded_route, url), nobody)
        sessions = read_truth(truth)
        recordings = [read_recording(out / job.recording) for job in plan.jobs]
    answers = [a for r in recordings for a in answers_of(r, sessions[session_of(r)])]
    ours = np.array([1000 * (a.ours_s - a.truth_s) for a in answers])
    reference = np.array([1000 * (a.frame_stamp_s - a.truth_s) for a in answers])
    ours_p99, reference_p99 = (float(np.percentile(np.abs(e), 99)) for e in (ours, reference))
    line = {
        "error_p99_ms": round(ours_p99, 3),
        "bias_ms": round(float(np.mean(ours)), 3),
        "reference_error_p99_ms": round(reference_p99, 3),
        "ratio": round(reference_p99 / ours_p99, 1),
        "calls": len(recordings),
        "waits": len(answers),
    }
    print(json.dumps(line))


def read_truth(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the agent's log entries by session."""
    sessions: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for text in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(text)
        sessions[entry["session"]].append(entry)
    return sessions


def session_of(recording: Recording) -> str:
    """Return the agent's id of a recorded session."""
    for each in recording.events:
        if isinstance(each.event, SessionCreated):
            return str(each.event.session_id)
    raise SystemExit(f"no session in {recording.manifest.call_id}")


def answers_of(recording: Recording, log: list[dict[str, Any]]) -> Iterator[Answer]:
    """Yield every answered wait of a call that no earlier audio delays."""
    timeline = build(recording)
    appends = [entry for entry in log if entry["kind"] == "append"]
    stream_start_s = min(e["at_s"] - e["samples"] / RATE_HZ for e in appends)
    began_s: dict[str, float] = {}
    first_audible_s: dict[str, float] = {}
    for entry in (e for e in log if e["kind"] == "audio"):
        # The agent sends faster than it is played, so an answer plays without a break from here.
        began_s.setdefault(entry["item_id"], entry["at_s"])
        if entry["first_audible"] is not None:
            offset_s = entry["first_audible"] / RATE_HZ
            first_audible_s[entry["item_id"]] = began_s[entry["item_id"]] + offset_s
    for wait in timeline.waits:
        if wait.took_s is None or wait.utterance is None:
            continue
        item = timeline.agent[wait.utterance].item_id
        ended_s = stream_start_s + wait.from_s
        stamped = frame_stamps(recording, timeline, wait)
        yield Answer(first_audible_s[item] - ended_s, wait.took_s, stamped)


def frame_stamps(recording: Recording, timeline: Timeline, wait: Wait) -> float:
    """Return the wait as frame stamps tell it."""
    last_frame = int(np.ceil(round(wait.from_s / FRAME_S, 6)))
    assert wait.utterance is not None
    item = timeline.agent[wait.utterance].item_id
    came_s = min(
        each.at_s
        for each in recording.events
        if isinstance(each.event, AudioDelta) and each.event.item_id == item
    )
    return came_s - last_frame * FRAME_S


if __name__ == "__main__":
    main()
