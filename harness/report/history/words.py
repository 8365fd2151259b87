"""How a history is told in words: nights, steps, and what changed with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.history.changes import Change
from harness.history.steps import Step
from harness.history.trend import RateTrend
from harness.report import figures
from harness.results.model import Rate

CALLS = "whole calls"
"""Name of the series that no single scorer makes."""

NOTHING_RECORDED = "nothing that is recorded changed then; a model can change behind its name"

_SHOWN = 4


def night(name: str) -> str:
    """Return a night for readers: "2026-04-25 02:00 UTC" of "2026-04-25T02-00-00Z"."""
    date, _, time = name.partition("T")
    return f"{date} {time[:2]}:{time[3:5]} UTC"


def date(name: str) -> str:
    """Return the date of a night."""
    return name.partition("T")[0]


def share(rate: Rate) -> str:
    """Return "97 % (174 of 180)"."""
    return f"{figures.percent(rate.rate)} ({rate.passed} of {rate.counted})"


def chance(step: Step) -> str:
    """Return how often chance alone would make such a step."""
    return "p < 0.001" if step.p_value < 0.001 else f"p = {step.p_value:.3f}"


def plausible(step: Step, nights: Sequence[str]) -> str:
    """Return the nights between which a step lies with 95 % certainty, empty for just one."""
    if step.low == step.high:
        return ""
    return f"between {date(nights[step.low])} and {date(nights[step.high])}, 95 %"


def changed(changes: Iterable[Change]) -> str:
    """Return changes in one phrase; of many, the first and how many more."""
    known = [str(change) for change in changes]
    more = f"; and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return "; ".join(known[:_SHOWN]) + more


def scorer(name: str | None) -> str:
    """Return the name of whose verdicts these are."""
    return CALLS if name is None else figures.label(name)


def series(rate: RateTrend) -> str:
    """Return the name of a series."""
    return scorer(rate.scorer) if rate.scenario is None else rate.scenario
