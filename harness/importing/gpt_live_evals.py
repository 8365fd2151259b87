"""The transcript that the OpenAI Cookbook's GPT-Live evals write for a conversation's audio.

Each line has times in milliseconds on the conversation's clock: ``USER 4840..8100ms: Hello``,
``ASSISTANT …``, and ``TOOL 21800ms: name=… status=… arguments={…} result={…}``. Lines of delegation
and of the backend are not spoken. A tool is reported by the model (``in_progress``) and by the
application that runs it (``called``); the application's reports count where there are any.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from harness.errors import Fault, FaultyFiles
from harness.importing.json_files import numbered_lines, text_of
from harness.importing.messages import outcome_of
from harness.importing.model import StoredTool
from harness.importing.transcript import TimedLine, TimedTranscript
from harness.recording.tools import ToolOutcome
from harness.storage import open_plain
from harness.units import ms_to_seconds

_SAID = re.compile(r"(USER|ASSISTANT) (\d+)\.\.(\d+)ms: (.*)")
_TOOL = re.compile(r"TOOL (\d+)ms: name=(\S+) status=(\w+)")
_OTHER = re.compile(r"(?:DELEGATION|BACKEND) \d+ms: ")
_FAILED = ("failed", "error")


def is_evals_transcript(path: Path) -> bool:
    """Return whether a text file begins as a transcript of the GPT-Live evals."""
    try:
        with TextIOWrapper(open_plain(path), encoding="utf-8", errors="replace") as file:
            first = file.readline()
    except OSError:
        return False
    return any(shape.match(first) for shape in (_SAID, _TOOL, _OTHER))


def read_evals_transcript(path: Path) -> TimedTranscript:
    """Return the lines and tools of a transcript; raises FaultyFiles with every fault."""
    lines: list[TimedLine] = []
    called: list[tuple[float, str, str, dict[str, Any]]] = []
    faults: list[Fault] = []
    for number, row in numbered_lines(text_of(path)):
        row = row.strip()
        if said := _SAID.fullmatch(row):
            start_s, end_s = (ms_to_seconds(float(said[group])) for group in (2, 3))
            lines.append(TimedLine(said[1].lower(), said[4].strip(), start_s, end_s, (number, "")))
        elif tool := _TOOL.match(row):
            called.append((ms_to_seconds(float(tool[1])), tool[2], tool[3], _values(row)))
        elif not _OTHER.match(row):
            expected = "expected 'USER 480..910ms: words', ASSISTANT, TOOL, DELEGATION or BACKEND"
            faults.append(Fault(path, number, "", f"{expected}, got {row[:40]!r}"))
    if faults:
        raise FaultyFiles(tuple(faults))
    spoken = tuple(line for line in lines if line.text)
    return TimedTranscript(path, spoken, _tools(called), notice_sources=True)


def _values(row: str) -> dict[str, Any]:
    """Return the JSON values of ``arguments=`` and ``result=`` in a line."""
    found: dict[str, Any] = {}
    for key in ("arguments", "result"):
        at = row.find(f" {key}=")
        if at >= 0:
            try:
                found[key] = json.JSONDecoder().raw_decode(row, at + len(key) + 2)[0]
            except ValueError:
                found[key] = row[at + len(key) + 2 :]
    return found


def _tools(called: list[tuple[float, str, str, dict[str, Any]]]) -> tuple[StoredTool, ...]:
    run = {name for _, name, status, _ in called if status == "called"}
    found: list[StoredTool] = []
    for at_s, name, status, values in called:
        asked = status == "called" if name in run else status == "completed"
        if asked and "arguments" in values:
            arguments = json.dumps(values["arguments"])
            found.append(
                StoredTool(name, arguments, 0, requested_s=at_s, outcome=ToolOutcome.UNSEEN)
            )
        if "result" in values or status in _FAILED:
            _answer(found, at_s, name, values.get("result"), failed=status in _FAILED)
    return tuple(found)


def _answer(found: list[StoredTool], at_s: float, name: str, result: Any, *, failed: bool) -> None:
    for place, tool in enumerate(found):
        if tool.name == name and tool.outcome is ToolOutcome.UNSEEN:
            output = result if isinstance(result, str) else json.dumps(result)
            outcome = ToolOutcome.FAILED if failed else outcome_of(output)
            found[place] = replace(tool, output=output, outcome=outcome, answered_s=at_s)
            return
