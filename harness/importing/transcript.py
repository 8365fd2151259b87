"""A transcript with times, from any writer: lines with a speaker's label, tools, and data.

Times are seconds on the clock of the audio. Faults name their place, and all of a file are reported
at once: a line without a time, times that go back, a side that speaks over itself, words after the
end of the audio.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness.errors import Fault
from harness.importing.model import StoredTool
from harness.language.sounds import usual_length_s
from harness.scenario.fault_text import listed
from harness.units import clock, ms_to_seconds

_MOST = 1e19
"""More than any time in a file: nanoseconds since 1970 have 19 digits. Beyond it, arithmetic with
milliseconds and samples overflows."""

BACK_S = 0.5
"""A line may begin this long before the previous one, and a side may overlap itself this long."""

AFTER_S = 1.0
"""A transcript may continue this long after the end of the audio."""

SPEAKER = r"[^\W\d_][\w .'-]{0,30}?"
"""A speaker's name at the beginning of a line, as a regular expression."""

STAMP = r"(?P<at>(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?)"
_STAMP_AT_END = re.compile(rf"(?<!\s)\s*[\[(]\s*{STAMP}\s*[\])]$")
_DATED = re.compile(r"\s*\d{4}-\d\d-\d\d")

_AGENTS = frozenset(
    {"agent", "assistant", "bot", "ai", "model", "advisor", "adviser", "operator", "rep"}
)
_CALLERS = frozenset(
    {"caller", "customer", "user", "client", "human", "guest", "patient", "visitor"}
)


@dataclass(frozen=True, slots=True)
class TimedLine:
    """A line: its speaker, as the file names them, and its place in the file."""

    label: str
    text: str
    start_s: float
    end_s: float | None
    place: tuple[int | None, str]
    """Line of the file, and key inside it."""
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class TimedTranscript:
    """The content of a transcript file."""

    path: Path
    lines: tuple[TimedLine, ...]
    tools: tuple[StoredTool, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    today: date | None = None
    instructions: str | None = None
    started_at: str = ""
    notice_sources: bool = False
    """Whether the file reports which tools were called, even if it reports none."""
    whole_words: bool = False
    """Its words are the agent's full intended text, heard or not."""
    agents: frozenset[str] = frozenset()
    """Speakers that called tools."""
    stamped: bool = False
    """Each line has one time, and it may be that of its end."""
    of_day: bool = False
    """Its times are times of day, and the start of the audio is unknown."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of the speakers, in the order in which they first speak."""
        return tuple(dict.fromkeys(line.label for line in self.lines))

    def retimed(self, *, scale: float = 1.0, by_s: float = 0.0) -> TimedTranscript:
        """Return the transcript on another clock: times in another unit, or shifted by ``by_s``."""

        def at(time: float | None) -> float | None:
            return None if time is None else time * scale + by_s

        return replace(
            self,
            lines=tuple(
                replace(line, start_s=line.start_s * scale + by_s, end_s=at(line.end_s))
                for line in self.lines
            ),
            tools=tuple(
                replace(tool, requested_s=at(tool.requested_s), answered_s=at(tool.answered_s))
                for tool in self.tools
            ),
        )


def side_of(label: str) -> str:
    """Return "caller" or "agent" for a label whose words decide it, else an empty text."""
    words = {word.strip("_-.:#0123456789 ").lower() for word in label.replace("_", " ").split()}
    agent = bool(words & _AGENTS)
    caller = bool(words & (_CALLERS - {"human"} if agent else _CALLERS))  # a human agent
    return "" if agent is caller else "agent" if agent else "caller"


def time_faults(transcript: TimedTranscript, length_s: float) -> Iterator[Fault]:
    """Yield the faults of the times, given ``length_s`` seconds of audio."""
    path = transcript.path
    for line in transcript.lines:
        if line.start_s < -BACK_S:
            yield Fault(path, *line.place, f"begins {-line.start_s:.1f} s before the sound does")
        if line.end_s is not None and line.end_s < line.start_s:
            problem = f"ends ({clock(line.end_s)}) before it begins ({clock(line.start_s)})"
            yield Fault(path, *line.place, problem)
        end_s = max(line.start_s, line.end_s or 0.0)
        if end_s > length_s + AFTER_S:
            problem = (
                f"ends at {clock(end_s)}, after the sound, which is {clock(length_s)} long; "
                "if its clock is another, add --shift SECONDS"
            )
            yield Fault(path, *line.place, problem)
    for before, line in pairwise(transcript.lines):
        if line.start_s < before.start_s - BACK_S:
            problem = (
                f"begins at {clock(line.start_s)}, before the line in front of it "
                f"({clock(before.start_s)}); write the lines in the order of time"
            )
            yield Fault(path, *line.place, problem)
    yield from _overlaps(transcript)
    for tool in transcript.tools:
        at_s = tool.requested_s or 0.0
        if not -BACK_S <= at_s <= length_s + AFTER_S:
            lasts = f"the sound lasts {length_s:.1f} s"
            problem = f"{tool.name} was requested at {at_s:.1f} s, and {lasts}"
            yield Fault(path, None, "", problem)
        if tool.requested_s is None and tool.after_line > len(transcript.lines):
            problem = f"{tool.name} stands after line {tool.after_line} of {len(transcript.lines)}"
            yield Fault(path, None, "", problem)


def _overlaps(transcript: TimedTranscript) -> Iterator[Fault]:
    for label in transcript.labels:
        own = [line for line in transcript.lines if line.label == label]
        for before, line in pairwise(own):
            # A line that begins before its predecessor is reported already, by the order of time.
            over_s = (before.end_s or before.start_s) - line.start_s
            if over_s > BACK_S and line.start_s >= before.start_s - BACK_S:
                problem = (
                    f"{label} speaks from {clock(line.start_s)}, {over_s:.1f} s before the end of "
                    "the same speaker's line in front of it"
                )
                yield Fault(transcript.path, *line.place, problem)


def with_ends(lines: Sequence[TimedLine], length_s: float) -> tuple[TimedLine, ...]:
    """Return lines that all have an end: a missing end is the beginning of the next line."""
    # The last line ends with the audio.
    starts = [*(line.start_s for line in lines), length_s][1:]
    return tuple(
        line if line.end_s is not None else replace(line, end_s=max(line.start_s, start_s))
        for line, start_s in zip(lines, starts, strict=True)
    )


def split_stamps(texts: Sequence[str]) -> tuple[list[str], list[float | None]]:
    """Return texts without the times at their ends ("Hello there [00:12]"), and these in seconds.

    If only some of the texts have such an end, it may be words, and all texts stay unchanged.
    """
    found = [_STAMP_AT_END.search(text.rstrip()) for text in texts]
    # A caller may say "at [12:30]"; a writer of times puts one behind each line.
    if not found or not all(found):
        return list(texts), [None] * len(texts)
    kept = [
        text.rstrip()[: stamp.start()] for text, stamp in zip(texts, found, strict=True) if stamp
    ]
    return kept, [seconds_of(stamp["at"]) for stamp in found if stamp]


def by_ends(transcript: TimedTranscript) -> TimedTranscript:
    """Return a transcript whose times are those of the ends of its lines."""
    ends = [line.start_s for line in transcript.lines]
    # Nothing tells when the first line began, so it lasts as long as its words usually do.
    first = (end_s - max(1.0, usual_length_s(transcript.lines[0].text)) for end_s in ends[:1])
    starts = [*first, *ends]
    lines = (
        replace(line, start_s=start_s, end_s=line.start_s)
        for line, start_s in zip(transcript.lines, starts, strict=False)
    )
    return replace(transcript, lines=tuple(lines))


def seconds_of(value: Any) -> float | None:
    """Return a time that is a number, or text like "12.5" or "0:01:02.5"; None for other values."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _usable(value)
    if not isinstance(value, str):
        return None
    *larger, last = value.strip().rstrip("s").replace(",", ".").split(":")
    try:
        seconds = float(last)
        for weight, part in enumerate(reversed(larger), start=1):
            seconds += int(part) * 60**weight
    except (ValueError, OverflowError):
        return None
    return _usable(seconds) if "-" not in value.strip()[1:] else None


def _usable(number: float) -> float | None:
    return float(number) if abs(number) <= _MOST else None  # nan compares as False


def moment_s(value: Any) -> float | None:
    """Return a time in seconds: of ``seconds_of``, or since 1970 for ISO 8601; None for neither."""
    found = seconds_of(value)
    if found is not None or not isinstance(value, str) or not _DATED.match(value):
        return found
    try:
        at = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()


_SINCE_1970_S, _IN_MS = 1e8, 1e11
"""Times from these sizes on are seconds, or milliseconds, since 1970."""

_LONGEST_S = 86_400.0
"""A clock that begins more than a day away from the first line is not the call's clock."""


def by_own_clock(transcript: TimedTranscript, zero_s: float | None) -> TimedTranscript:
    """Return a transcript whose times of the day count from ``zero_s``, or from its first line."""
    starts = [line.start_s for line in transcript.lines]
    # Smaller times are seconds of the call already.
    if not starts or min(starts) < _SINCE_1970_S:
        return transcript
    scale = ms_to_seconds(1.0) if min(starts) >= _IN_MS else 1.0
    known = zero_s is not None and abs(min(starts) * scale - zero_s) < _LONGEST_S
    begun_s = zero_s if known and zero_s is not None else min(starts) * scale
    return replace(transcript.retimed(scale=scale, by_s=-begun_s), of_day=not known)


def label_sides(transcript: TimedTranscript, caller: str = "") -> Iterator[dict[str, str]]:
    """Yield each possible assignment of a side ("caller" or "agent") to every speaker.

    ``caller`` is the speaker that the user names. A name such as "customer" decides the
    side, and so does a tool call; the words of a speaker do not.
    """
    # What people say is no evidence: an agent may ask "how can I help" and so may a caller.
    labels = transcript.labels
    sides = {x: "agent" if x in transcript.agents else side_of(x) for x in labels}
    if caller.lower() in map(str.lower, labels):
        yield {x: "caller" if x.lower() == caller.lower() else "agent" for x in labels}
        return
    unknown = [label for label in labels if not sides[label]]
    known = set(filter(None, sides.values()))
    if not unknown:
        yield sides
    elif len(labels) == 2 and len(unknown) == 1:
        yield {**sides, unknown[0]: "caller" if known == {"agent"} else "agent"}
    elif len(labels) == 2:
        for first in labels:
            yield {x: "caller" if x == first else "agent" for x in labels}


def sides_unknown(transcript: TimedTranscript, caller: str = "") -> str:
    """Return the problem that no speaker is known to be the caller, with the speakers found."""
    speakers = listed(transcript.labels)
    if caller:
        return f"its speakers are {speakers}: --caller {caller} is none of them"
    return (
        f"nothing tells who of {speakers} is the caller; add {caller_options(transcript)}, "
        "or name the speakers caller and agent"
    )


def caller_options(transcript: TimedTranscript) -> str:
    """Return the command-line options that name the caller: one for each speaker."""
    return " or ".join(f"--caller {shlex.quote(label)}" for label in transcript.labels)
