"""The time axis of a call page: where turns, waits, tools and interruptions stand on it.

Positions are percent of the call's length, so that the browser stretches everything alike: lanes
and waveforms share one axis at every width and zoom.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.report import figures
from harness.report.run.problems import Problem
from harness.timeline.model import Timeline

_TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300)
_MOST_TICKS = 12


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch on a lane; ``text`` explains it.

    ``label`` stands behind it (``anchor`` start), before it (end) or, where both would leave the
    axis, inside it (middle).
    """

    start_s: float
    end_s: float
    left: float
    width: float
    kind: str
    text: str
    label: str = ""
    label_at: float = 0.0
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled time on the axis."""

    left: float
    text: str


@dataclass(frozen=True, slots=True)
class Lanes:
    """Everything marked on the axis; ``caller``, ``agent`` lie under the waveforms."""

    duration_s: float
    ticks: tuple[Tick, ...]
    caller: tuple[Block, ...]
    agent: tuple[Block, ...]
    tools: tuple[Block, ...]
    waits: tuple[Block, ...]
    barge_ins: tuple[Block, ...]
    problems: tuple[Block, ...] = ()


def lanes(timeline: Timeline, found: Sequence[Problem] = (), *, duration_s: float) -> Lanes:
    """Return the marks of one call, and its problems, on an axis from 0 to ``duration_s``."""
    axis = _Axis(duration_s)
    return Lanes(
        duration_s=duration_s,
        ticks=_ticks(duration_s),
        caller=tuple(
            axis.block(t.span.start_s, t.span.end_s, kind=t.kind.value, text=t.text)
            for t in timeline.caller
        ),
        agent=tuple(
            axis.block(sound.start_s, sound.end_s, kind="agent", text=u.claimed_heard)
            for u in timeline.agent
            for sound in u.sounds
        ),
        tools=tuple(_tools(timeline, axis)),
        waits=tuple(_waits(timeline, axis)),
        barge_ins=tuple(_barge_ins(timeline, axis)),
        problems=tuple(
            axis.block(p.start_s, p.end_s, kind=p.outcome, text=p.text, label=p.scorers[0])
            for p in found
        ),
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    duration_s: float

    def percent(self, at_s: float) -> float:
        return round(100 * min(max(at_s / self.duration_s, 0.0), 1.0), 3)

    def block(
        self, start_s: float, end_s: float, *, kind: str, text: str, label: str = ""
    ) -> Block:
        left, right = self.percent(start_s), self.percent(end_s)
        place = ("start", right) if right <= 75 else ("middle", (left + right) / 2)
        if right > 75 and left >= 25:
            place = ("end", left)
        return Block(
            start_s=start_s,
            end_s=end_s,
            left=left,
            width=round(right - left, 3),
            kind=kind,
            text=text,
            label=label,
            label_at=round(place[1], 3),
            anchor=place[0],
        )


def _ticks(duration_s: float) -> tuple[Tick, ...]:
    step = next((s for s in _TICK_STEPS_S if duration_s / s <= _MOST_TICKS), _TICK_STEPS_S[-1])
    return tuple(
        Tick(round(100 * at / duration_s, 3), f"{at // 60}:{at % 60:02d}")
        for at in range(0, int(duration_s) + 1, step)
    )


def _tools(timeline: Timeline, axis: _Axis) -> Iterable[Block]:
    for tool in timeline.tools:
        end_s = axis.duration_s if tool.answered_s is None else tool.answered_s
        took = (
            "never answered"
            if tool.answered_s is None
            else figures.seconds(end_s - tool.requested_s)
        )
        text = f"{tool.name}, {took}"
        yield axis.block(tool.requested_s, end_s, kind=tool.outcome.value, text=text, label=text)


def _waits(timeline: Timeline, axis: _Axis) -> Iterable[Block]:
    for wait in timeline.waits:
        if wait.took_s is not None:
            end_s = wait.from_s + wait.took_s
            took = figures.seconds(wait.took_s)
            text = f"answered after {took}" + (" with a tool call" if wait.with_tool else "")
            yield axis.block(wait.from_s, end_s, kind="wait", text=text, label=took)
        elif wait.talk_over_s is not None:
            start_s = wait.from_s - wait.talk_over_s
            text = f"the agent began {figures.seconds(wait.talk_over_s)} before the caller ended"
            yield axis.block(start_s, wait.from_s, kind="talk_over", text=text, label="talk-over")
        else:
            text = "unanswered"
            yield axis.block(wait.from_s, axis.duration_s, kind="unanswered", text=text, label=text)


def _barge_ins(timeline: Timeline, axis: _Axis) -> Iterable[Block]:
    for fact in timeline.barge_ins:
        if fact.yielded_s is None:
            end_s, text = fact.onset_s, "the agent had nothing more to say"
        else:
            end_s = max(fact.onset_s, fact.yielded_s)
            text = f"the agent fell silent after {figures.seconds(end_s - fact.onset_s)}"
        yield axis.block(fact.onset_s, end_s, kind="barge_in", text=text, label="barge-in")
