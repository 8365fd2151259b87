"""The comparison page as plain data: verdict, effects in a picture, flips, the prompts' diff."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import quote

from harness.compare.model import Comparison, ComparisonVerdict, Contrast, Flip, Variant
from harness.report import figures
from harness.report.compare import findings
from harness.results.prompt_diff import DiffLine, diff_lines

HEARD_PER_SCENARIO = 50
"""Pairs with a flip that get a page, per scenario: each costs 0.1 s and 60 kB, and the sound of
both calls (1.5 MB) where the runs were not made for the comparison."""

MOST_HEARD = 400
"""Pairs with a flip that get a page in all, as long as each scenario has one."""

SHOWN = 50
"""Scenarios that stand open on the page, and pairs of one row; the others are folded."""


@dataclass(frozen=True, slots=True)
class FlipGroup:
    """What one scorer changed its mind about in one scenario; links by repeat."""

    scorer: str
    lost: bool
    change: str
    """"pass → fail", "review → fail" or "fail → pass"."""
    links: tuple[tuple[str, str], ...]
    """(repeat from 1, page of the pair, empty where it has none)"""
    reason: str


@dataclass(frozen=True, slots=True)
class ScenarioFlips:
    """One scenario's flips."""

    suite: str
    scenario: str
    condition: str
    groups: tuple[FlipGroup, ...]


@dataclass(frozen=True, slots=True)
class ContrastView:
    """One agent beside the first."""

    anchor: str
    a: str
    b: str
    sentence: str
    takes: str
    """From how many repeats on what was seen would count."""
    losses: str
    """Which side lost calls, and why."""
    tone: str
    notes: tuple[str, ...]
    """The small print: what would have been found, and what to know before believing it."""
    charts: tuple[findings.EffectChart, ...]
    flips: tuple[ScenarioFlips, ...]
    unheard: str
    """Why some flips have no page, empty if all have one."""
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
    """How many scenarios, and pairs of a row, stand open."""


@dataclass(frozen=True, slots=True)
class PairPage:
    """Where the pages of pairs stand, by suite, scenario, condition and repeat."""

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
        manner=f"{_manner(comparison)} {findings.stated_rate(comparison)}",
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
        (
            findings.TONE[v]
            for v in (ComparisonVerdict.WORSE, ComparisonVerdict.BETTER)
            if v in found
        ),
        "none",
    )


def _facts(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    pairs = sum(contrast.pairs for contrast in comparison.contrasts)
    of_pairs = (("Pairs", f"{pairs:,}"), ("Repeats", str(comparison.repeats)))
    return (
        *(_sizes(comparison) if _different_callers(comparison) else of_pairs),
        ("Confidence", findings.percent(comparison.level)),
        ("Started", figures.instant(comparison.started_at)),
        ("Harness", comparison.harness_version),
    )


def _different_callers(comparison: Comparison) -> bool:
    return bool(comparison.contrasts) and not any(one.paired for one in comparison.contrasts)


def _sizes(comparison: Comparison) -> tuple[tuple[str, str], ...]:
    """Return how many calls each agent has."""
    return tuple((f"Calls of {one.key.upper()}", f"{one.counted:,}") for one in comparison.variants)


def _variant(one: Variant) -> tuple[str, str, str]:
    calls = figures.counted(one.calls, "call")
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
        tone=findings.TONE[contrast.verdict],
        notes=tuple(filter(None, (contrast.sees, *contrast.notes))),
        charts=findings.effect_charts(contrast),
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
