"""How the figures of a comparison are written: levels, differences with sign, probabilities."""

from __future__ import annotations

from harness.compare.measures import amount, between
from harness.compare.model import Comparison, ComparisonVerdict, Finding
from harness.report import figures


def label(finding: Finding) -> str:
    """Return the measure for readers: "write confirmation", "time to first audio, mean"."""
    name = figures.label(finding.name)
    return f"{name}, mean" if finding.measure else name


def level(value: float, unit: str) -> str:
    """Return how one agent did: "93 %" or "1.24 s"."""
    return figures.measured(value, unit)


def difference(finding: Finding) -> str:
    """Return B - A with sign and unit."""
    return amount(finding.difference, finding.unit)


def interval(finding: Finding) -> str:
    """Return the interval of the difference: "−12 to +3 points", a dash where pairs are few."""
    if finding.low is None or finding.high is None:
        return figures.NONE
    return between(finding.low, finding.high, finding.unit)


def probability(p: float) -> str:
    """Return a probability as "0.012", small ones as "< 0.001"."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def percent(share: float) -> str:
    """Return a level or an error rate with its own digits: "5 %", "99.9 %"."""
    return f"{share * 100:.4g} %"


def stated_rate(comparison: Comparison) -> str:
    """Return how often a comparison of this kind cries wolf, in a sentence."""
    share = comparison.alpha
    said = (
        "Of comparisons of an agent with itself, at most "
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
        return "too few pairs, or too little variation, to say what would be found"
    seen = amount(finding.minimum_detectable, finding.unit).removeprefix("+")
    wanted = amount(finding.wanted_effect, finding.unit).removeprefix("+")
    if finding.repeats_needed <= finding.repeats:
        return f"would have found {seen}"
    return f"would have found {seen}; {wanted} takes --repeat {finding.repeats_needed}"
