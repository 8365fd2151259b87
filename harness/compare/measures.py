"""Pairs of calls as pairs of numbers: one measure per scorer, and the waits in seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from harness.compare.pairing import Pair
from harness.compare.power import (
    MOST_PAIRS,
    Design,
    Pilot,
    Shares,
    Waits,
    detectable,
    pairs_needed,
)
from harness.compare.statistics import (
    LEVEL,
    Interval,
    mcnemar_p,
    paired_mean,
    paired_share,
    sign_flip_p,
)
from harness.results.aggregate import TTFA, measured_waits
from harness.results.model import CallResult, ScoreResult

SHARE, SECONDS = "share", "s"

LEAST = {SHARE: 0.0, SECONDS: 0.1}
"""Differences up to these are no finding of a comparison: nobody hears less than 100 ms."""

_NOUN = {SHARE: "points", SECONDS: "s"}


@dataclass(frozen=True, slots=True)
class Measure:
    """What one scorer says of all pairs that it judged on both sides; ``a`` and ``b`` in step.

    ``share``: 1 for a pass and 0 for a fail. ``s``: a call's mean time to first audio in the
    turns that both have. ``left_out`` counts pairs judged on one side only, which say nothing.
    """

    scorer: str
    unit: str
    pairs: tuple[Pair, ...]
    a: tuple[float, ...]
    b: tuple[float, ...]
    left_out: int

    @property
    def differences(self) -> tuple[float, ...]:
        """B minus A, pair by pair."""
        return tuple(y - x for x, y in zip(self.a, self.b, strict=True))

    @property
    def signs(self) -> tuple[int, ...]:
        """The differences of passes and fails as whole numbers."""
        return tuple(round(d) for d in self.differences)

    @property
    def repeats(self) -> int:
        """How many repeats of the run its pairs are of."""
        return len({pair.a.repeat for pair in self.pairs})

    def p(self, design: Design) -> float:
        """Return how likely such a difference is by chance, before Holm."""
        if self.unit == SHARE:
            return mcnemar_p(self.signs)
        return sign_flip_p(self.differences, alpha=design.alpha)

    def interval(self, level: float = LEVEL) -> Interval:
        """Return the mean of B minus A with its interval."""
        if self.unit == SHARE and all(d == round(d) for d in self.differences):
            return paired_share(self.signs, level=level)
        return paired_mean(self.differences, level=level)

    def loss(self, difference: float) -> float:
        """Return how far a difference is to B's disadvantage: fewer passes, longer waits."""
        return loss_of(difference, self.unit)

    def detectable(self, design: Design) -> float | None:
        """Return the smallest true difference that these pairs would find; None where unknown."""
        return detectable(self._pilot, len(self.pairs), self._judged(design))

    def pairs_needed(self, effect: float, design: Design) -> int:
        """Return how many pairs would find a true difference of this size; 0 asks for any."""
        return pairs_needed(self._pilot, effect, self._judged(design))

    def repeats_needed(self, effect: float, design: Design) -> int:
        """Return how many repeats make so many pairs, at as many pairs a repeat as there were."""
        return self._repeats_of(self.pairs_needed(effect, design))

    def repeats_to_count(self, design: Design, noise: float | None) -> int | None:
        """Return from how many repeats on a true difference like the one seen would be found.

        ``noise`` is the noise floor of these pairs. None where nothing differed, where no number of
        pairs finds so small a difference, and where one pair is all that is known of waits.
        """
        size = abs(fmean(self.differences))
        if size <= LEAST[self.unit] or (self.unit == SECONDS and len(self.pairs) == 1):
            return None
        pairs = self.pairs_needed(size, design)
        if pairs > MOST_PAIRS:
            return None
        above_noise = math.ceil(len(self.pairs) * ((noise or 0.0) / size) ** 2)
        return self._repeats_of(max(pairs, above_noise))

    def _repeats_of(self, pairs: int) -> int:
        return math.ceil(pairs * self.repeats / len(self.pairs))

    @property
    def _pilot(self) -> Pilot:
        return Shares.seen(self.a, self.b) if self.unit == SHARE else Waits.seen(self.differences)

    def _judged(self, design: Design) -> Design:
        """Return the design with what a finding in this unit must exceed."""
        return design if design.least else replace(design, least=LEAST[self.unit])


def measures(pairs: Sequence[Pair]) -> tuple[Measure, ...]:
    """Return what can be compared, scorers by name and the waits last.

    Only pairs of which both calls count are looked at; a scorer that never judged both sides of a
    pair is left out.
    """
    counted = [pair for pair in pairs if pair.counts]
    names = sorted({s.scorer for p in counted for call in (p.a, p.b) for s in call.scores})
    found = [_measure(name, SHARE, counted) for name in names]
    found.append(_measure(TTFA, SECONDS, counted))
    return tuple(measure for measure in found if measure.pairs)


def loss_of(difference: float, unit: str) -> float:
    """Return how far B minus A is to B's disadvantage: fewer passes, longer waits."""
    return -difference if unit == SHARE else difference


def amount(difference: float, unit: str) -> str:
    """Return a difference with its sign: "−12 points", "+0.31 s"; what is written as 0 has none."""
    return f"{_signed(difference, unit, _decimals(difference, unit))} {_NOUN[unit]}"


def between(low: float, high: float, unit: str) -> str:
    """Return the bounds of a difference: "−12 to +3 points".

    Both have as many decimals as the one that needs more, so that none seems the more exact.
    """
    decimals = max(_decimals(low, unit), _decimals(high, unit))
    first, last = (_signed(bound, unit, decimals) for bound in (low, high))
    return f"{first} to {last} {_NOUN[unit]}"


def _decimals(difference: float, unit: str) -> int:
    """Return how many decimals a difference takes to be told from 0 and from its neighbours."""
    if unit == SECONDS:
        return 3 if 0 < round(abs(difference), 3) < 0.01 else 2
    points = abs(difference) * 100
    return 1 if points < 9.95 and round(points, 1) % 1 else 0


def _signed(difference: float, unit: str, decimals: int) -> str:
    shown = f"{abs(difference) * (1 if unit == SECONDS else 100):.{decimals}f}"
    sign = "±" if not float(shown) else "−" if difference < 0 else "+"
    return f"{sign}{shown}"


def score_of(call: CallResult, scorer: str) -> ScoreResult | None:
    """Return a scorer's verdict on a call, if it gave one."""
    return next((score for score in call.scores if score.scorer == scorer), None)


def _measure(scorer: str, unit: str, pairs: Sequence[Pair]) -> Measure:
    both: list[tuple[Pair, float, float]] = []
    left_out = 0
    for pair in pairs:
        a, b = _waits(pair) if unit == SECONDS else _passes(pair, scorer)
        if a is not None and b is not None:
            both.append((pair, a, b))
        elif a is not None or b is not None:
            left_out += 1
    return Measure(
        scorer=scorer,
        unit=unit,
        pairs=tuple(pair for pair, _, _ in both),
        a=tuple(a for _, a, _ in both),
        b=tuple(b for _, _, b in both),
        left_out=left_out,
    )


def _passes(pair: Pair, scorer: str) -> tuple[float | None, float | None]:
    a, b = (score_of(call, scorer) for call in (pair.a, pair.b))
    return _passed(a), _passed(b)


def _passed(score: ScoreResult | None) -> float | None:
    return None if score is None or score.passed is None else float(score.passed)


def _waits(pair: Pair) -> tuple[float | None, float | None]:
    """Return the mean waits of both calls over the turns that they have in common.

    Another prompt makes another conversation: one question more, and the mean over all turns would
    fall though nobody became quicker. So only answers to the same words of the caller are compared,
    and of those only with a tool call on both sides, or on neither.
    """
    a, b = (waits_by_turn(call) for call in (pair.a, pair.b))
    common = [turn for turn in a if turn in b]
    if common:
        return fmean(a[turn] for turn in common), fmean(b[turn] for turn in common)
    return (fmean(a.values()) if a else None), None


def waits_by_turn(call: CallResult) -> dict[tuple[str, bool, int], float]:
    """Return waits in seconds by the caller's words, whether a tool ran, and how often before."""
    found: dict[tuple[str, bool, int], float] = {}
    score = score_of(call, TTFA)
    for wait in measured_waits(score) if score else ():
        before = sum((wait.text, wait.with_tool) == turn[:2] for turn in found)
        found[wait.text, wait.with_tool, before] = wait.took_s
    return found
