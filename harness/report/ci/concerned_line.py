"""The line of a scenario's file that a call's worst verdict is about."""

from __future__ import annotations

from pathlib import Path

from harness.errors import FaultyFiles
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.results.model import CallResult
from harness.scenario.document import KeyPath, read_document


def concerned_line(call: CallResult, run_folder: Path | None) -> int | None:
    """Return the line of the caller's turn after which the evidence lies.

    Without evidence, or if the recording is gone, it is that of the scenario's name; None if the
    scenario's file is gone.
    """
    try:
        lines = read_document(Path(call.scenario_path)).lines
    except (FaultyFiles, ValueError):  # ValueError: no name that a file can have
        return None
    return lines.get(_concerned(call, run_folder), lines.get(("name",)))


def _concerned(call: CallResult, run_folder: Path | None) -> KeyPath:
    """Return the turn or the answer of the scenario after which the worst score's evidence lies."""
    failed = [score for score in call.scores if score.passed is False] or list(call.scores)
    spans = [span for score in failed[:1] for span in score.evidence]
    if not spans or run_folder is None:
        return ("name",)
    try:
        return _key_at(read_recording(run_folder / call.recording), spans[0].start_s)
    except Exception:  # noqa: BLE001  # the border of one call: its verdict stands without a line
        return ("name",)


def _key_at(recording: Recording, at_s: float) -> KeyPath:
    at = at_s * recording.caller.rate_hz
    before = [one for one in recording.utterances if one.start <= at] or recording.utterances[:1]
    for utterance in reversed(before):
        if utterance.turn is not None:
            return ("turns", utterance.turn)
        if utterance.answer is not None:
            return ("answers", utterance.answer)
    return ("name",)
