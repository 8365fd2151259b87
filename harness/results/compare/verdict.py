"""Compares two runs: better, worse or no evidence, per scorer and overall, in sentences.

A difference counts if its probability after Holm stays below the requested error rate, if it is not
smaller than the noise floor (how much A, the reference, differs from itself, if known), and, for
times, if it is at least 100 ms; all this both with and without the harness's own lateness, which
may have made times longer. Anything else is no evidence: that is an answer, too, with the
difference that would have been found and the repeats that a smaller difference takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from harness.results.compare.measures import (
    ComparedMeasure,
    Pair,
    PairedMeasure,
    Pairing,
    amount,
    measures,
    score_of,
)
from harness.results.compare.noise_floor import (
    NoiseFloor,
    TwoSets,
    UnpairedMeasure,
    unpaired_measures,
)
from harness.results.compare.power import Design
from harness.results.compare.statistics import LEVEL, holm_tarone, testable
from harness.results.compare.store import ComparisonVerdict, Contrast, Finding, Flip
from harness.results.model import ScoreResult
from harness.results.rates import SHARE
from harness.results.verdicts import OPEN
from harness.text import counted

# The verdict on B compared with A in sentences: findings, repeats needed, detectable difference.

TOO_LATE_TO_TELL = (
    "cannot tell, as the harness was late itself and the difference may count or not without that; "
    "compare again with fewer calls at a time (--concurrency auto)"
)
"""Why a difference of times is no finding, and the remedy."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of A and B in sentences, and B's key among the variants."""

    a: str
    b: str
    key: str


def found(
    names: Names,
    findings: Sequence[Finding],
    *,
    pairs: int = 0,
    calls: tuple[int, int] | None = None,
) -> str:
    """Return the scorers that got worse or better, or that there is no decision, in a sentence.

    ``calls`` of A and B are those of different callers, which have no pairs.
    """
    parts = []
    for verdict in (ComparisonVerdict.WORSE, ComparisonVerdict.BETTER):
        told = [_told_effect(f) for f in findings if f.verdict is verdict]
        if told:
            parts.append(f"{verdict.value} on {joined(told)}")
    if parts:
        others = "" if calls is None else "; the callers are different ones"
        return f"{names.b} is {', but '.join(parts)} than {names.a}{others}."
    if calls is not None:
        if not all(calls):
            return f"Nothing is known of {names.b} beside {names.a}: one side has no valid call."
        in_calls = f"{calls[0]} and {calls[1]} calls of different callers"
        return f"No evidence that {names.b} differs from {names.a} in {in_calls}."
    if not pairs:
        return f"Nothing is known of {names.b} beside {names.a}: no pair of calls counts."
    return f"No evidence that {names.b} differs from {names.a} in {counted(pairs, 'pair')}."


def takes(findings: Sequence[Finding]) -> str:
    """Return how many repeats would make a difference like the observed difference count.

    It is the loss that would count first, or the gain if there is no loss. Empty if any finding is
    decided, and if no observed difference could ever count. If the harness's own lateness keeps a
    difference open, the text reports that instead, as more repeats would not help.
    """
    if any(finding.verdict is not ComparisonVerdict.NO_EVIDENCE for finding in findings):
        return ""
    if late := [_told_effect(one) for one in findings if one.reason == TOO_LATE_TO_TELL]:
        return f"On {joined(late)}: {TOO_LATE_TO_TELL}."
    seen = [
        (finding.loss < 0, finding.repeats_to_count, finding)
        for finding in findings
        if finding.repeats_to_count is not None
    ]
    if not seen:
        return ""
    gain, repeats, finding = min(seen, key=lambda one: one[:2])
    size = f"{'gain' if gain else 'loss'} of the size seen on {_told_effect(finding)}"
    return f"A {size} would count from --repeat {repeats}."


def sees(findings: Sequence[Finding], *, of: str = "pairs") -> str:
    """Return the difference that so many pairs (or calls) would find, and the need for 5 points.

    Empty if any finding is decided, as there is then less left to look for.
    """
    if any(finding.verdict is not ComparisonVerdict.NO_EVIDENCE for finding in findings):
        return ""
    shares = [f for f in findings if not f.measure]
    seeing = [f for f in shares if f.minimum_detectable is not None]
    if not seeing:
        return f"These {of} are too few to show any difference."
    blindest = max(seeing, key=lambda f: f.minimum_detectable or 0)
    seen = blindest.minimum_detectable or 0.0
    blind = [_spoken(f) for f in shares if f.minimum_detectable is None]
    start = f"For {joined(blind)} these {of} are too few to show any; a" if blind else "A"
    on = "any other scorer" if blind else "any scorer"
    least = f"least sure: {_spoken(blindest)}"
    points = amount(seen, SHARE).removeprefix("+")
    told = f"{start} difference of {points} on {on} would have been found ({least})"
    needed = blindest.repeats_needed
    if seen <= blindest.wanted_effect or needed <= blindest.repeats:
        return f"{told}."
    wanted = round(blindest.wanted_effect * 100)
    return f"{told}; to see a difference of {wanted} points takes --repeat {needed}."


def joined(parts: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _told_effect(finding: Finding) -> str:
    """Return "write confirmation (−92 points)"."""
    return f"{_spoken(finding)} ({amount(finding.difference, finding.unit)})"


def _spoken(finding: Finding) -> str:
    return f"{finding.name.replace('_', ' ')} {finding.kind or ''}".rstrip()


@dataclass(frozen=True, slots=True)
class Terms:
    """How strictly to judge: the confidence of a look, and the noise floor if it is known."""

    level: float = LEVEL
    floor: NoiseFloor | None = None


def look_level(level: float, looks: int) -> float:
    """Return the confidence of each of several looks, so that all together err as stated."""
    return 1 - (1 - level) / looks


Compared = tuple[Names, Pairing | TwoSets, tuple[str, ...]]
"""A side compared with the reference: names, pairs or two sets of calls, and notes."""


def judge(others: Sequence[Compared], terms: Terms) -> tuple[Contrast, ...]:
    """Compare each side with the reference; Holm's correction is over all measures of all sides.

    Measures that cannot become significant, as too few pairs differ, are left out (Tarone 1990).
    """
    measured: list[Sequence[PairedMeasure | UnpairedMeasure]] = [
        unpaired_measures(of) if isinstance(of, TwoSets) else measures(of.pairs)
        for _, of, _ in others
    ]
    tests = iter(_tested([one for found in measured for one in found], terms.level))
    contrasts = []
    for (names, of, notes), found in zip(others, measured, strict=True):
        findings = tuple(
            _finding(measure, test.p, design=test.design, floor=terms.floor)
            if isinstance(measure, PairedMeasure)
            else _unpaired_finding(measure, test.p, design=test.design)
            for measure, test in zip(found, tests, strict=False)  # the rest: the next ones
        )
        contrasts.append(
            _unpaired_contrast(names, of, notes, findings)
            if isinstance(of, TwoSets)
            else _contrast(names, of, notes, findings)
        )
    return tuple(contrasts)


@dataclass(frozen=True, slots=True)
class _Test:
    """A measure's probability alone and after Holm, and the design that it is judged by.

    The design counts the testable measures, and this measure even if it is not testable.
    """

    p: tuple[float, float]
    design: Design


def _tested(measured: Sequence[PairedMeasure | UnpairedMeasure], level: float) -> tuple[_Test, ...]:
    strictest = Design(level, tests=max(1, len(measured)))
    alone = [one.p(strictest) for one in measured]
    min_ps = [one.min_attainable_p for one in measured]
    can = testable(min_ps, 1 - level)
    return tuple(
        _Test((p, after), replace(strictest, tests=sum(can) + (not may)))
        for p, after, may in zip(alone, holm_tarone(alone, min_ps, 1 - level), can, strict=True)
    )


def _unpaired_contrast(
    names: Names, sets: TwoSets, notes: tuple[str, ...], findings: tuple[Finding, ...]
) -> Contrast:
    calls = (len(sets.a), len(sets.b))
    return Contrast(
        key=names.key,
        a=names.a,
        b=names.b,
        verdict=_overall(findings),
        sentence=found(names, findings, calls=calls),
        takes=takes(findings),
        sees=sees(findings, of="calls") if all(calls) else "",
        pairs=0,
        uncounted_pairs=0,
        unpaired=0,
        notes=notes,
        findings=findings,
        flips=(),
        paired=False,
        calls=calls,
    )


def _unpaired_finding(
    measure: UnpairedMeasure, p: tuple[float, float], *, design: Design
) -> Finding:
    """Return a measure of two sets judged; ``p`` is its probability alone and after Holm."""
    interval = measure.interval(design.level)
    verdict, reason = _verdict(interval.mean, measure, p[1], design=design, noise=None)
    return Finding(
        scorer=measure.scorer,
        measure=measure.measure_name,
        unit=measure.unit,
        better=measure.better,
        verdict=verdict,
        reason=reason,
        pairs=0,
        repeats=0,
        left_out=0,
        a=fmean(measure.a),
        b=fmean(measure.b),
        a_least=_least(measure.a, measure.a_least),
        b_least=_least(measure.b, measure.b_least),
        difference=interval.mean,
        median_difference=measure.median_difference,
        low=interval.low,
        high=interval.high,
        lost=0,
        gained=0,
        p=p[0],
        p_adjusted=p[1],
        noise_floor=None,
        minimum_detectable=measure.detectable(replace(design, least=measure.least)),
        wanted_effect=measure.wanted,
        repeats_needed=0,
        calls_a=len(measure.a),
        calls_b=len(measure.b),
        kind=measure.kind or None,
    )


def _contrast(
    names: Names, pairing: Pairing, notes: tuple[str, ...], findings: tuple[Finding, ...]
) -> Contrast:
    counted = [pair for pair in pairing.pairs if pair.counts]
    return Contrast(
        key=names.key,
        a=names.a,
        b=names.b,
        verdict=_overall(findings),
        sentence=found(names, findings, pairs=len(counted)),
        takes=takes(findings),
        sees=sees(findings) if counted else "",
        pairs=len(counted),
        uncounted_pairs=len(pairing.pairs) - len(counted),
        unpaired=pairing.unpaired,
        notes=notes,
        findings=findings,
        flips=tuple(flip for pair in counted for flip in _flips(pair)),
    )


def _finding(
    measure: PairedMeasure, p: tuple[float, float], *, design: Design, floor: NoiseFloor | None
) -> Finding:
    """Return a measure judged; ``p`` is its probability alone and after Holm."""
    interval, wanted = measure.interval(design.level), measure.wanted
    noise = floor.find(measure) if floor else None
    verdict, reason = _verdict(interval.mean, measure, p[1], design=design, noise=noise)
    losses = [measure.loss(difference) for difference in measure.differences]
    return Finding(
        scorer=measure.scorer,
        measure=measure.measure_name,
        unit=measure.unit,
        better=measure.better,
        verdict=verdict,
        reason=reason,
        pairs=len(measure.pairs),
        repeats=measure.repeats,
        left_out=measure.left_out,
        a=fmean(measure.a),
        b=fmean(measure.b),
        a_least=_least(measure.a, measure.a_least),
        b_least=_least(measure.b, measure.b_least),
        difference=interval.mean,
        median_difference=median(measure.differences),
        low=interval.low,
        high=interval.high,
        lost=sum(loss > 0 for loss in losses),
        gained=sum(loss < 0 for loss in losses),
        p=p[0],
        p_adjusted=p[1],
        noise_floor=noise,
        minimum_detectable=measure.detectable(design),
        wanted_effect=wanted,
        repeats_needed=measure.repeats_needed(wanted, design),
        repeats_to_count=(
            # Not if the harness was late: more repeats would not help.
            measure.repeats_to_count(design, noise)
            if verdict is ComparisonVerdict.NO_EVIDENCE and reason != TOO_LATE_TO_TELL
            else None
        ),
    )


def _verdict(
    difference: float,
    measure: ComparedMeasure,
    p_adjusted: float,
    *,
    design: Design,
    noise: float | None,
) -> tuple[ComparisonVerdict, str]:
    if p_adjusted >= 1 - design.level:
        return ComparisonVerdict.NO_EVIDENCE, "may be chance"
    if _hangs_on_us(measure, max(noise or 0.0, measure.least)):
        return ComparisonVerdict.NO_EVIDENCE, TOO_LATE_TO_TELL
    if noise is not None and abs(difference) < noise:
        return ComparisonVerdict.NO_EVIDENCE, "below the noise floor: A differs as much from itself"
    if abs(difference) < measure.least:
        # enough pairs make any millisecond significant, but a caller does not hear it
        return (
            ComparisonVerdict.NO_EVIDENCE,
            f"less than {measure.least * 1000:.0f} ms, which nobody hears",
        )
    verdict = ComparisonVerdict.WORSE if measure.loss(difference) > 0 else ComparisonVerdict.BETTER
    return verdict, "more than chance"


def _hangs_on_us(measure: ComparedMeasure, bound: float) -> bool:
    """Return whether a difference reaches a bound with the own lateness, and may not without it."""
    low, high = measure.true_losses
    # Or the reverse: if the times of A are too long, the true difference may be larger.
    return low < high and max(low, -high, 0.0) < bound <= max(high, -low)


def _least(measured: Sequence[float], least: Sequence[float]) -> float | None:
    """Return the mean of the lower bounds of values, None if they are exact."""
    return fmean(least) if tuple(least) != tuple(measured) else None


def _overall(findings: Sequence[Finding]) -> ComparisonVerdict:
    found = {finding.verdict for finding in findings}
    for verdict in (ComparisonVerdict.WORSE, ComparisonVerdict.BETTER):
        if verdict in found:
            return verdict
    return ComparisonVerdict.NO_EVIDENCE


def _was_open(before: ScoreResult, after: ScoreResult) -> bool:
    return before.outcome in OPEN and after.passed is False


def _flipped(before: ScoreResult, after: ScoreResult) -> bool:
    """Return whether a verdict is the opposite of before, or failed after being open."""
    return _was_open(before, after) or {before.passed, after.passed} == {True, False}


def _flips(pair: Pair) -> tuple[Flip, ...]:
    flips = []
    for before in pair.a.scores:
        after = score_of(pair.b, before.scorer)
        if after is None or not _flipped(before, after):
            continue
        flips.append(
            Flip(
                suite=pair.a.suite,
                scenario=pair.a.scenario,
                condition=pair.a.condition,
                repeat=pair.a.repeat,
                seed_a=pair.a.seed,
                seed_b=pair.b.seed,
                scorer=before.scorer,
                lost=after.passed is False,
                reason_a=before.reason,
                reason_b=after.reason,
                recording_a=pair.a.recording,
                recording_b=pair.b.recording,
                was_open=_was_open(before, after),
            )
        )
    return tuple(flips)
