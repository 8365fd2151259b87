"""The reference agent keeps to the documented order of events, interrupted or not."""

from __future__ import annotations

from pathlib import Path

from harness.cli.progress import progress_for
from harness.recording.store import read_recording
from harness.runs.run_suite import RunRequest, carry_out, planned
from harness.timeline.build import build

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"
CALLS = ("turn_taking/barge_in_long_answer.yaml", "lookup/slow_tool.yaml")


def test_recorded_calls_of_the_reference_agent_hold_no_violation(tmp_path: Path) -> None:
    request = RunRequest(paths=tuple(DESK / name for name in CALLS), concurrency=2, out=tmp_path)
    results = carry_out(planned(request), progress_for)
    assert len(results.calls) == len(CALLS)
    for call in results.calls:
        recording = read_recording(tmp_path / call.recording)
        assert len(recording.events) > 100
        assert build(recording).violations == ()
