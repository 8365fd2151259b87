"""Findings of a load test: latency by concurrent calls, and the knee with its interval.

The load at a moment is the number of calls under way. An arrival rate cannot measure it: an agent
that slows down holds its calls longer, so the same rate is more and more work.

A failure here is a call that was not made, broke off, or got no answer; the agent's behaviour is
not judged. Calls in which the harness's own frames were late (``LATE_S``) are counted and shown,
and left out of the findings on the agent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO
from harness.recording.provenance import CallStatus
from harness.results.load.model import LoadedCall, LoadTest
from harness.results.model import CallResult, Percentiles, Rate, RunResults
from harness.results.rates import least_of, missing_in, percentiles, rate, values_of

# The knee: the load from which on an agent gets worse, with its interval, or no knee.
#
# The fitted model is a broken line: level up to the knee, then rising with every further call
# under way (Hinkley 1971). Kinds of observations (the same answer of the same scenario) each have
# a level of their own, so that a load test in which slow answers happen to come late finds no
# knee.
#
# Two tests of the same data decide whether there is a knee. In the first, the load is shifted
# against the values: they stay similar to their neighbours (a slow minute is slow for all calls
# in it), and only their relation to the load is cut. But a short test has few different shifts,
# so the second permutes the values within their kind (a permutation test). Neither may fit as
# well.
#
# With enough answers the smallest rise is significant; a knee must also be ``Worth`` reporting.
# The interval is a bootstrap of blocks of neighbouring calls (Künsch 1989), because calls at the
# same time are not independent.

LEVEL = 0.95
FEWEST = 60
"""With fewer observations there is no search for a knee."""

SHIFTS, DRAWS = 199, 199
_LEAST_P = 0.01
_PLACES = 40
"""How many loads are tried as the knee."""
_LEAST_BEYOND = 0.05
"""The share of observations that must lie beyond a knee, and below it."""
_CAP = 3.5
"""Spreads from the median, beyond which a value counts as that far."""
_CAPPED = 0.98
"""Share of values that are never capped: beyond a knee many values are high, and they matter."""
_SPREAD = 1.4826
"""Median deviations in a standard deviation of normal errors."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observed:
    """An answer or a call: its load, its kind, and its value."""

    at_s: float
    load: float
    """Calls under way then, itself included."""
    value: float
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Worth:
    """How large a rise must be: at least ``least``, and at least a share of the value before."""

    least: float
    told: str
    """``least`` in words, with its unit."""
    share: float = 0.1

    def telling(self, before: float, after: float) -> bool:
        """Return whether a rise is large enough."""
        return after - before >= max(self.least, self.share * before)


@dataclass(frozen=True, slots=True)
class Knee:
    """The value rises from ``load`` calls under way on, up to the most calls under way."""

    load: float
    low: float
    high: float
    before: float
    """The mean value up to the knee."""
    after: float
    """The mean value at ``most`` calls under way, by the line that was fitted."""
    most: float
    p: float


@dataclass(frozen=True, slots=True)
class NoKnee:
    """No knee was found up to ``most`` calls under way; ``reason`` is why, in words."""

    most: float
    reason: str
    looked: bool
    """Whether there was enough data to find a knee; else it is unknown."""


def find_knee(observed: Sequence[Observed], worth: Worth, *, seed: int = 0) -> Knee | NoKnee:
    """Return the knee in these observations; the same input and seed give the same answer."""
    ordered = sorted(observed, key=lambda one: one.at_s)
    most = max((one.load for one in ordered), default=0.0)
    if len(ordered) < FEWEST:
        told = f"{len(ordered)} observations, and {FEWEST} are needed"
        return NoKnee(most, told, looked=False)
    load, value, kind = _columns(ordered)
    places = _places(load)
    if not len(places):
        return NoKnee(most, "the load was the same all the time", looked=False)
    random = np.random.default_rng(seed)
    fit = _fitted(load, value, kind, places)
    p = _chance(fit, load, value, kind, places, random)
    if p >= _LEAST_P or fit.slope <= 0:
        return NoKnee(most, "nothing rose with the load by more than chance", looked=True)
    before = float(value[load <= fit.load].mean())
    after = before + fit.slope * (most - fit.load)
    if not worth.telling(before, after):
        least = f"{worth.share:.0%} or {worth.told}".replace("%", " %")
        return NoKnee(most, f"what rose with the load rose by less than {least}", looked=True)
    low, high = _interval(load, value, kind, places, random)
    return Knee(fit.load, min(low, fit.load), max(high, fit.load), before, after, most, p)


@dataclass(frozen=True, slots=True)
class _Fit:
    load: float
    slope: float
    gain: float
    """By how much of the squared error the knee is better than level lines."""


def _columns(observed: Sequence[Observed]) -> tuple[Array, Array, NDArray[np.intp]]:
    load = np.array([one.load for one in observed])
    value = np.array([one.value for one in observed])
    _, kind = np.unique([one.kind for one in observed], return_inverse=True)
    return load, _capped(value, kind), kind


def _capped(value: Array, kind: NDArray[np.intp]) -> Array:
    """Return values without outliers that alone could determine the line."""
    rest = value - _medians(value, kind)
    spread = _SPREAD * float(np.median(np.abs(rest)))
    if spread == 0:
        return value
    reach = max(_CAP * spread, float(np.quantile(np.abs(rest), _CAPPED, method="lower")))
    return value - rest + np.clip(rest, -reach, reach)


def _medians(value: Array, kind: NDArray[np.intp]) -> Array:
    medians = np.array([np.median(value[kind == one]) for one in range(int(kind.max()) + 1)])
    return np.asarray(medians[kind], np.float64)


def _places(load: Array) -> Array:
    """Return the loads that may be the knee: those with enough observations on both sides."""
    inner = np.unique(load[(load >= np.quantile(load, _LEAST_BEYOND))])
    inner = inner[inner <= np.quantile(load, 1 - _LEAST_BEYOND)]
    inner = inner[inner < load.max()]
    if len(inner) > _PLACES:
        inner = inner[np.unique(np.linspace(0, len(inner) - 1, _PLACES).round().astype(int))]
    return np.asarray(inner, np.float64)


def _fitted(load: Array, value: Array, kind: NDArray[np.intp], places: Array) -> _Fit:
    """Return the best broken line by least squares, each kind with a level of its own."""
    value = _centred(value[None, :], kind)[0]
    return _best(_beyond(load, kind, places), value, places)


def _beyond(load: Array, kind: NDArray[np.intp], places: Array) -> Array:
    """Return how far each load lies beyond each place, less the mean of its kind."""
    return _centred(np.maximum(0.0, load[None, :] - places[:, None]), kind)


def _best(beyond: Array, value: Array, places: Array) -> _Fit:
    squares = np.einsum("ij,ij->i", beyond, beyond)
    along = beyond @ value
    gains = _gains(along, squares)
    best = int(np.argmax(gains))
    total = float(value @ value)
    slope = float(along[best] / squares[best]) if squares[best] else 0.0
    return _Fit(float(places[best]), slope, float(gains[best]) / total if total else 0.0)


def _gains(along: Array, squares: Array) -> Array:
    """Return by how much each line that rises makes the squared error smaller."""
    rising = (along > 0) & (squares > 0)
    return np.where(rising, along**2 / np.where(squares > 0, squares, 1), 0.0)


def _centred(rows: Array, kind: NDArray[np.intp]) -> Array:
    """Subtract the mean of its kind from each value of each row."""
    alike = np.argsort(kind, kind="stable")
    counts = np.bincount(kind)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    means = np.add.reduceat(rows[:, alike], starts, axis=1) / counts
    return np.asarray(rows - means[:, kind], np.float64)


def _chance(
    fit: _Fit,
    load: Array,
    value: Array,
    kind: NDArray[np.intp],
    places: Array,
    random: np.random.Generator,
) -> float:
    """Return how often the load explains values as well after their relation to it is cut."""
    rest = _centred(value[None, :], kind)[0]
    beyond = _beyond(load, kind, places)
    squares = np.einsum("ij,ij->i", beyond, beyond)[:, None]
    p = 0.0
    for cut in (_shifted(rest, kind, random), _dealt(rest, kind, random)):
        totals = np.einsum("ij,ij->i", cut, cut)
        gains = _gains(beyond @ cut.T, squares).max(axis=0) / np.where(totals > 0, totals, 1.0)
        p = max(p, (1 + int((gains >= fit.gain).sum())) / (1 + SHIFTS))
    return p


def _shifted(rest: Array, kind: NDArray[np.intp], random: np.random.Generator) -> Array:
    """Return values moved on in time, the last ones to the front."""
    margin = max(1, len(rest) // 20)
    shifts = random.integers(margin, len(rest) - margin, SHIFTS)
    return _centred(np.stack([np.roll(rest, shift) for shift in shifts]), kind)


def _dealt(rest: Array, kind: NDArray[np.intp], random: np.random.Generator) -> Array:
    """Return values permuted among the answers of their kind."""
    order = np.argsort(kind + random.random((SHIFTS, len(rest))), axis=1)
    dealt = np.empty(order.shape)
    dealt[:, np.argsort(kind, kind="stable")] = rest[order]
    return dealt


def _interval(
    load: Array,
    value: Array,
    kind: NDArray[np.intp],
    places: Array,
    random: np.random.Generator,
) -> tuple[float, float]:
    length = max(2, round(len(load) ** (1 / 3)))
    blocks = -(-len(load) // length)
    found = []
    for _ in range(DRAWS):
        starts = random.integers(0, len(load) - length + 1, blocks)
        drawn = (starts[:, None] + np.arange(length)).ravel()[: len(load)]
        _, kinds = np.unique(kind[drawn], return_inverse=True)
        found.append(_fitted(load[drawn], value[drawn], kinds, places).load)
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    # Places between two tried loads are unknown, so the interval extends to the next tried loads.
    below, above = places[places < low], places[places > high]
    return float(below.max() if len(below) else low), float(above.min() if len(above) else high)


LATE_S = 0.005
"""Own frames that leave later than this (p99 of a call) may make the agent seem slow."""

LATE_START_S = 1.0
"""A call that begins so long after it was due is late because of the harness."""

SLOWER = Worth(0.05, "50 ms")
FAILING = Worth(0.02, "2 calls in 100")

OUR_LATENESS = (
    "answers rose with the load, and our own lateness may have made all of it; "
    "make fewer calls at a time, or take a machine with less other work"
)
"""Why it is unknown whether answers get slower, and the remedy."""

MOST_BINS = 10

_OURS = (CallStatus.TIMING_INVALID.value, CallStatus.CALLER_INVALID.value)
_NOT_BEGUN = (CallStatus.NOT_CALLED.value, CallStatus.INTERRUPTED.value)


@dataclass(frozen=True, slots=True)
class LoadBin:
    """The results while ``least`` to ``most`` calls were under way."""

    least: int
    most: int
    waits: Percentiles
    went_well: Rate
    """Calls that began then and came to their end."""
    late_p99_s: float | None
    """The worst p99 lateness of own frames in a call that began then."""


@dataclass(frozen=True, slots=True)
class LoadMoment:
    """A second of the test: calls that were due in it, and calls under way."""

    at_s: float
    due: int
    under_way: int


@dataclass(frozen=True, slots=True)
class LoadFindings:
    """All findings of a load test."""

    most: int
    """The most calls that were under way at the same time."""
    due: int
    began: int
    began_late: int
    """Calls that began ``LATE_START_S`` after they were due, or later."""
    judged: int
    """Calls that enter the findings: they began, and the harness's own frames were on time."""
    late: int
    """Calls that were left out because the harness's own frames were late."""
    bins: tuple[LoadBin, ...]
    moments: tuple[LoadMoment, ...]
    latency: Knee | NoKnee
    failures: Knee | NoKnee
    causes: tuple[tuple[CallResult, int], ...]
    """An example of each way to fail, and how many calls did so; the most frequent first."""


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
    """A wait as it was measured, and its lower bound, as the harness was late itself."""

    seen: Observed
    least_s: float


def findings(test: LoadTest, results: RunResults) -> LoadFindings:
    """Return the findings of a load test; the same test and results give the same findings."""
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

    There must also be a knee if waits beyond it are as short as the harness's own lateness allows:
    more calls on the same cores make the harness later.
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
    """Yield the results by load, in steps of equal width."""
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
