"""``harness verify``: the files and pages of a run, a comparison or a history."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from harness.audio import wav
from harness.errors import FolderInUse, HarnessError, RecordingDamaged, UsageError
from harness.files import check_free, read_plain
from harness.report.pages import STATIC
from harness.report.run.call_rows import AUDIO
from harness.results.compare.store import PAIRS
from harness.results.history.store import is_night
from harness.results.store import LONGEST_WAIT_S
from harness.runs.local import workers_by_default
from harness.runs.plan_file import COMPARE, JOURNAL, PLAN, read_plan
from harness.runs.processes import Workers
from harness.runs.run_folder import is_comparison, is_run, own_runs
from harness.runs.stored_files import (
    LOAD_PAGE,
    CallPlace,
    FileFault,
    call_faults,
    call_places,
    calls_made,
    comparison_faults,
    run_faults,
)

# Truncated pages, and missing dependencies of pages: audio, style and scripts.
#
# All of these are made from results and recordings, so a fault names the command that makes them
# again. A page is checked against its own content: every file that it names must be in its run.

_ASSETS = "assets"
_NAMED = re.compile(r'\s(?:src|href)="([^"#?:]+)"')


def page_faults(page: Path, run: Path, *, at_work: bool = False) -> Iterator[FileFault]:
    """Yield the faults of a page, if it is there, and of its dependencies in its ``run``.

    The index of a run is written last and needs the pages of all calls, except while the run
    continues or another process is ``at_work`` in it. Files outside of the run are not checked.
    """
    try:
        text = read_plain(page).decode("utf-8", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        yield FileFault(page, error.strerror or str(error))
        return
    again = f"`harness report {run}`"
    if not text.rstrip().endswith("</html>"):
        yield FileFault(page, f"cut short; {again} writes the pages again")
    is_last = page.parent == run and not (at_work or (run / JOURNAL).exists())
    for named in dict.fromkeys(_NAMED.findall(text)):
        file = Path(os.path.normpath(page.parent / unquote(html.unescape(named))))
        beside = file.parent == page.parent or file.is_relative_to(run / _ASSETS)
        if not file.is_relative_to(run) or not (beside or is_last):
            continue
        if not file.exists():
            yield FileFault(file, f"missing; {again} makes it again")
        elif file.is_relative_to(run / _ASSETS) and _is_damaged(file, run):
            yield FileFault(file, f"cut short or damaged; {again} makes it again")


def sound_faults(call: Path, run: Path) -> Iterator[FileFault]:
    """Yield the faults of the audio of a call's page, if it is there. Decodes all of it."""
    path = call / AUDIO
    if not path.exists():
        return
    try:
        wav.read_channels(path, most_s=LONGEST_WAIT_S)
    except HarnessError:
        problem = f"damaged, or cut short; remove it, and `harness report {run}` makes it again"
        yield FileFault(path, problem)


def _is_damaged(asset: Path, run: Path) -> bool:
    """Return whether a file of ours was cut short, or contains bytes that text never has.

    A file of another harness version may differ and be shorter.
    """
    data = read_plain(asset)
    ours = STATIC / asset.relative_to(run / _ASSETS)
    short = ours.exists() and len(data) < ours.stat().st_size
    return b"\0" in data or (short and read_plain(ours).startswith(data))


_ALONE = 50
"""Up to this many calls, reading them is faster than starting workers."""
_AT_ONCE = 50
_INDEX = "index.html"

_Place = tuple[Path, CallPlace]
"""A call with the folder of its run."""


@dataclass(frozen=True, slots=True)
class Verified:
    """The checked runs and calls, and their faults.

    ``calls`` were made of ``planned``; ``below`` if the folder itself is not a run and only
    contains runs.
    """

    runs: int
    calls: int
    planned: int
    below: bool
    faults: tuple[FileFault, ...]
    removed: int
    """Calls whose recordings were removed on purpose."""
    holder: str
    """The process that is working in one of the folders; empty if there is none."""


def verify(folder: Path) -> Verified:
    """Check every file of a run, of a comparison with its runs, or of a local history.

    If a process is working there, expected changes are no fault: unfinished calls are left out, and
    any other fault counts only if a second check finds it too.

    Raises UsageError for a folder that holds none of these.
    """
    found = _looked_at(folder)
    if not (found.faults and found.holder):
        return found
    again = _looked_at(folder)
    if not again.holder:
        return again
    return replace(again, faults=tuple(one for one in again.faults if one in found.faults))


def _looked_at(folder: Path) -> Verified:
    holder = _holder(folder)
    runs, faults = _runs(folder, at_work=bool(holder))
    held = {run: _holder(run) for run in runs}
    places = tuple((run, place) for run in runs for place in _places(run, at_work=bool(held[run])))
    made = [_made(run, at_work=bool(held[run])) for run in runs]
    for run in runs:
        faults += run_faults(run, at_work=bool(held[run]))
        for page in (_INDEX, LOAD_PAGE):
            faults += page_faults(run / page, run, at_work=bool(held[run]))
    faults += _call_faults(places)
    one = _is_whole(folder) or all(map(_is_compared, runs))
    below = not (one or any(is_night(run.parent.name) for run in runs))
    return Verified(
        runs=len(runs),
        calls=sum(one for one, _ in made),
        planned=sum(of for _, of in made),
        below=below,
        faults=tuple(dict.fromkeys(faults)),
        removed=sum(not place.kept for _, place in places),
        holder=holder or next(filter(None, held.values()), ""),
    )


def _holder(folder: Path) -> str:
    """Return which process works in a folder; empty if there is none."""
    try:
        check_free(folder)
    except FolderInUse as used:
        return used.holder
    return ""


def _is_whole(folder: Path) -> bool:
    """Whether a folder is a run or a comparison itself."""
    return is_comparison(folder) or _is_begun(folder)


def _is_compared(run: Path) -> bool:
    """Return whether a run belongs to a comparison; after a kill it may be all that is left."""
    try:
        return read_plan(run).command == COMPARE
    except HarnessError:
        return False


def _runs(folder: Path, *, at_work: bool) -> tuple[tuple[Path, ...], list[FileFault]]:
    if is_comparison(folder):
        faults = list(comparison_faults(folder, at_work=at_work))
        for page in sorted((folder / _INDEX, *(folder / PAIRS).rglob("*.html"))):
            faults += page_faults(page, folder, at_work=at_work)
        try:
            keys = own_runs(folder)
        except RecordingDamaged:
            keys = frozenset(path.name for path in folder.iterdir() if _is_begun(path))
        return tuple(folder / key for key in sorted(keys)), faults
    if _is_begun(folder):
        return (folder,), []
    below = sorted(folder.iterdir())
    nights = [path for path in below if is_night(path.name)]
    runs = tuple(run for night in nights for run in sorted(night.iterdir()) if _is_begun(run))
    runs = runs or tuple(path for path in below if (path / PLAN).exists())  # killed comparison
    if not runs:
        raise UsageError(f"{folder} holds no run, no comparison and no nights: nothing to verify")
    return runs, []


def _is_begun(folder: Path) -> bool:
    return is_run(folder) or (folder / PLAN).exists()


def _places(run: Path, *, at_work: bool) -> tuple[CallPlace, ...]:
    try:
        return call_places(run, at_work=at_work)
    except RecordingDamaged:
        return ()  # reported with the faults of the run


def _made(run: Path, *, at_work: bool) -> tuple[int, int]:
    try:
        return calls_made(run, at_work=at_work)
    except RecordingDamaged:
        return 0, 0  # reported with the faults of the run


def _call_faults(places: tuple[_Place, ...]) -> Iterator[FileFault]:
    if len(places) <= _ALONE:
        yield from _faults_of(places)
        return
    parts = [places[n : n + _AT_ONCE] for n in range(0, len(places), _AT_ONCE)]
    with Workers(workers_by_default()) as workers:
        for found in [workers.submit(_faults_of, part) for part in parts]:
            yield from found.result()


def _faults_of(places: tuple[_Place, ...]) -> list[FileFault]:
    found: list[FileFault] = []
    for run, place in places:
        found += call_faults(place)
        found += page_faults(place.folder / _INDEX, run)
        found += sound_faults(place.folder, run)
    return found
