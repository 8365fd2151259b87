"""The noise floor of an agent, and comparisons without pairs.

From the pooled calls of both halves, scenario by scenario, two halves are drawn again and again;
the floor of a measure is the difference that 95 % of such draws stay below. Differences of means
shrink with the root of the number of pairs, and a floor is scaled in the same way for another
number. It belongs to a target, a prompt and the scenarios that it was measured on.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from harness.errors import UsageError
from harness.judging.scorers.base import Measure
from harness.results.compare.measures import (
    CALLS,
    ComparedMeasure,
    Pair,
    PairedMeasure,
    measures,
    owner_of,
    score_of,
    settings_note,
)
from harness.results.compare.power import Design, detectable_means, detectable_shares
from harness.results.compare.statistics import (
    LEVEL,
    Interval,
    exchange_p,
    fisher_p,
    independent_means,
    independent_shares,
    min_exchange_p,
    min_fisher_p,
    spread,
)
from harness.results.model import CallResult, RunResults
from harness.results.rates import Ends, by_item, mean_ends, measures_of, values_of
from harness.results.reviews import overturned_text
from harness.results.verdicts import counts

FORMAT = 2
"""Version of noise floor files; format 1 had one measure, seconds to first audio."""

DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class Floor:
    """The chance difference of a measure over ``pairs`` pairs, in its unit."""

    scorer: str
    unit: str
    pairs: int
    difference: float
    measure: str = ""
    """The name of the scorer's measure; empty for its verdicts."""

    def at(self, pairs: int) -> float:
        """Return the floor for another number of pairs."""
        return self.difference * math.sqrt(self.pairs / pairs)


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """All floors of an agent; ``scenarios`` are the hashes of the scenarios measured."""

    format: int
    harness_version: str
    measured_at: str
    target: str
    target_settings: dict[str, Any]
    prompts: tuple[str, ...]
    scenarios: tuple[str, ...]
    versions: dict[str, int]
    floors: tuple[Floor, ...]

    def find(self, measure: PairedMeasure) -> float | None:
        """Return the floor of a measure at its own number of pairs, None if never measured."""
        for floor in self.floors:
            if (floor.scorer, floor.measure) == (measure.scorer, measure.measure_name):
                return floor.at(len(measure.pairs))
        return None

    def why_not(self, run: RunResults) -> str | None:
        """Return why this floor does not apply to a run of A, the reference, or None."""
        versions = {s.scorer: s.version for call in run.calls for s in call.scores}
        known = self.versions
        if (self.target, self.target_settings) != (run.target, run.target_settings):
            return "it is of another target or other settings of it"
        if not {call.scenario_hash for call in run.calls} <= set(self.scenarios):
            return "it was not measured on these scenarios"
        if not {call.prompt_hash for call in run.calls} <= set(self.prompts):
            return "it is of another prompt"
        if any(known.get(name, version) != version for name, version in versions.items()):
            return "scorers have new versions since"
        return None


def measure_floor(run: RunResults, pairs: Sequence[Pair], *, seed: int = 0) -> NoiseFloor:
    """Return the floors from pairs of calls of the same agent with different seeds."""
    return NoiseFloor(
        format=FORMAT,
        harness_version=run.harness_version,
        measured_at=run.started_at,
        target=run.target,
        target_settings=run.target_settings,
        prompts=tuple(sorted({pair.a.prompt_hash for pair in pairs})),
        scenarios=tuple(sorted({pair.a.scenario_hash for pair in pairs})),
        versions={s.scorer: s.version for pair in pairs for s in pair.a.scores},
        floors=tuple(_floor(measure, seed) for measure in measures(pairs)),
    )


def _floor(measure: PairedMeasure, seed: int) -> Floor:
    """Draw two halves of each scenario's calls ``DRAWS`` times."""
    draw = np.random.default_rng(seed)
    groups: dict[tuple[str, str, str], list[float]] = {}
    for pair, a, b in zip(measure.pairs, measure.a, measure.b, strict=True):
        groups.setdefault((pair.a.suite, pair.a.scenario, pair.a.condition), []).extend((a, b))
    totals = np.zeros(DRAWS)
    for values in groups.values():
        shuffled = draw.permuted(np.tile(values, (DRAWS, 1)), axis=1)
        half = len(values) // 2
        totals += shuffled[:, half:].sum(axis=1) - shuffled[:, :half].sum(axis=1)
    differences = np.abs(totals) / len(measure.pairs)
    found = float(np.quantile(differences, LEVEL))
    return Floor(measure.scorer, measure.unit, len(measure.pairs), found, measure.measure_name)


# Two sets of calls of different callers: rates and means of independent calls, without pairs.
#
# Two imports of real calls have no call in common, so their callers differ as well as the agent.
# The unit is the call. Values are only compared within a kind (answers with a tool call, answers
# without), because a set with more tool calls would otherwise seem slower.


@dataclass(frozen=True, slots=True)
class TwoSets:
    """The valid calls of A and of B, of different callers."""

    a: tuple[CallResult, ...]
    b: tuple[CallResult, ...]


def share_a_scenario(a: RunResults, b: RunResults) -> bool:
    """Return whether both runs have calls of a common scenario, so that they are comparable."""
    return not _scenarios(a).isdisjoint(_scenarios(b))


def _scenarios(run: RunResults) -> set[tuple[str, str]]:
    return {(call.suite, call.scenario) for call in run.calls}


def two_sets(a: RunResults, b: RunResults) -> TwoSets:
    """Return the valid calls of both runs.

    Raises:
        UsageError: scorers of different versions judged them.
    """
    sets = TwoSets(*(tuple(filter(counts, run.calls)) for run in (a, b)))
    before, after = (_versions(calls) for calls in (sets.a, sets.b))
    changed = [
        f"{name} {before[name]} → {after[name]}"
        for name in sorted(before.keys() & after.keys())
        if before[name] != after[name]
    ]
    if changed:
        raise UsageError(
            f"judged by scorers of other versions: {', '.join(changed)}; "
            "`harness score` judges the recordings of the older run again"
        )
    return sets


def _versions(calls: Iterable[CallResult]) -> dict[str, int]:
    return {score.scorer: score.version for call in calls for score in call.scores}


def unpaired_notes(a: RunResults, b: RunResults, *, other: str = "B") -> tuple[str, ...]:
    """Return the caveats of the comparison, as sentences."""
    said = [
        f"A and {other} are calls of different callers, so no call is compared with its like. "
        "A difference may come from the callers as well as from the agent."
    ]
    mixes = [_scenarios(run) for run in (a, b)]
    if mixes[0] != mixes[1]:
        both = len(mixes[0] & mixes[1])
        said.append(
            f"A has calls of {_number(mixes[0])}, {other} of {_number(mixes[1])}, "
            f"{both} of them in both: another mix of scenarios may explain a difference."
        )
    if a.clock != b.clock:
        said.append(
            f"A was called in {a.clock} time and {other} in {b.clock} time: "
            "times are not comparable."
        )
    said += settings_note(a, b, other=other)
    overturned = ((name, overturned_text(run.calls)) for name, run in (("A", a), (other, b)))
    said += [f"{name}: {told}" for name, told in overturned if told]
    return tuple(said)


def _number(scenarios: set[tuple[str, str]]) -> str:
    return f"{len(scenarios)} scenario{'s' * (len(scenarios) != 1)}"


@dataclass(frozen=True, slots=True)
class UnpairedMeasure(ComparedMeasure):
    """The results of a scorer for each call; ``kind`` is that of the values, empty for any."""

    kind: str = ""

    @property
    def median_difference(self) -> float:
        """The difference of both medians."""
        return median(self.b) - median(self.a)

    def p(self, design: Design) -> float:
        """Return how likely such a difference is by chance, before Holm."""
        if self.measure is None:
            return fisher_p(self.a, self.b)
        return exchange_p(self.a, self.b, alpha=design.alpha)

    @property
    def min_attainable_p(self) -> float:
        """The smallest probability that these calls can have by their assignment to sides."""
        least = min_fisher_p if self.measure is None else min_exchange_p
        return least(self.a, self.b)

    def interval(self, level: float = LEVEL) -> Interval:
        """Return B minus A with its interval."""
        if self.measure is None:
            return independent_shares(self.a, self.b, level=level)
        return independent_means(self.a, self.b, level=level)

    def detectable(self, design: Design) -> float | None:
        """Return the smallest true difference that these calls would find; None if unknown."""
        sizes = (len(self.a), len(self.b))
        if self.measure is None:
            # half a call that passed and half that failed: no rate seen is surely 0 or 1
            rate = (math.fsum((*self.a, *self.b)) + 0.5) / (sum(sizes) + 1)
            return detectable_shares(rate, sizes, design)
        if min(sizes) < 2:
            return None
        error = math.hypot(*(spread(side) / math.sqrt(len(side)) for side in (self.a, self.b)))
        return detectable_means(error, design)


def unpaired_measures(sets: TwoSets) -> tuple[UnpairedMeasure, ...]:
    """Return the comparable measures: whole calls, scorers by name, and then their measures.

    Measures of one side only are left out.
    """
    calls = (*sets.a, *sets.b)
    found = [_verdicts(CALLS, *(_whole(side) for side in (sets.a, sets.b)))]
    for name in sorted({score.scorer for call in calls for score in call.scores}):
        found.append(_verdicts(name, *(_passed(side, name) for side in (sets.a, sets.b))))
    for measure in measures_of(calls):
        kinds = {value.kind for call in calls for value in values_of(call, measure.name)}
        for kind in sorted(kinds):
            sides = (_means(side, measure, kind) for side in (sets.a, sets.b))
            found.append(_measured(owner_of(measure, calls), measure, kind, *sides))
    return tuple(one for one in found if one.a and one.b)


def _verdicts(scorer: str, a: Sequence[bool], b: Sequence[bool]) -> UnpairedMeasure:
    first, second = tuple(map(float, a)), tuple(map(float, b))
    return UnpairedMeasure(scorer, None, first, second, first, second)


def _whole(calls: Iterable[CallResult]) -> list[bool]:
    return [call.passed for call in calls if call.passed is not None]


def _passed(calls: Iterable[CallResult], scorer: str) -> list[bool]:
    scores = (score_of(call, scorer) for call in calls)
    return [one.passed for one in scores if one is not None and one.passed is not None]


def _measured(
    scorer: str, measure: Measure, kind: str, a: Sequence[Ends], b: Sequence[Ends]
) -> UnpairedMeasure:
    return UnpairedMeasure(
        scorer,
        measure,
        a=tuple(one.measured for one in a),
        b=tuple(one.measured for one in b),
        a_least=tuple(one.least for one in a),
        b_least=tuple(one.least for one in b),
        kind=kind,
    )


def _means(calls: Iterable[CallResult], measure: Measure, kind: str) -> list[Ends]:
    """Return the mean of each call's values of a kind; calls without values are left out."""
    items = (by_item(call, measure.name) for call in calls)
    of_kind = ([ends for (_, of, _), ends in one.items() if of == kind] for one in items)
    return [mean_ends(values) for values in of_kind if values]
