"""The cells of a target's matrix side by side: one row a scenario, one column a cell."""

from __future__ import annotations

from dataclasses import dataclass

from harness.results.model import RunResults, ScenarioSummary


@dataclass(frozen=True, slots=True)
class CellTable:
    """What passed in each cell; ``rows`` are (scenario, one figure for each cell)."""

    cells: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def cell_table(results: RunResults) -> CellTable | None:
    """Return the cells of a run side by side; None for a target without a matrix."""
    if not results.target_settings.get("matrix"):
        return None
    found = {(one.suite, one.scenario, one.condition): one for one in results.summary.scenarios}
    cells = tuple(dict.fromkeys(condition for *_, condition in found))
    tests = tuple(dict.fromkeys((suite, scenario) for suite, scenario, _ in found))
    several = len({suite for suite, _ in tests}) > 1
    return CellTable(
        cells,
        tuple(
            (
                f"{scenario} ({suite})" if several else scenario,
                tuple(_figure(found.get((suite, scenario, cell))) for cell in cells),
            )
            for suite, scenario in tests
        ),
    )


def _figure(one: ScenarioSummary | None) -> str:
    """Return how many repeats passed of those that were judged, and what was not."""
    if one is None:
        return "–"
    rate = one.pass_rate
    told = f"{rate.passed}/{rate.counted}" if rate.counted else "–"
    beside = one.unjudged + one.uncounted
    return f"{told} (+{beside} open)" if beside else told
