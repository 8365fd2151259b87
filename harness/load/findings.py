"""What a load test found: answers and failures by calls under way, and where both turn worse.

The load of a moment is how many calls are under way then. An arrival rate cannot be it: an agent
that slows down holds its calls longer, so the same rate is more and more work.

What fails here is the call, not the agent's manners: it did not come about, broke off, or got no
answer. Calls in which our own frames were late (``LATE_S``) are counted and shown, and left out of
what is said of the agent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.load.knee import Knee, NoKnee, Observed, Worth, find_knee
from harness.load.model import LoadedCall, LoadTest
from harness.recording.provenance import CallStatus
from harness.results.measured import least_of, missing_in, percentiles, values_of
from harness.results.model import CallResult, Percentiles, Rate, RunResults
from harness.results.rates import rate
from harness.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO

LATE_S = 0.005
"""Frames of ours that leave later than this (p99 of a call) may be what the agent seems to be."""

LATE_START_S = 1.0
"""A call that begins so long after it was due does so because of us."""

SLOWER = Worth(0.05, "50 ms")
FAILING = Worth(0.02, "2 calls in 100")

OUR_LATENESS = (
    "answers rose with the load, and our own lateness may have made all of it; "
    "make fewer calls at a time, or take a machine with less other work"
)
"""Why nobody knows whether answers get slower, and what helps."""

MOST_BINS = 10

_OURS = (CallStatus.TIMING_INVALID.value, CallStatus.CALLER_INVALID.value)
_NOT_BEGUN = (CallStatus.NOT_CALLED.value, CallStatus.INTERRUPTED.value)


@dataclass(frozen=True, slots=True)
class LoadBin:
    """What was seen while ``least`` to ``most`` calls were under way."""

    least: int
    most: int
    waits: Percentiles
    went_well: Rate
    """Calls that began then and came to their end."""
    late_p99_s: float | None
    """The worst p99 lateness of our own frames in a call that began then."""


@dataclass(frozen=True, slots=True)
class LoadMoment:
    """One second of the test: calls that were due in it, and calls under way."""

    at_s: float
    due: int
    under_way: int


@dataclass(frozen=True, slots=True)
class LoadFindings:
    """All that a load test says."""

    most: int
    """The most calls that were under way at the same time."""
    due: int
    began: int
    began_late: int
    """Calls that began ``LATE_START_S`` after they were due, or later."""
    judged: int
    """Calls of which something is said: they began, and our own frames were on time."""
    late: int
    """Calls that were left out because our own frames were late."""
    bins: tuple[LoadBin, ...]
    moments: tuple[LoadMoment, ...]
    latency: Knee | NoKnee
    failures: Knee | NoKnee
    causes: tuple[tuple[CallResult, int], ...]
    """Calls that failed, one for each way to end, and how many did so; the most frequent first."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A call with its times."""

    began_s: float
    ended_s: float
    load: int
    late: bool
    failed: bool
    result: CallResult
    times: LoadedCall


@dataclass(frozen=True, slots=True)
class _Waited:
    """A wait as it was measured, and what it is at least, as we were late ourselves."""

    seen: Observed
    least_s: float


def findings(test: LoadTest, results: RunResults) -> LoadFindings:
    """Return what a load test found; the same test and results give the same."""
    under_way = UnderWay(test.calls)
    by_place = {call.recording: call for call in results.calls}
    calls = tuple(_known(test.calls, by_place, under_way))
    on_time = tuple(call for call in calls if not call.late)
    waits = tuple(_waits(on_time, under_way))
    ends = tuple(
        Observed(call.began_s, call.load, float(call.failed), call.result.scenario)
        for call in on_time
    )
    return LoadFindings(
        most=under_way.most,
        due=len(test.calls),
        began=len(calls),
        began_late=sum(call.began_s - call.times.due_s > LATE_START_S for call in calls),
        judged=len(on_time),
        late=len(calls) - len(on_time),
        bins=tuple(_bins(calls, waits)),
        moments=tuple(_moments(test, under_way)),
        latency=_slower(waits),
        failures=find_knee(ends, FAILING),
        causes=_causes(call.result for call in on_time if call.failed),
    )


class UnderWay:
    """How many calls are under way at a time."""

    def __init__(self, calls: Sequence[LoadedCall]) -> None:
        self._began = sorted(call.began_s for call in calls if call.began_s is not None)
        self._ended = sorted(call.ended_s for call in calls if call.ended_s is not None)

    @property
    def most(self) -> int:
        """The most at the same time."""
        return max((self.with_one(began_s) for began_s in self._began), default=0)

    def with_one(self, began_s: float) -> int:
        """Return how many are under way as a call begins, itself included, however short it is."""
        return max(1, self.at(began_s))

    def at(self, at_s: float) -> int:
        """Return the calls that have begun by then and are not over."""
        return bisect_right(self._began, at_s) - bisect_right(self._ended, at_s)


def _known(
    times: Sequence[LoadedCall], results: dict[str, CallResult], under_way: UnderWay
) -> Iterator[_Call]:
    for one in times:
        result = results.get(one.recording)
        if result is None or one.began_s is None or result.status in _NOT_BEGUN:
            continue
        late = result.status in _OURS or (one.late_p99_s or 0.0) > LATE_S
        ended_s = one.began_s if one.ended_s is None else one.ended_s
        failed = result.status != CallStatus.COMPLETED.value
        failed = failed or missing_in(result, TIME_TO_FIRST_AUDIO.name) > 0
        load = under_way.with_one(one.began_s)
        yield _Call(one.began_s, ended_s, load, late, failed, result, one)


def _waits(calls: Sequence[_Call], under_way: UnderWay) -> Iterator[_Waited]:
    """Yield the waits for first audio, each under the load at which it began."""
    for call in calls:
        for one in values_of(call.result, TIME_TO_FIRST_AUDIO.name):
            least_s = least_of(one, TIME_TO_FIRST_AUDIO.unit)
            if one.value is not None and least_s is not None and one.at_s is not None:
                at_s = call.began_s + one.at_s
                kind = f"{call.result.scenario}\n{one.of}\n{one.kind}"
                seen = Observed(at_s, max(1, under_way.at(at_s)), one.value, kind)
                yield _Waited(seen, least_s)


def _slower(waits: Sequence[_Waited]) -> Knee | NoKnee:
    """Return from which load on answers get slower.

    There must be a knee, too, if waits beyond it were as short as our own lateness allows: the same
    cores make calls, and more of them make us later.
    """
    found = find_knee([wait.seen for wait in waits], SLOWER)
    if isinstance(found, NoKnee) or all(wait.least_s == wait.seen.value for wait in waits):
        return found
    shorter = (
        replace(wait.seen, value=wait.least_s) if wait.seen.load > found.load else wait.seen
        for wait in waits
    )
    if isinstance(find_knee(tuple(shorter), SLOWER), Knee):
        return found
    return NoKnee(found.most, OUR_LATENESS, looked=False)


def _bins(calls: Sequence[_Call], waits: Sequence[_Waited]) -> Iterator[LoadBin]:
    """Yield what was seen by load, in steps of one width."""
    loads = [*(call.load for call in calls), *(wait.seen.load for wait in waits)]
    most = round(max(loads, default=0))
    width = max(1, -(-most // MOST_BINS))
    for least in range(1, most + 1, width):
        last = min(least + width - 1, most)
        then = [call for call in calls if least <= call.load <= last]
        judged = [call for call in then if not call.late]
        inside = [wait for wait in waits if least <= wait.seen.load <= last]
        if not then and not inside:
            continue
        late = [call.times.late_p99_s for call in then if call.times.late_p99_s is not None]
        went_well = rate(sum(not call.failed for call in judged), len(judged))
        spread = percentiles(
            (wait.seen.value for wait in inside), least=(wait.least_s for wait in inside)
        )
        yield LoadBin(least, last, spread, went_well, max(late, default=None))


def _moments(test: LoadTest, under_way: UnderWay) -> Iterator[LoadMoment]:
    due = sorted(call.due_s for call in test.calls)
    ended = [call.ended_s for call in test.calls if call.ended_s is not None]
    for second in range(int(max([test.asked.for_s, *ended])) + 1):
        there = bisect_right(due, second + 1) - bisect_right(due, second)
        yield LoadMoment(float(second), there, under_way.at(second + 0.5))


def _causes(failed: Iterator[CallResult]) -> tuple[tuple[CallResult, int], ...]:
    alike: dict[tuple[str, str, str], list[CallResult]] = {}
    for one in failed:
        end = (one.status, str(one.end_cause), one.status_detail)
        alike.setdefault(end, []).append(one)
    ordered = sorted(alike.items(), key=lambda each: (-len(each[1]), each[0]))
    return tuple((calls[0], len(calls)) for _, calls in ordered)
