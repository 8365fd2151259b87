"""The calls of a run next to those of a baseline, and losses that fresh calls confirm.

Verdicts: all valid calls of a scenario under a condition form a stratum, whatever their repeats and
seeds. Without a change, the passes of a scenario may be of either side, so a lucky baseline is as
likely as an unlucky baseline: its noise is in the test (``statistics.fewer_p``). Open verdicts
(review, broken, unscorable) have not passed, on both sides alike.

Values: a set is a caller (suite, scenario, condition, repeat, seed): the baseline's calls of it,
and the run's, because the caller's words decide how long an answer takes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from harness.judging.scorers.base import Better, Measure, Outcome
from harness.results.compare.measures import CALLS, Pair, PairedMeasure, owner_of, score_of
from harness.results.compare.statistics import (
    Sets,
    Stratum,
    fewer_p,
    larger_p,
    min_attainable_p,
    tarone_divisor,
)
from harness.results.gates.quarantine import says_nothing
from harness.results.model import CallResult
from harness.results.rates import (
    Ends,
    ScenarioKey,
    by_item,
    by_scenario,
    mean_ends,
    measures_of,
    scenario_key,
)
from harness.results.verdicts import CallKey, check_single, counts, is_open, key_of

_NOT_ASKED = Outcome.NOT_APPLICABLE.value


@dataclass(frozen=True, slots=True)
class ScenarioVerdicts:
    """Verdicts of a scorer, or of ``CALLS``, by scenario; A is the baseline and B the run."""

    scorer: str
    strata: Mapping[ScenarioKey, Stratum]
    left_out: int
    """Judged calls of the run in scenarios that the baseline did not judge."""

    @property
    def before(self) -> tuple[int, int]:
        """How many calls of the baseline passed, and their number."""
        strata = self.strata.values()
        return sum(one.a_passed for one in strata), sum(one.a for one in strata)

    @property
    def after(self) -> tuple[int, int]:
        """How many calls of the run passed, and their number."""
        strata = self.strata.values()
        return sum(one.b_passed for one in strata), sum(one.b for one in strata)

    @property
    def change(self) -> float:
        """The run's pass rate less the rate expected from the baseline in its scenarios."""
        return math.fsum(map(lost_calls, self.strata.values())) / -self.after[1]

    @property
    def p(self) -> float:
        """How likely a run passes so rarely by chance, one-sided, by this test alone."""
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
    """Return whether ``p`` is significant; ``of_calls`` is that of the calls that fail with it."""
    family = [p] if of_calls is None else [p, of_calls]
    return p <= VERDICTS_ALPHA / tarone_divisor(family, VERDICTS_ALPHA)


def verdict_level(found: Iterable[ScenarioVerdicts]) -> float:
    """Return the largest significant probability of a scorer, as all of these are tested."""
    return VERDICTS_ALPHA / tarone_divisor([one.min_attainable_p for one in found], VERDICTS_ALPHA)


def is_worse(one: ScenarioVerdicts, level: float, *, least: float) -> bool:
    """Return whether a loss is more than chance, and more than ``least``, which is a share."""
    return -one.change > least and one.p <= level


def lost_calls(stratum: Stratum) -> float:
    """Return how many calls fewer passed than expected from the baseline's rate."""
    return stratum.b * stratum.a_passed / stratum.a - stratum.b_passed


@dataclass(frozen=True, slots=True)
class MatchedSet:
    """The calls of a caller: the baseline's, at least 1, and the run's."""

    before: tuple[CallResult, ...]
    after: CallResult


@dataclass(frozen=True, slots=True)
class MatchedMeasure:
    """A measure of all sets: as pairs with the baseline's mean, and value by value."""

    measure: PairedMeasure
    sets: Sets

    def p(self, alpha: float) -> float:
        """Return how likely so much worse a run is by chance, one-sided, by this test alone."""
        sets = self.sets
        if self.measure.better is Better.HIGHER:  # ``larger_p`` tests for larger values
            sets = [([-value for value in before], -after) for before, after in sets]
        return larger_p(sets, alpha=alpha)

    @property
    def min_attainable_p(self) -> float:
        """The smallest probability that a loss in so many sets can have."""
        return rarest_loss([len(before) for before, _ in self.sets])


def rarest_loss(calls: Iterable[int]) -> float:
    """Return the smallest probability of a loss, for callers with so many calls in the baseline.

    A wait that is longer than all of the baseline's is as rare as a failure after only passes.
    """
    return min_attainable_p(Stratum(number, number, 1, 0) for number in calls)


def scenario_verdicts(found: Iterable[Cell]) -> tuple[ScenarioVerdicts, ...]:
    """Return the cells by scorer, in their order.

    Scorers without a verdict on a common scenario are left out.
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
    """Verdicts of a scorer, or of ``CALLS``, on a scenario; ``calls`` are those of the run."""

    scenario: ScenarioKey
    scorer: str
    before: Tally
    after: Tally
    calls: tuple[CallResult, ...]


def cells(before: Iterable[CallResult], after: Iterable[CallResult]) -> tuple[Cell, ...]:
    """Return the cells of a run by scorer, whole calls first, in the order of the run.

    They contain only valid calls, and each has a verdict of the run; the baseline may have none.

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
    """Leave out scenarios whose calls are lost if any of these scorers lost them, too."""
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
    """Return how calls ended by a scorer, or as a whole (``CALLS``), if it applied to them."""
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
    """Return calls of several runs, grouped by caller."""
    found: dict[CallKey, list[CallResult]] = {}
    for call in calls:
        found.setdefault(key_of(call), []).append(call)
    return found


def matched_measures(sets: Sequence[MatchedSet]) -> tuple[MatchedMeasure, ...]:
    """Return the measures that both sides have."""
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
    """Return mean values over the items that all calls of a set share (see ``measures._means``)."""
    before = [values for values in (by_item(call, measure) for call in one.before) if values]
    after = by_item(one.after, measure)
    common = [item for item in after if all(item in values for values in before)]
    if not before or not common:
        return (), mean_ends(after.values()) if after and before else None
    means = [mean_ends(values[item] for item in common) for values in before]
    return means, mean_ends(after[item] for item in common)


# Fresh calls that confirm losses before a run is red by them.
#
# Fresh calls, which have other seeds than those of the run, answer two questions.
#
# - A scorer is worse than chance explains (``matched.is_worse``). The scenarios that lost most by
#   it are called ``CALLS_EACH`` times. It stays worse if these fresh calls alone are worse than
#   the baseline, at 5 % over all such scorers.
# - A scenario passed all of at least ``KNOWN_CALLS`` calls of the baseline by a scorer, and at
#   least half of the run's fail. It is called up to ``MOST_CALLS`` times, and is broken if
#   ``BROKEN_FAILURES`` of them fail; two passes say that it is not.
#
# The first needs many calls to detect one scenario of many; the second detects it from one
# call, and takes few calls if no scenario is broken. ``benchmarks/gates.py`` measures both.

CALLS_EACH, MOST_SCENARIOS = 5, 10
"""How often a scenario is called for a scorer that is worse, and how many scenarios of it."""

KNOWN_CALLS, MOST_CALLS, BROKEN_FAILURES, ENOUGH_PASSES = 5, 9, 8, 2

_ALPHA = 0.05


class Answer(str, Enum):
    """The answer of fresh calls on a loss."""

    CONFIRMED = "confirmed"
    NOT_AGAIN = "not_again"
    MISSING = "missing"
    """Too few of them took place."""
    NOT_ASKED = "not_asked"
    """None was made."""


@dataclass(frozen=True, slots=True)
class Suspicions:
    """Possible losses of a run: scorers with the scenarios that lost most, and broken cells."""

    worse: Mapping[str, Mapping[ScenarioKey, Stratum]]
    broken: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class FreshCalls:
    """Results of calls that were made to confirm losses, by scorer and scenario."""

    tallies: Mapping[tuple[str, ScenarioKey], Tally]
    valid: Mapping[ScenarioKey, int]
    lost: Mapping[ScenarioKey, int]
    """Calls that are not valid."""
    made: int
    """Their number, including calls that are not valid."""

    def of(self, scorer: str, scenario: ScenarioKey) -> Tally:
        """Return how these calls ended by a scorer."""
        return self.tallies.get((scorer, scenario), Tally())


def fresh_calls(calls: Sequence[CallResult]) -> FreshCalls:
    """Return the results of these calls."""
    return FreshCalls(
        tallies={(cell.scorer, cell.scenario): cell.after for cell in cells((), calls)},
        valid=Counter(scenario_key(call) for call in calls if counts(call)),
        lost=Counter(scenario_key(call) for call in calls if not counts(call)),
        made=len(calls),
    )


def suspicions(found: Sequence[Cell], *, least: float) -> Suspicions:
    """Return possible losses of a run; ``least`` is the smallest loss of a share that matters."""
    scorers = scenario_verdicts(found)
    level = verdict_level(scorers)
    worse = {
        one.scorer: _largest_losses(one.strata)
        for one in scorers
        if is_worse(one, level, least=least)
    }
    return Suspicions(worse, without_explained([cell for cell in found if _may_be_broken(cell)]))


def _largest_losses(strata: Mapping[ScenarioKey, Stratum]) -> dict[ScenarioKey, Stratum]:
    lost = [key for key, stratum in strata.items() if lost_calls(stratum) > 0]
    lost.sort(key=lambda key: -lost_calls(strata[key]))
    return {key: strata[key] for key in lost[:MOST_SCENARIOS]}


def _may_be_broken(cell: Cell) -> bool:
    return is_known(cell.before) and 2 * cell.after.failed >= cell.after.calls


def is_known(before: Tally) -> bool:
    """Return whether a baseline has enough evidence that a scenario passes by a scorer."""
    return before.calls >= KNOWN_CALLS and before.passed == before.calls


def wanted(asked: Suspicions, fresh: FreshCalls, *, most: int) -> dict[ScenarioKey, int]:
    """Return which scenarios to call next, and how often; empty if all questions are answered.

    ``most`` is how many fresh calls there may be in all.
    """
    need: dict[ScenarioKey, int] = {}
    for scenarios in asked.worse.values():
        for key in scenarios:
            need[key] = max(0, CALLS_EACH - fresh.valid.get(key, 0))
    of_scorers = worse_again(asked, fresh)
    for cell in asked.broken:
        answer = of_scorers.get(cell.scorer, Answer.NOT_AGAIN)
        if answer is Answer.NOT_AGAIN:  # else it is red by the scorer, or may still become so
            need[cell.scenario] = max(need.get(cell.scenario, 0), _more_of(cell, fresh))
    left = most - fresh.made
    found: dict[ScenarioKey, int] = {}
    for key, number in need.items():
        if taken := min(number, left):
            found[key] = taken
            left -= taken
    return found


def _more_of(cell: Cell, fresh: FreshCalls) -> int:
    """Return how often to call a scenario next; 0 if it is known whether it is broken."""
    seen, made = fresh.of(cell.scorer, cell.scenario), fresh.valid.get(cell.scenario, 0)
    if broken_again(cell, fresh) in (Answer.CONFIRMED, Answer.NOT_AGAIN):
        return 0
    to_fail = BROKEN_FAILURES - seen.failed
    # In small steps, as ``ENOUGH_PASSES`` passes may end it before all calls are made.
    return min(MOST_CALLS - made, (to_fail + 1) // 2 if made else ENOUGH_PASSES)


def worse_again(asked: Suspicions, fresh: FreshCalls) -> dict[str, Answer]:
    """Return for each scorer that is worse whether fresh calls alone are worse, too."""
    strata = {
        scorer: [
            Stratum(one.a, one.a_passed, seen.calls, seen.passed)
            for key, one in scenarios.items()
            if (seen := fresh.of(scorer, key)).calls
        ]
        for scorer, scenarios in asked.worse.items()
    }
    level = _ALPHA / tarone_divisor([min_attainable_p(each) for each in strata.values()], _ALPHA)
    return {
        scorer: _answer(strata[scorer], level, scenarios, fresh)
        for scorer, scenarios in asked.worse.items()
    }


def confirms_broken(stratum: Stratum) -> bool:
    """Return whether fresh calls that all fail confirm a loss of a scenario by a scorer."""
    p = fewer_p([Stratum(stratum.a, stratum.a_passed, CALLS_EACH, 0)])
    # Twice, as the whole calls fail with it and are tested, too.
    return p <= _ALPHA / tarone_divisor([p, p], _ALPHA)


def _answer(
    strata: Sequence[Stratum], level: float, scenarios: Iterable[ScenarioKey], fresh: FreshCalls
) -> Answer:
    scenarios = tuple(scenarios)
    if not any(fresh.valid.get(key) or fresh.lost.get(key) for key in scenarios):
        return Answer.NOT_ASKED
    if strata and fewer_p(strata) <= level:
        return Answer.CONFIRMED
    whole = all(fresh.valid.get(key, 0) >= CALLS_EACH for key in scenarios)
    return Answer.NOT_AGAIN if whole else Answer.MISSING


def broken_again(cell: Cell, fresh: FreshCalls) -> Answer:
    """Return whether fresh calls confirm that a scenario is broken by a scorer."""
    key = cell.scenario
    seen, made = fresh.of(cell.scorer, key), fresh.valid.get(key, 0)
    if not made and not fresh.lost.get(key):
        return Answer.NOT_ASKED
    if seen.failed >= BROKEN_FAILURES:
        return Answer.CONFIRMED
    over = seen.passed >= ENOUGH_PASSES or made >= MOST_CALLS
    return Answer.NOT_AGAIN if over else Answer.MISSING
