"""The pictures of a load test: where lines, dots and the knee stand in their view boxes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.load.findings import LoadFindings
from harness.load.knee import Knee, NoKnee
from harness.load.model import LoadTest
from harness.report import figures
from harness.report.charts import round_up

WIDTH, HEIGHT = 480.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 16.0, 22.0, 42.0


@dataclass(frozen=True, slots=True)
class LoadLine:
    """One quantity over the load, or over time; ``number`` chooses its colour."""

    name: str
    path: str
    points: tuple[tuple[float, float, str], ...]
    number: int


@dataclass(frozen=True, slots=True)
class KneeMark:
    """Where the knee stands, with its interval."""

    x: float
    low: float
    high: float
    text: str


@dataclass(frozen=True, slots=True)
class LoadChart:
    """One picture, positions in its view box."""

    title: str
    description: str
    across: str
    lines: tuple[LoadLine, ...]
    rows: tuple[tuple[float, str], ...]
    columns: tuple[tuple[float, str], ...]
    knee: KneeMark | None = None
    limit_x: float | None = None


def load_charts(
    test: LoadTest, found: LoadFindings, *, told: str, failed_as: str
) -> list[LoadChart]:
    """Return the pictures of a load test.

    ``told`` says in words what the first one shows, ``failed_as`` why calls failed; "" for none.
    """
    if not found.bins:
        return []
    loads = [(one.least + one.most) / 2 for one in found.bins]
    across = _Scale(0.0, _whole(found.bins[-1].most), "{:g}".format)
    limit, limit_x = test.limit, None
    if limit is not None and limit.beyond is not None and limit.calls <= across.high:
        limit_x = across.x(limit.calls)
    charts = []
    slow = [one.waits.p95 or one.waits.p50 or 0.0 for one in found.bins]
    up = _Scale(0.0, round_up(max(slow)), lambda value: figures.measured(value, "s"))
    named = {
        "median": [one.waits.p50 for one in found.bins],
        "p95": [one.waits.p95 for one in found.bins],
    }
    charts.append(
        LoadChart(
            "Time to first audio, by calls under way",
            told,
            "calls under way",
            tuple(_lines(named, loads, across, up)),
            up.rows,
            across.columns,
            _mark(found.latency, across),
            limit_x,
        )
    )
    share = _Scale(0.0, 1.0, figures.percent)
    failed = {
        "failed": [
            None if one.went_well.rate is None else 1 - one.went_well.rate for one in found.bins
        ]
    }
    charts.append(
        LoadChart(
            "Calls that failed, by calls under way when they began",
            failed_as or "None failed.",
            "calls under way",
            tuple(_lines(failed, loads, across, share)),
            share.rows,
            across.columns,
            _mark(found.failures, across),
            limit_x,
        )
    )
    charts.append(_over_time(found))
    return charts


def _over_time(found: LoadFindings) -> LoadChart:
    times = [one.at_s for one in found.moments]
    along = _Scale(0.0, max(round_up(times[-1]), 1.0), figures.length)
    most = max(1, *(one.under_way for one in found.moments))
    up = _Scale(0.0, _whole(most), "{:g}".format)
    named: dict[str, list[float | None]] = {
        "under way": [float(one.under_way) for one in found.moments]
    }
    return LoadChart(
        "Calls under way over the test",
        f"{found.most} at once at most.",
        "time",
        tuple(_lines(named, times, along, up, dots=False)),
        up.rows,
        along.columns,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """An axis from ``low`` to ``high``."""

    low: float
    high: float
    read: Callable[[float], str]

    def _share(self, value: float) -> float:
        return (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)

    def x(self, value: float) -> float:
        return round(LEFT + self._share(value) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - self._share(value) * (HEIGHT - TOP - BOTTOM), 1)

    @property
    def _ticks(self) -> list[float]:
        return [self.low + part * (self.high - self.low) / 4 for part in range(5)]

    @property
    def rows(self) -> tuple[tuple[float, str], ...]:
        return tuple((self.y(tick), self.read(tick)) for tick in self._ticks[::2])

    @property
    def columns(self) -> tuple[tuple[float, str], ...]:
        return tuple((self.x(tick), self.read(tick)) for tick in self._ticks)


def _whole(calls: int) -> float:
    """Return the end of an axis of calls: a quarter of it is a whole number, too."""
    return 4.0 * math.ceil(round_up(calls) / 4)


def _lines(
    named: dict[str, list[float | None]],
    places: Sequence[float],
    across: _Scale,
    up: _Scale,
    *,
    dots: bool = True,
) -> list[LoadLine]:
    lines = []
    for number, (name, values) in enumerate(named.items(), start=1):
        path, points, drawing = [], [], False
        for place, value in zip(places, values, strict=True):
            if value is None:
                drawing = False
                continue
            x, y = across.x(place), up.y(value)
            path.append(f"{'L' if drawing else 'M'}{x} {y}")
            points.append((x, y, f"{name} {up.read(value)} at {across.read(place)}"))
            drawing = True
        if points:
            lines.append(LoadLine(name, "".join(path), tuple(points) if dots else (), number))
    return lines


def _mark(knee: Knee | NoKnee, across: _Scale) -> KneeMark | None:
    if isinstance(knee, NoKnee):
        return None
    text = f"knee {knee.load:.0f} ({knee.low:.0f}–{knee.high:.0f})"
    return KneeMark(across.x(knee.load), across.x(knee.low), across.x(knee.high), text)
