"""What is not as in the run before: scorers that fail or pass now, and what else changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from harness.errors import RecordingDamaged
from harness.history.changes import changes_by_night
from harness.history.series import Night, NightCall
from harness.history.store import HistoryEntry
from harness.report import figures
from harness.report.prompt_diff import texts_of
from harness.report.run.earlier_runs import LOOKED_AT, dated_before
from harness.results.convert import counts
from harness.results.model import CallResult, RunResults
from harness.results.prompt_diff import DiffLine, PromptChange, prompt_change
from harness.results.prompts import recorded_prompt
from harness.results.store import RESULTS, read_results

_Cell = tuple[str, str, str, str]
"""Suite, scenario, condition and scorer."""


@dataclass(frozen=True, slots=True)
class Since:
    """The run before, and what is not as it was there."""

    run: str
    href: str
    worse: tuple[str, ...]
    better: tuple[str, ...]
    changes: tuple[str, ...]
    diff: tuple[DiffLine, ...]


def since_before(run_folder: Path, results: RunResults) -> Since | None:
    """Return what changed since the run before; None without one, or if nothing did.

    That is the last run in a dated folder next to this one with the same target, fault and suites.
    Scenarios that only one of both called are left out.
    """
    found = _run_before(run_folder.resolve(), results)
    if found is None:
        return None
    folder, before = found
    was, now = _cells(before), _cells(results)
    both = {cell: (was[cell], now[cell]) for cell in now if cell in was}
    worse = tuple(
        f"{_named(cell)} fails in {failed} of {figures.counted(judged, 'call')}, failed in none"
        for cell, ((before_failed, _), (failed, judged)) in both.items()
        if failed and not before_failed
    )
    better = tuple(
        f"{_named(cell)} fails in none, failed in {failed} of {figures.counted(judged, 'call')}"
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
    """Return how the prompt of the first call that had another one changed; empty if not known."""
    prompts = {_scenario(kept.call): kept.call for kept in earlier.calls}
    for kept in later.calls:
        other = prompts[_scenario(kept.call)]
        if other.prompt_hash != kept.call.prompt_hash:
            old = recorded_prompt(before / other.recording)
            new = recorded_prompt(now / kept.call.recording)
            return PromptChange() if old is None or new is None else prompt_change(old, new)
    return PromptChange()
