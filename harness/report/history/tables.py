"""The tables of the history page: nightly runs, extremes, steps, costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.judging.scorers.base import Measure
from harness.report import figures
from harness.report.charts import worst_word
from harness.report.figures import texts_of
from harness.report.history import words
from harness.report.history import words as incomplete
from harness.report.history.words import Diffs
from harness.results.history.cost import Cost, together
from harness.results.history.series import Night
from harness.results.history.steps import Step, ValueStep
from harness.results.history.trend import GroupTrend, WorstScenario, flakiest, worst
from harness.results.model import Percentiles, PromptChange, Rate
from harness.results.rates import P95_FROM

LinkTo = Callable[[str], str]
"""A page inside the history folder -> its link, empty if it is not there (any more)."""

LISTED = 10
"""How many of the worst and flakiest scenarios are shown."""

MONTH = 30
"""Nights of a month."""


@dataclass(frozen=True, slots=True)
class NightRow:
    """A night of a group."""

    night: str
    href: str
    calls: str
    passed: str
    interval: str
    lacking: str
    """The part that was not judged, empty if the night is complete."""
    measured: tuple[tuple[str, str], ...]
    """Median and p95 of each measure."""
    tokens: str
    amount: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExtremeRow:
    """A row of the worst or flakiest scenarios; ``href`` leads to the call that shows it."""

    scenario: str
    group: str
    values: tuple[str, ...]
    href: str


@dataclass(frozen=True, slots=True)
class WorstTable:
    """The worst scenarios in a measure."""

    anchor: str
    title: str
    names: tuple[str, ...]
    worst: str
    """The name of its worst value."""
    rows: tuple[ExtremeRow, ...]


@dataclass(frozen=True, slots=True)
class CostRow:
    """The cost of a group: the last night, the last thirty, all.

    ``streamed`` are the minutes sent to the agent, which are those of whole calls and not of the
    caller's speech; ``spoken`` those that the agent generated.
    """

    group: str
    amounts: tuple[str, ...]
    tokens: str
    streamed: str
    spoken: str
    unpriced: str


def anchor_of(number: int) -> str:
    """Return the anchor of a group on the page, counted from 0."""
    return f"group-{number + 1}"


def run_href(night: Night, link: LinkTo) -> str:
    """Return the link to the report of a night's run."""
    entry = night.calls[0].entry
    return link(f"{entry.night}/{entry.run}/index.html")


def night_rows(
    trend: GroupTrend, costs: Sequence[Cost], currency: str, link: LinkTo
) -> tuple[NightRow, ...]:
    """Return the nights of a group, newest first."""
    changed = {one.night: one.changes for one in trend.changed}
    named = words.times(night.night for night in trend.nights)
    rows = [
        NightRow(
            night=named[night.night],
            href=run_href(night, link),
            calls=str(len(night.calls)),
            passed=words.share(rate),
            interval=figures.interval(rate),
            lacking=incomplete.of_night(night),
            measured=tuple(
                _middle_and_end(one.spreads[number], one.measure) for one in trend.measures
            ),
            tokens=f"{each.usage.tokens:,}",
            amount=figures.money(each.amount, each.least, currency),
            changes=tuple(str(change) for change in changed.get(night.night, ())),
        )
        for number, (night, rate, each) in enumerate(
            zip(trend.nights, trend.rates[0].rates, costs, strict=True)
        )
    ]
    return tuple(reversed(rows))


def _middle_and_end(spread: Percentiles, measure: Measure) -> tuple[str, str]:
    middle = _told("p50", spread, measure) if spread.count else figures.NONE
    return middle, _p95(spread, measure)


def _p95(spread: Percentiles, measure: Measure) -> str:
    if spread.p95 is not None or not spread.count:
        return figures.of_many(spread, "p95", measure.unit)
    return measure.missing if spread.count >= P95_FROM else f"withheld (n = {spread.count})"


def _told(metric: str, spread: Percentiles, measure: Measure) -> str:
    if getattr(spread, metric) is None:
        return measure.missing
    return figures.of_many(spread, metric, measure.unit)


def worst_tables(found: Sequence[GroupTrend], link: LinkTo) -> tuple[WorstTable, ...]:
    """Return, for each measure, the worst scenarios of all groups by their median."""
    by_measure: dict[str, list[WorstScenario]] = {}
    for trend in found:
        for one in worst(trend.group, trend.nights):
            by_measure.setdefault(one.measure.name, []).append(one)
    return tuple(_worst_table(some, link) for some in by_measure.values())


def _worst_table(found: Sequence[WorstScenario], link: LinkTo) -> WorstTable:
    measure = found[0].measure
    word = worst_word(measure)
    return WorstTable(
        anchor=f"worst-{measure.name}",
        title=f"{figures.sentence(word)} scenarios: {figures.label(measure.name)}",
        names=("Median", "p95", figures.sentence(word), figures.sentence(f"{measure.per}s")),
        worst=word,
        rows=tuple(
            ExtremeRow(
                scenario=one.scenario,
                group=str(one.group),
                values=(
                    *_middle_and_end(one.spread, measure),
                    _told(one.worst_metric, one.spread, measure),
                    f"{one.spread.count:,}",
                ),
                href=link(one.page),
            )
            for one in sorted(found, key=lambda one: -one.badness)[:LISTED]
        ),
    )


def flaky_rows(found: Sequence[GroupTrend], link: LinkTo) -> tuple[ExtremeRow, ...]:
    """Return the flakiest scenarios of all groups, nearest to half first."""
    all_flaky = [flaky for trend in found for flaky in flakiest(trend.group, trend.nights)]
    return tuple(
        ExtremeRow(
            scenario=flaky.scenario,
            group=str(flaky.group),
            values=(words.share(flaky.rate), figures.interval(flaky.rate), str(flaky.nights)),
            href=link(flaky.page),
        )
        for flaky in sorted(all_flaky, key=lambda flaky: _from_half(flaky.rate))[:LISTED]
    )


def _from_half(rate: Rate) -> float:
    return abs((rate.rate or 0.0) - 0.5)


def cost_rows(
    found: Sequence[GroupTrend], costs: Sequence[Sequence[Cost]], currency: str
) -> tuple[CostRow, ...]:
    """Return the cost of each group, from its ``costs`` by night.

    Groups whose calls noted no usage are left out; without prices ``currency`` is empty.
    """
    rows = []
    for trend, nights in zip(found, costs, strict=True):
        parts = [together(some) for some in (nights[-1:], nights[-MONTH:], nights)]
        amounts = (figures.money(part.amount, part.least, currency) for part in parts)
        used = parts[-1].usage
        if used.caller_s or used.agent_s or used.responses:
            rows.append(
                CostRow(
                    group=str(trend.group),
                    amounts=tuple(amounts),
                    tokens=_tokens_text(parts[-1]),
                    streamed=f"{used.caller_s / 60:,.1f}",
                    spoken=f"{used.agent_s / 60:,.1f}",
                    unpriced=", ".join(parts[-1].unpriced) if currency else "",
                )
            )
    return tuple(rows)


def _tokens_text(one: Cost) -> str:
    used = one.usage
    if not used.responses:
        return "not told by the service"
    other = f", {used.other_tokens:,} of no told kind" if used.other_tokens else ""
    cached = f"{used.cached_tokens:,} cached"
    return f"{used.input_tokens:,} in ({cached}), {used.output_tokens:,} out{other}"


# The steps of a history as rows: time, series, both levels, certainty, and changes.


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step as text; ``reasons`` are the changes of that night, empty if none is recorded."""

    night: str
    href: str
    tone: str
    series: str
    group: str
    anchor: str
    before: str
    after: str
    certainty: str
    reasons: tuple[str, ...]


def step_rows(number: int, trend: GroupTrend, link: LinkTo, diffs: Diffs) -> list[StepRow]:
    """Return the steps of a group, the ``number``-th of the page."""
    changed = {
        one.night: texts_of(one.changes, diffs.get(one.night, PromptChange()))
        for one in trend.changed
    }
    named = words.dates(night.night for night in trend.nights)
    hrefs = {night.night: run_href(night, link) for night in trend.nights}
    nights = tuple(night.night for night in trend.nights)
    found: list[tuple[Step | ValueStep, str, tuple[str, ...]]] = [
        (step, words.series(rate), rate.nights)
        for rate in (*trend.rates, *trend.scenarios)
        for step in rate.steps
    ]
    found += [
        (step, figures.label(one.measure.name), nights)
        for one in trend.measures
        for step in one.steps
    ]
    return [
        StepRow(
            night=named[nights[step.index]],
            href=hrefs[nights[step.index]],
            tone=words.tone(step),
            series=series,
            group=str(trend.group),
            anchor=anchor_of(number),
            before=words.level(step, after=False),
            after=words.level(step, after=True),
            certainty=_certainty(step, nights),
            reasons=_step_reasons(step, nights, changed),
        )
        for step, series, nights in found
    ]


def _certainty(step: Step | ValueStep, nights: Sequence[str]) -> str:
    place = words.plausible(step, nights)
    return f"{words.chance(step)}{f'; {place}' if place else ''}"


def _step_reasons(
    step: Step | ValueStep, nights: Sequence[str], changed: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """Return the changes of that night, then those of its other plausible nights."""
    night = nights[step.index]
    named = words.dates(nights)
    others = [other for other in nights[step.low : step.high + 1] if other != night]
    return (
        *changed.get(night, ()),
        *(f"{named[other]}: {reason}" for other in others for reason in changed.get(other, ())),
    )
