"""Transcript files of a call: captions, plain text, GPT-Live evals; one file or two."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from io import TextIOWrapper
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from harness.errors import Fault, FaultyFiles
from harness.files import open_plain
from harness.importing.json_files import numbered_lines, text_of
from harness.importing.json_transcript import (
    read_json_transcript,
    read_text_transcripts,
    read_tools,
)
from harness.importing.messages import outcome_of
from harness.importing.model import (
    Estimate,
    SourceKind,
    Speaker,
    StoredCall,
    StoredLine,
    StoredTool,
    in_order,
)
from harness.importing.transcript import (
    SPEAKER,
    STAMP,
    TimedLine,
    TimedTranscript,
    by_own_clock,
    label_sides,
    moment_s,
    seconds_of,
    side_of,
    sides_unknown,
    split_stamps,
    time_faults,
)
from harness.recording.tools import ToolOutcome
from harness.units import ms_to_seconds

# Captions as transcripts: WebVTT (speakers as voice tags) and SRT (speakers before a colon).
#
# Both are cues: a line of two times, then text up to an empty line. The same reader takes them, as
# files of either kind are found under both names. No library reports the line of a fault.

_TIME = r"(?:\d+:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_CUE = re.compile(rf"\s*({_TIME})\s*-->\s*({_TIME})(?:\s.*)?$")
_NEARLY = re.compile(rf"\s*{_TIME}\s*\S{{1,3}}\s*{_TIME}\s*$")
"""Two times with another arrow between them: the text after them would be lost."""
_VOICE = re.compile(r"<v(?:\.[^\s<>]*+)?\s([^<>]*+)>")
_TAG = re.compile(r"<[^<>]*>")
_PREFIX = re.compile(rf"\s*+(?:[-–]\s*+)?\[?({SPEAKER})\]?\s*+:\s++")


def read_captions(path: Path, speaker: str = "") -> TimedTranscript:
    """Return the lines of captions; ``speaker`` is the speaker of words before the first name.

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
    """Yield the speaker and text of each part of a cue; an empty speaker if the cue names none."""
    parts = _VOICE.split(text)
    for name, words in zip(["", *parts[1::2]], parts[::2], strict=True):
        said = html.unescape(_TAG.sub("", words)).strip()
        prefix = None if name else _PREFIX.match(said)
        if prefix is not None:
            name, said = prefix[1], said[prefix.end() :]
        if said:
            yield name.strip(), said


# The transcript that the OpenAI Cookbook's GPT-Live evals write for a conversation's audio.
#
# Each line has times in milliseconds on the conversation's clock: ``USER 4840..8100ms: Hello``,
# ``ASSISTANT …``, and ``TOOL 21800ms: name=… status=… arguments={…} result={…}``. Lines of
# delegation and of the backend are not spoken. A tool is reported by the model (``in_progress``)
# and by the application that runs it (``called``); the application's reports count if there are
# any.

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


# Transcripts in plain text: ``Agent: Hello.`` a line, with a time before or after it.
#
# Times are ``[00:12]``, ``(0:12)``, ``00:12 -`` or ``0:00:12.5``, or with a date before them, at
# the beginning of a line, after the name or at the end. At the beginning they are the begin of a
# line; at the end they may be its begin or its end, and the audio decides. A line without a speaker
# continues the line above.

_DAY = r"(?:\d{4}-\d\d-\d\d[T ]{1,2})?"
_DATED = STAMP.replace("(?P<at>", f"(?P<at>{_DAY}") + r"(?:Z|[+-]\d\d:?\d\d)?"
_THEN = STAMP.replace("<at>", "<then>")
_LINE = re.compile(
    rf"(?:[\[(]?{_DATED}[\])]?\s*+(?:[-–|]\s*+)?)?"
    rf"(?P<who>{SPEAKER})\s*+(?:[\[(]{_THEN}[\])]\s*+)?:\s++(?P<text>.+)"
)
_SHARE = 0.5
"""A text is a transcript if at least this share of its lines has a speaker."""
_LOOKED_AT = 40
SUFFIX = ".txt"
_HOUR_S = 3600.0
"""A first line at or after this has a time of the day: no call begins with an hour of silence."""


def is_transcript_text(path: Path) -> bool:
    """Return whether a text file is a transcript of the GPT-Live evals or in plain text."""
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
    # Two lines such as "Note: x" are no transcript; times, or the names of both sides, are.
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


CAPTIONS = (".vtt", ".srt")


def read_transcript_files(files: Sequence[Path], length_s: float) -> TimedTranscript:
    """Return the transcript in a single file, or in the caller's and the agent's own files.

    The caller's file is the first. ``length_s`` is the length of the audio in seconds; infinite if
    there is none. Raises FaultyFiles.
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
    """Return the transcript in a file; ``speaker`` is the speaker of lines without a name."""
    if path.suffix.lower() in CAPTIONS:
        return read_captions(path, speaker)
    if path.suffix.lower() == SUFFIX:
        return read_transcript_text(path, timed=True)
    return read_json_transcript(path, length_s, speaker)


def _side(path: Path, length_s: float, side: str) -> TimedTranscript:
    """Return the lines of one side, under any speaker name in its file."""
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


# Transcripts without audio as calls: words and tools in order, without times to judge.

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
