"""Transcripts in plain text: ``Agent: Hello.`` a line, with a time before or after it.

Times are ``[00:12]``, ``(0:12)``, ``00:12 -`` or ``0:00:12.5``, or with a date before them,
at the beginning of a line, after the name or at the end. At the beginning they are the begin of a
line; at the end they may be its begin or its end, and the audio decides. A line without a speaker
continues the line above.
"""

from __future__ import annotations

import re
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path

from harness.errors import Fault, FaultyFiles
from harness.importing.gpt_live_evals import is_evals_transcript, read_evals_transcript
from harness.importing.json_files import numbered_lines, text_of
from harness.importing.transcript import (
    SPEAKER,
    STAMP,
    TimedLine,
    TimedTranscript,
    by_own_clock,
    moment_s,
    side_of,
    split_stamps,
)
from harness.storage import open_plain

_DAY = r"(?:\d{4}-\d\d-\d\d[T ]{1,2})?"
_DATED = STAMP.replace("(?P<at>", f"(?P<at>{_DAY}") + r"(?:Z|[+-]\d\d:?\d\d)?"
_THEN = STAMP.replace("<at>", "<then>")
_LINE = re.compile(
    rf"(?:[\[(]?{_DATED}[\])]?\s*+(?:[-–|]\s*+)?)?"
    rf"(?P<who>{SPEAKER})\s*+(?:[\[(]{_THEN}[\])]\s*+)?:\s++(?P<text>.+)"
)
_SHARE = 0.5
"""From this share of lines with a speaker on, a text is a transcript."""
_LOOKED_AT = 40
SUFFIX = ".txt"
_HOUR_S = 3600.0
"""A first line from here on has a time of the day: no call begins with an hour of silence."""


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
        with TextIOWrapper(open_plain(path), encoding="utf-8", errors="replace") as file:
            head = [line.strip() for line, _ in zip(file, range(_LOOKED_AT), strict=False)]
    except OSError:
        return False
    lines = [_LINE.fullmatch(line) for line in head if line]
    speakers = {line["who"].lower() for line in lines if line is not None}
    said = sum(line is not None for line in lines)
    if len(speakers) not in (2, 3) or said < _SHARE * len(lines):
        return False
    # Two lines such as "Note: x" are no transcript; times, or the names of both sides, show one.
    named = [line for line in lines if line is not None]
    ends = split_stamps([line["text"] for line in named])[1]
    stamped = said == len(lines) and all(
        line["at"] or line["then"] or end_s is not None
        for line, end_s in zip(named, ends, strict=True)
    )
    return said > len(speakers) or stamped or all(map(side_of, speakers))


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
            times.append(moment_s(found["at"] or found["then"]))
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
    dated = by_own_clock(TimedTranscript(path, tuple(made), stamped=stamped), None)
    first_s = min((line.start_s for line in dated.lines), default=0.0)
    if first_s < _HOUR_S:
        return dated
    return replace(dated.retimed(by_s=-first_s), of_day=True)
