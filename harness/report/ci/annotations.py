"""GitHub's workflow commands for a run: one annotation per scenario, at the turn that it concerns.

``::error file=…,line=…,title=…::message``, as GitHub's toolkit writes and escapes them. The line is
that of the caller's turn after which the evidence lies; without evidence, or if the recording or
the scenario's file is gone, the scenario's name or the file alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from harness.errors import FaultyFiles
from harness.gates.quarantine import known_failure
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.report import figures
from harness.report.verdict import call_verdict, page_link, why
from harness.results.convert import counts
from harness.results.faults import wrong
from harness.results.model import CallResult, RunResults
from harness.results.rates import by_scenario
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
    spans = [span for score in wrong(call)[:1] for span in score.evidence]
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


def workflow_commands(results: RunResults, run_folder: Path, *, root: Path) -> Iterator[str]:
    """Yield one line per scenario that has something to say, and per gate that is broken.

    ``root`` is the repository's folder: GitHub knows files by their path in it.
    """
    for gate in results.gates:
        if gate.breaks:
            yield _command("error", f"{gate.gate}: {gate.reason}", title="gate")
    for calls in by_scenario(results.calls).values():
        troubled = [call for call in calls if call_verdict(call)[0] != "pass"]
        if troubled:
            worst = max(troubled, key=_weight)
            level, reason = _told(worst, results)
            text = (
                f"{reason}\n{len(troubled)} of {len(calls)} calls; {page_link(worst, run_folder)}"
            )
            title = f"{figures.under(worst.scenario, worst.condition)}: {call_verdict(worst)[1]}"
            place = _place(worst, run_folder, root)
            yield _command(level, text, title=title, **place)


def _told(call: CallResult, results: RunResults) -> tuple[str, str]:
    known = known_failure(call, results.quarantined)
    if known is not None:
        return "notice", f"known until {known.expires}: {known.reason}\n{why(call)}"
    error = call.passed is False or not counts(call)
    return ("error" if error else "warning"), why(call)


def _weight(call: CallResult) -> tuple[bool, bool]:
    """Order calls by what a reader must know first: failures, then calls that do not count."""
    return call.passed is False, not counts(call)


def _place(call: CallResult, run_folder: Path, root: Path) -> dict[str, str]:
    path = Path(call.scenario_path)
    whole = Path(os.path.abspath(path))  # noqa: PTH100  # links stay as the repository has them
    base = Path(os.path.abspath(root))  # noqa: PTH100
    file = whole.relative_to(base) if whole.is_relative_to(base) else path
    line = concerned_line(call, run_folder)
    return {"file": file.as_posix()} | ({} if line is None else {"line": str(line)})


def _command(level: str, message: str, **properties: str) -> str:
    shown = ",".join(f"{name}={_property(value)}" for name, value in properties.items() if value)
    return f"::{level} {shown}::{_data(figures.visible(message))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(figures.visible(text)).replace(":", "%3A").replace(",", "%2C")
