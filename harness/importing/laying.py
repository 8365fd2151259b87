"""The lines and tools of a stored call, laid on one clock, and told apart as answers.

Where there is sound, a line lies where its words sound. Text alone is laid in its order: at the
transcript's own times, or on a clock that counts its words. Lines of the agent that follow each
other without a caller, a tool's result or a long pause between them are one answer.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.importing.alignment import (
    PlacedLine,
    TranscriptClock,
    clock_of,
    place,
    span_of,
)
from harness.importing.model import Speaker, StoredCall, StoredLine, StoredTool
from harness.importing.sounds import TrackSounds
from harness.recording.tools import ToolRun
from harness.timeline.audio_turns import ENDED_S
from harness.timeline.model import Span

UNTOLD_S = 0.3
"""Sound of the agent from this length on that no line tells of is speech whose words are unknown;
what is shorter is a click, or a breath."""

_WORDS_PER_S = 2.5
_GAP_S = 0.5
_TOOL_S = 0.2
_SHORTEST_S = 0.1


@dataclass(frozen=True, slots=True)
class LaidLine:
    """One line where it lies on the recording's clock, and the answer that it belongs to."""

    number: int
    who: Speaker
    text: str
    span: Span
    item_id: str = ""
    response_id: str = ""
    interrupted: bool = False
    recorded: bool = True
    """False where no sound is near the line: its time is the transcript's."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A call laid on one clock."""

    said: tuple[LaidLine, ...]
    tools: tuple[ToolRun, ...]
    end_s: float
    noises: tuple[Span, ...] = ()
    """Where the caller's track sounds and no line tells of words."""
    by_order: bool = False
    """Whether pauses between lines are unknown: only their order is that of the call."""


def laid_by_sound(call: StoredCall, heard: Mapping[Speaker, TrackSounds], *, end_s: float) -> Laid:
    """Lay lines where their words sound, and the tools at their times, or between the lines."""
    found, own = place(call.lines, heard), clock_of(call.lines, heard)
    said = [
        _said(number, placed, span)
        if (span := placed.span) is not None
        else _without_sound(number, placed, own, end_s=end_s)
        for number, placed in enumerate(found.lines)
    ]
    untold = [s for s in found.stray[Speaker.AGENT] if s.duration_s >= UNTOLD_S]
    said += [
        LaidLine(len(call.lines) + number, Speaker.AGENT, "", span)
        for number, span in enumerate(untold)
    ]
    said.sort(key=lambda one: one.span.start_s)
    spans = {one.number: one.span for one in said}
    noises = (s for s in found.stray[Speaker.CALLER] if s.duration_s >= UNTOLD_S)
    return Laid(tuple(said), tuple(_tools(call, spans, end_s)), end_s, tuple(noises))


def _without_sound(
    number: int, placed: PlacedLine, own: TranscriptClock, *, end_s: float
) -> LaidLine:
    """Return a line at the transcript's time: its audio is missing, which is not silence."""
    told = own.moved(span_of(placed.line))
    least_s = max(1, len((placed.line.text or "").split())) / _WORDS_PER_S
    stop_s = told.end_s if told.duration_s > 0 else told.start_s + least_s
    start_s = max(0.0, min(told.start_s, end_s - _SHORTEST_S))
    span = Span(start_s, max(min(stop_s, end_s), start_s + _SHORTEST_S))
    return replace(_said(number, placed, span), recorded=False)


def _said(number: int, placed: PlacedLine, span: Span) -> LaidLine:
    line = placed.line
    ids = line.item_id, line.response_id
    return LaidLine(number, line.who, line.text or "", span, *ids, line.interrupted)


def has_stamps(call: StoredCall) -> bool:
    """Return whether the transcript of a call has a time for every line."""
    return bool(call.lines) and all(line.start_s is not None for line in call.lines)


def laid_by_words(call: StoredCall) -> Laid:
    """Lay lines and tools behind each other: at their own times, or each as long as it takes.

    Nothing overlaps, as no audio tells what did: a line ends at the latest where the next begins.
    """
    acts: list[tuple[float, int, StoredLine | StoredTool]] = [
        *((number, number, line) for number, line in enumerate(call.lines)),
        *((tool.after_line - 0.5, index, tool) for index, tool in enumerate(call.tools)),
    ]
    acts.sort(key=lambda act: act[0])
    stamped = has_stamps(call)
    said: list[LaidLine] = []
    called: dict[int, Span] = {}
    at_s = 0.0
    for (_, index, act), next_s in zip(acts, _following([act for *_, act in acts]), strict=True):
        span = _stamped(act, at_s, next_s) if stamped else Span(at_s, at_s + _usual_s(act))
        if isinstance(act, StoredLine):
            said.append(_said(index, PlacedLine(act, ()), span))
        else:
            called[index] = span
        at_s = span.end_s if stamped else span.end_s + _GAP_S
    runs = tuple(
        _tool_run(replace(tool, requested_s=None), index, called[index])
        for index, tool in enumerate(call.tools)
    )
    return Laid(tuple(said), runs, at_s, by_order=True)


def _following(acts: Sequence[StoredLine | StoredTool]) -> list[float]:
    """Return the earliest time that is told of anything after each act; inf if none is."""
    found, next_s = [], math.inf
    for act in reversed(acts):
        found.append(next_s)
        told_s = act.start_s if isinstance(act, StoredLine) else act.requested_s
        next_s = next_s if told_s is None else min(next_s, told_s)
    return found[::-1]


def _stamped(act: StoredLine | StoredTool, from_s: float, next_s: float) -> Span:
    """Return where an act lies by its own times, not before ``from_s``."""
    if isinstance(act, StoredLine):
        told_s, end_s = act.start_s, act.end_s
    else:
        told_s, end_s = act.requested_s, act.answered_s
    start_s = from_s if told_s is None else max(from_s, told_s)
    stop_s = start_s + _usual_s(act) if end_s is None else end_s
    return Span(start_s, max(start_s + _SHORTEST_S, min(stop_s, next_s)))


def _usual_s(act: StoredLine | StoredTool) -> float:
    if isinstance(act, StoredTool):
        return _TOOL_S
    return max(1, len((act.text or "").split())) / _WORDS_PER_S


def _tools(call: StoredCall, spans: dict[int, Span], end_s: float) -> Iterator[ToolRun]:
    """Yield the tools with their times; those without any lie between the lines around them."""
    for index, tool in enumerate(call.tools):
        if tool.requested_s is not None:
            answered_s = tool.answered_s
            yield _tool_run(tool, index, Span(tool.requested_s, answered_s or tool.requested_s))
            continue
        together = [one for one in call.tools if one.after_line == tool.after_line]
        place_s, share = together.index(tool), len(together)
        before = [s.end_s for number, s in spans.items() if number < tool.after_line]
        after = [s.start_s for number, s in spans.items() if number >= tool.after_line]
        from_s = max(before, default=0.0)
        room_s = max(0.0, min(min(after, default=end_s) - from_s, share * (_TOOL_S + _GAP_S)))
        at_s = from_s + room_s * (place_s + 0.2) / share
        yield _tool_run(tool, index, Span(at_s, at_s + room_s * 0.6 / share))


def _tool_run(tool: StoredTool, index: int, span: Span) -> ToolRun:
    answered = tool.answered_s is not None or tool.output is not None or tool.requested_s is None
    return ToolRun(
        call_id=tool.call_id or f"call_{index + 1}",
        name=tool.name,
        arguments=tool.arguments,
        response_id=tool.response_id or None,
        requested_s=span.start_s,
        answered_s=span.end_s if answered else None,
        outcome=tool.outcome,
        output=tool.output,
    )


def with_answers(laid: Laid) -> Iterator[LaidLine]:
    """Yield the lines, those of the agent with the answer that they belong to."""
    before: LaidLine | None = None
    spoke_s = sorted(said.span.start_s for said in laid.said if said.who is Speaker.CALLER)
    called_s = sorted(run.requested_s for run in laid.tools)
    count = 0
    for one in laid.said:
        if one.who is Speaker.AGENT:
            apart = before is None or _parts(before, one, spoke_s, called_s)
            if apart or (before is not None and _pauses(laid, before, one)):
                count += 1
            one = replace(
                one,
                item_id=one.item_id or f"line_{one.number + 1}",
                response_id=one.response_id or f"answer_{count}",
            )
            before = one
        yield one


def _pauses(laid: Laid, before: LaidLine, one: LaidLine) -> bool:
    return not laid.by_order and one.span.start_s - before.span.end_s >= ENDED_S


def _parts(
    before: LaidLine, one: LaidLine, spoke_s: Sequence[float], called_s: Sequence[float]
) -> bool:
    """Return whether the caller spoke, or a tool was called, between two lines of the agent.

    The times are in order.
    """
    start_s, end_s = before.span.start_s, one.span.start_s
    if bisect_right(spoke_s, start_s) < bisect_left(spoke_s, end_s):
        return True
    return bisect_right(called_s, start_s) < bisect_right(called_s, end_s)
