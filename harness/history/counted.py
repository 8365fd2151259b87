"""A group's calls counted by scenario and night, in one pass however many scorers judge them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harness.history.series import Night, scenarios_of
from harness.results.convert import counts
from harness.results.measured import measures_of, missing_in, numbers_of, percentiles
from harness.results.model import CallResult, Percentiles
from harness.scorers.measure import Measure

Counts = npt.NDArray[np.int64]
"""A row for each scenario, a column for each night."""


@dataclass(slots=True)
class Verdicts:
    """Passed and judged: of the calls, or of one scorer."""

    passed: Counts
    judged: Counts

    def by_night(self) -> list[tuple[int, int]]:
        """Return passed and judged of each night."""
        sums = (part.sum(axis=0).tolist() for part in (self.passed, self.judged))
        return list(zip(*sums, strict=True))


@dataclass(slots=True)
class NightValues:
    """The values of one measure by scenario and night; ``missing`` counts by night."""

    measure: Measure
    values: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    missing: Counter[int] = field(default_factory=Counter)

    def spreads(self, nights: int) -> tuple[Percentiles, ...]:
        """Return the distribution of each of so many nights."""
        found: list[list[float]] = [[] for _ in range(nights)]
        for (_, night), values in self.values.items():
            found[night] += values
        return tuple(
            percentiles(values, missing=self.missing[night], better=self.measure.better)
            for night, values in enumerate(found)
        )


@dataclass(slots=True)
class Counted:
    """What the nights of a group judged and measured; rows are in the order of ``scenarios``.

    ``verdicts`` are those of whole calls for None, and of each scorer that judged any.
    """

    scenarios: tuple[str, ...]
    size: tuple[int, int]
    verdicts: dict[str | None, Verdicts] = field(default_factory=dict)
    measured: dict[str, NightValues] = field(default_factory=dict)
    """What scorers measured, by the measure's name, in the order of the scorers."""

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
    return found


def _verdicts(call: CallResult) -> Iterator[tuple[str | None, bool]]:
    if call.passed is not None:
        yield None, call.passed
    seen = set()
    for score in call.scores:
        if score.passed is not None and score.scorer not in seen:
            yield score.scorer, score.passed
        seen.add(score.scorer)
