"""Find earlier runs on this disk, and the last call of a scenario that passed in them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from harness.errors import RecordingDamaged
from harness.history.nights import is_night
from harness.results.convert import counts
from harness.results.model import CallResult, RunResults
from harness.results.rates import ScenarioKey, scenario_key
from harness.results.store import RESULTS, read_results

_DATED = re.compile(r"\d{8}-\d{6}(-\d+)?")
"""Names that `harness run` gives the folders of runs (``workflows.room``)."""

LOOKED_AT = 5
"""Earlier runs that are read at most: reports must not take longer with each run that is kept."""

_MOST_BYTES = 50_000_000
"""Results that are larger take too long to be read for a link."""


def dated_before(run_folder: Path) -> Iterator[Path]:
    """Yield the dated folders next to a run's own dated folder that are older, newest first."""
    if _DATED.fullmatch(run_folder.name):
        yield from _older(run_folder, lambda name: _DATED.fullmatch(name) is not None)


def earlier_passing(run_folder: Path, results: RunResults) -> dict[ScenarioKey, str]:
    """Return links to the last calls that passed in earlier runs, by scenario.

    Only scenarios that failed in this run and passed in no call of it are looked for, in the last
    ``LOOKED_AT`` runs next to it (or of the nights before it, in a history). The target, the
    planted fault and the test must be the same, and the call's page must be there. Links lead from
    the folder of the run.
    """
    here = run_folder.resolve()
    passed = {scenario_key(call) for call in results.calls if call.passed}
    wanted = {
        scenario_key(call): call.scenario_hash
        for call in results.calls
        if call.passed is False and not call.call and scenario_key(call) not in passed
    }
    found: dict[ScenarioKey, str] = {}
    for folder in islice(_runs_before(here), LOOKED_AT) if wanted else ():
        before = _read(folder)
        if before is None or (before.target, before.fault) != (results.target, results.fault):
            continue
        for key, call in _last_passing(before, wanted).items():
            page = folder / call.recording / "index.html"
            if key not in found and page.is_file():
                found[key] = quote(Path(os.path.relpath(page, here)).as_posix())
        if len(found) == len(wanted):
            break
    return found


def _runs_before(run_folder: Path) -> Iterator[Path]:
    yield from dated_before(run_folder)
    night = run_folder.parent
    if is_night(night.name):
        nights = _older(night, is_night)
        yield from (one / run_folder.name for one in nights if (one / run_folder.name).is_dir())


def _older(folder: Path, belongs: Callable[[str], bool]) -> Iterator[Path]:
    names = (one.name for one in folder.parent.iterdir() if belongs(one.name))
    for name in sorted((one for one in names if one < folder.name), reverse=True):
        yield folder.with_name(name)


def _read(folder: Path) -> RunResults | None:
    path = folder / RESULTS
    try:
        return read_results(path) if path.stat().st_size <= _MOST_BYTES else None
    except (OSError, RecordingDamaged):
        return None


def _last_passing(
    run: RunResults, wanted: Mapping[ScenarioKey, str]
) -> dict[ScenarioKey, CallResult]:
    return {
        scenario_key(call): call
        for call in run.calls
        if call.passed and counts(call) and wanted.get(scenario_key(call)) == call.scenario_hash
    }
