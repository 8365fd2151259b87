"""Transcripts in plain text: ``Agent: Hello.`` a line, with a time before or after it.

Times are ``[00:12]``, ``(0:12)``, ``00:12 -`` or ``0:00:12.5``, at the beginning of a line, after
the name or at the end. At the beginning they are the begin of a line; at the end they may be its
begin or its end, and the audio decides. A line without a speaker continues the line above.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from harness.errors import Fault, FaultyFiles
from harness.importing.gpt_live_evals import is_evals_transcript, read_evals_transcript
from harness.importing.json_files import numbered_lines, text_of
from harness.importing.transcript import (
    SPEAKER,
    STAMP,
    TimedLine,
    TimedTranscript,
    seconds_of,
    split_stamps,
)

_THEN = STAMP.replace("<at>", "<then>")
_LINE = re.compile(
    rf"(?:[\[(]?{STAMP}[\])]?\s*(?:[-–|]\s*)?)?"
    rf"(?P<who>{SPEAKER})\s*(?:[\[(]{_THEN}[\])])?\s*:\s+(?P<text>\S.*)"
)
_SHARE = 0.5
"""From this share of lines with a speaker on, a text is a transcript."""
_LOOKED_AT = 40
SUFFIX = ".txt"


def is_transcript_text(path: Path) -> bool:
    """Return whether a text file is a transcript of the GPT-Live evals or a plain one."""
    return is_evals_transcript(path) or is_plain_transcript(path)


def read_transcript_text(path: Path, *, timed: bool = False) -> TimedTranscript:
    """Return the transcript in a file of text; raises as ``read_plain_transcript``."""
    if is_evals_transcript(path):
        return read_evals_transcript(path)
    return read_plain_transcript(path, timed=timed)


def is_plain_transcript(path: Path) -> bool:
    """Return whether a text file has named lines of two or three speakers."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            head = [line.strip() for line, _ in zip(file, range(_LOOKED_AT), strict=False)]
    except OSError:
        return False
    lines = [_LINE.fullmatch(line) for line in head if line]
    speakers = {line["who"].lower() for line in lines if line is not None}
    said = sum(line is not None for line in lines)
    return len(speakers) in (2, 3) and said >= _SHARE * len(lines) and said > len(speakers)


def read_plain_transcript(path: Path, *, timed: bool) -> TimedTranscript:
    """Return a transcript in plain text; ``timed`` is whether every line needs a time.

    Raises FaultyFiles with the first line that has no time.
    """
    lines: list[TimedLine] = []
    times: list[float | None] = []
    for number, row in numbered_lines(text_of(path)):
        found = _LINE.fullmatch(row.strip())
        if found is None and lines:
            lines[-1] = replace(lines[-1], text=f"{lines[-1].text} {row.strip()}")
        elif found is not None:
            times.append(seconds_of(found["at"] or found["then"]))
            lines.append(TimedLine(found["who"].strip(), found["text"], 0.0, None, (number, "")))
    texts, ends = split_stamps([line.text for line in lines])
    stamped = all(at_s is None for at_s in times)
    times = ends if stamped else times
    faults = tuple(
        Fault(path, *line.place, "no time: beside sound every line has one, such as [00:12]")
        for line, at_s in zip(lines, times, strict=True)
        if timed and at_s is None
    )
    if faults:
        raise FaultyFiles(faults[:1])
    made = (
        replace(line, text=text, start_s=at_s or 0.0)
        for line, text, at_s in zip(lines, texts, times, strict=True)
    )
    return TimedTranscript(path, tuple(made), stamped=stamped)
