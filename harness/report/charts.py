"""Geometry of the index page's pictures: where dots, bars and lines stand, in a fixed view box.

Only positions are made here; the templates draw them. Nothing is measured: the values come from
``results.json``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.report import figures
from harness.results.model import Percentiles

WIDTH, HEIGHT = 720.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 16.0, 16.0, 34.0, 40.0
_STEPS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
_MOST_STACKED = 24


@dataclass(frozen=True, slots=True)
class WaitBar:
    """One answer: how long it took, whether a tool ran in between, and where to hear it."""

    took_s: float
    with_tool: bool
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One answer drawn."""

    x: float
    y: float
    radius: float
    wait: WaitBar
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Many answers of one bin drawn as a bar, where dots would not fit."""

    x: float
    y: float
    width: float
    height: float
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A vertical line or tick with its text."""

    x: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class LatencyChart:
    """The distribution of times to first audio; ``dots`` or ``bars`` is empty."""

    title: str
    description: str
    dots: tuple[Dot, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Mark, ...]
    marks: tuple[Mark, ...]


def latency_chart(waits: Sequence[WaitBar], summary: Percentiles) -> LatencyChart | None:
    """Return the picture of all waits, or None if there is none.

    Answers stand as dots stacked in bins while every stack fits; beyond that each bin is a bar.
    """
    if not waits:
        return None
    longest = max(wait.took_s for wait in waits)
    step = next((s for s in _STEPS if longest / s <= 8), math.ceil(longest / 8))
    top_s = step * max(1, math.ceil(longest / step + 1e-9))
    bins = 48
    stacks: list[list[WaitBar]] = [[] for _ in range(bins)]
    for wait in sorted(waits, key=lambda w: w.took_s):
        stacks[min(bins - 1, int(wait.took_s / top_s * bins))].append(wait)
    fits = max(len(stack) for stack in stacks) <= _MOST_STACKED
    return LatencyChart(
        title="Time to first audio",
        description=_description(summary),
        dots=_dots(stacks) if fits else (),
        bars=() if fits else _bars(stacks, top_s),
        ticks=tuple(
            Mark(_x(n * step / top_s), f"{n * step:g} s") for n in range(round(top_s / step) + 1)
        ),
        marks=_marks(summary, top_s),
    )


def _description(summary: Percentiles) -> str:
    parts = [figures.counted(summary.count - summary.unanswered, "answer")]
    if summary.unanswered:
        parts.append(f"{figures.counted(summary.unanswered, 'turn')} unanswered")
    if summary.p50 is not None:
        parts.append(f"median {figures.seconds(summary.p50)}")
    if summary.p95 is not None:
        parts.append(f"95th percentile {figures.seconds(summary.p95)}")
    if summary.max is not None:
        parts.append(f"slowest {figures.seconds(summary.max)}")
    return ", ".join(parts) + "."


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _dots(stacks: Sequence[Sequence[WaitBar]]) -> tuple[Dot, ...]:
    tallest = max(len(stack) for stack in stacks)
    room = HEIGHT - TOP - BOTTOM
    radius = min(7.0, room / (2 * tallest))
    return tuple(
        Dot(
            x=_x((index + 0.5) / len(stacks)),
            y=round(HEIGHT - BOTTOM - radius * (2 * level + 1), 1),
            radius=round(radius * 0.88, 1),
            wait=wait,
            text=f"{figures.seconds(wait.took_s)}: {wait.label}",
        )
        for index, stack in enumerate(stacks)
        for level, wait in enumerate(stack)
    )


def _bars(stacks: Sequence[Sequence[WaitBar]], top_s: float) -> tuple[Bar, ...]:
    tallest = max(len(stack) for stack in stacks)
    room = HEIGHT - TOP - BOTTOM
    width = (WIDTH - LEFT - RIGHT) / len(stacks)
    bin_s = top_s / len(stacks)
    return tuple(
        Bar(
            x=round(LEFT + index * width + 0.5, 1),
            y=round(HEIGHT - BOTTOM - room * len(stack) / tallest, 1),
            width=round(width - 1, 1),
            height=round(room * len(stack) / tallest, 1),
            text=f"{index * bin_s:.2f}–{(index + 1) * bin_s:.2f} s: "
            f"{figures.counted(len(stack), 'answer')}",
        )
        for index, stack in enumerate(stacks)
        if stack
    )


def _marks(summary: Percentiles, top_s: float) -> tuple[Mark, ...]:
    named = (("p50", summary.p50), ("p95", summary.p95))
    marks = []
    for name, value in named:
        if value is not None:
            share = value / top_s
            anchor = "end" if share > 0.8 else "start"
            marks.append(Mark(_x(share), f"{name} {figures.seconds(value)}", anchor))
    return tuple(marks)
