"""Stored runs as series over nights: calls by group, their verdicts and measures, and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harness.judging.scorers.base import Measure
from harness.recording.provenance import Estimate
from harness.results.history.cost import Used, model_name
from harness.results.history.store import History, HistoryEntry
from harness.results.model import CallResult, Percentiles
from harness.results.rates import (
    least_numbers_of,
    measures_of,
    missing_in,
    numbers_of,
    percentiles,
)
from harness.results.verdicts import counts, key_of, last_attempts

Counts = npt.NDArray[np.int64]
"""A row for each scenario, a column for each night."""


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Calls that may form a series: of the same suite, target and condition.

    ``source`` separates imported calls from calls that were made, and known times or words from
    estimated ones: their rates and times are not comparable.
    """

    suite: str
    target: str
    condition: str
    source: str = ""

    def __str__(self) -> str:
        """Return the group as people read it."""
        where = f"{self.suite or 'suite without a name'} at {self.target}"
        return ", ".join(filter(None, (where, self.condition, self.source)))


_ROUGH = ((Estimate.TIMES, "all times"), (Estimate.BOUNDS, "bounds"), (Estimate.WORDS, "words"))


def group_of(call: CallResult, target: str) -> Group:
    """Return the series of a call."""
    rough = [told for one, told in _ROUGH if one.value in call.estimated]
    estimated = f", {' and '.join(rough)} estimated" if rough else ""
    source = f"imported{estimated}" if call.call else ""
    return Group(call.suite, target, call.condition, source)


@dataclass(frozen=True, slots=True)
class NightCall:
    """A call of a night."""

    entry: HistoryEntry
    call: CallResult

    @property
    def page(self) -> str:
        """The call's page, relative to the history folder."""
        return f"{self.folder}/index.html"

    @property
    def folder(self) -> str:
        """The folder of the call's recording, relative to the history folder."""
        return f"{self.entry.night}/{self.entry.run}/{self.call.recording}"


@dataclass(frozen=True, slots=True)
class Night:
    """The calls of a group in a night."""

    night: str
    calls: tuple[NightCall, ...]
    attempts: tuple[NightCall, ...] = ()
    """Earlier attempts, and calls that confirm a loss: they count for the cost only."""

    def used(self) -> Iterator[Used]:
        """Return the model and the usage of each call."""
        for kept in (*self.calls, *self.attempts):
            yield model_name(kept.entry.results.target_settings), kept.call.usage

    def tally(self, scorer: str | None) -> tuple[int, int]:
        """Return the numbers passed and judged: of a scorer, or of whole calls for None."""
        verdicts = [judged(kept.call, scorer) for kept in self.calls]
        return verdicts.count(True), len(verdicts) - verdicts.count(None)


def judged(call: CallResult, scorer: str | None) -> bool | None:
    """Return a scorer's verdict on a call, or the call's own for None; None without a verdict."""
    if not counts(call):
        return None
    if scorer is None:
        return call.passed
    return next((score.passed for score in call.scores if score.scorer == scorer), None)


def by_group(history: History) -> dict[Group, tuple[Night, ...]]:
    """Return the nights of every group that was ever called, oldest first.

    If a call was made again in a night, in its run or in another, the last attempt counts.
    """
    found: dict[Group, dict[str, list[NightCall]]] = {}
    # In order of time, as ``_counted_once`` keeps the last of several attempts.
    for entry in sorted(history.entries, key=lambda entry: entry.results.started_at):
        last, copies = last_attempts(entry.results.calls)
        for call in (*entry.results.attempts, *copies, *last):
            group = group_of(call, entry.results.target)
            found.setdefault(group, {}).setdefault(entry.night, []).append(NightCall(entry, call))
    return {
        group: tuple(_counted_once(night, calls) for night, calls in sorted(found[group].items()))
        for group in sorted(found)
    }


def _counted_once(night: str, calls: list[NightCall]) -> Night:
    """Return a night whose calls are given in the order in which they were made."""
    last = {
        (*key_of(kept.call), kept.call.scenario_path): kept
        for kept in calls
        if not kept.call.confirms  # called because it had failed: no independent draw
    }
    # By identity: two attempts at a call may be equal in all their values.
    counting = {id(kept) for kept in last.values()}
    return Night(
        night,
        tuple(kept for kept in calls if id(kept) in counting),
        tuple(kept for kept in calls if id(kept) not in counting),
    )


def by_scenario(nights: Iterable[Night]) -> dict[str, tuple[Night, ...]]:
    """Return the nights that called each scenario, with its calls; scenarios by their names."""
    found: dict[str, dict[str, list[NightCall]]] = {}
    for night in nights:
        for kept in night.calls:
            found.setdefault(kept.call.scenario, {}).setdefault(night.night, []).append(kept)
    return {scenario: _nights(found[scenario]) for scenario in sorted(found)}


def scorers_of(nights: Iterable[Night]) -> tuple[str, ...]:
    """Return the names of all scorers that passed or failed a call, in alphabetical order."""
    return tuple(
        sorted(
            {
                score.scorer
                for night in nights
                for kept in night.calls
                for score in kept.call.scores
                if score.passed is not None
            }
        )
    )


def scenarios_of(nights: Iterable[Night]) -> tuple[str, ...]:
    """Return the names of all scenarios that were called, in alphabetical order."""
    return tuple(sorted({kept.call.scenario for night in nights for kept in night.calls}))


def _nights(calls: Mapping[str, list[NightCall]]) -> tuple[Night, ...]:
    return tuple(Night(night, tuple(calls[night])) for night in sorted(calls))


@dataclass(slots=True)
class Verdicts:
    """Numbers passed and judged: of whole calls, or of a scorer."""

    passed: Counts
    judged: Counts

    def by_night(self) -> list[tuple[int, int]]:
        """Return the numbers passed and judged of each night."""
        sums = (part.sum(axis=0).tolist() for part in (self.passed, self.judged))
        return list(zip(*sums, strict=True))


@dataclass(slots=True)
class NightValues:
    """The values of a measure by scenario and night; ``missing`` counts by night.

    ``least`` has the lower bounds of the values, in the same order (``rates.least_of``).
    """

    measure: Measure
    values: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    missing: Counter[int] = field(default_factory=Counter)
    least: dict[tuple[int, int], list[float]] = field(default_factory=dict)

    def spreads(self, nights: int) -> tuple[Percentiles, ...]:
        """Return the distribution of each night; ``nights`` is their number."""
        found, least = _pooled(self.values, nights), _pooled(self.least, nights)
        return tuple(
            percentiles(
                values,
                least=least[night],
                missing=self.missing[night],
                better=self.measure.better,
            )
            for night, values in enumerate(found)
        )


def _pooled(values: Mapping[tuple[int, int], list[float]], nights: int) -> list[list[float]]:
    """Return the values of all scenarios by night."""
    found: list[list[float]] = [[] for _ in range(nights)]
    for (_, night), some in values.items():
        found[night] += some
    return found


@dataclass(slots=True)
class Counted:
    """The verdicts and values of a group by night; rows are in the order of ``scenarios``.

    ``verdicts`` has those of whole calls under None, and those of each scorer that judged any.
    """

    scenarios: tuple[str, ...]
    size: tuple[int, int]
    verdicts: dict[str | None, Verdicts] = field(default_factory=dict)
    measured: dict[str, NightValues] = field(default_factory=dict)
    """Values by the measure's name, in the order of the scorers."""

    def of(self, scorer: str | None) -> Verdicts:
        """Return a scorer's verdicts, or those of whole calls for None."""
        if scorer not in self.verdicts:
            empty = (np.zeros(self.size, dtype=np.int64) for _ in range(2))
            self.verdicts[scorer] = Verdicts(*empty)
        return self.verdicts[scorer]

    @property
    def scorers(self) -> tuple[str, ...]:
        """The scorers that judged any call, in alphabetical order."""
        return tuple(sorted(name for name in self.verdicts if name is not None))


def counted(nights: Sequence[Night]) -> Counted:
    """Count the calls of a group that enter rates."""
    scenarios = scenarios_of(nights)
    rows = {name: row for row, name in enumerate(scenarios)}
    found = Counted(scenarios, (len(scenarios), len(nights)))
    found.of(None)
    for column, night in enumerate(nights):
        for call in (kept.call for kept in night.calls):
            if not counts(call):
                continue
            place = rows[call.scenario], column
            for scorer, passed in _verdicts(call):
                told = found.of(scorer)
                told.judged[place] += 1
                told.passed[place] += passed
            for measure in measures_of((call,)):
                values = numbers_of(call, measure.name)
                missing = missing_in(call, measure.name)
                if values or missing:
                    told_of = found.measured.setdefault(measure.name, NightValues(measure))
                    told_of.missing[column] += missing
                    if values:
                        told_of.values.setdefault(place, []).extend(values)
                        least = least_numbers_of(call, measure.name)
                        told_of.least.setdefault(place, []).extend(least)
    return found


def _verdicts(call: CallResult) -> Iterator[tuple[str | None, bool]]:
    if call.passed is not None:
        yield None, call.passed
    seen = set()
    for score in call.scores:
        # A scorer that is listed twice counts once, with its first verdict.
        if score.passed is not None and score.scorer not in seen:
            yield score.scorer, score.passed
        seen.add(score.scorer)
