"""Aligns the lines of a transcript with the audio of two tracks, on one clock.

A transcript's times come from its writer: rounded, late by a breath, sometimes of another clock. So
a line gets the audio under it or near it, and begins and ends with that audio; the offset and drift
of the transcript's clock are first estimated from the lines themselves. If times fit the audio only
when they are moved, or when the sides are exchanged, that is reported and never corrected silently.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np

from harness.importing.model import Speaker, StoredCall, StoredLine, StoredTool, TrackSounds
from harness.language.sounds import usual_length_s
from harness.recording.tools import ToolRun
from harness.timeline.episodes import ENDED_S
from harness.timeline.intervals import covered_s, hull, overlap
from harness.timeline.model import Span
from harness.units import clock

BESIDE_S = 0.6
"""Audio this near to a line, without touching it, still belongs to the line."""

SHARED_S = 0.3
"""A sound that two lines overlap for at least this long holds words of both."""

FITS = 0.6
"""If at least this share of a transcript's time has audio, its clock is the audio's clock."""

_BETTER = 0.25
_STEP_S = 0.1
_FARTHEST_S = 120.0
_DRIFT_S = 1.5
_HALF_LINES = 6
"""With fewer lines than this in each half of a call, drift cannot be estimated."""

OFF_S = 0.3
"""A time may differ from its audio by this much: rounding, and a recognizer's breath."""

_FEWEST = 3
"""With fewer lines than this, a clock's offset cannot be estimated."""
_FASTEST = 0.05


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """A line and its sounds, in order; empty if no sound is near its time."""

    line: StoredLine
    sounds: tuple[Span, ...]

    @property
    def span(self) -> Span | None:
        """From its first sound to its last."""
        return hull(self.sounds)


@dataclass(frozen=True, slots=True)
class Placed:
    """All lines in the transcript's order, and by speaker the sounds that match no line."""

    lines: tuple[PlacedLine, ...]
    stray: Mapping[Speaker, tuple[Span, ...]]


@dataclass(frozen=True, slots=True)
class TranscriptClock:
    """A transcript's clock relative to the audio's: offset at the beginning, drift per second."""

    off_at_0_s: float = 0.0
    off_per_s: float = 0.0

    def off_s(self, told_s: float) -> float:
        """Return how far the transcript's time of a moment is before its audio."""
        return self.off_at_0_s + self.off_per_s * told_s

    def moved(self, told: Span) -> Span:
        """Return a stretch of the transcript's clock on the audio's clock."""
        start_s, end_s = (max(0.0, at + self.off_s(at)) for at in (told.start_s, told.end_s))
        return Span(start_s, max(start_s, end_s))


def clock_of(lines: Sequence[StoredLine], sounds: Mapping[Speaker, TrackSounds]) -> TranscriptClock:
    """Estimate a transcript's clock from the beginnings of its lines (Theil and Sen).

    If the estimate fits the audio no better, the transcript's clock is taken to be the audio's own.
    """
    rough = _placed(lines, [span_of(line) for line in lines], sounds).lines
    begun = [
        (told.start_s, span.start_s - told.start_s)
        for told, span in ((span_of(one.line), one.span) for one in rough)
        if span is not None
    ]
    if len(begun) < _FEWEST:
        return TranscriptClock()
    slopes = [
        (late - early) / (after_s - before_s)
        for (before_s, early), (after_s, late) in combinations(sorted(begun), 2)
        if after_s - before_s >= 1.0
    ]
    slope = float(np.clip(np.median(slopes), -_FASTEST, _FASTEST)) if slopes else 0.0
    found = TranscriptClock(
        float(np.median([off_s - slope * at_s for at_s, off_s in begun])), slope
    )
    moved = [_retold(line, found.moved(span_of(line))) for line in lines]
    return found if fit(moved, sounds) > fit(lines, sounds) else TranscriptClock()


def _retold(line: StoredLine, span: Span) -> StoredLine:
    return replace(line, start_s=span.start_s, end_s=span.end_s)


def place(lines: Sequence[StoredLine], sounds: Mapping[Speaker, TrackSounds]) -> Placed:
    """Assign each line its sounds; lines need times, and both speakers their sounds."""
    own = clock_of(lines, sounds)
    return _placed(lines, [own.moved(span_of(line)) for line in lines], sounds)


def _placed(
    lines: Sequence[StoredLine], spans: Sequence[Span], sounds: Mapping[Speaker, TrackSounds]
) -> Placed:
    own: list[list[Span]] = [[] for _ in lines]
    stray: dict[Speaker, tuple[Span, ...]] = {}
    for who in Speaker:
        numbers = [number for number, line in enumerate(lines) if line.who is who]
        told = [spans[number] for number in numbers]
        left: list[Span] = []
        for sound in sounds[who].spans:
            for piece in _cut(sound, told):
                at = _owner(piece, told)
                (left if at is None else own[numbers[at]]).append(piece)
        stray[who] = tuple(left)
    return Placed(tuple(map(PlacedLine, lines, map(tuple, own))), stray)


def span_of(line: StoredLine) -> Span:
    """Return a line's time in the transcript."""
    start_s = line.start_s or 0.0
    return Span(start_s, max(start_s, line.end_s if line.end_s is not None else start_s))


def _cut(sound: Span, told: Sequence[Span]) -> Iterable[Span]:
    """Split a sound that holds two lines, at the boundary between them."""
    under = [one for one in told if _shared_s(sound, one) >= min(SHARED_S, one.duration_s)]
    ends = [(before.end_s + after.start_s) / 2 for before, after in pairwise(under)]
    marks = [sound.start_s, *(at for at in ends if sound.start_s < at < sound.end_s), sound.end_s]
    return (Span(start_s, end_s) for start_s, end_s in pairwise(sorted(marks)))


def _owner(sound: Span, told: Sequence[Span]) -> int | None:
    """Return the line that overlaps most with a sound, else the nearest; None if none is near."""
    away = [
        (-_shared_s(sound, one), max(one.start_s - sound.end_s, sound.start_s - one.end_s), number)
        for number, one in enumerate(told)
    ]
    if not away:
        return None
    shared, far_s, number = min(away)
    return number if shared < 0 or far_s <= BESIDE_S else None


def _shared_s(one: Span, other: Span) -> float:
    return max(0.0, min(one.end_s, other.end_s) - max(one.start_s, other.start_s))


def fit(lines: Iterable[StoredLine], sounds: Mapping[Speaker, TrackSounds]) -> float:
    """Return the share (0 to 1) of the transcript's time during which the named speaker sounds."""
    told = {who: [span_of(line) for line in lines_of(lines, who)] for who in Speaker}
    whole = sum(covered_s(spans) for spans in told.values())
    heard = sum(covered_s(overlap(told[who], sounds[who].spans)) for who in Speaker)
    return heard / whole if whole else 1.0


def lines_of(lines: Iterable[StoredLine], who: Speaker) -> list[StoredLine]:
    """Return the lines of a side."""
    return [line for line in lines if line.who is who]


def length_match(lines: Sequence[StoredLine], sounds: Mapping[Speaker, TrackSounds]) -> float:
    """Return how well (0 to 1) the audio of each line fits the usual length of its text."""
    shares = []
    for line in lines:
        heard_s = covered_s(overlap([span_of(line)], sounds[line.who].spans))
        both = sorted((heard_s, max(usual_length_s(line.text or ""), SHARED_S)))
        shares.append(both[0] / both[1])
    return sum(shares) / len(shares) if shares else 0.0


def clock_problem(lines: Sequence[StoredLine], sounds: Mapping[Speaker, TrackSounds]) -> str:
    """Return the problem of a transcript's clock relative to the audio; empty if it fits."""
    now = fit(lines, sounds)
    off_s, moved = best_shift(lines, sounds)
    halves = [_half(lines, first=first) for first in (True, False)]
    if min(map(len, halves)) >= _HALF_LINES:
        shifts = [best_shift(half, sounds) for half in halves]
        apart_s = shifts[1][0] - shifts[0][0]
        if abs(apart_s) > _DRIFT_S and min(s[1] for s in shifts) > moved + _BETTER / 2:
            return (
                f"its clock runs away from the sound's: its first half fits moved by "
                f"{shifts[0][0]:+.1f} s, its second by {shifts[1][0]:+.1f} s; "
                "write its times by the clock of this sound"
            )
    if now >= FITS or moved < now + _BETTER:
        if now < FITS / 2:
            return (
                f"something sounds on {now:.0%} of the time that it tells: "
                "it is of another call, or the sides are exchanged"
            )
        return ""
    return (
        f"its times do not fit the sound, which is there on {now:.0%} of them; moved by "
        f"{off_s:+.1f} s it is on {moved:.0%}: if that is right, add --shift {off_s:.1f}"
    )


def tools_problem(
    lines: Sequence[StoredLine], tools: Sequence[StoredTool], sounds: Mapping[Speaker, TrackSounds]
) -> str:
    """Return which tool precedes a line by one clock and follows it by the other; may be empty."""
    placed = place(lines, sounds).lines
    # A tool's time may be by either clock: if the choice changes the order, the call is refused.
    for number, tool in enumerate(tools):
        if (at_s := tool.requested_s) is None:
            continue
        for one in placed:
            if one.span is None or not (edge := _between(at_s, one.line, one.span)):
                continue
            return (
                f"tools[{number}]: {tool.name} at {clock(at_s)} comes before "
                f"{one.line.text!r} {edge} by the sound, or after it by the transcript, whose "
                "clock is off there; write all times by the clock of this sound, or tell a "
                "tool's place as after_line"
            )
    return ""


def _between(at_s: float, line: StoredLine, sound: Span) -> str:
    """Return which edge of a line has a moment between its transcript time and its audio time."""
    told = span_of(line)
    begins = sorted((told.start_s, sound.start_s))
    if begins[1] - begins[0] > OFF_S and begins[0] < at_s < begins[1]:
        return "begins"
    late = sound.end_s - told.end_s > OFF_S and told.end_s < at_s < sound.end_s
    return "ends" if late else ""


def _half(lines: Sequence[StoredLine], *, first: bool) -> list[StoredLine]:
    middle = len(lines) // 2
    return list(lines[:middle] if first else lines[middle:])


def best_shift(
    lines: Sequence[StoredLine], sounds: Mapping[Speaker, TrackSounds]
) -> tuple[float, float]:
    """Return the shift with which the lines fit the audio best, and how well they fit then.

    Of shifts that fit equally well, the smallest is returned.
    """
    spans = [span_of(line) for line in lines]
    last_s = max([s.end_s for s in spans] + [s.end_s for x in sounds.values() for s in x.spans])
    size = int((last_s + 2 * _FARTHEST_S) / _STEP_S) + 2
    total = np.zeros(2 * size - 1)
    whole = 0.0
    for who in Speaker:
        told = _mask((span_of(line) for line in lines_of(lines, who)), size)
        heard = _mask(sounds[who].spans, size)
        whole += told.sum()
        length = 2 * size - 1
        product = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(told, length))
        total += np.fft.irfft(product, length)
    reach = int(_FARTHEST_S / _STEP_S)
    shifts = sorted(range(-reach, reach + 1), key=abs)
    shares = [float(total[shift]) / whole if whole else 1.0 for shift in shifts]
    # Rounded, so that the smallest of equally good shifts wins.
    best = int(np.argmax(np.round(shares, 2)))
    return shifts[best] * _STEP_S, shares[best]


def _mask(spans: Iterable[Span], size: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    mask = np.zeros(size)
    for span in spans:
        mask[round(span.start_s / _STEP_S) : round(span.end_s / _STEP_S) + 1] = 1.0
    return mask


# Lays the lines and tools of a stored call on one clock, and groups the lines into answers.
#
# With audio, a line is placed at its words in the audio. Text alone is laid in its order: at the
# transcript's own times, or on a clock that counts its words. Consecutive lines of the agent
# without a caller turn, a tool's result or a long pause between them are one answer.

UNTOLD_S = 0.3
"""Agent audio at least this long that matches no line is speech with unknown words.

Shorter audio is a click or a breath.
"""

_WORDS_PER_S = 2.5
_GAP_S = 0.5
_TOOL_S = 0.2
_SHORTEST_S = 0.1


@dataclass(frozen=True, slots=True)
class LaidLine:
    """A line at its place on the recording's clock, and the answer that it belongs to."""

    number: int
    who: Speaker
    text: str
    span: Span
    item_id: str = ""
    response_id: str = ""
    interrupted: bool = False
    recorded: bool = True
    """False if no audio is near the line: its time is the transcript's."""


@dataclass(frozen=True, slots=True)
class Laid:
    """A call laid on one clock."""

    said: tuple[LaidLine, ...]
    tools: tuple[ToolRun, ...]
    end_s: float
    noises: tuple[Span, ...] = ()
    """Spans with audio on the caller's track that match no line."""
    by_order: bool = False
    """Whether pauses between lines are unknown: only their order is that of the call."""


def laid_by_sound(call: StoredCall, heard: Mapping[Speaker, TrackSounds], *, end_s: float) -> Laid:
    """Lay lines at their words in the audio, and the tools at their times, or between the lines."""
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
    """Lay lines and tools in sequence: at their own times, or each as long as it takes.

    Lines never overlap, as there is no audio to show overlap: a line ends at the latest at the
    beginning of the next.
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
    """Return for each act the earliest known time of any later act; inf if none is known."""
    found, next_s = [], math.inf
    for act in reversed(acts):
        found.append(next_s)
        told_s = act.start_s if isinstance(act, StoredLine) else act.requested_s
        next_s = next_s if told_s is None else min(next_s, told_s)
    return found[::-1]


def _stamped(act: StoredLine | StoredTool, from_s: float, next_s: float) -> Span:
    """Return the span of an act by its own times, not before ``from_s``."""
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
    """Yield the tools with their times; a tool without times is placed between two lines."""
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
