"""What was done to a call beside words: pauses, asides, sounds, lost sound, steps, gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.recording.absence import AbsenceCause
from harness.recording.caller import ImpairedSpan, Impairment, UtteranceKind
from harness.recording.model import Recording
from harness.report import figures
from harness.report.caller_words import called
from harness.report.run.transcript import TranscriptLine, absence_text
from harness.timeline.model import CallerTurn, Timeline
from harness.units import RATE_HZ

_TROUBLES = {
    Impairment.LOST: "sound lost",
    Impairment.DROPPED: "line gone",
    Impairment.LATE: "sound late",
}
_BURST = "burst"
_SUMMED = {
    Impairment.LOST.value: _TROUBLES[Impairment.LOST],
    Impairment.LATE.value: _TROUBLES[Impairment.LATE],
    _BURST: "burst of noise",
}
_LEFT_OUT = "left out: what it asks for had not happened"


@dataclass(frozen=True, slots=True)
class Staged:
    """One thing that the scenario wanted of the caller or the line, or that the service did.

    Times are the recording's seconds.
    """

    start_s: float
    end_s: float
    kind: str
    text: str
    late_s: float = 0.0
    """How late it came, at most; 0 for what was not held up."""


def staged(recording: Recording, timeline: Timeline) -> tuple[Staged, ...]:
    """Return all of it in order of time; each stretch of spoiled sound by itself."""
    found = [*_pauses(timeline), *_side_speech(timeline), *map(_fault, recording.impaired)]
    found += [*_sounds(recording, timeline), *_bursts(recording)]
    for other in recording.others:
        start_s, stop_s = (at / RATE_HZ for at in (other.start, other.start + other.samples))
        found.append(Staged(start_s, stop_s, "other", f"somebody near the caller: {other.text}"))
    for gone in recording.absences:
        back_s = timeline.duration_s if gone.back_s is None else gone.back_s
        kind = "gone" if gone.cause is AbsenceCause.DISCONNECT else gone.cause.value
        found.append(Staged(gone.left_s, back_s, kind, absence_text(gone)))
    for step in recording.steps:
        text = f"{step.step.value}: {step.text}"
        found.append(Staged(step.at_s, step.at_s, "step", text))
    for each in recording.left_out:
        text = f"turn {each.turn + 1} was {_LEFT_OUT}"
        found.append(Staged(each.at_s, each.at_s, "left_out", text))
    return tuple(sorted(found, key=lambda one: (one.start_s, one.kind)))


def told(found: Sequence[Staged]) -> tuple[Staged, ...]:
    """Return it for reading: packets and bursts, of which there may be hundreds, are summed."""
    shown: list[Staged] = []
    for kind in dict.fromkeys(one.kind for one in found):
        same = [one for one in found if one.kind == kind]
        shown += [_summed(same)] if kind in _SUMMED and len(same) > 1 else same
    return tuple(sorted(shown, key=lambda one: one.start_s))


def _summed(same: Sequence[Staged]) -> Staged:
    """Return many stretches of one kind, in order of time, as one with how many there were."""
    first, last = same[0], same[-1]
    often = f"{_SUMMED[first.kind]} {len(same)} times until {figures.clock(last.end_s)}"
    if first.kind == Impairment.LATE.value:
        worst = max(same, key=lambda one: one.late_s)
        at_worst = f"at worst by {figures.seconds(worst.late_s)} at {figures.clock(worst.start_s)}"
        text = f"{often}, {at_worst}"
    else:
        took = figures.seconds(sum(one.end_s - one.start_s for one in same))
        text = f"{often}, for {took} in all"
    return replace(first, end_s=last.end_s, text=text)


def with_staged(
    lines: Iterable[TranscriptLine], recording: Recording, timeline: Timeline
) -> tuple[TranscriptLine, ...]:
    """Return the transcript with what was staged: flags of the caller's lines, turns left out."""
    turns = {turn.span.start_s: turn for turn in timeline.caller}
    faults = [(one.what, *_span_s(one)) for one in recording.impaired]
    marked = [
        _marked(line, turns[line.start_s], faults, recording.manifest.scenario)
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


def _marked(
    line: TranscriptLine,
    turn: CallerTurn,
    faults: Iterable[tuple[Impairment, float, float]],
    scenario: Mapping[str, Any],
) -> TranscriptLine:
    flags, made = line.flags, _made(turn, scenario)
    if made is not None:
        flags = tuple(made[0] if flag == turn.kind.value else flag for flag in flags)
    told = "" if made is None else made[1]
    return replace(line, flags=(*flags, *_flags(turn, faults)), made=told)


def _flags(turn: CallerTurn, faults: Iterable[tuple[Impairment, float, float]]) -> tuple[str, ...]:
    heard = not turn.kind.is_sent_whole  # what is typed has no sound that could be lost
    over = {what for what, start, end in faults if heard and _shares(turn, start, end)}
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


def _sounds(recording: Recording, timeline: Timeline) -> Iterator[Staged]:
    for turn in timeline.caller:
        made = _made(turn, recording.manifest.scenario)
        if made is not None and turn.turn is not None:
            text = f"{made[1]} for {figures.seconds(turn.span.duration_s)}"
            yield Staged(turn.span.start_s, turn.span.end_s, "sound", text)


def _made(turn: CallerTurn, scenario: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return a sound without words in a word, and as it is told; None for anything else."""
    if turn.kind is not UtteranceKind.NOISE or turn.is_side_speech:
        return None
    turns = scenario.get("turns") or ()
    written = turns[turn.turn] if turn.turn is not None and turn.turn < len(turns) else {}
    word = called(turn.kind, sound=written.get("sound"))
    bed = (written.get("noise_only") or {}).get("bed")
    return word, f"{word}: {bed}" if bed else word


def _bursts(recording: Recording) -> Iterator[Staged]:
    """Yield the bursts of a bed that were sent: without a line, nothing was."""
    for burst in recording.bursts:
        stop = burst.start + burst.samples
        if recording.caller.samples[burst.start : stop].any():
            text = f"{_SUMMED[_BURST]} for {figures.seconds(burst.samples / RATE_HZ)}"
            yield Staged(burst.start / RATE_HZ, stop / RATE_HZ, _BURST, text)


def _fault(fault: ImpairedSpan) -> Staged:
    start_s, end_s = _span_s(fault)
    text = f"{_TROUBLES[fault.what]} for {figures.seconds(end_s - start_s)}"
    if fault.late_s:
        text += f", by up to {figures.seconds(fault.late_s)}"
    return Staged(start_s, end_s, fault.what.value, text, fault.late_s)


def _span_s(fault: ImpairedSpan) -> tuple[float, float]:
    return fault.start / RATE_HZ, (fault.start + fault.samples) / RATE_HZ
