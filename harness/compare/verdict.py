"""Two runs into a verdict: better, worse or no evidence, per scorer and in one sentence.

A difference counts when its probability after Holm stays below the error rate asked for, when it is
not smaller than what A, the reference, differs from itself (the noise floor, where one is known),
and, of waits, when it is at least 100 ms. Anything else is no evidence: that is an answer, with the
difference that would have been found and the repeats that a smaller one takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from harness.compare.measures import (
    LEAST,
    SECONDS,
    SHARE,
    Measure,
    amount,
    measures,
    score_of,
)
from harness.compare.model import ComparisonVerdict, Contrast, Finding, Flip
from harness.compare.noise_floor import NoiseFloor
from harness.compare.pairing import Pair, Pairing
from harness.compare.power import Design
from harness.compare.statistics import LEVEL, holm

WANTED = {SHARE: 0.05, SECONDS: 0.2}
"""The difference that a reader wants to be able to see: 5 points, twice what anybody hears."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How strictly to judge: the confidence of one look, and the noise floor where it is known."""

    level: float = LEVEL
    floor: NoiseFloor | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What A and B are called in sentences, and B's key among the variants."""

    a: str
    b: str
    key: str


def look_level(level: float, looks: int) -> float:
    """Return the confidence of each of several looks, so that all together err as stated."""
    return 1 - (1 - level) / looks


def judge(
    others: Sequence[tuple[Names, Pairing, tuple[str, ...]]], terms: Terms
) -> tuple[Contrast, ...]:
    """Hold each other against the reference; Holm goes over all measures of all of them."""
    measured = [measures(pairing.pairs) for _, pairing, _ in others]
    design = Design(terms.level, tests=max(1, sum(len(found) for found in measured)))
    alone = [[m.p(design) for m in found] for found in measured]
    adjusted = iter(holm([p for ps in alone for p in ps]))
    contrasts = []
    for (names, pairing, notes), found, ps in zip(others, measured, alone, strict=True):
        findings = tuple(
            _finding(measure, (p, next(adjusted)), design=design, floor=terms.floor)
            for measure, p in zip(found, ps, strict=True)
        )
        contrasts.append(_contrast(names, pairing, notes, findings))
    return tuple(contrasts)


def _contrast(
    names: Names, pairing: Pairing, notes: tuple[str, ...], findings: tuple[Finding, ...]
) -> Contrast:
    counted = [pair for pair in pairing.pairs if pair.counts]
    return Contrast(
        key=names.key,
        a=names.a,
        b=names.b,
        verdict=_overall(findings),
        sentence=sentence(names, findings, pairs=len(counted)),
        pairs=len(counted),
        uncounted_pairs=len(pairing.pairs) - len(counted),
        unpaired=pairing.unpaired,
        notes=notes,
        findings=findings,
        flips=tuple(flip for pair in counted for flip in _flips(pair)),
    )


def _finding(
    measure: Measure, p: tuple[float, float], *, design: Design, floor: NoiseFloor | None
) -> Finding:
    """Return a measure judged; ``p`` is its probability alone and after Holm."""
    interval, wanted = measure.interval(design.level), WANTED[measure.unit]
    noise = floor.find(measure) if floor else None
    verdict, reason = _verdict(interval.mean, measure, p[1], design=design, noise=noise)
    losses = [measure.loss(difference) for difference in measure.differences]
    return Finding(
        scorer=measure.scorer,
        unit=measure.unit,
        verdict=verdict,
        reason=reason,
        pairs=len(measure.pairs),
        repeats=measure.repeats,
        left_out=measure.left_out,
        a=fmean(measure.a),
        b=fmean(measure.b),
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
    )


def _verdict(
    difference: float, measure: Measure, p_adjusted: float, *, design: Design, noise: float | None
) -> tuple[ComparisonVerdict, str]:
    if p_adjusted >= 1 - design.level:
        return ComparisonVerdict.NO_EVIDENCE, "may be chance"
    if noise is not None and abs(difference) < noise:
        return ComparisonVerdict.NO_EVIDENCE, "below the noise floor: A differs as much from itself"
    if abs(difference) < LEAST[measure.unit]:
        # enough pairs make any millisecond certain; nobody hears it
        return (
            ComparisonVerdict.NO_EVIDENCE,
            f"less than {LEAST[SECONDS] * 1000:.0f} ms, which nobody hears",
        )
    verdict = ComparisonVerdict.WORSE if measure.loss(difference) > 0 else ComparisonVerdict.BETTER
    return verdict, "more than chance"


def _overall(findings: Sequence[Finding]) -> ComparisonVerdict:
    found = {finding.verdict for finding in findings}
    for verdict in (ComparisonVerdict.WORSE, ComparisonVerdict.BETTER):
        if verdict in found:
            return verdict
    return ComparisonVerdict.NO_EVIDENCE


def _flips(pair: Pair) -> tuple[Flip, ...]:
    flips = []
    for before in pair.a.scores:
        after = score_of(pair.b, before.scorer)
        if after is None or {before.passed, after.passed} != {True, False}:
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
                lost=bool(before.passed),
                reason_a=before.reason,
                reason_b=after.reason,
                recording_a=pair.a.recording,
                recording_b=pair.b.recording,
            )
        )
    return tuple(flips)


def sentence(names: Names, findings: Sequence[Finding], *, pairs: int) -> str:
    """Return what was found in one sentence, or in two where a smaller difference may hide."""
    parts = []
    for verdict in (ComparisonVerdict.WORSE, ComparisonVerdict.BETTER):
        told = [_told_effect(f) for f in findings if f.verdict is verdict]
        if told:
            parts.append(f"{verdict.value} on {joined(told)}")
    if parts:
        return f"{names.b} is {', but '.join(parts)} than {names.a}."
    return f"No evidence that {names.b} differs from {names.a} in {pairs} pairs.{_hidden(findings)}"


def joined(parts: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _told_effect(finding: Finding) -> str:
    """Return "write confirmation (−92 points)"."""
    return f"{_spoken(finding)} ({amount(finding.difference, finding.unit)})"


def _spoken(finding: Finding) -> str:
    return finding.scorer.replace("_", " ")


def _hidden(findings: Sequence[Finding]) -> str:
    """Return what these pairs could not have shown, and what it would take."""
    shares = [f for f in findings if f.unit == SHARE]
    seeing = [f for f in shares if f.minimum_detectable is not None]
    if not seeing:
        return " They are too few to show any."
    blindest = max(seeing, key=lambda f: f.minimum_detectable or 0)
    seen = blindest.minimum_detectable or 0.0
    blind = [_spoken(f) for f in shares if f.minimum_detectable is None]
    start = f" For {joined(blind)} they are too few to show any; a" if blind else " A"
    on = "any other scorer" if blind else "any scorer"
    least = f"least sure: {_spoken(blindest)}"
    points = amount(seen, SHARE).removeprefix("+")
    found = f"{start} difference of {points} on {on} would have been found ({least})"
    needed = blindest.repeats_needed
    if seen <= blindest.wanted_effect or needed <= blindest.repeats:
        return f"{found}."
    wanted = round(blindest.wanted_effect * 100)
    return f"{found}; to see a difference of {wanted} points takes --repeat {needed}."
