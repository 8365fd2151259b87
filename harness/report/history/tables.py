"""The tables of the history page: nightly runs, extremes, steps, costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.judging.scorers.base import Measure
from harness.report import figures
from harness.report.charts import worst_word
from harness.report.figures import texts_of
from harness.report.history import text as incomplete
from harness.report.history import text as words
from harness.report.history.text import Diffs
from harness.results.history.changes import BlameFinding, BlameQuestion, FoundStep, Prompts, Streak
from harness.results.history.cost import Cost, Prices, cost, together
from harness.results.history.series import Night
from harness.results.history.steps import LEVEL, NIGHTS, Step, ValueStep
from harness.results.history.store import History
from harness.results.history.trend import (
    GroupTrend,
    MeasureTrend,
    WorstScenario,
    flakiest,
    trends,
    worst,
)
from harness.results.model import AgentPrompt, Percentiles, PromptChange, Rate, prompt_change
from harness.results.rates import P95_FROM
from harness.text import counted

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
    # Built in order of time, as the spreads and costs are.
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
        # Calls without any noted usage would show as a cost of zero.
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


# A history in lines for a terminal: the latest night, and when a scenario stopped working.


def summary_lines(history: History, prices: Prices | None) -> Iterator[str]:
    """Yield for each group its last night, its cost, its failures, and its last step."""
    if not history.entries:
        yield f"history {history.place} holds no runs yet"
    found = trends(history)
    for trend in found:
        yield from _group_lines(trend)
        yield from _cost_lines(trend, prices)
    if found and (lacking := incomplete.of_its_runs(history, found)):
        yield lacking


def _cost_lines(trend: GroupTrend, prices: Prices | None) -> Iterator[str]:
    """Return the cost of a group, or its usage if no prices are given."""
    spent = [cost(night.used(), prices) for night in trend.nights]
    last, month = spent[-1], together(spent[-MONTH:])
    if not (month.usage.caller_s or month.usage.tokens):
        return
    used = f"{last.usage.tokens:,} tokens, {last.usage.caller_s / 60:,.1f} minutes"
    if prices is None:
        yield f"  used: {used} in the last night; --prices FILE tells what that costs"
        return
    amounts = [figures.money(one.amount, one.least, prices.currency) for one in (last, month)]
    left = f"; without {', '.join(month.unpriced)} (no price)" if month.unpriced else ""
    yield f"  cost: {amounts[0]} in the last night ({used}), {amounts[1]} in the last {MONTH}{left}"


def _group_lines(trend: GroupTrend) -> Iterator[str]:
    last = trend.nights[-1]
    passed = trend.rates[0].rates[-1]
    lacking = incomplete.of_night(last)
    nights = _nights(len(trend.nights))
    interval = figures.interval(passed)
    when = words.times(night.night for night in trend.nights)[last.night]
    yield (
        f"{trend.group}: {nights}, the last {when}{', incomplete' * bool(lacking)}: calls passed "
        f"{words.share(passed)}{f', 95 % interval {interval}' if interval else ''}"
        f"{''.join(map(_last_spread, trend.measures))}"
    )
    if lacking:
        yield f"  {lacking}"
    named = words.dates(night.night for night in trend.nights)
    failing = [rate for rate in trend.scenarios if rate.failing]
    for rate in sorted(failing, key=words.gravity, reverse=True)[:LISTED]:
        if rate.failing:
            yield f"  {words.series(rate)} {words.failing(rate.failing, named)}"
    if len(failing) > LISTED:
        yield f"  and {counted(len(failing) - LISTED, 'more failing scenario')}"
    last_steps: list[tuple[str, Step | ValueStep, str]] = [
        (words.series(rate), step, rate.nights[step.index])
        for rate in (*trend.rates, *trend.scenarios)
        for step in rate.steps[-1:]
    ]
    last_steps += [
        (figures.label(one.measure.name), step, trend.nights[step.index].night)
        for one in trend.measures
        for step in one.steps[-1:]
    ]
    for series, step, night in last_steps:
        yield (
            f"  {series} {words.direction(step)} on {named[night]}: "
            f"{words.level(step, after=False)} before, {words.level(step, after=True)} after"
        )


def _last_spread(trend: MeasureTrend) -> str:
    last, unit = trend.spreads[-1], trend.measure.unit
    middle, end = (figures.of_many(last, metric, unit) for metric in ("p50", "p95"))
    told = f"median {middle}, p95 {end}"
    return f"; {figures.label(trend.measure.name)} {told}"


def finding_lines(finding: BlameFinding, question: BlameQuestion, path_to: LinkTo) -> Iterator[str]:
    """Yield the answer for a series: the fact, then its certainty and its causes.

    ``path_to`` returns the path of a call's page, if there is one.
    """
    what = f"{question.scenario!r}, {words.scorer(question.scorer)}, {finding.group}"
    fact = words.fact(finding)
    judged = f"{words.share(finding.overall)} passed in {_nights(len(finding.nights))}"
    if fact:
        yield f"{what}: {fact}"
    if not finding.steps:
        none = f"no evidence of a change; {judged}"
        yield f"  {none}" if fact else f"{what}: {none}"
        yield from _why_not(finding)
    for found in finding.steps:
        told = f"{words.direction(found.step)} on {_night(found, finding)}"
        yield f"  {told}" if fact else f"{what}: {told}"
        yield from _step_lines(found, finding)
        if path := path_to(found.first_failure) if found.first_failure else "":
            yield f"  hear its first failure: {path}"
    if finding.failing and finding.steps and not finding.steps[-1].step.down:
        yield from _failing_lines(finding.failing, finding)
    for moved in finding.measures:
        was, now = (words.level(moved.step, after=after) for after in (False, True))
        name = figures.label(moved.step.measure.name)
        yield f"  {name} {words.direction(moved.step)} on {_night(moved, finding)}"
        yield f"  from {was} to {now}"
        yield from _certainty_lines(moved, finding)


def prompt_lines(prompts: Prompts, texts: tuple[AgentPrompt, AgentPrompt] | None) -> Iterator[str]:
    """Return the difference of two prompts, or why it cannot be shown."""
    before, after = (words.date(night) for night in prompts.nights)
    if texts is None:
        yield (
            "  the prompt's text is not stored here any more: it is in the recordings of "
            f"{before} and {after}, which were removed, or lie elsewhere"
        )
        return
    change = prompt_change(*texts)
    tools = ", ".join(change.tools)
    if not change.lines:
        changed = f": {tools}" if tools else " changed"
        yield f"  the prompt's text is the same; its tools{changed}"
    else:
        more = f"; tools: {tools}" if tools else ""
        yield f"  the prompt of {before} (−) and of {after} (+){more}:"
    for line in change.lines:
        yield f"    {line.sign or ' '} {line.text}".rstrip()


def _night(found: FoundStep[Any], finding: BlameFinding) -> str:
    named = words.dates(finding.nights)[found.night]
    return f"{named} (night {found.number} of {len(finding.nights)}, {found.night})"


def _why_not(finding: BlameFinding) -> Iterator[str]:
    if finding.too_few:
        yield f"  it takes at least {2 * NIGHTS} judged nights to tell a step from chance"
    if finding.failing is not None:
        yield from _failing_lines(finding.failing, finding)


def _failing_lines(failing: Streak, finding: BlameFinding) -> Iterator[str]:
    """Yield nights that fail at the end without evidence of a step, and the possible causes."""
    one = failing.nights == 1
    last = "the last judged night" if one else f"the last {failing.nights} judged nights"
    if not failing.before.counted:
        yield f"  {last}: {words.share(failing.bad)}, with no judged night before to compare"
        return
    yield f"  {last}: {words.share(failing.bad)}, before: {words.share(failing.before)}"
    alone = "a single bad night is no evidence yet" if one else "cannot be told from chance yet"
    if finding.to_evidence is not None:
        more = counted(finding.to_evidence, "more such night")
        alone += f"; about {more} in a row would be evidence"
    yield f"  {alone}"
    first = f"{words.dates(finding.nights)[failing.since]}"
    on = f"on {first}" if one else f"on the first of them, {first}"
    yield f"  changed {on}: {words.changed(failing.changes) or words.NOTHING_RECORDED}"


def _nights(number: int) -> str:
    return counted(number, "night")


def _step_lines(found: FoundStep[Step], finding: BlameFinding) -> Iterator[str]:
    step = found.step
    yield f"  before: {words.share(step.before)}, 95 % interval {figures.interval(step.before)}"
    yield f"  after:  {words.share(step.after)}, 95 % interval {figures.interval(step.after)}"
    yield from _certainty_lines(found, finding)


def _certainty_lines(found: FoundStep[Any], finding: BlameFinding) -> Iterator[str]:
    near = words.plausible(found.step, finding.nights) or "no other night is plausible"
    alarms = f"false alarms at most {figures.percent(LEVEL)}"
    yield f"  certainty: {words.chance(found.step)} ({alarms}); {near}"
    named = words.dates(finding.nights)
    since = f"since {named[found.night_before]}"
    changes = words.changed(found.changes)
    if changes:
        yield f"  changed {since}: {changes}"
    for night, others in found.nearby:
        yield f"  changed on another plausible night, {named[night]}: {words.changed(others)}"
    if not changes and not found.nearby:
        yield f"  changed: {words.NOTHING_RECORDED}"
