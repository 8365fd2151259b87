"""What was found of B beside A, shown: figures with sign and unit, and effects on an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.compare.measures import amount, between
from harness.compare.model import Comparison, ComparisonVerdict, Contrast, Finding
from harness.report import figures
from harness.report.charts import Mark
from harness.results.measured import SECONDS
from harness.scorers.measure import Better

TONE = {
    ComparisonVerdict.WORSE: "fail",
    ComparisonVerdict.BETTER: "pass",
    ComparisonVerdict.NO_EVIDENCE: "none",
}
_TOPS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Effect:
    """One measure: its texts, and where dot, interval and noise floor stand, in percent."""

    label: str
    tone: str
    verdict: str
    a: str
    b: str
    difference: str
    interval: str
    p: str
    pairs: str
    reason: str
    sees: str
    at: float
    low: float | None
    high: float | None
    floor_left: float
    floor_width: float


@dataclass(frozen=True, slots=True)
class EffectChart:
    """Effects of one unit on one axis, zero in the middle."""

    name: str
    worse: str
    better: str
    """What lies left and right of zero, in that order on the axis."""
    ticks: tuple[Mark, ...]
    effects: tuple[Effect, ...]


def label(finding: Finding) -> str:
    """Return the measure for readers: "write confirmation", "time to first audio, mean"."""
    name = ", ".join(filter(None, (figures.label(finding.name), finding.kind)))
    return f"{name}, mean" if finding.measure else name


def levels(finding: Finding) -> tuple[str, str]:
    """Return how A and B did: "93 %", "1.24 s", "1.24 s ± 12 ms"."""
    return (
        figures.with_ends(finding.a, finding.a_least, finding.unit),
        figures.with_ends(finding.b, finding.b_least, finding.unit),
    )


def difference(finding: Finding) -> str:
    """Return B - A with sign and unit."""
    return amount(finding.difference, finding.unit)


def interval(finding: Finding) -> str:
    """Return the interval of the difference: "−12 to +3 points", a dash where pairs are few."""
    if finding.low is None or finding.high is None:
        return figures.NONE
    return between(finding.low, finding.high, finding.unit)


def changed_first(found: Sequence[Finding]) -> list[Finding]:
    """Return findings in the order in which they are read: decided ones, then what differs most."""
    order = (ComparisonVerdict.WORSE, ComparisonVerdict.BETTER, ComparisonVerdict.NO_EVIDENCE)
    return sorted(found, key=lambda one: (order.index(one.verdict), one.p, not one.difference))


def outcome(finding: Finding) -> tuple[str, str]:
    """Return a verdict and, without one, what would have been noticed: "35 points noticed"."""
    if finding.verdict is not ComparisonVerdict.NO_EVIDENCE:
        return finding.verdict.value, ""
    word = "may be chance" if finding.difference else "no difference"
    if finding.minimum_detectable is None:
        return word, "too few to tell"
    size = amount(finding.minimum_detectable, finding.unit).removeprefix("+")
    return word, f"would see {size}"


def probability(p: float) -> str:
    """Return a probability as "0.012", small ones as "< 0.001"."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def percent(share: float) -> str:
    """Return a level or an error rate with its own digits: "5 %", "99.9 %"."""
    return f"{share * 100:.4g} %"


def stated_rate(comparison: Comparison) -> str:
    """Return how often a comparison of this kind cries wolf, in a sentence."""
    share = comparison.alpha
    alike = "" if all(one.paired for one in comparison.contrasts) else ", called by callers alike"
    said = (
        f"Of comparisons of an agent with itself{alike}, at most "
        f"{percent(comparison.error_rate)} find anything"
    )
    if comparison.earlier:
        after = ", ".join(str(look.repeats) for look in comparison.earlier)
        return (
            f"{said}: it was looked at before, after {after} repeats, which nobody had planned. "
            f"So this look is taken at {share / comparison.looks:.3g}, and the rates of all looks "
            f"are added up. With --until-decided, {percent(1 - comparison.level)} holds over all."
        )
    if comparison.looks == 1:
        return f"{said}, whatever the scorer."
    return (
        f"{said}, whatever the scorer and the look: this is look {comparison.look} of "
        f"{comparison.looks}, each taken at {share / comparison.looks:.3g}."
    )


def sees(finding: Finding) -> str:
    """Return what these pairs would have found, and what this and a smaller difference take.

    Empty where a difference was found: then there is nothing left to look for.
    """
    if finding.verdict is not ComparisonVerdict.NO_EVIDENCE:
        return ""
    told = _would_have_found(finding)
    if finding.repeats_to_count is None:
        return told
    return f"{told}; {difference(finding)}, as seen, takes --repeat {finding.repeats_to_count}"


def _would_have_found(finding: Finding) -> str:
    if finding.minimum_detectable is None:
        few = "pairs" if finding.calls_a is None else "calls"
        return f"too few {few}, or too little variation, to say what would be found"
    seen = amount(finding.minimum_detectable, finding.unit).removeprefix("+")
    wanted = amount(finding.wanted_effect, finding.unit).removeprefix("+")
    if finding.repeats_needed <= finding.repeats:
        return f"would have found {seen}"
    return f"would have found {seen}; {wanted} takes --repeat {finding.repeats_needed}"


def effect_charts(contrast: Contrast) -> tuple[EffectChart, ...]:
    """Return what was found, a chart for each axis on which it can stand together."""
    return tuple(_chart(contrast, shown) for shown in _by_axis(changed_first(contrast.findings)))


def _by_axis(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Return findings that can stand on one axis together: pass rates first, then by unit."""
    axes: dict[tuple[object, ...], list[Finding]] = {}
    for one in findings:
        axes.setdefault((bool(one.measure), one.unit, one.better), []).append(one)
    return [axes[axis] for axis in sorted(axes, key=lambda axis: bool(axis[0]))]


def _chart(contrast: Contrast, shown: Sequence[Finding]) -> EffectChart:
    unit = shown[0].unit
    reach = max(
        abs(value)
        for f in shown
        for value in (f.difference, f.low or 0, f.high or 0, f.noise_floor or 0)
    )
    top = next((top for top in _TOPS if reach <= top), reach)
    ticks = tuple(
        Mark((1 + share) * 50, amount(share * top, unit), anchor)
        for share, anchor in ((-1, "start"), (-0.5, "middle"), (0, "middle"), (0.5, "middle"),
                              (1, "end"))
    )  # fmt: skip
    name = contrast.key.upper()
    sides = (f"{name} is worse", f"{name} is better")
    left, right = sides if shown[0].better is Better.HIGHER else sides[::-1]
    title = _axis_title(shown)
    return EffectChart(title, left, right, ticks, tuple(_effect(f, top) for f in shown))


def _axis_title(shown: Sequence[Finding]) -> str:
    if not shown[0].measure:
        return "Pass rates"
    return "Times" if shown[0].unit == SECONDS else f"Measures in {shown[0].unit}"


def _effect(finding: Finding, top: float) -> Effect:
    def at(value: float | None) -> float | None:
        return None if value is None else round((1 + value / top) * 50, 2)

    floor = (finding.noise_floor or 0) / top * 50
    return Effect(
        label=label(finding),
        tone=TONE[finding.verdict],
        verdict=finding.verdict.value.replace("_", " "),
        a=levels(finding)[0],
        b=levels(finding)[1],
        difference=difference(finding),
        interval=interval(finding),
        p=probability(finding.p_adjusted),
        pairs=_pairs(finding),
        reason=finding.reason,
        sees=sees(finding),
        at=at(finding.difference) or 0.0,
        low=at(finding.low),
        high=at(finding.high),
        floor_left=round(50 - floor, 2),
        floor_width=round(2 * floor, 2),
    )


def calls_text(finding: Finding) -> str:
    """Return "12 pairs", or "20 and 22 calls" of different callers."""
    if finding.calls_a is None or finding.calls_b is None:
        return figures.counted(finding.pairs, "pair")
    return f"{finding.calls_a:,} and {finding.calls_b:,} calls"


def _pairs(finding: Finding) -> str:
    if finding.calls_a is not None:
        return calls_text(finding)
    told = figures.counted(finding.pairs, "pair")
    if not finding.measure:
        told += f", {finding.lost} lost, {finding.gained} gained"
    return told + (f", {finding.left_out} judged on one side only" if finding.left_out else "")
