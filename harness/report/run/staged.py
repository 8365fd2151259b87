"""What a scenario did to a call beside words: pauses, asides, others, lost sound, steps, gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.recording.caller import ImpairedSpan, Impairment
from harness.recording.model import Recording
from harness.report import figures
from harness.report.run.transcript import TranscriptLine, absence_text
from harness.timeline.model import CallerTurn, Timeline
from harness.units import RATE_HZ

_TROUBLES = {
    Impairment.LOST: "sound lost",
    Impairment.DROPPED: "line gone",
    Impairment.LATE: "sound late",
}
_SUMMED = (Impairment.LOST.value, Impairment.LATE.value)
_LEFT_OUT = "left out: what it asks for had not happened"


@dataclass(frozen=True, slots=True)
class Staged:
    """One thing that the scenario wanted of the caller or the line, in the recording's seconds."""

    start_s: float
    end_s: float
    kind: str
    text: str
    late_s: float = 0.0
    """How late it came, at most; 0 for what was not held up."""


def staged(recording: Recording, timeline: Timeline) -> tuple[Staged, ...]:
    """Return all of it in order of time; each stretch of spoiled sound by itself."""
    found = [*_pauses(timeline), *_side_speech(timeline), *map(_fault, recording.impaired)]
    for other in recording.others:
        start_s, stop_s = (at / RATE_HZ for at in (other.start, other.start + other.samples))
        found.append(Staged(start_s, stop_s, "other", f"somebody near the caller: {other.text}"))
    for gone in recording.absences:
        back_s = timeline.duration_s if gone.back_s is None else gone.back_s
        found.append(Staged(gone.left_s, back_s, "gone", absence_text(gone)))
    for step in recording.steps:
        text = f"{step.step.value}: {step.text}"
        found.append(Staged(step.at_s, step.at_s, "step", text))
    for each in recording.left_out:
        text = f"turn {each.turn + 1} was {_LEFT_OUT}"
        found.append(Staged(each.at_s, each.at_s, "left_out", text))
    return tuple(sorted(found, key=lambda one: (one.start_s, one.kind)))


def told(found: Sequence[Staged]) -> tuple[Staged, ...]:
    """Return it for reading: lost and late packets, of which there may be hundreds, are summed."""
    shown: list[Staged] = []
    for kind in dict.fromkeys(one.kind for one in found):
        same = [one for one in found if one.kind == kind]
        shown += [_summed(same)] if kind in _SUMMED and len(same) > 1 else same
    return tuple(sorted(shown, key=lambda one: one.start_s))


def _summed(same: Sequence[Staged]) -> Staged:
    """Return many stretches of one kind, in order of time, as one with how many there were."""
    first, last = same[0], same[-1]
    often = f"{len(same)} times until {figures.clock(last.end_s)}"
    if first.kind == Impairment.LATE.value:
        worst = max(same, key=lambda one: one.late_s)
        at_worst = f"at worst by {figures.seconds(worst.late_s)} at {figures.clock(worst.start_s)}"
        text = f"sound late {often}, {at_worst}"
    else:
        took = figures.seconds(sum(one.end_s - one.start_s for one in same))
        text = f"sound lost {often}, for {took} in all"
    return replace(first, end_s=last.end_s, text=text)


def with_staged(
    lines: Iterable[TranscriptLine], recording: Recording, timeline: Timeline
) -> tuple[TranscriptLine, ...]:
    """Return the transcript with what was staged: flags of the caller's lines, turns left out."""
    turns = {turn.span.start_s: turn for turn in timeline.caller}
    faults = [(one.what, *_span_s(one)) for one in recording.impaired]
    marked = [
        replace(line, flags=(*line.flags, *_flags(turns[line.start_s], faults)))
        if line.who == "caller" and line.start_s in turns
        else line
        for line in lines
    ]
    marked += [
        TranscriptLine(
            who="script",
            start_s=each.at_s,
            end_s=each.at_s,
            clock=figures.clock(each.at_s),
            flags=(),
            tool=f"turn {each.turn + 1}",
            outcome=_LEFT_OUT,
        )
        for each in recording.left_out
    ]
    return tuple(sorted(marked, key=lambda line: line.start_s))


def _flags(turn: CallerTurn, faults: Iterable[tuple[Impairment, float, float]]) -> tuple[str, ...]:
    over = {what for what, start, end in faults if _shares(turn, start, end)}
    named = (name for what, name in _TROUBLES.items() if what in over)
    paused = ("paused",) if turn.pauses else ()
    return (*paused, *named)


def _shares(turn: CallerTurn, start_s: float, end_s: float) -> bool:
    return turn.span.start_s < end_s and start_s < turn.span.end_s


def _pauses(timeline: Timeline) -> Iterator[Staged]:
    for span in (span for turn in timeline.caller for span in turn.pauses):
        took = figures.seconds(span.duration_s)
        yield Staged(span.start_s, span.end_s, "pause", f"the caller paused {took} inside a line")


def _side_speech(timeline: Timeline) -> Iterator[Staged]:
    for turn in (turn for turn in timeline.caller if turn.is_side_speech):
        text = f"said to somebody else: {turn.text}"
        yield Staged(turn.span.start_s, turn.span.end_s, "aside", text)


def _fault(fault: ImpairedSpan) -> Staged:
    start_s, end_s = _span_s(fault)
    text = f"{_TROUBLES[fault.what]} for {figures.seconds(end_s - start_s)}"
    if fault.late_s:
        text += f", by up to {figures.seconds(fault.late_s)}"
    return Staged(start_s, end_s, fault.what.value, text, fault.late_s)


def _span_s(fault: ImpairedSpan) -> tuple[float, float]:
    return fault.start / RATE_HZ, (fault.start + fault.samples) / RATE_HZ
