"""Transcripts without sound as calls: words and tools in order, and no time that may be judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.errors import Fault
from harness.importing.json_transcript import read_text_transcripts
from harness.importing.model import (
    Estimate,
    SourceKind,
    Speaker,
    StoredCall,
    StoredLine,
    StoredTool,
)
from harness.importing.transcript import TimedTranscript, label_sides, sides_unknown

NO_AUDIO = "No audio is beside the transcript: words and tools are judged, and no times."


def read_transcripts(path: Path, caller: str = "") -> tuple[StoredCall, ...] | None:
    """Return the calls of a file of transcripts; None if it holds none.

    ``caller`` is the speaker that the user names. A call whose caller is unknown has ``faults``.
    Raises FaultyFiles with every fault of the file.
    """
    found = read_text_transcripts(path)
    if found is None:
        return None
    return tuple(
        text_call(name, each, caller)
        if isinstance(each, TimedTranscript)
        else StoredCall(name, SourceKind.CHAT, str(path), faults=each)
        for name, each in found
    )


def text_call(name: str, transcript: TimedTranscript, caller: str = "") -> StoredCall:
    """Return a transcript as a call without sound; one that cannot be one has ``faults``."""
    path = transcript.path
    call = StoredCall(name, SourceKind.CHAT, str(path))
    ways = list(label_sides(transcript, caller))
    if not transcript.lines or len(ways) != 1:
        problem = sides_unknown(transcript, caller) if transcript.lines else "nobody says anything"
        return replace(call, faults=(Fault(path, None, "", problem),))
    lines = tuple(
        StoredLine(Speaker(ways[0][line.label]), line.text, interrupted=line.interrupted)
        for line in transcript.lines
    )
    faults = tuple(
        Fault(path, None, "", f"{tool.name} stands after line {tool.after_line} of {len(lines)}")
        for tool in transcript.tools
        if tool.after_line > len(lines)
    )
    return replace(
        call,
        lines=lines,
        tools=_in_order(transcript),
        facts=transcript.facts,
        tags=transcript.tags,
        today=transcript.today,
        instructions=transcript.instructions,
        started_at=transcript.started_at,
        notes=(NO_AUDIO,),
        faults=faults,
        estimated=frozenset() if transcript.notice_sources else frozenset({Estimate.TOOLS}),
    )


def _in_order(transcript: TimedTranscript) -> tuple[StoredTool, ...]:
    """Return the tools at their places between the lines, by their times if these are all."""
    starts = [line.start_s for line in transcript.lines]
    timed = any(starts)
    return tuple(
        replace(
            tool,
            after_line=tool.after_line
            or sum(at_s <= (tool.requested_s or -1.0) for at_s in starts if timed),
            requested_s=None,
            answered_s=None,
        )
        for tool in transcript.tools
    )
