"""The knee: from which load on an agent gets worse, with its interval, or that none was found.

What is fitted is a broken line: level up to the knee, then rising with every further call under way
(Hinkley 1971). Kinds of observations (the same answer of the same scenario) each have a level of
their own, so that a load test in which slow answers happen to come late finds no knee.

Whether there is one at all is asked of the same data twice. With the load shifted against it, what
calls measured keeps its likeness to its neighbours (a slow minute is slow for all calls in it), and
only its tie to the load is cut. But a short test has few shifts that differ, so the values are also
dealt out anew within their kind (a permutation test). Neither may fit as well.

With enough answers the smallest rise is no chance; a knee is only what is also ``Worth`` telling.
The interval comes from drawing blocks of neighbouring calls anew (Künsch 1989): calls at the same
time are not independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
FEWEST = 60
"""Observations below which no knee is looked for."""

SHIFTS, DRAWS = 199, 199
_LEAST_P = 0.01
_PLACES = 40
"""How many loads are tried as the knee."""
_LEAST_BEYOND = 0.05
"""The share of observations that must lie beyond a knee, and below it."""
_CAP = 3.5
"""Spreads from the median, beyond which a value counts as that far."""
_CAPPED = 0.98
"""Beyond a knee many values are far off, and are what is looked for: so many count as they are."""
_SPREAD = 1.4826
"""Median deviations in a standard deviation of normal errors."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observed:
    """One answer or one call: under which load, of which kind, and how it was."""

    at_s: float
    load: float
    """Calls under way then, itself included."""
    value: float
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Worth:
    """How large a rise must be: at least ``least``, and at least a share of what was before."""

    least: float
    told: str
    """``least`` in words, with its unit."""
    share: float = 0.1

    def telling(self, before: float, after: float) -> bool:
        """Return whether a rise is large enough."""
        return after - before >= max(self.least, self.share * before)


@dataclass(frozen=True, slots=True)
class Knee:
    """From ``load`` calls under way on the value rises, up to the most calls under way."""

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
    """None was found up to ``most`` calls under way; ``reason`` is why, in words."""

    most: float
    reason: str
    looked: bool
    """Whether there was enough to find one in; else nobody knows."""


def find_knee(observed: Sequence[Observed], worth: Worth, *, seed: int = 0) -> Knee | NoKnee:
    """Return the knee in these observations; the same ones and seed give the same answer."""
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
    """Return values of which none lies so far off that it alone could draw the line."""
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
    """Return the loads that may be the knee: with observations enough on both sides."""
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
    """Take the mean of its kind from each value of each row."""
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
    """Return how often values whose tie to the load is cut are explained as well by it."""
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
    """Return values dealt out anew among the answers of their kind."""
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
    # Between two places that were tried nothing is known: the interval reaches to the next ones.
    below, above = places[places < low], places[places > high]
    return float(below.max() if len(below) else low), float(above.min() if len(above) else high)
