"""Geometry of the history page's pictures: bands, lines, dots and marks in a fixed view box.

Time runs linearly, so a night without a run is a gap. Only positions are made here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from harness.report import figures
from harness.report.charts import Axis, Tick, ViewBox, path, round_up
from harness.report.history import text as words
from harness.results.history.steps import Step, ValueStep
from harness.results.history.store import began
from harness.results.history.trend import MeasureTrend
from harness.results.model import Rate
from harness.text import counted

BOX = ViewBox(360.0, 132.0, 40.0, 10.0, 14.0, 22.0)

Read = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Point:
    """A nightly run; ``href`` leads to its report, empty if there is none.

    An incomplete night is drawn as a ring: calls that were not judged might have changed it.
    """

    x: float
    y: float
    text: str
    href: str
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """A quantity over the nights; ``path`` is broken at a night without a value."""

    name: str
    path: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class StepMark:
    """The night of a step in a rate; ``text`` gives both levels, ``anchor`` its alignment."""

    x: float
    tone: str
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class NightMark:
    """A night on which something changed."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A small chart; ``band`` is the interval around the line, empty if there is none."""

    title: str
    description: str
    lines: tuple[ChartSeries, ...]
    band: str
    steps: tuple[StepMark, ...]
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    changes: tuple[NightMark, ...] = ()


class NightAxis:
    """Positions of nights, from the first night of the history to the last."""

    def __init__(self, nights: Sequence[str], lacking: Mapping[str, str] | None = None) -> None:
        """``nights`` are all nights that the page shows; there is at least one.

        ``lacking`` is the missing part of each incomplete night.
        """
        self.lacking = lacking or {}
        self.named = words.dates(nights)
        """The label of each night: its date, with the time if a day has several."""
        self._first = began(nights[0])
        self._span_s = (began(nights[-1]) - self._first).total_seconds()
        ends = [(nights[0], "start"), (nights[-1], "end")][: 2 if self._span_s else 1]
        self.ticks = tuple(Tick(self.x(night), self.named[night], side) for night, side in ends)

    def x(self, night: str) -> float:
        """Return the position of a night."""
        passed_s = (began(night) - self._first).total_seconds()
        # A history of a single night has no span.
        share = passed_s / self._span_s if self._span_s else 0.0
        return BOX.x(share)


def rate_chart(
    title: str,
    axis: NightAxis,
    nights: Sequence[tuple[str, str]],
    rates: Sequence[Rate],
    steps: Sequence[Step],
) -> Chart:
    """Return a pass rate with its Wilson intervals; ``nights`` are names and links."""
    shares = [rate.rate for rate in rates]
    known = [share for share in shares if share is not None]
    up = Axis(_floor(rates), 1.0, figures.percent, BOX)
    texts = [f"{words.share(rate)}, 95 % interval {figures.interval(rate)}" for rate in rates]
    description = _rate_description(known, steps, [axis.named[night] for night, _ in nights])
    if lacking := axis.lacking.get(nights[-1][0], ""):
        description = f"The last night is incomplete: {lacking}. {description}"
    return Chart(
        title=title,
        description=description,
        lines=(_line(title, axis, up, nights, list(zip(shares, texts, strict=True))),),
        band=_band(axis, up, nights, rates),
        steps=tuple(_step_mark(step, axis.x(nights[step.index][0])) for step in steps),
        rows=up.rows(2),
        columns=axis.ticks,
    )


def measure_trend_chart(
    axis: NightAxis, nights: Sequence[tuple[str, str]], trend: MeasureTrend
) -> Chart | None:
    """Return median and p95 of a measure by night, or None if it has no values."""
    measure, spreads, steps = trend.measure, trend.spreads, trend.steps
    named = {"median": [one.p50 for one in spreads], "p95": [one.p95 for one in spreads]}
    texts = [counted(one.count, measure.per) for one in spreads]
    read = partial(figures.measured, unit=measure.unit)
    title = figures.sentence(figures.label(measure.name))
    chart = _values_chart(title, axis, nights, named, (texts, read))
    if chart is None:
        return None
    told = [f"{words.direction(step)} on {axis.named[nights[step.index][0]]}" for step in steps]
    return replace(
        chart,
        description="; ".join((chart.description.rstrip("."), *told)) + ".",
        steps=tuple(_step_mark(step, axis.x(nights[step.index][0])) for step in steps),
    )


def amount_chart(
    title: str,
    axis: NightAxis,
    nights: Sequence[tuple[str, str]],
    amounts: Sequence[float | None],
    read: Read,
) -> Chart | None:
    """Return an amount by night, or None if there is none."""
    return _values_chart(title, axis, nights, {title: list(amounts)}, ([""] * len(nights), read))


def _values_chart(
    title: str,
    axis: NightAxis,
    nights: Sequence[tuple[str, str]],
    named: dict[str, list[float | None]],
    told: tuple[list[str], Read],
) -> Chart | None:
    known = [value for values in named.values() for value in values if value is not None]
    if not known:
        return None
    texts, read = told
    # The axis begins at 0 unless a value lies below it.
    low = -round_up(-min(known)) if min(known) < 0 else 0.0
    up = Axis(low, round_up(max(known)), read, BOX)
    lines = tuple(
        _line(
            name,
            axis,
            up,
            nights,
            [
                (value, _told(name, value, text, read))
                for value, text in zip(values, texts, strict=True)
            ],
        )
        for name, values in named.items()
        if any(value is not None for value in values)
    )
    description = "; ".join(f"last {line.points[-1].text}" for line in lines) + "."
    return Chart(title, description, lines, "", (), up.rows(2), axis.ticks)


def _told(name: str, value: float | None, text: str, read: Read) -> str:
    return "" if value is None else f"{name} {read(value)}{text and f', {text}'}"


def _line(
    name: str,
    axis: NightAxis,
    up: Axis,
    nights: Sequence[tuple[str, str]],
    values: Sequence[tuple[float | None, str]],
) -> ChartSeries:
    points: list[Point | None] = []
    for (night, href), (value, text) in zip(nights, values, strict=True):
        if value is None:
            points.append(None)
            continue
        lacking = axis.lacking.get(night, "")
        told = f"{axis.named[night]}: {text}{f'; incomplete: {lacking}' * bool(lacking)}"
        points.append(Point(axis.x(night), up.y(value), told, href, bool(lacking)))
    drawn = path(None if point is None else (point.x, point.y) for point in points)
    return ChartSeries(name, drawn, tuple(point for point in points if point is not None))


def _band(
    axis: NightAxis, up: Axis, nights: Sequence[tuple[str, str]], rates: Sequence[Rate]
) -> str:
    known = [
        (axis.x(night), up.y(rate.low), up.y(rate.high))
        for (night, _), rate in zip(nights, rates, strict=True)
        if rate.low is not None and rate.high is not None
    ]
    # The outline of the band: along the upper ends and back along the lower ends.
    there = " ".join(f"{x},{high}" for x, _, high in known)
    back = " ".join(f"{x},{low}" for x, low, _ in reversed(known))
    return f"{there} {back}".strip()


def _step_mark(step: Step | ValueStep, x: float) -> StepMark:
    if isinstance(step, Step):
        was, now = (figures.percent(rate.rate) for rate in (step.before, step.after))
    else:
        was, now = (figures.measured(one, step.measure.unit) for one in (step.before, step.after))
    # Towards the middle of the picture, where a text has room.
    anchor = "end" if x > BOX.width / 2 else "start"
    return StepMark(x, words.tone(step), f"{was} → {now}", anchor)


def _rate_description(known: Sequence[float], steps: Sequence[Step], nights: Sequence[str]) -> str:
    if not known:
        return "No night judged anything."
    parts = [f"Last judged {figures.percent(known[-1])}, lowest {figures.percent(min(known))}"]
    parts += [f"{'worse' if step.down else 'better'} from {nights[step.index]}" for step in steps]
    return "; ".join(parts) + "."


def _floor(rates: Sequence[Rate]) -> float:
    """Return the start of a rate's axis: it includes all intervals, and its middle is round."""
    lowest = min((rate.low for rate in rates if rate.low is not None), default=0.0)
    return next((floor for floor in (0.9, 0.8, 0.5) if lowest >= floor), 0.0)
