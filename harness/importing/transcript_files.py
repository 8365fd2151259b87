"""The transcript of a call in one file, or in two: one for each side, as recognizers write them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.errors import FaultyFiles
from harness.importing.captions import read_captions
from harness.importing.json_transcript import read_json_transcript
from harness.importing.plain_transcript import SUFFIX as PLAIN
from harness.importing.plain_transcript import read_transcript_text
from harness.importing.transcript import TimedTranscript, label_sides, time_faults

CAPTIONS = (".vtt", ".srt")


def read_transcript_files(files: Sequence[Path], length_s: float) -> TimedTranscript:
    """Return the transcript in one file, or in the caller's and the agent's own, in this order.

    ``length_s`` is that of the sound in seconds; infinite where there is none. Raises FaultyFiles.
    """
    if len(files) == 1:
        return _read(files[0], length_s)
    caller, agent = (
        _side(path, length_s, side) for path, side in zip(files, ("caller", "agent"), strict=True)
    )
    lines = sorted((*caller.lines, *agent.lines), key=lambda line: line.start_s)
    return replace(
        caller,
        lines=tuple(lines),
        tools=(*caller.tools, *agent.tools),
        notice_sources=caller.notice_sources or agent.notice_sources,
        whole_words=caller.whole_words or agent.whole_words,
        agents=frozenset(),
        stamped=False,
    )


def _read(path: Path, length_s: float, speaker: str = "") -> TimedTranscript:
    """Return the transcript in a file; ``speaker`` says the lines that name no speaker."""
    if path.suffix.lower() in CAPTIONS:
        return read_captions(path, speaker)
    if path.suffix.lower() == PLAIN:
        return read_transcript_text(path, timed=True)
    return read_json_transcript(path, length_s, speaker)


def _side(path: Path, length_s: float, side: str) -> TimedTranscript:
    """Return the lines of one side, by whatever names its file calls it."""
    found = _read(path, length_s, side)
    told = next(label_sides(found), {})
    if len(found.labels) > 1 and len(set(told.values())) > 1:
        names = ", ".join(found.labels)
        problem = f"its name says that it is the {side}'s alone, and it holds the lines of {names}"
        raise FaultyFiles.at(path, problem)
    if found.of_day:
        problem = "its times are of the day: two files are joined by times from the call's start"
        raise FaultyFiles.at(path, problem)
    if faults := tuple(time_faults(found, length_s)):
        raise FaultyFiles(faults)
    return replace(found, lines=tuple(replace(line, label=side) for line in found.lines))
