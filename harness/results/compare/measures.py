"""Pairs of calls of two runs, and the paired values of scorers in them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean
from string import ascii_lowercase

from harness.errors import UsageError
from harness.judging.scorers.base import Better, Measure
from harness.results.compare.power import (
    MOST_PAIRS,
    Design,
    Pilot,
    Shares,
    Spreads,
    detectable,
    pairs_needed,
)
from harness.results.compare.statistics import (
    LEVEL,
    Interval,
    mcnemar_p,
    min_flip_p,
    paired_mean,
    paired_share,
    sign_flip_p,
)
from harness.results.model import CallResult, RunResults, ScoreResult, differing_settings
from harness.results.rates import SECONDS, SHARE, Ends, by_item, mean_ends, measures_of
from harness.results.reviews import overturned_text
from harness.results.verdicts import CallKey, check_single, counts, key_of, why_lost
from harness.text import counted

# Which call of A belongs to which call of B, and when two runs may be compared at all.

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """The same caller, once with A and once with B."""

    a: CallResult
    b: CallResult

    @property
    def counts(self) -> bool:
        """Whether both calls took place as they should."""
        return counts(self.a) and counts(self.b)


@dataclass(frozen=True, slots=True)
class Pairing:
    """Pairs in A's order; the calls left over are counted."""

    pairs: tuple[Pair, ...]
    unpaired: int


def pair_calls(a: Sequence[CallResult], b: Sequence[CallResult], *, same_seeds: bool) -> Pairing:
    """Pair by suite, scenario, condition and repeat, and with ``same_seeds`` by seed, too.

    Raises:
        UsageError: a call occurs several times: copies are no independent pairs.
    """
    for calls, what in ((a, "the first run"), (b, "the second run")):
        check_single(calls, what)
    there = {_key(call, same_seeds): call for call in b}
    pairs = tuple(
        Pair(call, there[_key(call, same_seeds)]) for call in a if _key(call, same_seeds) in there
    )
    return Pairing(pairs, len(a) + len(b) - 2 * len(pairs))


def variant_keys(number: int) -> str:
    """Return a letter for each variant, which names its folder; raises UsageError for too many."""
    if number > len(ascii_lowercase):
        raise UsageError(f"at most {len(ascii_lowercase)} agents at once, got {number}")
    return ascii_lowercase[:number]


def check_comparable(
    a: RunResults, b: RunResults, pairing: Pairing, *, again: bool, other: str = "B"
) -> None:
    """Refuse runs that differ in more than the agent, or not even in that.

    ``other`` is the name of ``b``; the first run is A.

    Raises:
        UsageError: no call in common; another test under the same name; scorers of other versions;
            or the same agent twice without ``again``.
    """
    if not pairing.pairs:
        raise UsageError(
            "the runs have no call in common (same suite, scenario, condition, repeat and seed); "
            "compare runs of the same scenarios, repeats and seeds, or give --unpaired for stored "
            "calls of different callers"
        )
    if changed := sorted({p.a.scenario for p in pairing.pairs if _test_changed(p)}):
        raise UsageError(
            f"not the same test in both runs: {_listed(changed)} changed in between "
            "(scenario_hash); make the older run again"
        )
    if versions := _versions_changed(pairing.pairs):
        raise UsageError(
            f"judged by scorers of other versions: {', '.join(versions)}; "
            "`harness score` judges the recordings of the older run again"
        )
    if not again and same_agent(a, b, pairing.pairs):
        raise the_same("A", other)


SAME_AGENT = (
    "A and {} are the same agent, told the same: what differs is chance, or a service that changed "
    "between the runs."
)
"""With the name of the other side."""


def same_agent(a: RunResults, b: RunResults, pairs: Iterable[Pair]) -> bool:
    """Return whether both runs called the same agent with the same prompt."""
    one, other = ({k: v for k, v in run.target_settings.items() if k != "target"} for run in (a, b))
    # runs of older harnesses do not contain their settings: then only the name can be compared
    same = a.fault == b.fault and one == other if one or other else a.target == b.target
    return same and all(pair.a.prompt_hash == pair.b.prompt_hash for pair in pairs)


def the_same(a: str, b: str) -> UsageError:
    """Return the refusal to compare an agent with itself by mistake."""
    return UsageError(
        f"{a} and {b} are the same agent: same target settings, same prompt; "
        "`harness compare --aa` measures how far an agent differs from itself"
    )


def notes(a: RunResults, b: RunResults, pairing: Pairing, *, other: str = "B") -> tuple[str, ...]:
    """Return the caveats of the comparison, as sentences.

    ``other`` is the name of ``b``; the first run is A.
    """
    said = []
    only = {
        name: sorted({c.scenario for c in one.calls} - {c.scenario for c in without.calls})
        for name, one, without in (("A", a, b), (other, b, a))
    }
    for name, scenarios in only.items():
        if scenarios:
            said.append(f"Only {name} has {_listed(scenarios)}; what both have is compared.")
    if pairing.unpaired and not any(only.values()):
        said.append(f"Left out, having no like in the other run: {pairing.unpaired} of all calls.")
    if a.clock != b.clock:
        said.append(
            f"A was called in {a.clock} time and {other} in {b.clock} time: "
            "times are not comparable."
        )
    prompts = any(pair.a.prompt_hash != pair.b.prompt_hash for pair in pairing.pairs)
    said += settings_note(a, b, other=other, prompts=prompts)
    for name, run in (("A", a), (other, b)):
        if overturned := overturned_text(run.calls):
            said.append(f"{name}: {overturned}")
    return tuple(said)


def settings_note(
    a: RunResults, b: RunResults, *, other: str, prompts: bool = False
) -> tuple[str, ...]:
    """Return a note on the settings (model, voice …) in which the agents differ; empty for none.

    ``prompts``: their prompts differ, too.
    """
    found = differing_settings(a.target_settings, b.target_settings)
    if not found:
        return ()
    also = ", and in the prompt: a difference may come from either" if prompts else ""
    return (f"A and {other} differ in the target's settings ({found}){also}.",)


def voices_note(a: str, b: str, *, other: str) -> tuple[str, ...]:
    """Return a note on different TTS engines of the callers; empty if equal, or if any is unknown.

    ``a`` and ``b`` are engines with their versions, as recordings name them.
    """
    if not (a and b) or a == b:
        return ()
    return (
        f"The callers of A were spoken by {a}, those of {other} by {b}: a difference may come from "
        "the callers.",
    )


def told_losses(a: RunResults, b: RunResults, pairing: Pairing | None, *, other: str = "B") -> str:
    """Return how many calls each side lost, and why; empty if none did, and none was stopped.

    ``pairing`` is None for calls of different callers.
    """
    sides = [_losses(run, name) for name, run in (("A", a), (other, b))]
    if not any(lost for lost, _ in sides):
        return ""
    told = "; ".join(told for _, told in sides)
    if pairing is None:
        return f"{told}."
    # A pair needs both calls: a call that either side lost is left out of the other, too.
    left_out = sum(not pair.counts for pair in pairing.pairs)
    return f"{told}; {left_out} of {len(pairing.pairs)} pairs left out."


def _losses(run: RunResults, name: str) -> tuple[bool, str]:
    lost = sum(not counts(call) for call in run.calls)
    told = f"{name} lost {lost or 'none'} of {counted(len(run.calls), 'call')}"
    told += f" ({why_lost(run.calls)})" if lost else ""
    return bool(lost) or run.interrupted, told + (" and was stopped" if run.interrupted else "")


def _key(call: CallResult, with_seed: bool) -> CallKey:
    suite, scenario, condition, repeat, seed = key_of(call)
    # A and A are called with different seeds, so that they differ as much as chance lets them.
    return suite, scenario, condition, repeat, seed if with_seed or call.call else 0


def _test_changed(pair: Pair) -> bool:
    return pair.a.scenario_hash != pair.b.scenario_hash


def _versions_changed(pairs: Iterable[Pair]) -> list[str]:
    changed = set()
    for pair in pairs:
        before = {score.scorer: score.version for score in pair.a.scores}
        for score in pair.b.scores:
            old = before.get(score.scorer, score.version)
            if old != score.version:
                changed.add(f"{score.scorer} {old} → {score.version}")
    return sorted(changed)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


CALLS = "calls"
"""The name for the verdicts on whole calls, in place of a scorer's."""

LEAST = {SECONDS: 0.1}
"""Differences up to these are no finding of a comparison: less than 100 ms is inaudible."""

WANTED = {SHARE: 0.05, SECONDS: 0.2}
"""The difference that a reader wants to detect: 5 points, or twice the audible 100 ms."""

_WANTED_PART = 0.1
"""For a measure in a unit of its own: a tenth of A's value."""

Sides = tuple[Ends | None, Ends | None]
"""The values of A and B in a pair; None if there is no value to compare."""


@dataclass(frozen=True, slots=True)
class ComparedMeasure:
    """The results of a scorer for the calls of both sides.

    Without a ``measure`` these are its verdicts: 1 for a pass and 0 for a fail. Of a measure they
    are a call's mean values. ``a_least`` and ``b_least`` are their lower bounds, as the harness's
    own lateness may have made times longer.
    """

    scorer: str
    measure: Measure | None
    a: tuple[float, ...]
    b: tuple[float, ...]
    a_least: tuple[float, ...]
    b_least: tuple[float, ...]

    @property
    def measure_name(self) -> str:
        """The measure's name, empty for verdicts."""
        return "" if self.measure is None else self.measure.name

    @property
    def unit(self) -> str:
        """The unit of its values and differences."""
        return SHARE if self.measure is None else self.measure.unit

    @property
    def better(self) -> Better:
        """The direction of better values: more passes, or as the measure declares."""
        return Better.HIGHER if self.measure is None else self.measure.better

    @property
    def least(self) -> float:
        """The difference that a finding must reach."""
        return LEAST.get(self.unit, 0.0)

    @property
    def wanted(self) -> float:
        """The difference that a reader wants to detect."""
        return WANTED.get(self.unit, _WANTED_PART * abs(fmean(self.a)) or _WANTED_PART)

    @property
    def true_losses(self) -> tuple[float, float]:
        """The bounds of the true mean loss of these pairs; equal if the times are exact."""
        a, b, a_least, b_least = map(fmean, (self.a, self.b, self.a_least, self.b_least))
        low, high = sorted((self.loss(b_least - a), self.loss(b - a_least)))
        return low, high

    def loss(self, difference: float) -> float:
        """Return how far a difference is to B's disadvantage: fewer passes, longer waits."""
        return -difference if self.better is Better.HIGHER else difference


@dataclass(frozen=True, slots=True)
class PairedMeasure(ComparedMeasure):
    """The results of a scorer for all pairs judged on both sides; ``a`` and ``b`` in step.

    Of a measure they are a call's mean values of the items that both calls share. ``left_out``
    counts pairs judged on one side only, which carry no information.
    """

    pairs: tuple[Pair, ...]
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
        if self.measure is None:
            return mcnemar_p(self.signs)
        return sign_flip_p(self.differences, alpha=design.alpha)

    @property
    def min_attainable_p(self) -> float:
        """The smallest probability that these differences can have by their signs."""
        return min_flip_p(self.signs if self.measure is None else self.differences)

    def interval(self, level: float = LEVEL) -> Interval:
        """Return the mean of B minus A with its interval."""
        if self.measure is None and all(d == round(d) for d in self.differences):
            return paired_share(self.signs, level=level)
        return paired_mean(self.differences, level=level)

    def detectable(self, design: Design) -> float | None:
        """Return the smallest true difference that these pairs would find; None if unknown."""
        return detectable(self._pilot, len(self.pairs), self._judged(design))

    def pairs_needed(self, effect: float, design: Design) -> int:
        """Return how many pairs would find a true difference of this size; 0 asks for any."""
        return pairs_needed(self._pilot, effect, self._judged(design))

    def repeats_needed(self, effect: float, design: Design) -> int:
        """Return how many repeats make so many pairs, with as many pairs per repeat as now."""
        return self._repeats_of(self.pairs_needed(effect, design))

    def repeats_to_count(self, design: Design, noise: float | None) -> int | None:
        """Return how many repeats would find a true difference like the observed difference.

        ``noise`` is the noise floor of these pairs. None if no pair differed, if no number of
        pairs finds so small a difference, and if there is only one pair of waits.
        """
        size = abs(fmean(self.differences))
        if size <= self.least or (self.measure is not None and len(self.pairs) == 1):
            return None
        pairs = self.pairs_needed(size, design)
        if pairs > MOST_PAIRS:
            return None
        # The noise floor shrinks with the root of the number of pairs.
        above_noise = math.ceil(len(self.pairs) * ((noise or 0.0) / size) ** 2)
        return self._repeats_of(max(pairs, above_noise))

    def _repeats_of(self, pairs: int) -> int:
        return math.ceil(pairs * self.repeats / len(self.pairs))

    @property
    def _pilot(self) -> Pilot:
        if self.measure is None:
            return Shares.seen(self.a, self.b)
        return Spreads.seen(self.differences)

    def _judged(self, design: Design) -> Design:
        """Return the design with the effect that a finding in this unit must exceed."""
        return design if design.least else replace(design, least=self.least)


def measures(pairs: Sequence[Pair]) -> tuple[PairedMeasure, ...]:
    """Return the comparable measures, scorers by name and then their measures.

    Only pairs of two valid calls are used; a scorer that never judged both sides of a pair is left
    out.
    """
    counted = [pair for pair in pairs if pair.counts]
    calls = [call for pair in counted for call in (pair.a, pair.b)]
    names = sorted({score.scorer for call in calls for score in call.scores})
    found = [_paired(name, None, counted, partial(_passes, scorer=name)) for name in names]
    found += [
        _paired(owner_of(one, calls), one, counted, partial(_means, measure=one.name))
        for one in measures_of(calls)
    ]
    return tuple(one for one in found if one.pairs)


def owner_of(measure: Measure, calls: Iterable[CallResult]) -> str:
    """Return the scorer that gave a measure."""
    scores = (score for call in calls for score in call.scores)
    return next(
        s.scorer for s in scores if any(m.measure.name == measure.name for m in s.measurements)
    )


def amount(difference: float, unit: str) -> str:
    """Return a difference with its sign: "−12 points", "+0.31 s"; a 0 has no sign."""
    return f"{_signed(difference, unit, _decimals(difference, unit))} {_noun(unit)}"


def between(low: float, high: float, unit: str) -> str:
    """Return the bounds of a difference: "−12 to +3 points"."""
    # The same number for both, so that both seem equally exact.
    decimals = max(_decimals(low, unit), _decimals(high, unit))
    first, last = (_signed(bound, unit, decimals) for bound in (low, high))
    return f"{first} to {last} {_noun(unit)}"


def _noun(unit: str) -> str:
    return "points" if unit == SHARE else unit


def _decimals(difference: float, unit: str) -> int:
    """Return how many decimals distinguish a difference from 0 and from its neighbours."""
    if unit == SHARE:
        points = abs(difference) * 100
        return 1 if points < 9.95 and round(points, 1) % 1 else 0
    return 3 if 0 < round(abs(difference), 3) < 0.01 else 2


def _signed(difference: float, unit: str, decimals: int) -> str:
    shown = f"{abs(difference) * (100 if unit == SHARE else 1):.{decimals}f}"
    sign = "±" if not float(shown) else "−" if difference < 0 else "+"
    return f"{sign}{shown}"


def score_of(call: CallResult, scorer: str) -> ScoreResult | None:
    """Return a scorer's verdict on a call, if it gave one."""
    return next((score for score in call.scores if score.scorer == scorer), None)


def _paired(
    scorer: str, measure: Measure | None, pairs: Sequence[Pair], sides: Callable[[Pair], Sides]
) -> PairedMeasure:
    both: list[tuple[Pair, Ends, Ends]] = []
    left_out = 0
    for pair in pairs:
        a, b = sides(pair)
        if a is not None and b is not None:
            both.append((pair, a, b))
        elif a is not None or b is not None:
            left_out += 1
    return PairedMeasure(
        scorer=scorer,
        measure=measure,
        pairs=tuple(pair for pair, _, _ in both),
        a=tuple(a.measured for _, a, _ in both),
        b=tuple(b.measured for _, _, b in both),
        a_least=tuple(a.least for _, a, _ in both),
        b_least=tuple(b.least for _, _, b in both),
        left_out=left_out,
    )


def _passes(pair: Pair, scorer: str) -> Sides:
    a, b = (score_of(call, scorer) for call in (pair.a, pair.b))
    return _passed(a), _passed(b)


def _passed(score: ScoreResult | None) -> Ends | None:
    if score is None or score.passed is None:
        return None
    return Ends(float(score.passed), float(score.passed))


def _means(pair: Pair, measure: str) -> Sides:
    """Return the mean values of both calls over the items that they share.

    Only answers to the same words of the caller are compared, and of those only with a tool call on
    both sides, or on neither (``MeasuredValue``).
    """
    # Another prompt makes another conversation: with an additional question, the mean over all
    # turns would fall although the agent is no quicker.
    a, b = (by_item(call, measure) for call in (pair.a, pair.b))
    common = [item for item in a if item in b]
    if common:
        return mean_ends(a[item] for item in common), mean_ends(b[item] for item in common)
    return (mean_ends(a.values()) if a else None), None
