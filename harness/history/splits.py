"""Where a level changed, night by night: places, their plausible nights, and their certainty.

Model: between two places of change the surplus of each night (``surplus.py``) has one mean. The
place is where a mean before and one after explain most, with at least ``NIGHTS`` nights on either
side. How often chance alone would be as clear is found by shuffling whole nights (``chance.py``).
It must also be found when the one night that speaks loudest for it is left out: a single bad night
is none. Both sides are searched again (binary segmentation, Vostrikova 1981), so "broken, then
mended" is two. With no change anywhere the chance of any place is at most the level.

Assumed: nights are exchangeable while nothing changes but which scenarios they call. Bad nights
that come in rows for a reason of their own (an outage of three nights) do look like a change, and
are one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from harness.history.chance import Surplus, chance, clearness
from harness.history.surplus import Measured

_NEAR = 10.59
"""Places are plausible whose likelihood ratio to the best, of normal errors by night, is no larger
(Hansen 2000, Sample splitting and threshold estimation, table 1). It is his 99 % value: pass rates
are not normal and vary less where they are high, so that his 95 % value (7.35) held the true night
in 88 to 98 % of simulated histories, and this one in 95 % and more."""


@dataclass(frozen=True, slots=True)
class Split:
    """A change: the first night after it, its earliest and latest plausible places, and its sign.

    ``up`` says whether more was measured after it.
    """

    at: int
    low: int
    high: int
    p_value: float
    up: bool


def find_splits(measured: Measured, level: float) -> tuple[Split, ...]:
    """Return the places of change in order of time.

    Nights at which nothing was measured are allowed and say nothing.
    """
    speaking = np.flatnonzero(measured.counts.sum(axis=0))
    parts = (part[:, speaking] for part in (measured.sums, measured.counts, measured.squares))
    found = _segment(Measured(*parts), 0, level)
    places = [[int(speaking[place]) for place in (one.at, one.low, one.high)] for one in found]
    return tuple(
        replace(one, at=at, low=low, high=high)
        for one, (at, low, high) in zip(found, places, strict=True)
    )


def _segment(measured: Measured, offset: int, level: float) -> list[Split]:
    """Return the splits of nights that all speak; ``offset`` is the first of them."""
    surplus = measured.surplus()
    p_value = chance(surplus, level).p_value
    if p_value > level or chance(_without_loudest(measured), level).p_value > level:
        return []
    clear = clearness(surplus)
    at = int(np.argmax(clear))
    low, high = _plausible(surplus, clear)
    up = bool(surplus[at:].mean() > surplus[:at].mean())
    return [
        *_segment(measured.nights(0, at), offset, level),
        Split(offset + at, offset + low, offset + high, p_value, up),
        *_segment(measured.nights(at, len(surplus)), offset + at, level),
    ]


def _without_loudest(measured: Measured) -> Surplus:
    """Return the surplus without the night whose loss costs the clearest place most."""
    left = measured.surplus_without_each()
    return np.asarray(left[int(np.argmin(clearness(left).max(axis=-1)))])


def _plausible(surplus: Surplus, clear: Surplus) -> tuple[int, int]:
    """Return the first and the last place that is not much less likely than the best."""
    nights = len(surplus)
    unexplained = surplus.var() * nights - nights * np.where(clear > 0, clear, 0.0) ** 2
    least = max(float(unexplained.min()), 1e-9)
    near = np.flatnonzero(np.isfinite(clear) & (nights * (unexplained / least - 1) <= _NEAR))
    return int(near[0]), int(near[-1])
