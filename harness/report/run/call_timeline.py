"""A call drawn over time: lanes of turns, waits and tools, outlines of its tracks, a glance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.audio.pcm import FULL_SCALE, Pcm
from harness.protocol.events import SpeechStarted, SpeechStopped
from harness.recording.model import Recording
from harness.report import figures
from harness.report.run.score_cards import Problem
from harness.report.run.setup_view import Staged
from harness.report.run.transcript import NOT_SHOWN, TAKEN_BACK, WrittenTurn
from harness.text import counted
from harness.timeline.model import Timeline

_TICK_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300)
_MOST_TICKS = 12

BINS_PER_S = 50
MOST_BINS = 3_000
"""A page stays small however long the call is: beyond a minute the bins become wider."""

HEIGHT = 22
_CALLER_AT, _AGENT_AT, _TOOLS_AT = 4, 11, 18


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch on a lane; ``text`` explains it.

    ``label`` is after it (``anchor`` start), before it (end) or, if both would leave the axis,
    inside it (middle).
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
    staged: tuple[Block, ...] = ()
    vad: tuple[Block, ...] = ()
    """Speech of the caller as the server's voice activity detection reported it."""


def lanes(
    timeline: Timeline,
    found: Sequence[Problem] = (),
    wanted: Sequence[Staged] = (),
    written: Sequence[WrittenTurn] = (),
    *,
    duration_s: float,
    uncalled: Sequence[str] = (),
    vad: Sequence[tuple[float, float]] = (),
) -> Lanes:
    """Return the marks of a call on an axis from 0 to ``duration_s``.

    ``found`` are its problems, ``wanted`` the actions of its scenario other than speech,
    ``written`` the turns of a transcription session: there the wait is for the transcript, not for
    an answer. ``uncalled`` are the tools that were owed and never called, ``vad`` the stretches
    that the server reported as speech.
    """
    axis = _Axis(duration_s)
    return Lanes(
        duration_s=duration_s,
        ticks=_ticks(duration_s),
        caller=tuple(
            axis.block(t.span.start_s, t.span.end_s, kind=t.kind.value, text=t.text)
            for t in (*timeline.caller, *timeline.lost)
        ),
        agent=tuple(
            axis.block(sound.start_s, sound.end_s, kind="agent", text=u.claimed_heard)
            for u in timeline.agent
            for sound in u.sounds
        ),
        tools=(*_tools(timeline, axis), *_uncalled(uncalled, timeline, axis)),
        waits=(*_waits(timeline, axis), *_delays(written, axis)),
        barge_ins=tuple(_barge_ins(timeline, axis)),
        problems=tuple(
            axis.block(p.start_s, p.end_s, kind=p.outcome, text=p.text, label=p.scorers[0])
            for p in found
        ),
        staged=tuple(
            axis.block(one.start_s, one.end_s, kind=one.kind, text=one.text) for one in wanted
        ),
        vad=tuple(
            axis.block(
                start_s, end_s, kind="vad", text=f"speech for the server, {_span(start_s, end_s)}"
            )
            for start_s, end_s in vad
        ),
    )


def vad_spans(recording: Recording, *, duration_s: float) -> tuple[tuple[float, float], ...]:
    """Return the stretches that the server reported as speech, by the arrival of its messages.

    A stretch without an end lasts until the next begins, or until ``duration_s``; of a stretch
    without a beginning only the end is known.
    """
    found: list[tuple[float, float]] = []
    began_s: float | None = None
    for each in recording.events:
        if isinstance(each.event, SpeechStarted):
            # Two beginnings in a row: the server lost an end, which lies at the next beginning at
            # the latest.
            found += [] if began_s is None else [(began_s, each.at_s)]
            began_s = each.at_s
        elif isinstance(each.event, SpeechStopped):
            found.append((each.at_s if began_s is None else began_s, each.at_s))
            began_s = None
    return (*found, *(() if began_s is None else ((began_s, duration_s),)))


def _span(start_s: float, end_s: float) -> str:
    return f"{figures.clock(start_s)}–{figures.clock(end_s)}"


@dataclass(frozen=True, slots=True)
class _Axis:
    duration_s: float

    def percent(self, at_s: float) -> float:
        return round(100 * min(max(at_s / self.duration_s, 0.0), 1.0), 3)

    def block(
        self, start_s: float, end_s: float, *, kind: str, text: str, label: str = ""
    ) -> Block:
        left, right = self.percent(start_s), self.percent(end_s)
        # In per cent: a label takes up to a quarter of the axis.
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
        if tool.answered_s is not None:
            end_s, took = tool.answered_s, figures.seconds(tool.answered_s - tool.requested_s)
        elif tool.taken_back_s is not None:
            end_s, took = tool.taken_back_s, TAKEN_BACK
        # a server that runs its own tools may report no result: no length is known
        elif tool.by_server:
            end_s, took = tool.requested_s, NOT_SHOWN
        else:
            end_s, took = axis.duration_s, "never answered"
        text = f"{tool.name}, {took}"
        yield axis.block(tool.requested_s, end_s, kind=tool.outcome.value, text=text, label=text)


def _uncalled(names: Sequence[str], timeline: Timeline, axis: _Axis) -> Iterable[Block]:
    """Yield a mark for all tools that were never called, from the caller's last words on."""
    if names:
        # The tool was owed at any time; after the last words it is certain that it did not come.
        from_s = max((turn.span.end_s for turn in timeline.caller), default=0.0)
        text = f"{', '.join(names)}: called 0 times"
        yield axis.block(from_s, axis.duration_s, kind="uncalled", text=text, label=text)


def _waits(timeline: Timeline, axis: _Axis) -> Iterable[Block]:
    for wait in timeline.waits:
        if wait.took_s is not None:
            end_s = wait.from_s + wait.took_s
            took = figures.uncertain(wait.took_s, wait.uncertainty_s)
            text = f"answered after {took}" + (" with a tool call" if wait.with_tool else "")
            yield axis.block(wait.from_s, end_s, kind="wait", text=text, label=took)
        elif wait.talk_over_s is not None:
            start_s = wait.from_s - wait.talk_over_s
            text = f"the agent began {figures.seconds(wait.talk_over_s)} before the caller ended"
            yield axis.block(start_s, wait.from_s, kind="talk_over", text=text, label="talk-over")
        else:
            text = "unanswered"
            yield axis.block(wait.from_s, axis.duration_s, kind="unanswered", text=text, label=text)


def _delays(written: Iterable[WrittenTurn], axis: _Axis) -> Iterable[Block]:
    for turn in written:
        if turn.delay_s is not None:
            took = figures.seconds(turn.delay_s)
            text, end_s = f"written down after {took}", turn.end_s + turn.delay_s
            yield axis.block(turn.end_s, end_s, kind="wait", text=text, label=took)


def _barge_ins(timeline: Timeline, axis: _Axis) -> Iterable[Block]:
    for fact in timeline.barge_ins:
        if fact.yielded_s is None:
            end_s, text = fact.onset_s, "the agent had nothing more to say"
        else:
            end_s = max(fact.onset_s, fact.yielded_s)
            text = f"the agent fell silent after {figures.seconds(end_s - fact.onset_s)}"
        yield axis.block(fact.onset_s, end_s, kind="barge_in", text=text, label="barge-in")


def outline(track: Pcm, *, duration_s: float, scale: float = 1.0) -> tuple[float, ...]:
    """Return the loudest sample of each bin as a share of full scale times ``scale``, 0 to 1.

    The bins divide ``duration_s`` evenly, so that tracks of different lengths share a time axis;
    after the end of the track the outline is 0. Two digits: a waveform is 60 pixels high.
    """
    bins = max(1, min(MOST_BINS, round(duration_s * BINS_PER_S)))
    edges = np.rint(np.linspace(0, duration_s * track.rate_hz, bins + 1)).astype(np.int64)
    if not len(track):
        return (0.0,) * bins
    loudest = np.zeros(bins, np.int32)
    # Only non-empty bins: for the others reduceat returns the adjacent sample.
    full = (edges[:-1] < edges[1:]) & (edges[:-1] < len(track))
    starts = edges[:-1][full]
    # One pass over the samples, without a loop over the bins.
    highest = np.maximum.reduceat(track.samples, starts)
    lowest = np.minimum.reduceat(track.samples, starts)
    # int32: the negation of -32768 does not fit into int16.
    loudest[full] = np.maximum(highest, -lowest.astype(np.int32))
    shares = np.minimum(1.0, loudest / FULL_SCALE * scale)
    return tuple(np.round(shares, 2).tolist())


def common_scale(*tracks: Pcm) -> float:
    """Return the factor that brings the loudest sample of all tracks to nearly full height.

    The same factor for all tracks keeps them comparable; it is limited to 8 so that near-silence
    stays small.
    """
    heard = [track.samples for track in tracks if len(track)]
    loudest = max((max(int(one.max()), -int(one.min())) for one in heard), default=0)
    return min(8.0, 0.95 * FULL_SCALE / loudest) if loudest else 1.0


SILHOUETTE_BINS = 240
"""Enough for a sheet of paper: 0.7 mm each."""


@dataclass(frozen=True, slots=True)
class Silhouette:
    """An outline as the path of a picture that is 1 wide per bin and 100 high."""

    bins: int
    path: str


def silhouette(peaks: Sequence[float]) -> Silhouette:
    """Return the outline for print, which is also shown until a script (if any) draws more."""
    width = max(1, math.ceil(len(peaks) / SILHOUETTE_BINS))
    groups = [peaks[at : at + width] for at in range(0, len(peaks), width)]
    heights = [max(1, round(50 * max(group))) for group in groups]
    path = "".join(f"M{at + 0.5} {50 - high}v{2 * high}" for at, high in enumerate(heights))
    return Silhouette(len(groups), path)


@dataclass(frozen=True, slots=True)
class Strip:
    """The paths of a call, 1 wide per tenth of a second and 22 high, and their description."""

    length: int
    caller: str
    agent: str
    tools: str
    failed: str
    open: str
    text: str


def strip(lanes: Lanes) -> Strip:
    """Return the strip of a call from the lanes of its page."""
    failed = [block for block in lanes.problems if block.kind == "fail"]
    others = [block for block in lanes.problems if block.kind != "fail"]
    return Strip(
        length=max(1, round(lanes.duration_s * 10)),
        caller=_stretches(lanes.caller, _CALLER_AT),
        agent=_stretches(lanes.agent, _AGENT_AT),
        tools=_stretches(lanes.tools, _TOOLS_AT),
        failed=_moments(failed),
        open=_moments(others),
        text=_text(lanes),
    )


def _stretches(blocks: Iterable[Block], height: int) -> str:
    """Return a line per stretch; adjacent stretches are joined."""
    joined: list[list[int]] = []
    for start, end in sorted((round(b.start_s * 10), round(b.end_s * 10)) for b in blocks):
        # Gaps of a tenth of a second cannot be seen, and would make the path longer.
        if joined and start <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return "".join(f"M{start} {height}h{max(1, end - start)}" for start, end in joined)


def _moments(blocks: Iterable[Block]) -> str:
    places = dict.fromkeys(round(block.start_s * 10) for block in blocks)
    return "".join(f"M{at} 0v{HEIGHT}" for at in places)


def _text(lanes: Lanes) -> str:
    """Return the strip in words."""
    turns = f"{counted(len(lanes.caller), 'turn')} of the caller"
    tools = f", {counted(len(lanes.tools), 'tool call')}" if lanes.tools else ""
    where = ", ".join(
        f"{block.label} at {figures.clock(block.start_s)}" for block in lanes.problems
    )
    return f"{turns}{tools}{f'; {where}' if where else ''}"
