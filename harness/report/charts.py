"""Geometry of the index page's charts: positions of dots, bars and lines in a fixed view box.

Only positions are made here; the templates draw them. No value is measured here: all come from
``results.json``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.judging.scorers.base import Better, Measure
from harness.report import figures
from harness.results.model import MeasureSummary, Percentiles
from harness.results.rates import SECONDS

WIDTH, HEIGHT = 720.0, 220.0
LEFT, RIGHT, TOP, BOTTOM = 16.0, 16.0, 34.0, 40.0
_STEPS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0)
_MOST_STACKED = 24


@dataclass(frozen=True, slots=True)
class ValueMark:
    """A value of a measure: its size, whether it is set apart, and the page where it is heard."""

    value: float
    kind: str
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A value drawn as a dot."""

    x: float
    y: float
    radius: float
    mark: ValueMark
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """Many values of a bin drawn as a bar, when dots would not fit."""

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
class MeasureChart:
    """The distribution of a measure; ``dots`` or ``bars`` is empty.

    ``kinds`` are the kinds of values that are drawn differently.
    """

    title: str
    description: str
    dots: tuple[Dot, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Mark, ...]
    marks: tuple[Mark, ...]
    kinds: tuple[str, ...]


def measure_chart(values: Sequence[ValueMark], summary: MeasureSummary) -> MeasureChart | None:
    """Return the picture of all values, or None if there is none.

    The values are dots stacked in bins while every stack fits; beyond that each bin is a bar.
    """
    if not values:
        return None
    measure, spread = summary.measure, summary.spread
    scale = _scale([one.value for one in values])
    bins = 48
    stacks: list[list[ValueMark]] = [[] for _ in range(bins)]
    for one in sorted(values, key=lambda one: one.value):
        stacks[min(bins - 1, int(scale.share(one.value) * bins))].append(one)
    fits = max(len(stack) for stack in stacks) <= _MOST_STACKED
    return MeasureChart(
        title=figures.sentence(figures.label(measure.name)),
        description=_description(measure, spread),
        dots=_dots(stacks, measure) if fits else (),
        bars=() if fits else _bars(stacks, scale, measure),
        ticks=tuple(
            Mark(_x(scale.share(value)), figures.tick(value, measure.unit)) for value in scale.ticks
        ),
        marks=_marks(spread, scale, measure),
        kinds=tuple(dict.fromkeys(one.kind for one in values if one.kind)),
    )


@dataclass(frozen=True, slots=True)
class _ValueScale:
    """The axis of values: from ``low`` in ``count`` steps of equal size."""

    low: float
    step: float
    count: int

    def share(self, value: float) -> float:
        return (value - self.low) / (self.step * self.count)

    @property
    def ticks(self) -> tuple[float, ...]:
        return tuple(self.low + number * self.step for number in range(self.count + 1))


def _scale(values: Sequence[float]) -> _ValueScale:
    """Return an axis of at most eight round steps, from 0 or, of values below it, from there."""
    low, high = min(0.0, *values), max(0.0, *values)
    reach = high - low
    step = next((one for one in _steps() if reach / one <= 8), reach / 8)
    # 1e-9: rounding of the quotient must not add a step
    first = math.floor(low / step + 1e-9)
    last = max(first + 1, math.ceil(high / step - 1e-9))
    return _ValueScale(first * step, step, last - first)


def _steps() -> Iterator[float]:
    yield from _STEPS
    for power in range(2, 15):
        yield from (part * 10.0**power for part in (1, 2, 5))


def _description(measure: Measure, spread: Percentiles) -> str:
    parts = [figures.counted(spread.count - spread.missing, measure.per)]
    if spread.missing:
        parts.append(f"{spread.missing} {measure.missing}")
    worst = "max" if measure.better is Better.LOWER else "min"
    named = (("median", "p50"), ("95th percentile", "p95"), (worst_word(measure), worst))
    parts += [
        f"{name} {figures.of_many(spread, metric, measure.unit)}"
        for name, metric in named
        if getattr(spread, metric) is not None
    ]
    return ", ".join(parts) + "."


def worst_word(measure: Measure) -> str:
    """Return the name of a measure's worst value."""
    if measure.better is Better.HIGHER:
        return "lowest"
    return "slowest" if measure.unit == SECONDS else "highest"


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _dots(stacks: Sequence[Sequence[ValueMark]], measure: Measure) -> tuple[Dot, ...]:
    tallest = max(len(stack) for stack in stacks)
    room = HEIGHT - TOP - BOTTOM
    radius = min(7.0, room / (2 * tallest))
    return tuple(
        Dot(
            x=_x((index + 0.5) / len(stacks)),
            y=round(HEIGHT - BOTTOM - radius * (2 * level + 1), 1),
            radius=round(radius * 0.88, 1),
            mark=mark,
            text=f"{figures.measured(mark.value, measure.unit)}: {mark.label}",
        )
        for index, stack in enumerate(stacks)
        for level, mark in enumerate(stack)
    )


def _bars(
    stacks: Sequence[Sequence[ValueMark]], scale: _ValueScale, measure: Measure
) -> tuple[Bar, ...]:
    tallest = max(len(stack) for stack in stacks)
    room = HEIGHT - TOP - BOTTOM
    width = (WIDTH - LEFT - RIGHT) / len(stacks)
    part = scale.step * scale.count / len(stacks)
    return tuple(
        Bar(
            x=round(LEFT + index * width + 0.5, 1),
            y=round(HEIGHT - BOTTOM - room * len(stack) / tallest, 1),
            width=round(width - 1, 1),
            height=round(room * len(stack) / tallest, 1),
            text=f"{scale.low + index * part:.2f}–{scale.low + (index + 1) * part:.2f} "
            f"{measure.unit}: {figures.counted(len(stack), measure.per)}",
        )
        for index, stack in enumerate(stacks)
        if stack
    )


def _marks(spread: Percentiles, scale: _ValueScale, measure: Measure) -> tuple[Mark, ...]:
    marks = []
    for name, value in (("p50", spread.p50), ("p95", spread.p95)):
        if value is not None:
            share = scale.share(value)
            anchor = "end" if share > 0.8 else "start"
            marks.append(Mark(_x(share), f"{name} {figures.measured(value, measure.unit)}", anchor))
    return tuple(marks)


def round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 6, 8 × 10^n: half of it is round, too."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 2, 4, 6, 8, 10) if power * step >= value)
