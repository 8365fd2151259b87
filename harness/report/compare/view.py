"""The comparison page as plain data: verdict, effects, changed calls, prompt difference."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from harness.judging.scorers.base import Better
from harness.report import figures
from harness.report.charts import Tick
from harness.results.compare.measures import amount, between
from harness.results.compare.store import (
    Comparison,
    ComparisonVerdict,
    Contrast,
    Finding,
    Flip,
    Variant,
)
from harness.results.model import DiffLine, diff_lines
from harness.results.rates import SECONDS
from harness.text import counted

# The findings on B compared with A: figures with sign and unit, and effects on an axis.

TONE = {
    ComparisonVerdict.WORSE: "fail",
    ComparisonVerdict.BETTER: "pass",
    ComparisonVerdict.NO_EVIDENCE: "none",
}
_TOPS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Effect:
    """A measure: its texts, and the positions of dot, interval and noise floor, in percent."""

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
    """Effects of the same unit on a shared axis, zero in the middle."""

    name: str
    worse: str
    better: str
    """Which agent is better on the left and on the right of zero, in that order."""
    ticks: tuple[Tick, ...]
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
    """Return the interval of the difference: "−12 to +3 points", a dash if pairs are few."""
    if finding.low is None or finding.high is None:
        return figures.NONE
    return between(finding.low, finding.high, finding.unit)


def changed_first(found: Sequence[Finding]) -> list[Finding]:
    """Return findings in reading order: decided findings, then the largest differences."""
    order = (ComparisonVerdict.WORSE, ComparisonVerdict.BETTER, ComparisonVerdict.NO_EVIDENCE)
    # A difference of 0 goes after all others of the same probability.
    return sorted(found, key=lambda one: (order.index(one.verdict), one.p, not one.difference))


def outcome(finding: Finding) -> tuple[str, str]:
    """Return a verdict and, without a verdict, the detectable difference: "35 points noticed"."""
    if finding.verdict is not ComparisonVerdict.NO_EVIDENCE:
        return finding.verdict.value, ""
    word = "may be chance" if finding.difference else "no difference"
    if finding.minimum_detectable is None:
        return word, "too few to tell"
    # A detectable difference has no direction.
    size = amount(finding.minimum_detectable, finding.unit).removeprefix("+")
    return word, f"would see {size}"


def probability(p: float) -> str:
    """Return a probability as "0.012", small ones as "< 0.001"."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def percent(share: float) -> str:
    """Return a level or an error rate with its own digits: "5 %", "99.9 %"."""
    return f"{share * 100:.4g} %"


def stated_rate(comparison: Comparison) -> str:
    """Return the false alarm rate of a comparison of this kind, in a sentence."""
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
    """Return the smallest difference that would have been found, and the repeats for smaller ones.

    Empty if a difference was found: then no larger sample is needed.
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
    """Return the findings as charts, a chart for each axis that they can share."""
    return tuple(_chart(contrast, shown) for shown in _by_axis(changed_first(contrast.findings)))


def _by_axis(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Return findings grouped by a common axis: pass rates first, then by unit."""
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
    # A round end for the axis; beyond the largest the reach itself, so that no interval is cut.
    top = next((top for top in _TOPS if reach <= top), reach)
    ticks = tuple(
        Tick((1 + share) * 50, amount(share * top, unit), anchor)
        for share, anchor in ((-1, "start"), (-0.5, "middle"), (0, "middle"), (0.5, "middle"),
                              (1, "end"))
    )  # fmt: skip
    name = contrast.key.upper()
    sides = (f"{name} is worse", f"{name} is better")
    # Zero is in the middle, so the sides mean the opposite for a measure whose low values are
    # good.
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
        return counted(finding.pairs, "pair")
    return f"{finding.calls_a:,} and {finding.calls_b:,} calls"


def _pairs(finding: Finding) -> str:
    if finding.calls_a is not None:
        return calls_text(finding)
    told = counted(finding.pairs, "pair")
    if not finding.measure:
        told += f", {finding.lost} lost, {finding.gained} gained"
    return told + (f", {finding.left_out} judged on one side only" if finding.left_out else "")


HEARD_PER_SCENARIO = 50
"""Pairs with a flip that get a page, per scenario: each costs 0.1 s and 60 kB, and the audio of
both calls (1.5 MB) if the runs were not made for the comparison."""

MOST_HEARD = 400
"""Pairs with a flip that get a page in all, as long as each scenario has a page."""

SHOWN = 50
"""Scenarios that are open on the page, and pairs of a row; the others are folded."""


@dataclass(frozen=True, slots=True)
class FlipGroup:
    """Changed verdicts of a scorer in a scenario; links by repeat."""

    scorer: str
    lost: bool
    change: str
    """"pass → fail", "review → fail" or "fail → pass"."""
    links: tuple[tuple[str, str], ...]
    """(repeat from 1, page of the pair, empty if it has no page)"""
    reason: str


@dataclass(frozen=True, slots=True)
class ScenarioFlips:
    """The flips of a scenario."""

    suite: str
    scenario: str
    condition: str
    groups: tuple[FlipGroup, ...]


@dataclass(frozen=True, slots=True)
class ContrastView:
    """An agent compared with the first."""

    anchor: str
    a: str
    b: str
    sentence: str
    takes: str
    """The number of repeats from which the observed difference would count."""
    losses: str
    """Which side lost calls, and why."""
    tone: str
    notes: tuple[str, ...]
    """The small print: detectable differences, and caveats."""
    charts: tuple[EffectChart, ...]
    flips: tuple[ScenarioFlips, ...]
    unheard: str
    """Why some flips have no page, empty if all have a page."""
    paired: bool
    """Whether the calls are compared pair by pair."""
    reports: tuple[tuple[str, str], ...]
    """(name, its own report) of both agents."""
    examples: tuple[tuple[str, str], ...]
    """(text, page) of pairs to listen to that hold no flip."""
    diff: tuple[DiffLine, ...]
    told: bool
    """Whether the prompt of either is known: stored calls may have none."""


@dataclass(frozen=True, slots=True)
class ComparePage:
    """Everything that the comparison's template shows."""

    title: str
    tone: str
    sentences: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    variants: tuple[tuple[str, str, str], ...]
    """(name, target and counts, its own report)"""
    contrasts: tuple[ContrastView, ...]
    manner: str
    """How the calls were made, and how often such a comparison errs."""
    shown: int = SHOWN
    """How many scenarios, and pairs of a row, are open."""


@dataclass(frozen=True, slots=True)
class PairPage:
    """The page of a pair, by suite, scenario, condition and repeat."""

    suite: str
    scenario: str
    condition: str
    repeat: int
    href: str
    flipped: bool


def compare_page(
    comparison: Comparison, pages: Sequence[Sequence[PairPage]], *, title: str
) -> ComparePage:
    """Return the page; ``pages`` are those of each contrast's pairs."""
    by_key = {one.key: one for one in comparison.variants}
    first = comparison.variants[0]
    return ComparePage(
        title=title,
        tone=_tone(comparison.contrasts),
        sentences=tuple(contrast.sentence for contrast in comparison.contrasts)
        or ("Nothing was compared yet.",),
        facts=_facts(comparison),
        variants=tuple(_variant(one) for one in comparison.variants),
        contrasts=tuple(
            _contrast(contrast, links, first, by_key[contrast.key])
            for contrast, links in zip(comparison.contrasts, pages, strict=True)
        ),
        manner=f"{_manner(comparison)} {stated_rate(comparison)}",
    )


def heard_per_scenario(contrast: Contrast) -> int:
    """Return how many changed pairs of a scenario get a page of their own."""
    scenarios = {(flip.suite, flip.scenario, flip.condition) for flip in contrast.flips}
    return max(1, min(HEARD_PER_SCENARIO, MOST_HEARD // max(1, len(scenarios))))


def _manner(comparison: Comparison) -> str:
    if comparison.aa:
        return "One agent called twice, with other seeds the second time."
    if _different_callers(comparison):
        return "Finished runs of different callers; rates and means of all their calls are judged."
    if all(one.own for one in comparison.variants):
        return "Same callers and seeds for all, called in turn; differences are judged by pairs."
    return (
        "Finished runs; their calls are paired by scenario, repeat and seed, and judged by pairs."
    )


def _tone(contrasts: Iterable[Contrast]) -> str:
    found = {contrast.verdict for contrast in contrasts}
    return next(
        (TONE[v] for v in (ComparisonVerdict.WORSE, ComparisonVerdict.BETTER) if v in found),
        "none",
    )


def _facts(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    pairs = sum(contrast.pairs for contrast in comparison.contrasts)
    of_pairs = (("Pairs", f"{pairs:,}"), ("Repeats", str(comparison.repeats)))
    return (
        *(_sizes(comparison) if _different_callers(comparison) else of_pairs),
        ("Confidence", percent(comparison.level)),
        ("Started", figures.instant(comparison.started_at)),
        ("Harness", comparison.harness_version),
    )


def _different_callers(comparison: Comparison) -> bool:
    return bool(comparison.contrasts) and not any(one.paired for one in comparison.contrasts)


def _sizes(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Return how many calls each agent has."""
    return tuple((f"Calls of {one.key.upper()}", f"{one.counted:,}") for one in comparison.variants)


def _variant(one: Variant) -> tuple[str, str, str]:
    calls = counted(one.calls, "call")
    beside = f", {one.calls - one.counted} of them do not count" * (one.counted < one.calls)
    name = f"{one.key.upper()}: {one.name}"
    return name, f"{one.target}, {calls}{beside}", f"{quote(one.run)}/index.html"


def _contrast(
    contrast: Contrast, pages: Sequence[PairPage], first: Variant, other: Variant
) -> ContrastView:
    flips = _flips(contrast.flips, pages)
    bare = any(not href for row in flips for group in row.groups for _, href in group.links)
    return ContrastView(
        anchor=other.key,
        a=contrast.a,
        b=contrast.b,
        sentence=contrast.sentence,
        takes=contrast.takes,
        losses=contrast.losses,
        tone=TONE[contrast.verdict],
        notes=tuple(filter(None, (contrast.sees, *contrast.notes))),
        charts=effect_charts(contrast),
        flips=flips,
        unheard=_unheard(contrast) if bare else "",
        paired=contrast.paired,
        reports=tuple((name, href) for name, _, href in map(_variant, (first, other))),
        examples=tuple(
            (f"{figures.under(page.scenario, page.condition)}, repeat {page.repeat + 1}", page.href)
            for page in pages
            if not page.flipped
        ),
        diff=diff_lines(first.prompt, other.prompt),
        told=bool(first.prompt or other.prompt),
    )


def _unheard(contrast: Contrast) -> str:
    heard = heard_per_scenario(contrast)
    first = (
        "changed pair of a scenario has a page of its own"
        if heard == 1
        else f"{heard} changed pairs of a scenario have a page of their own"
    )
    return (
        f"Only the first {first}. Both calls of each other pair can be heard in the agents' own "
        "reports, under the scenario and the repeat with the pair's number:"
    )


def _flips(flips: Sequence[Flip], pages: Sequence[PairPage]) -> tuple[ScenarioFlips, ...]:
    # Only some pairs have a page; the others are listed without a link.
    hrefs = {(page.suite, page.scenario, page.condition, page.repeat): page.href for page in pages}

    def scenario(flip: Flip) -> tuple[str, str, str]:
        return flip.suite, flip.scenario, flip.condition

    def kind(flip: Flip) -> tuple[str, bool, bool]:
        return flip.scorer, not flip.lost, flip.was_open

    return tuple(
        ScenarioFlips(
            *name,
            groups=tuple(
                _flip_group(list(group), hrefs)
                for _, group in groupby(sorted(of_scenario, key=kind), key=kind)
            ),
        )
        for name, of_scenario in groupby(sorted(flips, key=scenario), key=scenario)
    )


def _flip_group(flips: Sequence[Flip], hrefs: dict[tuple[str, str, str, int], str]) -> FlipGroup:
    first = flips[0]
    return FlipGroup(
        scorer=first.scorer,
        lost=first.lost,
        change="review → fail"
        if first.was_open
        else "pass → fail"
        if first.lost
        else "fail → pass",
        links=tuple(
            (str(f.repeat + 1), hrefs.get((f.suite, f.scenario, f.condition, f.repeat), ""))
            for f in flips
        ),
        reason=first.reason_b if first.lost else first.reason_a,
    )
