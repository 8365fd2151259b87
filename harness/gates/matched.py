"""A run's calls beside those of a baseline, which may have called each caller several times.

One set is a caller (suite, scenario, condition, repeat, seed): the baseline's calls of it, and the
run's. If nothing changed, the run's call might as well be any of the set, so a baseline that was
lucky is as likely as an unlucky one: its noise is in the test (``statistics.fewer_p``). What is
open (review, broken, unscorable) has not passed, on both sides alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from harness.compare.measures import CALLS, PairedMeasure, owner_of, score_of
from harness.compare.pairing import Pair
from harness.compare.statistics import Sets, fewer_p, fewest_p, larger_p
from harness.gates.quarantine import says_nothing
from harness.results.convert import CallKey, check_single, counts, key_of
from harness.results.measured import Ends, by_item, mean_ends, measures_of
from harness.results.model import CallResult
from harness.scorers.base import Outcome
from harness.scorers.measure import Better, Measure

_NOT_ASKED = Outcome.NOT_APPLICABLE.value


@dataclass(frozen=True, slots=True)
class MatchedSet:
    """The calls of one caller: the baseline's, at least one, and the run's."""

    before: tuple[CallResult, ...]
    after: CallResult


@dataclass(frozen=True, slots=True)
class MatchedMeasure:
    """What one scorer says of all sets: as pairs with the baseline's mean, and value by value."""

    measure: PairedMeasure
    sets: Sets

    def p(self, alpha: float) -> float:
        """Return how likely so much worse a run is by chance, one-sided, before Holm."""
        if self.measure.measure is None:
            return fewer_p(self.sets)
        sets = self.sets
        if self.measure.better is Better.HIGHER:
            sets = [([-value for value in before], -after) for before, after in sets]
        return larger_p(sets, alpha=alpha)

    @property
    def fewest_p(self) -> float:
        """The smallest probability that a loss in so many sets can have."""
        return fewest_p_of([before for before, _ in self.sets])


def fewest_p_of(values: Sequence[Sequence[float]]) -> float:
    """Return the smallest probability of a loss beside a baseline that passed all of these."""
    # a wait longer than all of the baseline's is as rare as a failure where all of them passed
    return fewest_p([[1.0] * len(each) for each in values])


def matched_sets(
    before: Iterable[CallResult], after: Sequence[CallResult]
) -> tuple[MatchedSet, ...]:
    """Return the sets in the order of the run; only calls that count are in them.

    Raises:
        UsageError: the run holds copies of a call.
    """
    counted = [call for call in after if counts(call)]
    check_single(counted, "the run")
    there = by_key(before)
    return tuple(
        MatchedSet(tuple(there[key_of(call)]), call) for call in counted if key_of(call) in there
    )


def by_key(calls: Iterable[CallResult]) -> dict[CallKey, list[CallResult]]:
    """Return calls of several runs, those of one caller together."""
    found: dict[CallKey, list[CallResult]] = {}
    for call in calls:
        found.setdefault(key_of(call), []).append(call)
    return found


def matched_measures(sets: Sequence[MatchedSet]) -> tuple[MatchedMeasure, ...]:
    """Return what can be compared: whole calls, scorers by name, and then what they measure."""
    runs = [one.after for one in sets]
    names = sorted({score.scorer for call in runs for score in call.scores})
    found = [_matched(CALLS, None, sets, _verdicts_of_calls)]
    found += [_matched(name, None, sets, _verdicts_of(name)) for name in names]
    found += [
        _matched(owner_of(one, runs), one, sets, partial(_means, measure=one.name))
        for one in measures_of(runs)
    ]
    return tuple(one for one in found if one.sets)


_Values = tuple[Sequence[Ends], Ends | None]


def _matched(
    scorer: str,
    measure: Measure | None,
    sets: Sequence[MatchedSet],
    values: Callable[[MatchedSet], _Values],
) -> MatchedMeasure:
    found = [(one, *values(one)) for one in sets]
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


def _verdicts_of_calls(one: MatchedSet) -> _Values:
    before = [_exact(call.passed is True) for call in one.before]
    return before, None if says_nothing(one.after) else _exact(one.after.passed is True)


def _verdicts_of(scorer: str) -> Callable[[MatchedSet], _Values]:
    def values(one: MatchedSet) -> _Values:
        before = [verdict(call, scorer) for call in one.before]
        after = verdict(one.after, scorer)
        known = [_exact(value) for value in before if value is not None]
        return known, None if after is None else _exact(after)

    return values


def _exact(value: float) -> Ends:
    return Ends(float(value), float(value))


def verdict(call: CallResult, scorer: str) -> float | None:
    """Return 1 for a pass and 0 for a fail or what is open, None where nothing was asked."""
    score = score_of(call, scorer)
    if score is None or score.outcome == _NOT_ASKED:
        return None
    return float(score.passed is True)


def _means(one: MatchedSet, measure: str) -> _Values:
    """Return mean values over what all calls of the set have in common (``measures``: why)."""
    before = [values for values in (by_item(call, measure) for call in one.before) if values]
    after = by_item(one.after, measure)
    common = [item for item in after if all(item in values for values in before)]
    if not before or not common:
        return (), mean_ends(after.values()) if after and before else None
    means = [mean_ends(values[item] for item in common) for values in before]
    return means, mean_ends(after[item] for item in common)
