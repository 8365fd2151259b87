"""``history.html`` as plain data: verdict, steps with causes, trends, costs; its writer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import ValidationError

from harness.errors import StorageFailed, UsageError
from harness.report import figures
from harness.report.figures import texts_of
from harness.report.history import text as incomplete
from harness.report.history import text as words
from harness.report.history.charts import (
    Chart,
    NightAxis,
    NightMark,
    amount_chart,
    measure_trend_chart,
    rate_chart,
)
from harness.report.history.tables import (
    CostRow,
    ExtremeRow,
    LinkTo,
    NightRow,
    StepRow,
    WorstTable,
    anchor_of,
    cost_rows,
    flaky_rows,
    night_rows,
    run_href,
    step_rows,
    worst_tables,
)
from harness.report.history.text import Diffs, PromptOf, prompt_diffs
from harness.report.pages import Link, PageFrame, copy_assets, inlined, render, write
from harness.report.verdict import Headline
from harness.results.history.changes import Streak, new_faults
from harness.results.history.cost import Cost, Prices, cost
from harness.results.history.series import by_scenario
from harness.results.history.store import PAGE, SHOWN, History, HistoryFolder, Skipped
from harness.results.history.trend import LAST_NIGHTS, GroupTrend, RateTrend, trends
from harness.results.model import AgentPrompt, DiffLine, PromptChange
from harness.results.store import recorded_prompt
from harness.scenario.fields import Model
from harness.text import counted


@dataclass(frozen=True, slots=True)
class FailingRow:
    """A scenario that failed last night, for how long, and the changes of the first night."""

    scenario: str
    group: str
    anchor: str
    tone: str
    told: str
    reasons: tuple[str, ...]
    new: tuple[str, ...]
    """Why it failed last night and in no night before it in the row."""
    diff: tuple[DiffLine, ...]
    """How the prompt changed on the first of its nights."""


@dataclass(frozen=True, slots=True)
class NightChanges:
    """The changes of a night, and the change of the prompt."""

    night: str
    changes: tuple[str, ...]
    diff: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class GroupView:
    """A suite at a target under a condition; ``changes`` by night, newest first."""

    name: str
    anchor: str
    charts: tuple[Chart, ...]
    measured: tuple[str, ...]
    """Names of the measures whose median and p95 are in ``rows``."""
    rows: tuple[NightRow, ...]
    changes: tuple[NightChanges, ...]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Everything that the history template shows."""

    headline: Headline
    facts: tuple[tuple[str, str], ...]
    failing: tuple[FailingRow, ...]
    """Failures of the last night, the worst first, with or without a proven step."""
    steps: tuple[StepRow, ...]
    groups: tuple[GroupView, ...]
    worst: tuple[WorstTable, ...]
    flakiest: tuple[ExtremeRow, ...]
    costs: tuple[CostRow, ...]
    priced: bool
    skipped: tuple[Skipped, ...]
    last_nights: int = LAST_NIGHTS


def no_prompt(_folder: str) -> None:
    """Return None: no prompt is available (a ``PromptOf``)."""


def history_page(
    history: History, link: LinkTo, *, prices: Prices | None, prompt_of: PromptOf = no_prompt
) -> HistoryPage:
    """Return the page of a history; ``link`` makes the links to the runs' own pages."""
    found = trends(history)
    diffs = [prompt_diffs(trend, prompt_of) for trend in found]
    costs = [[cost(night.used(), prices) for night in trend.nights] for trend in found]
    currency = prices.currency if prices else ""
    drawn = _Drawing(history.nights, link, currency)
    steps = [
        row
        for number, (trend, lines) in enumerate(zip(found, diffs, strict=True))
        for row in step_rows(number, trend, link, lines)
    ]
    return HistoryPage(
        headline=_whole_or_not(history, found),
        failing=_failing_rows(history, found, diffs),
        facts=_facts(history, found),
        steps=tuple(sorted(steps, key=lambda row: row.night, reverse=True)),
        groups=tuple(
            drawn.group(number, *one)
            for number, one in enumerate(zip(found, costs, diffs, strict=True))
        ),
        worst=worst_tables(found, link),
        flakiest=flaky_rows(found, link),
        costs=cost_rows(found, costs, currency),
        priced=prices is not None,
        skipped=history.skipped,
    )


def _whole_or_not(history: History, found: Sequence[GroupTrend]) -> Headline:
    """Return the verdict; if the last night is incomplete it states that, and is never a pass."""
    if not history.entries:
        return Headline("none", "No night is kept here yet.")
    said = _headline(history, found)
    lacking = incomplete.of_last_night(history, found)
    if not lacking:
        return said
    # A failure stays a failure, whatever is missing; only a pass is not certain without all calls.
    if said.tone != "pass":
        return Headline(said.tone, f"{said.sentence} {lacking}")
    return Headline("review", f"{lacking} {said.sentence}")


def _headline(history: History, found: Sequence[GroupTrend]) -> Headline:
    last = [
        (trend, rate, rate.steps[-1])
        for trend in found
        for rate in (*trend.rates, *trend.scenarios)
        if rate.steps
    ]
    worse = [(trend, rate, step) for trend, rate, step in last if step.down]
    if not worse and (failing := _failing(history, found)):
        return _failing_headline(history, failing)
    if not worse and (slower := _slower(history, found)):
        return slower
    if not worse:
        ended = "whatever got worse got better again" if last else "no evidence of any change"
        nights = counted(len(history.nights), "night")
        return Headline("pass", f"{nights}: {ended}.")
    # Whole calls fail because a scorer does: the scorer says more, then the scenario.
    single = [one for one in worse if (one[1].scorer, one[1].scenario) != (None, None)] or worse
    trend, rate, step = max(
        single, key=lambda one: (one[1].nights[one[2].index], one[1].scorer is not None)
    )
    more = f" ({len(single) - 1} more below)" if len(single) > 1 else ""
    scorer = words.scorer(rate.scorer)
    name = figures.sentence(scorer)
    if rate.scenario is not None:
        name = f"Scenario {rate.scenario!r}"
    since = words.dates(history.nights)[rate.nights[step.index]]
    return Headline(
        "fail",
        f"{name} got worse on {since} and stayed so: "
        f"{figures.percent(step.before.rate)} → {figures.percent(step.after.rate)}, "
        f"{trend.group}{more}.",
    )


def _slower(history: History, found: Sequence[GroupTrend]) -> Headline | None:
    """Return the headline if no pass rate is worse, but a measured value is."""
    last = [
        (trend, one.steps[-1])
        for trend in found
        for one in trend.measures
        if one.steps and one.steps[-1].down
    ]
    if not last:
        return None
    trend, step = max(last, key=lambda one: one[0].nights[one[1].index].night)
    since = words.dates(history.nights)[trend.nights[step.index].night]
    was, now = (words.level(step, after=after) for after in (False, True))
    return Headline(
        "review",
        f"{figures.sentence(figures.label(step.measure.name))} {words.direction(step)} on {since} "
        f"and stayed so: {was} → {now}, {trend.group}.",
    )


def _failing(
    history: History, found: Sequence[GroupTrend]
) -> list[tuple[int, GroupTrend, RateTrend, Streak]]:
    """Return the failures of the last night of each group, the worst first.

    A group that was not called for long counts as history: its failures are left out.
    """
    recent = history.nights[-LAST_NIGHTS:]
    failing = [
        (number, trend, rate, rate.failing)
        for number, trend in enumerate(found)
        for rate in trend.scenarios
        if rate.failing is not None and trend.nights[-1].night in recent
    ]
    return sorted(failing, key=lambda one: words.gravity(one[2]), reverse=True)


def _failing_tone(streak: Streak) -> str:
    """Return "review" for a failure that a single night, or chance, may explain."""
    return "fail" if streak.every and streak.nights > 1 else "review"


def _failing_headline(
    history: History, failing: Sequence[tuple[int, GroupTrend, RateTrend, Streak]]
) -> Headline:
    _, trend, rate, streak = failing[0]
    more = f" ({len(failing) - 1} more below)" if len(failing) > 1 else ""
    how = words.failing(streak, words.dates(history.nights))
    return Headline(
        _failing_tone(streak), f"Scenario {rate.scenario!r} ({trend.group}) {how}{more}."
    )


def _failing_rows(
    history: History, found: Sequence[GroupTrend], diffs: Sequence[Diffs]
) -> tuple[FailingRow, ...]:
    named = words.dates(history.nights)
    return tuple(
        FailingRow(
            scenario=words.series(rate),
            group=str(trend.group),
            anchor=anchor_of(number),
            tone=_failing_tone(streak),
            told=words.failing(streak, named),
            reasons=texts_of(
                streak.changes, prompt := diffs[number].get(streak.since, PromptChange())
            ),
            new=_new_reasons(trend, rate, streak),
            diff=prompt.lines,
        )
        for number, trend, rate, streak in _failing(history, found)
    )


def _new_reasons(trend: GroupTrend, rate: RateTrend, streak: Streak) -> tuple[str, ...]:
    nights = by_scenario(trend.nights)[rate.scenario or ""]
    return tuple(
        f"{figures.label(fault.scorer)}: {fault.text}" for fault in new_faults(nights, streak)
    )


def _facts(history: History, found: Sequence[GroupTrend]) -> tuple[tuple[str, str], ...]:
    if not history.entries:
        return ()
    return (
        ("Nights", str(len(history.nights))),
        ("First", words.times(history.nights)[history.nights[0]]),
        ("Last", words.times(history.nights)[history.nights[-1]]),
        ("Runs", str(len(history.entries))),
        ("Calls", f"{sum(len(entry.results.calls) for entry in history.entries):,}"),
        ("Series", str(sum(len(trend.rates) + len(trend.scenarios) for trend in found))),
    )


class _Drawing:
    """Draws the groups of a history on a shared axis of time."""

    def __init__(self, nights: Sequence[str], link: LinkTo, currency: str) -> None:
        self._nights, self._link, self._currency = nights, link, currency
        self._named = words.dates(nights)

    def group(
        self, number: int, trend: GroupTrend, costs: Sequence[Cost], diffs: Diffs
    ) -> GroupView:
        """Return the view of a group."""
        return GroupView(
            name=str(trend.group),
            anchor=anchor_of(number),
            charts=self._charts(trend, costs),
            measured=tuple(figures.label(one.measure.name) for one in trend.measures),
            rows=night_rows(trend, costs, self._currency, self._link),
            changes=tuple(
                NightChanges(
                    self._named[one.night],
                    texts_of(one.changes, prompt := diffs.get(one.night, PromptChange())),
                    prompt.lines,
                )
                for one in reversed(trend.changed)
            ),
        )

    def _charts(self, trend: GroupTrend, costs: Sequence[Cost]) -> tuple[Chart, ...]:
        # All nights of the history, not only the group's: charts of groups can be compared by
        # position.
        axis = NightAxis(
            self._nights, {one.night: incomplete.of_night(one) for one in trend.nights}
        )
        nights = [(night.night, run_href(night, self._link)) for night in trend.nights]
        charts: list[Chart | None] = [
            rate_chart(words.series(rate), axis, nights, rate.rates, rate.steps)
            for rate in trend.rates
        ]
        charts += [measure_trend_chart(axis, nights, one) for one in trend.measures]
        amounts = [each.amount for each in costs]
        if any(amount is not None for amount in amounts):
            charts.append(
                amount_chart(
                    f"Cost, {self._currency}", axis, nights, amounts, lambda one: f"{one:g}"
                )
            )
        elif any(each.usage.tokens for each in costs):
            used = [float(each.usage.tokens) for each in costs]
            # Without prices, tokens are the nearest to a cost.
            charts.append(amount_chart("Tokens", axis, nights, used, lambda one: f"{one:,.0f}"))
        marks = tuple(
            NightMark(axis.x(one.night), f"{self._named[one.night]}: {words.changed(one.changes)}")
            for one in trend.changed
        )
        return tuple(replace(chart, changes=marks) for chart in charts if chart is not None)


# ``history.html``: written next to the nightly runs, so that its links lead to their calls.
#
# It is shown as its last night had it. `harness nightly` reads prices and the place of pages from
# its file, `harness history show` does not: without a note of both (``Shown``) it would write the
# page anew without costs and without links.


@dataclass(frozen=True, slots=True)
class RunPages:
    """The folder of the runs' reports, and the folder of the history page.

    ``runs`` is the folder that holds ``NIGHT/RUN``; ``published`` its address on the web, if any;
    the page is written to ``page_in``, or next to the runs.
    """

    runs: Path
    published: str | None = None
    page_in: Path | None = None

    @property
    def folder(self) -> Path:
        """The folder of the page."""
        return self.page_in or self.runs

    def link(self, page: str) -> str:
        """Return the link to a page of a run, empty if it is not there (any more)."""
        if self.published is not None:
            return f"{self.published.rstrip('/')}/{quote(page)}"
        if not (self.runs / page).is_file():
            return ""
        return quote(Path(os.path.relpath(self.runs / page, self.folder)).as_posix())

    def prompt_of(self, folder: str) -> AgentPrompt | None:
        """Return the prompt of a recorded call; None if its recording is missing."""
        return recorded_prompt(self.runs / folder)


def write_history(history: History, pages: RunPages, *, prices: Prices | None) -> Path:
    """Write the page of a history and return it; raises StorageFailed."""
    page = history_page(history, pages.link, prices=prices, prompt_of=pages.prompt_of)
    path = pages.folder / PAGE
    try:
        pages.folder.mkdir(parents=True, exist_ok=True)
        copy_assets(pages.folder)
        write(path, render("history.html.j2", PageFrame(trail=(Link("History"),)), page=page))
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error
    return path


def write_history_file(
    history: History, pages: RunPages, path: Path, *, prices: Prices | None
) -> Path:
    """Write the page of a history as a single file to send; raises StorageFailed.

    It links to runs only if they are published.
    """
    link = pages.link if pages.published is not None else _nowhere
    page = history_page(history, link, prices=prices, prompt_of=pages.prompt_of)
    frame = PageFrame(trail=(Link("History"),), inline=inlined("page.js"))
    try:
        write(path, render("history.html.j2", frame, page=page))
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error
    return path


def _nowhere(_page: str) -> str:
    return ""


class Shown(Model):
    """What the page of a history needs beside its nights."""

    format: Literal[1] = 1
    prices: Prices | None = None
    pages: str | None = None
    """Where the runs' pages are published."""


def keep_shown(folder: HistoryFolder, shown: Shown) -> None:
    """Keep this for the next time; raises OperationError."""
    folder.keep_note(SHOWN, (shown.model_dump_json(indent=2, exclude_none=True) + "\n").encode())


def last_shown(folder: HistoryFolder) -> Shown:
    """Return the values that the last night kept, or empty values.

    Raises:
        UsageError: the file cannot be parsed.
        OperationError: it cannot be read.
    """
    note = folder.note(SHOWN)
    try:
        return Shown.model_validate_json(note) if note is not None else Shown()
    # A note that is wrong must be seen: without it, the page would silently lose costs and links.
    except ValidationError as error:
        raise UsageError(
            f"history {folder.place}: {SHOWN} cannot be read; remove it, the next "
            "`harness nightly` writes it again"
        ) from error
