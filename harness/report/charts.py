"""Geometry of charts: view boxes, axes and lines for all pages; the index page's charts.

Only positions are made here; the templates draw them. No value is measured here: all come from
``results.json``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from harness.judging.scorers.base import Better, Measure
from harness.report import figures
from harness.results.model import MeasureSummary, Percentiles
from harness.results.rates import SECONDS
from harness.text import counted


@dataclass(frozen=True, slots=True)
class ViewBox:
    """The size of a picture, and the margins around its axes."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def room(self) -> float:
        """The height between the margins."""
        return self.height - self.top - self.bottom

    def x(self, share: float) -> float:
        """Return the position of a share of the horizontal axis."""
        return round(self.left + share * (self.width - self.left - self.right), 1)

    def y(self, share: float) -> float:
        """Return the position of a share of the vertical axis, which begins at the bottom."""
        return round(self.height - self.bottom - share * self.room, 1)


@dataclass(frozen=True, slots=True)
class Tick:
    """A value on an axis, or a line across the picture with its text; ``at`` in its units."""

    at: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis from ``low`` to ``high`` in a view box; ``read`` writes a value as text."""

    low: float
    high: float
    read: Callable[[float], str]
    box: ViewBox

    def share(self, value: float) -> float:
        """Return the position of a value from 0 to 1; values outside of the axis are at its end."""
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def x(self, value: float) -> float:
        """Return the position of a value on a horizontal axis."""
        return self.box.x(self.share(value))

    def y(self, value: float) -> float:
        """Return the position of a value on a vertical axis."""
        return self.box.y(self.share(value))

    def columns(self, parts: int) -> tuple[Tick, ...]:
        """Return the ends of equal parts of a horizontal axis."""
        return tuple(Tick(self.x(value), self.read(value)) for value in self._ends(parts))

    def rows(self, parts: int) -> tuple[Tick, ...]:
        """Return the ends of equal parts of a vertical axis."""
        return tuple(Tick(self.y(value), self.read(value)) for value in self._ends(parts))

    def _ends(self, parts: int) -> Iterator[float]:
        return (self.low + part * (self.high - self.low) / parts for part in range(parts + 1))


def path(points: Iterable[tuple[float, float] | None]) -> str:
    """Return a line through points as the path of an SVG; None breaks it."""
    drawn, drawing = [], False
    for point in points:
        if point is not None:
            drawn.append(f"{'L' if drawing else 'M'}{point[0]} {point[1]}")
        drawing = point is not None
    return "".join(drawn)


# The distribution of a measure on the index page.

BOX = ViewBox(720.0, 220.0, 16.0, 16.0, 34.0, 40.0)
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
class MeasureChart:
    """The distribution of a measure; ``dots`` or ``bars`` is empty.

    ``kinds`` are the kinds of values that are drawn differently.
    """

    title: str
    description: str
    dots: tuple[Dot, ...]
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Tick, ...]
    kinds: tuple[str, ...]


def measure_chart(values: Sequence[ValueMark], summary: MeasureSummary) -> MeasureChart | None:
    """Return the picture of all values, or None if there is none.

    The values are dots stacked in bins while every stack fits; beyond that each bin is a bar.
    """
    if not values:
        return None
    measure, spread = summary.measure, summary.spread
    axis, steps = _value_axis([one.value for one in values], measure)
    bins = 48
    stacks: list[list[ValueMark]] = [[] for _ in range(bins)]
    for one in sorted(values, key=lambda one: one.value):
        # The highest value lies on the end of the axis, in no bin after the last.
        stacks[min(bins - 1, int(axis.share(one.value) * bins))].append(one)
    # All or none: dots and bars next to each other would have two scales.
    fits = max(len(stack) for stack in stacks) <= _MOST_STACKED
    return MeasureChart(
        title=figures.sentence(figures.label(measure.name)),
        description=_description(measure, spread),
        dots=_dots(stacks, measure) if fits else (),
        bars=() if fits else _bars(stacks, axis, measure),
        ticks=axis.columns(steps),
        marks=_marks(spread, axis, measure),
        kinds=tuple(dict.fromkeys(one.kind for one in values if one.kind)),
    )


def _value_axis(values: Sequence[float], measure: Measure) -> tuple[Axis, int]:
    """Return an axis from 0, or from the lowest value, and its round steps: eight at most."""
    low, high = min(0.0, *values), max(0.0, *values)
    reach = high - low
    # Beyond the largest step (a measure of any unit may be there) the axis is divided as it is.
    step = next((one for one in _steps() if reach / one <= 8), reach / 8)
    # 1e-9: rounding of the quotient must not add a step
    first = math.floor(low / step + 1e-9)
    last = max(first + 1, math.ceil(high / step - 1e-9))
    read = partial(figures.tick, unit=measure.unit)
    return Axis(first * step, last * step, read, BOX), last - first


def _steps() -> Iterator[float]:
    yield from _STEPS
    for power in range(2, 15):
        yield from (part * 10.0**power for part in (1, 2, 5))


def _description(measure: Measure, spread: Percentiles) -> str:
    parts = [counted(spread.count - spread.missing, measure.per)]
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


def _dots(stacks: Sequence[Sequence[ValueMark]], measure: Measure) -> tuple[Dot, ...]:
    tallest = max(len(stack) for stack in stacks)
    # The tallest stack decides for all, so that one dot is one value everywhere.
    radius = min(7.0, BOX.room / (2 * tallest))
    return tuple(
        Dot(
            x=BOX.x((index + 0.5) / len(stacks)),
            y=round(BOX.height - BOX.bottom - radius * (2 * level + 1), 1),
            radius=round(radius * 0.88, 1),
            mark=mark,
            text=f"{figures.measured(mark.value, measure.unit)}: {mark.label}",
        )
        for index, stack in enumerate(stacks)
        for level, mark in enumerate(stack)
    )


def _bars(stacks: Sequence[Sequence[ValueMark]], axis: Axis, measure: Measure) -> tuple[Bar, ...]:
    tallest = max(len(stack) for stack in stacks)
    width = (BOX.width - BOX.left - BOX.right) / len(stacks)
    part = (axis.high - axis.low) / len(stacks)
    return tuple(
        Bar(
            x=round(BOX.left + index * width + 0.5, 1),
            y=BOX.y(len(stack) / tallest),
            width=round(width - 1, 1),
            height=round(BOX.room * len(stack) / tallest, 1),
            text=f"{axis.low + index * part:.2f}–{axis.low + (index + 1) * part:.2f} "
            f"{measure.unit}: {counted(len(stack), measure.per)}",
        )
        for index, stack in enumerate(stacks)
        if stack
    )


def _marks(spread: Percentiles, axis: Axis, measure: Measure) -> tuple[Tick, ...]:
    marks = []
    for name, value in (("p50", spread.p50), ("p95", spread.p95)):
        if value is not None:
            # A text at the right end would leave the picture.
            anchor = "end" if axis.share(value) > 0.8 else "start"
            text = f"{name} {figures.measured(value, measure.unit)}"
            marks.append(Tick(axis.x(value), text, anchor))
    return tuple(marks)


def round_up(value: float) -> float:
    """Return the next of 1, 2, 4, 6, 8 × 10^n: half of it is round, too."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 2, 4, 6, 8, 10) if power * step >= value)
