"""What the page of a load test shows: sentences, rows, and where dots and lines stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.load.findings import LATE_S, LATE_START_S, OUR_LATENESS, LoadBin, LoadFindings
from harness.load.knee import Knee, NoKnee
from harness.load.model import LoadTest, OwnLimit
from harness.recording.provenance import CallStatus
from harness.report import figures
from harness.report.load.pictures import LoadChart, load_charts
from harness.report.verdict import ended
from harness.results.measured import VALUES_NEEDED
from harness.results.model import CallResult, RunResults

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
    """What a percentile of the rows is missing for; empty where none is."""
    causes: tuple[tuple[str, str], ...]


def load_page(test: LoadTest, results: RunResults, found: LoadFindings) -> LoadPage:
    """Return the page of a load test."""
    causes = tuple((_cause(one), figures.counted(count, "call")) for one, count in found.causes)
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
    """Return why calls failed that ended as this one."""
    if failed.status == CallStatus.COMPLETED.value:
        return "a turn of the caller got no answer"
    return ended(failed)


def _tone(found: LoadFindings) -> str:
    """Return green only for what is known: calls held, and answers that were looked at."""
    if found.causes:
        return "fail"
    unknown = isinstance(found.latency, NoKnee) and not found.latency.looked
    return "review" if unknown or isinstance(found.latency, Knee) else "pass"


def headline(found: LoadFindings) -> str:
    """Return in one sentence from which load on the agent gets worse."""
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
    if failed and failed == found.judged and not looked:
        return f"{failed} of {failed} calls failed, so nothing is known of the agent under load."
    also = f"; {figures.counted(failed, 'call')} failed, at any load" if failed else ""
    up_to = f"up to {figures.counted(found.most, 'call')} at the same time"
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
    """Return what must be known before anything here is believed."""
    told = []
    if test.light:
        told.append(
            "The light reference agent was called: it recognizes nothing, and its times are set. "
            "This shows what the harness holds, not what an agent does."
        )
    for name, knee in (("answers", found.latency), ("failures", found.failures)):
        if isinstance(knee, NoKnee) and (name == "answers" or found.causes):
            few = not knee.looked and knee.reason != OUR_LATENESS
            more = "; a longer test (--for) or a higher --rate sees more" if few else ""
            told.append(f"No knee in the {name}: {knee.reason}{more}.")
    if found.began_late:
        calls = figures.counted(found.began_late, "call")
        told.append(
            f"{calls} began more than {LATE_START_S:g} s after they were due: this machine could "
            "not prepare them in time, so the load was less than asked for."
        )
    if found.late:
        told.append(
            f"{figures.counted(found.late, 'call')} of {found.began} left out: frames of ours left "
            f"more than {1000 * LATE_S:.0f} ms late (p99), so what looks like the agent may be us."
        )
    if test.limit is not None and found.most > test.limit.calls:
        told.append(_beyond_us(found.most, test.limit))
    return tuple(told)


def _beyond_us(most: int, limit: OwnLimit) -> str:
    under_way = f"{most} calls were under way at once, and this machine"
    if limit.beyond is None:
        tried = figures.counted(limit.calls, "call")
        return f"{under_way} was tried with {tried} only: beyond that see our own lateness."
    return f"{under_way} {_holds(limit)}: beyond that the agent is not told from the harness."


def _holds(limit: OwnLimit) -> str:
    if limit.p99_s is None:
        return f"does not hold even {figures.counted(limit.beyond or 1, 'call')} at a time"
    return f"holds {limit.calls}"


def held(limit: OwnLimit | None, *, light: bool) -> str:
    """Return how many calls at a time this machine holds, as it was measured before a test."""
    if limit is None:
        return "not measured"
    if limit.p99_s is None:
        fewer = figures.counted(limit.beyond or 1, "call")
        return f"not even {fewer} at a time within {1000 * LATE_S:g} ms"
    processes = "1 process" if limit.processes == 1 else f"{limit.processes} processes"
    late = f"p99 {1000 * limit.p99_s:.1f} ms late"
    told = f"{figures.counted(limit.calls, 'call')} at a time in {processes}, {late}"
    more = f", not {limit.beyond}" if limit.beyond is not None else "; more were not tried"
    beside = "; without the light agent, which takes the same cores" if light else ""
    return f"{told}{more}{beside}"


def _facts(test: LoadTest, results: RunResults, found: LoadFindings) -> tuple[tuple[str, str], ...]:
    asked = test.asked
    ramp = f", after a ramp of {figures.length(asked.ramp_s)}" if asked.ramp_s else ""
    kind = "evenly spaced" if asked.even else "at random times (Poisson)"
    return (
        ("Target", "the light reference agent" if test.light else results.target),
        ("Arrivals", f"{asked.rate_per_s:g} a second, {kind}{ramp}"),
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
