"""Captions as transcripts: WebVTT (speakers as voice tags) and SRT (speakers before a colon).

Both are cues: a line of two times, then text up to an empty line. One reader takes them, as files
of either kind are found under both names. No library reads them with the line of what is wrong.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from harness.errors import Fault, FaultyFiles
from harness.importing.json_files import text_of
from harness.importing.transcript import SPEAKER, TimedLine, TimedTranscript, seconds_of

_TIME = r"(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_CUE = re.compile(rf"\s*({_TIME})\s*-->\s*({_TIME})(?:\s.*)?$")
_NEARLY = re.compile(rf"\s*{_TIME}\s*\S{{1,3}}\s*{_TIME}\s*$")
"""Two times with another arrow between them: what follows would be lost."""
_VOICE = re.compile(r"<v(?:\.[^\s<>]*+)?\s([^<>]*+)>")
_TAG = re.compile(r"<[^<>]*>")
_PREFIX = re.compile(rf"\s*+(?:[-–]\s*+)?\[?({SPEAKER})\]?\s*+:\s++")


def read_captions(path: Path, speaker: str = "") -> TimedTranscript:
    """Return the lines of captions; ``speaker`` says the words before the first name.

    Raises FaultyFiles with every cue that is wrong.
    """
    rows = text_of(path).splitlines()
    lines: list[TimedLine] = []
    faults: list[Fault] = []
    label = speaker
    nobodys: list[Fault] = []
    for number, times, text in _cues(rows):
        start_s, end_s = (seconds_of(time) for time in times)
        for said_by, said in _voices(text):
            label = said_by or label
            if not label:
                problem = f"nobody is named who says {said[:40]!r}: write <v Name> or 'Name: …'"
                nobodys.append(Fault(path, number, "", problem))
            lines.append(TimedLine(label, said, start_s or 0.0, end_s, (number, "")))
    if nobodys:
        more = f" (and of {len(nobodys) - 1} more cues)" if len(nobodys) > 1 else ""
        faults.append(replace(nobodys[0], problem=nobodys[0].problem + more))
    for number, row in enumerate(rows, start=1):
        if ("-->" in row or _NEARLY.match(row)) and not _CUE.match(row):
            problem = f"expected 00:00:01.000 --> 00:00:02.500, got {row.strip()!r}"
            faults.append(Fault(path, number, "", problem))
    if not lines and not faults:
        faults.append(Fault(path, None, "", "holds no cue (00:00:01.000 --> 00:00:02.500)"))
    if faults:
        raise FaultyFiles(tuple(faults))
    return TimedTranscript(path, tuple(lines))


def _cues(rows: list[str]) -> Iterator[tuple[int, tuple[str, str], str]]:
    """Yield each cue: the number of its line of times, the times, and its text."""
    at = 0
    while at < len(rows):
        times = _CUE.match(rows[at])
        at += 1
        if times is None:
            continue
        number, text = at, []
        while at < len(rows) and rows[at].strip() and "-->" not in rows[at]:
            text.append(rows[at].strip())
            at += 1
        yield number, (times[1], times[2]), " ".join(text)


def _voices(text: str) -> Iterator[tuple[str, str]]:
    """Yield who says what in one cue; nobody where the cue does not say."""
    parts = _VOICE.split(text)
    for name, words in zip(["", *parts[1::2]], parts[::2], strict=True):
        said = html.unescape(_TAG.sub("", words)).strip()
        prefix = None if name else _PREFIX.match(said)
        if prefix is not None:
            name, said = prefix[1], said[prefix.end() :]
        if said:
            yield name.strip(), said
