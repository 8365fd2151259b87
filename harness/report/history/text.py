"""A history in lines for a terminal: the latest night, and when a scenario stopped working."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.report import figures
from harness.report.history import words
from harness.report.history import words as incomplete
from harness.report.history.tables import LISTED, MONTH, LinkTo
from harness.results.history.changes import BlameFinding, BlameQuestion, FoundStep, Prompts, Streak
from harness.results.history.cost import Prices, cost, together
from harness.results.history.steps import LEVEL, NIGHTS, Step, ValueStep
from harness.results.history.store import History
from harness.results.history.trend import GroupTrend, MeasureTrend, trends
from harness.results.model import AgentPrompt, prompt_change
from harness.text import counted


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
