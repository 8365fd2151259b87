"""The tables of the history page: nights, the slowest and flakiest scenarios, and what it cost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.history.cost import Cost, together
from harness.history.extremes import flakiest, slowest
from harness.history.series import Night
from harness.history.trend import GroupTrend
from harness.report import figures
from harness.report.history import words
from harness.results.aggregate import P95_FROM
from harness.results.convert import counts
from harness.results.model import Percentiles, Rate

LinkTo = Callable[[str], str]
"""A page inside the history folder -> its link, empty where it is not there (any more)."""

LISTED = 10
"""How many of the slowest and flakiest scenarios are shown."""

MONTH = 30
"""Nights of a month."""


@dataclass(frozen=True, slots=True)
class NightRow:
    """One night of a group."""

    night: str
    href: str
    calls: str
    passed: str
    interval: str
    p50: str
    p95: str
    tokens: str
    amount: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExtremeRow:
    """One of the slowest or flakiest scenarios; ``href`` leads to the call that shows it."""

    scenario: str
    group: str
    values: tuple[str, ...]
    href: str


@dataclass(frozen=True, slots=True)
class CostRow:
    """What a group cost: the last night, the last thirty, all.

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
    """Return where on the page a group stands, counted from 0."""
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
            calls=_calls(night),
            passed=words.share(rate),
            interval=figures.interval(rate),
            p50=_told(latency.p50) if latency.count else figures.NONE,
            p95=_p95(latency),
            tokens=f"{each.usage.tokens:,}",
            amount=figures.money(each.amount, each.least, currency),
            changes=tuple(str(change) for change in changed.get(night.night, ())),
        )
        for night, rate, latency, each in zip(
            trend.nights, trend.rates[0].rates, trend.latency, costs, strict=True
        )
    ]
    return tuple(reversed(rows))


def _calls(night: Night) -> str:
    outside = sum(not counts(kept.call) for kept in night.calls)
    return f"{len(night.calls)}, {outside} not counted" if outside else str(len(night.calls))


def _p95(latency: Percentiles) -> str:
    if latency.p95 is not None or not latency.count:
        return figures.seconds(latency.p95)
    return "no answer" if latency.count >= P95_FROM else f"withheld (n = {latency.count})"


def _told(wait_s: float | None) -> str:
    return "no answer" if wait_s is None else figures.seconds(wait_s)


def slow_rows(found: Sequence[GroupTrend], link: LinkTo) -> tuple[ExtremeRow, ...]:
    """Return the slowest scenarios of all groups by their median."""
    all_slow = [slow for trend in found for slow in slowest(trend.group, trend.nights)]
    return tuple(
        ExtremeRow(
            scenario=slow.scenario,
            group=str(slow.group),
            values=(
                _told(slow.waits.p50),
                _p95(slow.waits),
                _told(slow.waits.max),
                f"{slow.waits.count:,}",
            ),
            href=link(slow.page),
        )
        for slow in sorted(all_slow, key=lambda slow: slow.median_s, reverse=True)[:LISTED]
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
    """Return what each group cost, from its ``costs`` by night.

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
