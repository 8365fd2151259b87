"""``load.html``: its data, its charts, its writer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.recording.provenance import CallStatus
from harness.report import figures
from harness.report.charts import Axis, Tick, ViewBox, path, round_up
from harness.report.pages import LOAD_PAGE, Link, PageFrame, copy_assets, render, write
from harness.report.verdict import ended
from harness.results.load.findings import (
    LATE_S,
    LATE_START_S,
    OUR_LATENESS,
    Knee,
    LoadBin,
    LoadFindings,
    NoKnee,
    findings,
)
from harness.results.load.model import LOAD, LoadTest, OwnLimit, read_load
from harness.results.model import CallResult, RunResults
from harness.results.rates import VALUES_NEEDED
from harness.results.store import RESULTS, read_results
from harness.text import counted

# The charts of a load test: positions of lines, dots and the knee in their view boxes.

BOX = ViewBox(480.0, 240.0, 56.0, 16.0, 22.0, 42.0)


@dataclass(frozen=True, slots=True)
class LoadLine:
    """A quantity over the load, or over time; ``number`` chooses its colour."""

    name: str
    path: str
    points: tuple[tuple[float, float, str], ...]
    number: int


@dataclass(frozen=True, slots=True)
class KneeMark:
    """The position of the knee, with its interval."""

    x: float
    low: float
    high: float
    text: str


@dataclass(frozen=True, slots=True)
class LoadChart:
    """A chart, positions in its view box."""

    title: str
    description: str
    across: str
    lines: tuple[LoadLine, ...]
    rows: tuple[Tick, ...]
    columns: tuple[Tick, ...]
    knee: KneeMark | None = None
    limit_x: float | None = None


def load_charts(
    test: LoadTest, found: LoadFindings, *, told: str, failed_as: str
) -> list[LoadChart]:
    """Return the pictures of a load test.

    ``told`` is the caption of the first chart, ``failed_as`` why calls failed; "" for none.
    """
    if not found.bins:
        return []
    loads = [(one.least + one.most) / 2 for one in found.bins]
    across = Axis(0.0, _whole(found.bins[-1].most), "{:g}".format, BOX)
    # Right of this line the harness itself is late, so nothing there is the agent's.
    limit, limit_x = test.limit, None
    # A limit beyond the axis, or one that was never reached in the trials, has no place in the
    # picture.
    if limit is not None and limit.beyond is not None and limit.calls <= across.high:
        limit_x = across.x(limit.calls)
    charts = []
    # The axis must have room for the highest line: p95, where there are enough values for it.
    slow = [one.waits.p95 or one.waits.p50 or 0.0 for one in found.bins]
    up = Axis(0.0, round_up(max(slow)), lambda value: figures.measured(value, "s"), BOX)
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
            up.rows(2),
            across.columns(4),
            _mark(found.latency, across),
            limit_x,
        )
    )
    share = Axis(0.0, 1.0, figures.percent, BOX)
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
            share.rows(2),
            across.columns(4),
            _mark(found.failures, across),
            limit_x,
        )
    )
    charts.append(_over_time(found))
    return charts


def _over_time(found: LoadFindings) -> LoadChart:
    times = [one.at_s for one in found.moments]
    along = Axis(0.0, max(round_up(times[-1]), 1.0), figures.length, BOX)
    most = max(1, *(one.under_way for one in found.moments))
    up = Axis(0.0, _whole(most), "{:g}".format, BOX)
    named: dict[str, list[float | None]] = {
        "under way": [float(one.under_way) for one in found.moments]
    }
    return LoadChart(
        "Calls under way over the test",
        f"{found.most} at once at most.",
        "time",
        tuple(_lines(named, times, along, up, dots=False)),
        up.rows(2),
        along.columns(4),
    )


def _whole(calls: int) -> float:
    """Return the end of an axis of calls: a quarter of it is a whole number, too."""
    return 4.0 * math.ceil(round_up(calls) / 4)


def _lines(
    named: dict[str, list[float | None]],
    places: Sequence[float],
    across: Axis,
    up: Axis,
    *,
    dots: bool = True,
) -> list[LoadLine]:
    lines = []
    for number, (name, values) in enumerate(named.items(), start=1):
        pairs = list(zip(places, values, strict=True))
        drawn = path(
            None if value is None else (across.x(place), up.y(value)) for place, value in pairs
        )
        points = tuple(
            (across.x(place), up.y(value), f"{name} {up.read(value)} at {across.read(place)}")
            for place, value in pairs
            if value is not None
        )
        if points:
            lines.append(LoadLine(name, drawn, points if dots else (), number))
    return lines


def _mark(knee: Knee | NoKnee, across: Axis) -> KneeMark | None:
    if isinstance(knee, NoKnee):
        return None
    text = f"knee {knee.load:.0f} ({knee.low:.0f}–{knee.high:.0f})"
    return KneeMark(across.x(knee.load), across.x(knee.low), across.x(knee.high), text)


# The page of a load test: sentences, rows, and positions of dots and lines.

COLUMNS = (
    "Calls under way", "Calls begun", "Failed", "Answers", "Median", "p95", "p99",
    "Our own lateness, p99",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoadPage:
    """All that ``load.html.j2`` draws."""

    headline: str
    tone: str
    facts: tuple[tuple[str, str], ...]
    notices: tuple[str, ...]
    charts: tuple[LoadChart, ...]
    rows: tuple[tuple[str, ...], ...]
    few: str
    """Why a percentile of the rows is missing; empty if none is missing."""
    causes: tuple[tuple[str, str], ...]


def load_page(test: LoadTest, results: RunResults, found: LoadFindings) -> LoadPage:
    """Return the page of a load test."""
    causes = tuple((_cause(one), counted(count, "call")) for one, count in found.causes)
    failed = "; ".join(f"{cause}: {count}" for cause, count in causes)
    return LoadPage(
        headline=headline(found),
        tone=_tone(found),
        facts=_facts(test, results, found),
        notices=notices(test, found),
        charts=tuple(load_charts(test, found, told=headline(found), failed_as=failed)),
        rows=tuple(_row(one) for one in found.bins),
        few=_few(found.bins),
        causes=causes,
    )


def _cause(failed: CallResult) -> str:
    """Return why calls with this call's outcome failed."""
    if failed.status == CallStatus.COMPLETED.value:
        return "a turn of the caller got no answer"
    return ended(failed)


def _tone(found: LoadFindings) -> str:
    """Return green only for known facts: calls held, and answers that were judged."""
    if found.causes:
        return "fail"
    # "No knee" is good news only if there were enough calls to see one.
    unknown = isinstance(found.latency, NoKnee) and not found.latency.looked
    return "review" if unknown or isinstance(found.latency, Knee) else "pass"


def headline(found: LoadFindings) -> str:
    """Return in a sentence the load from which the agent gets worse."""
    if not found.judged:
        return "No call took place on time, so nothing is known."
    told = [
        _knee_told("Answers get slower", found.latency, lambda took: figures.measured(took, "s")),
        _knee_told(
            "calls fail more often", found.failures, lambda share: figures.percent(min(share, 1.0))
        ),
    ]
    known = [one for one in told if one]
    if known:
        text = "; ".join(known)
        return f"{text[0].upper()}{text[1:]}."
    failed = sum(count for _, count in found.causes)
    looked = not isinstance(found.latency, NoKnee) or found.latency.looked
    # Calls that all fail, at any load, show a broken agent and nothing about load.
    if failed and failed == found.judged and not looked:
        return f"{failed} of {failed} calls failed, so nothing is known of the agent under load."
    also = f"; {counted(failed, 'call')} failed, at any load" if failed else ""
    up_to = f"up to {counted(found.most, 'call')} at the same time"
    if isinstance(found.latency, NoKnee) and found.latency.reason == OUR_LATENESS:
        return f"The harness was too late itself to tell whether answers get slower {up_to}{also}."
    if not looked:
        return f"Too little was seen to tell whether answers get slower {up_to}{also}."
    return f"Answers get no slower {up_to}{also}."


def _knee_told(what: str, knee: Knee | NoKnee, read: Callable[[float], str]) -> str:
    if isinstance(knee, NoKnee):
        return ""
    low, high = round(knee.low), round(knee.high)
    between = f"95 % interval {low} to {high}" if low < high else f"95 % interval {low}"
    rise = f"from {read(knee.before)} to {read(knee.after)} on average at {knee.most:.0f}"
    return f"{what} from {knee.load:.0f} calls under way on ({between}): {rise}"


def notices(test: LoadTest, found: LoadFindings) -> tuple[str, ...]:
    """Return the caveats of a load test."""
    told = []
    if test.light:
        told.append(
            "The light reference agent was called: it recognizes nothing, and its times are set. "
            "This shows what the harness holds, not what an agent does."
        )
    for name, knee in (("answers", found.latency), ("failures", found.failures)):
        # Without a failed call there is no knee in the failures to miss.
        if isinstance(knee, NoKnee) and (name == "answers" or found.causes):
            few = not knee.looked and knee.reason != OUR_LATENESS
            more = "; a longer test (--for) or a higher --rate sees more" if few else ""
            told.append(f"No knee in the {name}: {knee.reason}{more}.")
    if found.began_late:
        calls = counted(found.began_late, "call")
        told.append(
            f"{calls} began more than {LATE_START_S:g} s after they were due: this machine could "
            "not prepare them in time, so the load was less than asked for."
        )
    if found.late:
        told.append(
            f"{counted(found.late, 'call')} of {found.began} left out: frames of ours left "
            f"more than {1000 * LATE_S:.0f} ms late (p99), so what looks like the agent may be us."
        )
    if test.limit is not None and found.most > test.limit.calls:
        told.append(_beyond_us(found.most, test.limit))
    return tuple(told)


def _beyond_us(most: int, limit: OwnLimit) -> str:
    under_way = f"{most} calls were under way at once, and this machine"
    if limit.beyond is None:
        tried = counted(limit.calls, "call")
        return f"{under_way} was tried with {tried} only: beyond that see our own lateness."
    return f"{under_way} {_holds(limit)}: beyond that the agent is not told from the harness."


def _holds(limit: OwnLimit) -> str:
    if limit.p99_s is None:
        return f"does not hold even {counted(limit.beyond or 1, 'call')} at a time"
    return f"holds {limit.calls}"


def held(limit: OwnLimit | None, *, light: bool) -> str:
    """Return how many calls at a time this machine holds, as it was measured before a test."""
    if limit is None:
        return "not measured"
    if limit.p99_s is None:
        fewer = counted(limit.beyond or 1, "call")
        return f"not even {fewer} at a time within {1000 * LATE_S:g} ms"
    processes = "1 process" if limit.processes == 1 else f"{limit.processes} processes"
    late = f"p99 {1000 * limit.p99_s:.1f} ms late"
    told = f"{counted(limit.calls, 'call')} at a time in {processes}, {late}"
    more = f", not {limit.beyond}" if limit.beyond is not None else "; more were not tried"
    beside = "; without the light agent, which takes the same cores" if light else ""
    return f"{told}{more}{beside}"


def _facts(test: LoadTest, results: RunResults, found: LoadFindings) -> tuple[tuple[str, str], ...]:
    asked = test.asked
    ramp = f", after a ramp of {figures.length(asked.ramp_s)}" if asked.ramp_s else ""
    kind = "evenly spaced" if asked.even else "at random times (Poisson)"
    return (
        ("Target", "the light reference agent" if test.light else results.target),
        ("Rate", f"{asked.rate_per_s:g} a second, {kind}{ramp}"),
        ("Length", figures.length(asked.for_s)),
        ("Calls", f"{found.due} due, {found.began} began, {found.most} at once at most"),
        ("This machine holds", held(test.limit, light=test.light)),
    )


def _few(bins: tuple[LoadBin, ...]) -> str:
    """Return why the table has dashes, if it has."""
    if all(one.waits.p99 is not None for one in bins):
        return ""
    needed = ", ".join(f"{name} needs {least} answers" for name, least in VALUES_NEEDED.items())
    return f"–: too few to tell; {needed}"


def _row(one: LoadBin) -> tuple[str, ...]:
    load = f"{one.least}" if one.least == one.most else f"{one.least}–{one.most}"
    failed = one.went_well.counted - one.went_well.passed
    late = "–" if one.late_p99_s is None else f"{1000 * one.late_p99_s:.1f} ms"
    waits = one.waits
    return (
        load,
        str(one.went_well.counted),
        str(failed),
        str(waits.count),
        *(figures.of_many(waits, metric, "s") for metric in ("p50", "p95", "p99")),
        late,
    )


def write_load_page(folder: Path) -> Path:
    """Write the page of a stored load test and return it.

    Raises:
        RecordingDamaged: ``load.json`` or ``results.json`` cannot be read.
        StorageFailed: the page cannot be written.
    """
    test, results = read_load(folder / LOAD), read_results(folder / RESULTS)
    return write_page(folder, test, results, findings(test, results))


def write_page(folder: Path, test: LoadTest, results: RunResults, found: LoadFindings) -> Path:
    """Write the page of a load test; raises StorageFailed."""
    copy_assets(folder)
    page = load_page(test, results, found)
    frame = PageFrame(trail=(Link("Load test"),), version=results.harness_version)
    write(folder / LOAD_PAGE, render("load.html.j2", frame, page=page, columns=COLUMNS))
    return folder / LOAD_PAGE
