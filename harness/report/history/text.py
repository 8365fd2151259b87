"""A history in lines for a terminal: the latest night, and when a scenario stopped working."""

from __future__ import annotations

from collections.abc import Iterator

from harness.history.blame import Finding, FoundStep, Question
from harness.history.steps import LEVEL, NIGHTS
from harness.history.store import History
from harness.history.streak import Streak
from harness.history.trend import GroupTrend, trends
from harness.report import figures
from harness.report.history import words
from harness.report.history.tables import LISTED, LinkTo


def summary_lines(history: History) -> Iterator[str]:
    """Return for each group its last night and its last step."""
    if not history.entries:
        yield f"history {history.place} holds no runs yet"
    for trend in trends(history):
        yield from _group_lines(trend)


def _group_lines(trend: GroupTrend) -> Iterator[str]:
    last, latency = trend.nights[-1], trend.latency[-1]
    passed = trend.rates[0].rates[-1]
    nights = _nights(len(trend.nights))
    interval = figures.interval(passed)
    when = words.times(night.night for night in trend.nights)[last.night]
    yield (
        f"{trend.group}: {nights}, the last {when}: calls passed "
        f"{words.share(passed)}{f', 95 % interval {interval}' if interval else ''}; "
        f"median answer {figures.seconds(latency.p50)}, p95 {figures.seconds(latency.p95)}"
    )
    named = words.dates(night.night for night in trend.nights)
    failing = [rate for rate in trend.scenarios if rate.failing]
    for rate in sorted(failing, key=words.gravity, reverse=True)[:LISTED]:
        if rate.failing:
            yield f"  {words.series(rate)} {words.failing(rate.failing, named)}"
    if len(failing) > LISTED:
        yield f"  and {figures.counted(len(failing) - LISTED, 'more failing scenario')}"
    for rate in (*trend.rates, *trend.scenarios):
        for step in rate.steps[-1:]:
            yield (
                f"  {words.series(rate)} {_direction(step.down)} on "
                f"{named[rate.nights[step.index]]}: {words.share(step.before)} before, "
                f"{words.share(step.after)} after"
            )


def finding_lines(finding: Finding, question: Question, path_to: LinkTo) -> Iterator[str]:
    """Return the answer for one series; ``path_to`` says where a call's page is, if it is."""
    what = f"{question.scenario!r}, {words.scorer(question.scorer)}, {finding.group}"
    judged = f"{words.share(finding.overall)} passed in {_nights(len(finding.nights))}"
    named = words.dates(finding.nights)
    if not finding.steps:
        yield f"{what}: no evidence of a change; {judged}"
        yield from _why_not(finding)
    for found in finding.steps:
        yield (
            f"{what}: {_direction(found.step.down)} on {named[found.night]} "
            f"(night {found.number} of {len(finding.nights)}, {found.night})"
        )
        yield from _step_lines(found, finding)
        if path := path_to(found.first_failure) if found.first_failure else "":
            yield f"  hear its first failure: {path}"
    if finding.failing and finding.steps and not finding.steps[-1].step.down:
        yield from _failing_lines(finding.failing, finding)


def _why_not(finding: Finding) -> Iterator[str]:
    if finding.too_few:
        yield f"  it takes at least {2 * NIGHTS} judged nights to tell a step from chance"
    if finding.failing is not None:
        yield from _failing_lines(finding.failing, finding)


def _failing_lines(failing: Streak, finding: Finding) -> Iterator[str]:
    """Tell nights that fail at the end without evidence of a step, and what may lie behind."""
    one = failing.nights == 1
    last = "the last judged night" if one else f"the last {failing.nights} judged nights"
    if not failing.before.counted:
        yield f"  {last}: {words.share(failing.bad)}, with no judged night before to compare"
        return
    yield f"  {last}: {words.share(failing.bad)}, before: {words.share(failing.before)}"
    alone = "a single bad night is no evidence yet" if one else "cannot be told from chance yet"
    if finding.to_evidence is not None:
        more = figures.counted(finding.to_evidence, "more such night")
        alone += f"; about {more} in a row would be evidence"
    yield f"  {alone}"
    first = f"{words.dates(finding.nights)[failing.since]}"
    on = f"on {first}" if one else f"on the first of them, {first}"
    yield f"  changed {on}: {words.changed(failing.changes) or words.NOTHING_RECORDED}"


def _nights(number: int) -> str:
    return figures.counted(number, "night")


def _step_lines(found: FoundStep, finding: Finding) -> Iterator[str]:
    step = found.step
    yield f"  before: {words.share(step.before)}, 95 % interval {figures.interval(step.before)}"
    yield f"  after:  {words.share(step.after)}, 95 % interval {figures.interval(step.after)}"
    near = words.plausible(step, finding.nights) or "no other night is plausible"
    alarms = f"false alarms at most {figures.percent(LEVEL)}"
    yield f"  certainty: {words.chance(step)} ({alarms}); {near}"
    named = words.dates(finding.nights)
    since = f"since {named[found.night_before]}"
    changes = words.changed(found.changes)
    if changes:
        yield f"  changed {since}: {changes}"
    for night, others in found.nearby:
        yield f"  changed on another plausible night, {named[night]}: {words.changed(others)}"
    if not changes and not found.nearby:
        yield f"  changed: {words.NOTHING_RECORDED}"


def _direction(down: bool) -> str:
    return "got worse" if down else "got better"
