"""Differences from an earlier run: scorers, prompt, last passing calls."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from harness.errors import RecordingDamaged
from harness.report import figures
from harness.report.figures import texts_of
from harness.results.history.changes import changes_by_night
from harness.results.history.series import Night, NightCall
from harness.results.history.store import HistoryEntry, is_night
from harness.results.model import CallResult, DiffLine, PromptChange, RunResults, prompt_change
from harness.results.rates import ScenarioKey, scenario_key
from harness.results.store import RESULTS, read_results, recorded_prompt
from harness.results.verdicts import counts
from harness.text import counted

# Find earlier runs on this disk, and the last call of a scenario that passed in them.

_DATED = re.compile(r"\d{8}-\d{6}(-\d+)?")
"""Names that `harness run` gives the folders of runs (``runs.run_folder``)."""

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
    # The newest first, so that the first hit is the latest passing call.
    for folder in islice(_runs_before(here), LOOKED_AT) if wanted else ():
        before = _read(folder)
        # A pass of another agent, or with another fault, explains nothing here.
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
    # dated names sort by time
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


_Cell = tuple[str, str, str, str]
"""Suite, scenario, condition and scorer."""


@dataclass(frozen=True, slots=True)
class Since:
    """The run before, and the differences from it."""

    run: str
    href: str
    worse: tuple[str, ...]
    better: tuple[str, ...]
    changes: tuple[str, ...]
    diff: tuple[DiffLine, ...]


def since_before(run_folder: Path, results: RunResults) -> Since | None:
    """Return the changes since the run before; None without a run before, or without changes.

    That is the last run in a dated folder next to this run with the same target, fault and suites.
    Scenarios that were called in only one of the two runs are left out.
    """
    found = _run_before(run_folder.resolve(), results)
    if found is None:
        return None
    folder, before = found
    was, now = _cells(before), _cells(results)
    both = {cell: (was[cell], now[cell]) for cell in now if cell in was}
    worse = tuple(
        f"{_named(cell)} fails in {failed} of {counted(judged, 'call')}, failed in none"
        for cell, ((before_failed, _), (failed, judged)) in both.items()
        if failed and not before_failed
    )
    better = tuple(
        f"{_named(cell)} fails in none, failed in {failed} of {counted(judged, 'call')}"
        for cell, ((failed, judged), (now_failed, _)) in both.items()
        if failed and not now_failed
    )
    shared = {cell[:3] for cell in both}
    earlier, later = (_night(name, run, shared) for name, run in (("a", before), ("b", results)))
    prompt = _prompt_change(folder, earlier, run_folder, later)
    changes = texts_of(changes_by_night((earlier, later))[1], prompt)
    if not (worse or better or changes):
        return None
    href = f"../{quote(folder.name)}/index.html"
    return Since(folder.name, href, worse, better, changes, prompt.lines)


def _run_before(run_folder: Path, results: RunResults) -> tuple[Path, RunResults] | None:
    for folder in islice(dated_before(run_folder), LOOKED_AT):
        try:
            before = read_results(folder / RESULTS)
        except RecordingDamaged:
            continue
        if _asked(before) == _asked(results):
            return folder, before
    return None


def _asked(results: RunResults) -> tuple[object, ...]:
    suites = frozenset(call.suite for call in results.calls)
    return results.target, results.fault, results.clock, suites


def _cells(results: RunResults) -> Mapping[_Cell, tuple[int, int]]:
    """Return how many calls each scorer failed in each scenario, and how many it judged."""
    found: dict[_Cell, tuple[int, int]] = {}
    for call in filter(counts, results.calls):
        for score in call.scores:
            if score.passed is not None:
                cell = (*_scenario(call), score.scorer)
                failed, judged = found.get(cell, (0, 0))
                found[cell] = failed + (not score.passed), judged + 1
    return found


def _scenario(call: CallResult) -> tuple[str, str, str]:
    return call.suite, call.scenario, call.condition


def _named(cell: _Cell) -> str:
    _, scenario, condition, scorer = cell
    return f"{figures.under(scenario, condition)}: {figures.label(scorer)}"


def _night(name: str, results: RunResults, shared: set[tuple[str, str, str]]) -> Night:
    entry = HistoryEntry(name, name, results)
    calls = (call for call in results.calls if _scenario(call) in shared)
    return Night(name, tuple(NightCall(entry, call) for call in calls))


def _prompt_change(before: Path, earlier: Night, now: Path, later: Night) -> PromptChange:
    """Return the prompt difference of the first call whose prompt changed; empty if not known."""
    prompts = {_scenario(kept.call): kept.call for kept in earlier.calls}
    for kept in later.calls:
        other = prompts[_scenario(kept.call)]
        if other.prompt_hash != kept.call.prompt_hash:
            old = recorded_prompt(before / other.recording)
            new = recorded_prompt(now / kept.call.recording)
            return PromptChange() if old is None or new is None else prompt_change(old, new)
    return PromptChange()
