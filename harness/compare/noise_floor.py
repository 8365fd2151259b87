"""The noise floor: how far an agent differs from itself, from calling it twice with other seeds.

From the calls of both halves, taken together, scenario by scenario, two halves are drawn again and
again; the floor of a measure is the difference that 95 % of such draws stay below. Differences of
means shrink with the root of the number of pairs, and so does a floor where it is used for another
number. It belongs to one target, one prompt and the scenarios that it was measured on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.compare.measures import PairedMeasure, measures
from harness.compare.pairing import Pair
from harness.compare.statistics import LEVEL
from harness.results.model import RunResults

FORMAT = 2
"""Version of noise floor files; format 1 knew one measure, seconds to first audio."""

DRAWS = 2_000


@dataclass(frozen=True, slots=True)
class Floor:
    """What a measure differs by chance over ``pairs`` pairs, in its unit."""

    scorer: str
    unit: str
    pairs: int
    difference: float
    measure: str = ""
    """What the scorer measured; empty for its verdicts."""

    def at(self, pairs: int) -> float:
        """Return the floor for another number of pairs."""
        return self.difference * math.sqrt(self.pairs / pairs)


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """All floors of one agent; ``scenarios`` are the hashes of what it was measured on."""

    format: int
    harness_version: str
    measured_at: str
    target: str
    target_settings: dict[str, Any]
    prompts: tuple[str, ...]
    scenarios: tuple[str, ...]
    versions: dict[str, int]
    floors: tuple[Floor, ...]

    def find(self, measure: PairedMeasure) -> float | None:
        """Return the floor of a measure at its own number of pairs, None if never measured."""
        for floor in self.floors:
            if (floor.scorer, floor.measure) == (measure.scorer, measure.measure_name):
                return floor.at(len(measure.pairs))
        return None

    def why_not(self, run: RunResults) -> str | None:
        """Return why this floor says nothing about a run of A, the reference, or None."""
        versions = {s.scorer: s.version for call in run.calls for s in call.scores}
        known = self.versions
        if (self.target, self.target_settings) != (run.target, run.target_settings):
            return "it is of another target or other settings of it"
        if not {call.scenario_hash for call in run.calls} <= set(self.scenarios):
            return "it was not measured on these scenarios"
        if not {call.prompt_hash for call in run.calls} <= set(self.prompts):
            return "it is of another prompt"
        if any(known.get(name, version) != version for name, version in versions.items()):
            return "scorers have new versions since"
        return None


def measure_floor(run: RunResults, pairs: Sequence[Pair], *, seed: int = 0) -> NoiseFloor:
    """Return the floors from pairs of calls of one agent with different seeds."""
    return NoiseFloor(
        format=FORMAT,
        harness_version=run.harness_version,
        measured_at=run.started_at,
        target=run.target,
        target_settings=run.target_settings,
        prompts=tuple(sorted({pair.a.prompt_hash for pair in pairs})),
        scenarios=tuple(sorted({pair.a.scenario_hash for pair in pairs})),
        versions={s.scorer: s.version for pair in pairs for s in pair.a.scores},
        floors=tuple(_floor(measure, seed) for measure in measures(pairs)),
    )


def _floor(measure: PairedMeasure, seed: int) -> Floor:
    """Draw two halves of each scenario's calls ``DRAWS`` times."""
    draw = np.random.default_rng(seed)
    groups: dict[tuple[str, str, str], list[float]] = {}
    for pair, a, b in zip(measure.pairs, measure.a, measure.b, strict=True):
        groups.setdefault((pair.a.suite, pair.a.scenario, pair.a.condition), []).extend((a, b))
    totals = np.zeros(DRAWS)
    for values in groups.values():
        shuffled = draw.permuted(np.tile(values, (DRAWS, 1)), axis=1)
        half = len(values) // 2
        totals += shuffled[:, half:].sum(axis=1) - shuffled[:, :half].sum(axis=1)
    differences = np.abs(totals) / len(measure.pairs)
    found = float(np.quantile(differences, LEVEL))
    return Floor(measure.scorer, measure.unit, len(measure.pairs), found, measure.measure_name)
