"""The steps of a history as rows: when, what, from what to what, how certain, and what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.history.steps import Step, ValueStep
from harness.history.trend import GroupTrend
from harness.report import figures
from harness.report.history import words
from harness.report.history.prompts import Diffs
from harness.report.history.tables import LinkTo, anchor_of, run_href
from harness.report.prompt_diff import texts_of
from harness.results.prompt_diff import PromptChange


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step in words; ``reasons`` is what changed then, empty for nothing recorded."""

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
    """Return what changed that night, then what did on its other plausible nights."""
    night = nights[step.index]
    named = words.dates(nights)
    others = [other for other in nights[step.low : step.high + 1] if other != night]
    return (
        *changed.get(night, ()),
        *(f"{named[other]}: {reason}" for other in others for reason in changed.get(other, ())),
    )
