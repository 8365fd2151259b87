"""A run's calls next to those of a baseline: verdicts by scenario, measured values call by call.

Verdicts: all valid calls of a scenario under one condition are one stratum, whatever their repeats
and seeds. If nothing changed, the passes of a scenario may as well be of one side as of the other,
so a baseline that was lucky is as likely as an unlucky one: its noise is in the test
(``statistics.fewer_p``). What is open (review, broken, unscorable) has not passed, on both sides
alike.

Values: one set is a caller (suite, scenario, condition, repeat, seed): the baseline's calls of it,
and the run's, because what the caller says decides how long an answer takes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.compare.measures import CALLS, PairedMeasure, owner_of, score_of
from harness.compare.pairing import Pair
from harness.compare.statistics import (
    Sets,
    Stratum,
    fewer_p,
    larger_p,
    min_attainable_p,
    tarone_divisor,
)
from harness.gates.quarantine import says_nothing
from harness.results.convert import CallKey, check_single, counts, is_open, key_of
from harness.results.measured import Ends, by_item, mean_ends, measures_of
from harness.results.model import CallResult
from harness.results.rates import ScenarioKey, by_scenario
from harness.scorers.base import Outcome
from harness.scorers.measure import Better, Measure

_NOT_ASKED = Outcome.NOT_APPLICABLE.value


@dataclass(frozen=True, slots=True)
class ScenarioVerdicts:
    """What one scorer, or ``CALLS``, says of each scenario; A is the baseline and B the run."""

    scorer: str
    strata: Mapping[ScenarioKey, Stratum]
    left_out: int
    """Judged calls of the run in scenarios that the baseline did not judge."""

    @property
    def before(self) -> tuple[int, int]:
        """How many calls of the baseline passed, and how many there are."""
        strata = self.strata.values()
        return sum(one.a_passed for one in strata), sum(one.a for one in strata)

    @property
    def after(self) -> tuple[int, int]:
        """How many calls of the run passed, and how many there are."""
        strata = self.strata.values()
        return sum(one.b_passed for one in strata), sum(one.b for one in strata)

    @property
    def change(self) -> float:
        """The run's pass rate less what the baseline's rates make expected in its scenarios."""
        return math.fsum(map(lost_calls, self.strata.values())) / -self.after[1]

    @property
    def p(self) -> float:
        """How likely a run passes so seldom by chance, one-sided, by this test alone."""
        return fewer_p(tuple(self.strata.values()))

    @property
    def min_attainable_p(self) -> float:
        """The smallest probability that the test can have with so many passes in all."""
        return min_attainable_p(self.strata.values())


VERDICTS_ALPHA = 0.02
"""How often an unchanged build is worse by any verdict, at most."""

MEASURES_ALPHA = 0.005
"""How often an unchanged build is red by any measure, at most."""


def is_rare(p: float, of_calls: float | None) -> bool:
    """Say whether a probability is significant; of a scorer, next to that of the calls it fails."""
    family = [p] if of_calls is None else [p, of_calls]
    return p <= VERDICTS_ALPHA / tarone_divisor(family, VERDICTS_ALPHA)


def verdict_level(found: Iterable[ScenarioVerdicts]) -> float:
    """Return what the probability of a scorer must not exceed, as all of these are tested."""
    return VERDICTS_ALPHA / tarone_divisor([one.min_attainable_p for one in found], VERDICTS_ALPHA)


def is_worse(one: ScenarioVerdicts, level: float, *, least: float) -> bool:
    """Say whether a loss is more than chance, and more than ``least``, which is a share."""
    return -one.change > least and one.p <= level


def lost_calls(stratum: Stratum) -> float:
    """Return how many calls fewer passed than the baseline's rate makes expected."""
    return stratum.b * stratum.a_passed / stratum.a - stratum.b_passed


@dataclass(frozen=True, slots=True)
class MatchedSet:
    """The calls of one caller: the baseline's, at least one, and the run's."""

    before: tuple[CallResult, ...]
    after: CallResult


@dataclass(frozen=True, slots=True)
class MatchedMeasure:
    """One measure of all sets: as pairs with the baseline's mean, and value by value."""

    measure: PairedMeasure
    sets: Sets

    def p(self, alpha: float) -> float:
        """Return how likely so much worse a run is by chance, one-sided, by this test alone."""
        sets = self.sets
        if self.measure.better is Better.HIGHER:
            sets = [([-value for value in before], -after) for before, after in sets]
        return larger_p(sets, alpha=alpha)

    @property
    def min_attainable_p(self) -> float:
        """The smallest probability that a loss in so many sets can have."""
        return rarest_loss([len(before) for before, _ in self.sets])


def rarest_loss(calls: Iterable[int]) -> float:
    """Return the smallest probability of a loss, for callers with so many calls in the baseline.

    A wait that is longer than all of the baseline's is as rare as a failure where all of these
    passed.
    """
    return min_attainable_p(Stratum(number, number, 1, 0) for number in calls)


def scenario_verdicts(found: Iterable[Cell]) -> tuple[ScenarioVerdicts, ...]:
    """Return the cells by scorer, in their order.

    Scorers that have no verdict on a scenario that both sides have are left out.
    """
    by_scorer: dict[str, list[Cell]] = {}
    for cell in found:
        by_scorer.setdefault(cell.scorer, []).append(cell)
    verdicts = (_verdicts_of(scorer, each) for scorer, each in by_scorer.items())
    return tuple(one for one in verdicts if one.strata)


def _verdicts_of(scorer: str, found: Iterable[Cell]) -> ScenarioVerdicts:
    strata: dict[ScenarioKey, Stratum] = {}
    left_out = 0
    for cell in found:
        a, b = cell.before, cell.after
        if a.calls:
            strata[cell.scenario] = Stratum(a.calls, a.passed, b.calls, b.passed)
        else:
            left_out += b.calls
    return ScenarioVerdicts(scorer, strata, left_out)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many calls ended how; ``waiting`` are open; ``unscorable`` cannot be judged at all."""

    passed: int = 0
    failed: int = 0
    waiting: int = 0
    unscorable: int = 0

    @property
    def calls(self) -> int:
        """How many calls there are."""
        return self.passed + self.failed + self.waiting + self.unscorable

    @property
    def judged(self) -> int:
        """How many of them passed or failed."""
        return self.passed + self.failed


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """What one scorer, or ``CALLS``, says of one scenario; ``calls`` are those of the run."""

    scenario: ScenarioKey
    scorer: str
    before: Tally
    after: Tally
    calls: tuple[CallResult, ...]


def cells(before: Iterable[CallResult], after: Iterable[CallResult]) -> tuple[Cell, ...]:
    """Return the cells of a run by scorer, whole calls first, those of one scorer in its order.

    Only valid calls are in them, and only cells that the run has a verdict in; the baseline may
    have none.

    Raises:
        UsageError: the run holds copies of a call.
    """
    counted = [call for call in after if counts(call)]
    check_single(counted, "the run")
    there, here = by_scenario(before), by_scenario(counted)
    names = sorted({score.scorer for calls in here.values() for c in calls for score in c.scores})
    return tuple(
        Cell(key, name, tally(there.get(key, ()), name), tally(asked, name), asked)
        for name in (CALLS, *names)
        for key, calls in here.items()
        if (asked := tuple(call for call in calls if _is_asked(call, name)))
    )


def _is_asked(call: CallResult, scorer: str) -> bool:
    if scorer == CALLS:
        return not says_nothing(call)
    score = score_of(call, scorer)
    return score is not None and score.outcome != _NOT_ASKED


def without_explained(found: Sequence[Cell]) -> tuple[Cell, ...]:
    """Leave out scenarios that are lost as calls if a scorer among these lost them, too."""
    explained = {cell.scenario for cell in found if cell.scorer != CALLS}
    return tuple(c for c in found if c.scorer != CALLS or c.scenario not in explained)


def told_cell(cell: Cell) -> str:
    """Return "entity confirmation in cut off (3 of 3 → 0 of 3)"."""
    sides = " → ".join(map(_told_tally, (cell.before, cell.after)))
    return f"{cell.scorer.replace('_', ' ')} in {named_scenario(cell.scenario)} ({sides})"


def named_scenario(key: ScenarioKey) -> str:
    """Return "cut off", or "cut off under cafe"."""
    _, name, condition = key
    return f"{name} under {condition}" if condition else name


def _told_tally(one: Tally) -> str:
    return f"{one.passed} of {one.calls}{f', {one.waiting} open' if one.waiting else ''}"


def tally(calls: Iterable[CallResult], scorer: str) -> Tally:
    """Return how calls ended by a scorer, or as a whole (``CALLS``); not where it asked nothing."""
    asked = [call for call in calls if _is_asked(call, scorer)]
    if scorer == CALLS:
        ends = Counter(call.passed for call in asked)
        return Tally(ends[True], ends[False], ends[None])
    scores = [score for call in asked if (score := score_of(call, scorer))]
    passed, failed = (sum(s.passed is end for s in scores) for end in (True, False))
    waiting = sum(map(is_open, scores))
    return Tally(passed, failed, waiting, len(scores) - passed - failed - waiting)


def matched_sets(
    before: Iterable[CallResult], after: Iterable[CallResult]
) -> tuple[MatchedSet, ...]:
    """Return the sets in the order of the run; only valid calls are in them."""
    there = by_key(before)
    return tuple(
        MatchedSet(tuple(there[key_of(call)]), call)
        for call in after
        if counts(call) and key_of(call) in there
    )


def by_key(calls: Iterable[CallResult]) -> dict[CallKey, list[CallResult]]:
    """Return calls of several runs, those of one caller together."""
    found: dict[CallKey, list[CallResult]] = {}
    for call in calls:
        found.setdefault(key_of(call), []).append(call)
    return found


def matched_measures(sets: Sequence[MatchedSet]) -> tuple[MatchedMeasure, ...]:
    """Return what scorers measured on both sides."""
    runs = [one.after for one in sets]
    found = (_matched(owner_of(one, runs), one, sets) for one in measures_of(runs))
    return tuple(one for one in found if one.sets)


def _matched(scorer: str, measure: Measure, sets: Sequence[MatchedSet]) -> MatchedMeasure:
    found = [(one, *_means(one, measure.name)) for one in sets]
    held = [(one, before, after) for one, before, after in found if before and after is not None]
    paired = PairedMeasure(
        scorer=scorer,
        measure=measure,
        pairs=tuple(Pair(one.before[-1], one.after) for one, _, _ in held),
        a=tuple(mean_ends(before).measured for _, before, _ in held),
        b=tuple(after.measured for _, _, after in held),
        a_least=tuple(mean_ends(before).least for _, before, _ in held),
        b_least=tuple(after.least for _, _, after in held),
        left_out=sum(bool(before) != (after is not None) for _, before, after in found),
    )
    sets_of = (([one.measured for one in before], after.measured) for _, before, after in held)
    return MatchedMeasure(paired, tuple(sets_of))


def _means(one: MatchedSet, measure: str) -> tuple[Sequence[Ends], Ends | None]:
    """Return mean values over what all calls of the set have in common (``measures``: why)."""
    before = [values for values in (by_item(call, measure) for call in one.before) if values]
    after = by_item(one.after, measure)
    common = [item for item in after if all(item in values for values in before)]
    if not before or not common:
        return (), mean_ends(after.values()) if after and before else None
    means = [mean_ends(values[item] for item in common) for values in before]
    return means, mean_ends(after[item] for item in common)
