"""A history in lines for a terminal: the latest night, and when a scenario stopped working."""

from __future__ import annotations

from collections.abc import Iterator

from harness.history.blame import Finding, FoundStep, Question
from harness.history.steps import LEVEL, NIGHTS
from harness.history.store import History
from harness.history.trend import GroupTrend, trends
from harness.report import figures
from harness.report.history import words
from harness.report.history.tables import LinkTo


def summary_lines(history: History) -> Iterator[str]:
    """Return for each group its last night and its last step."""
    if not history.entries:
        yield f"history {history.place} holds no runs yet"
    for trend in trends(history):
        yield from _group_lines(trend)


def _group_lines(trend: GroupTrend) -> Iterator[str]:
    last, latency = trend.nights[-1], trend.latency[-1]
    passed = trend.rates[0].rates[-1]
    nights = figures.counted(len(trend.nights), "night")
    interval = figures.interval(passed)
    yield (
        f"{trend.group}: {nights}, the last {words.night(last.night)}: calls passed "
        f"{words.share(passed)}{f', 95 % interval {interval}' if interval else ''}; "
        f"median answer {figures.seconds(latency.p50)}, p95 {figures.seconds(latency.p95)}"
    )
    for rate in (*trend.rates, *trend.scenarios):
        for step in rate.steps[-1:]:
            yield (
                f"  {words.series(rate)} {_direction(step.down)} on "
                f"{words.date(rate.nights[step.index])}: {words.share(step.before)} before, "
                f"{words.share(step.after)} after"
            )


def finding_lines(finding: Finding, question: Question, path_to: LinkTo) -> Iterator[str]:
    """Return the answer for one series; ``path_to`` says where a call's page is, if it is."""
    what = f"{question.scenario!r}, {words.scorer(question.scorer)}, {finding.group}"
    judged = f"{words.share(finding.overall)} passed in {len(finding.nights)} nights"
    if not finding.steps:
        yield f"{what}: no evidence of a change; {judged}"
        yield from _why_not(finding)
    for found in finding.steps:
        yield (
            f"{what}: {_direction(found.step.down)} on {words.date(found.night)} "
            f"(night {found.number} of {len(finding.nights)}, {found.night})"
        )
        yield from _step_lines(found, finding)
        if path := path_to(found.first_failure) if found.first_failure else "":
            yield f"  hear its first failure: {path}"


def _why_not(finding: Finding) -> Iterator[str]:
    if finding.too_few:
        yield f"  it takes at least {2 * NIGHTS} judged nights to tell a step from chance"
    if finding.latest.counted and finding.latest.passed < finding.latest.counted:
        latest = words.share(finding.latest)
        yield f"  the last judged night: {latest}; a single bad night is no evidence yet"


def _step_lines(found: FoundStep, finding: Finding) -> Iterator[str]:
    step = found.step
    yield f"  before: {words.share(step.before)}, 95 % interval {figures.interval(step.before)}"
    yield f"  after:  {words.share(step.after)}, 95 % interval {figures.interval(step.after)}"
    near = words.plausible(step, finding.nights) or "no other night is plausible"
    alarms = f"false alarms at most {figures.percent(LEVEL)}"
    yield f"  certainty: {words.chance(step)} ({alarms}); {near}"
    since = f"since {words.date(found.night_before)}"
    changes = words.changed(found.changes)
    if changes:
        yield f"  changed {since}: {changes}"
    for night, others in found.nearby:
        yield f"  changed on another plausible night, {words.date(night)}: {words.changed(others)}"
    if not changes and not found.nearby:
        yield f"  changed: {words.NOTHING_RECORDED}"


def _direction(down: bool) -> str:
    return "got worse" if down else "got better"
