"""Transcripts without audio as calls: words and tools in order, without times to judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from statistics import median

from harness.errors import Fault, FaultyFiles
from harness.importing.json_transcript import read_text_transcripts, read_tools
from harness.importing.model import (
    Estimate,
    SourceKind,
    Speaker,
    StoredCall,
    StoredLine,
    StoredTool,
    in_order,
)
from harness.importing.transcript import TimedTranscript, label_sides, sides_unknown
from harness.units import ms_to_seconds

_BEYOND_S = 600.0
"""A tool's call may be this long before the first line or after the beginning of the last."""

_LONG_GAP_S = 300.0
"""If most gaps between lines are at least this long, times are milliseconds."""


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
    """Return a transcript as a call without audio, with ``faults`` if it cannot be a call."""
    path = transcript.path
    call = StoredCall(name, SourceKind.CHAT, str(path))
    ways = list(label_sides(transcript, caller))
    if not transcript.lines or len(ways) != 1:
        problem = sides_unknown(transcript, caller) if transcript.lines else "nobody says anything"
        return replace(call, faults=(Fault(path, None, "", problem),))
    transcript = _in_seconds(transcript)
    timed = any(line.start_s for line in transcript.lines)
    lines, notes = in_order(
        StoredLine(
            Speaker(ways[0][line.label]),
            line.text,
            start_s=line.start_s if timed else None,
            end_s=line.end_s if timed else None,
            interrupted=line.interrupted,
        )
        for line in transcript.lines
    )
    call = replace(
        call,
        lines=lines,
        facts=transcript.facts,
        tags=transcript.tags,
        today=transcript.today,
        instructions=transcript.instructions,
        started_at=transcript.started_at,
        notes=notes,
        estimated=frozenset() if transcript.notice_sources else frozenset({Estimate.TOOLS}),
    )
    return replace(
        call,
        tools=tuple(_placed(tool, call) for tool in transcript.tools),
        faults=tuple(_misplaced(transcript.tools, call, path)),
    )


def _in_seconds(transcript: TimedTranscript) -> TimedTranscript:
    """Return a transcript whose times are seconds."""
    gaps = [b.start_s - a.start_s for a, b in pairwise(transcript.lines)]
    # No call has minutes between all of its lines, so such times are milliseconds.
    in_ms = bool(gaps) and median(gaps) > _LONG_GAP_S
    return transcript.retimed(scale=ms_to_seconds(1.0)) if in_ms else transcript


def with_tools_of(call: StoredCall, path: Path) -> StoredCall:
    """Return a call without audio with the tools of a file next to its transcript.

    Raises FaultyFiles with all faults of the file, or of its places in this call.
    """
    tools = read_tools(path)
    if faults := (*_misplaced(tools, call, path), *_mistimed(tools, call, path)):
        raise FaultyFiles(faults)
    return replace(
        call,
        source=f"{call.source}, {path.as_posix()}",
        tools=(*call.tools, *(_placed(tool, call) for tool in tools)),
        estimated=call.estimated - {Estimate.TOOLS},
    )


def _misplaced(tools: Iterable[StoredTool], call: StoredCall, path: Path) -> Iterator[Fault]:
    """Yield tools that have no place among the lines of a call."""
    lines = len(call.lines)
    for tool in tools:
        if tool.after_line > lines:
            problem = f"{tool.name} stands after line {tool.after_line} of {lines}"
            yield Fault(path, None, "", problem)


def _mistimed(tools: Iterable[StoredTool], call: StoredCall, path: Path) -> Iterator[Fault]:
    """Yield tools of a file whose times give them no place among the lines of a call."""
    starts = [line.start_s for line in call.lines if line.start_s is not None]
    for tool in tools:
        at_s = tool.requested_s
        if at_s is None or tool.after_line:
            continue
        if not starts:
            told = "the transcript has no times; write 'after_line' (lines before it)"
            yield Fault(path, None, "", f"{tool.name} was requested at {at_s:.1f} s, and {told}")
        elif not min(starts) - _BEYOND_S <= at_s <= max(starts) + _BEYOND_S:
            told = (
                f"the transcript's lines begin between {min(starts):.1f} s and {max(starts):.1f} s;"
                " write 'requested' in seconds from the same start, or 'after_line'"
            )
            yield Fault(path, None, "", f"{tool.name} was requested at {at_s:.1f} s, and {told}")


def _placed(tool: StoredTool, call: StoredCall) -> StoredTool:
    """Return a tool at its place between the lines: the given place, or that of its time."""
    if tool.after_line or tool.requested_s is None:
        return tool
    starts = [line.start_s for line in call.lines if line.start_s is not None]
    return replace(tool, after_line=sum(at_s <= tool.requested_s for at_s in starts))
