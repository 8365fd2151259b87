"""``harness verify``: the files and pages of a run, a comparison or a history."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from harness.audio import wav
from harness.errors import FolderInUse, HarnessError, RecordingDamaged, UsageError
from harness.files import HOLDER, LOCK, check_free, is_as_sealed, read_plain
from harness.judges.answer_file import JUDGED, load_judged
from harness.recording.manifest import HEARD, MANIFEST, load_manifest
from harness.recording.provenance import CallStatus
from harness.recording.store import FRESH_EVENTS, PACKED, content_damage
from harness.recording.writer import EVENTS, TRACKS
from harness.report.pages import STATIC
from harness.report.run.call_rows import AUDIO
from harness.results.compare.store import COMPARISON, NOISE_FLOOR, PAIRS, read_comparison
from harness.results.history.store import is_night
from harness.results.load.model import LOAD
from harness.results.model import CallResult
from harness.results.reviews import REVIEWS, read_reviews
from harness.results.store import LONGEST_WAIT_S, RESULTS, place_in_run, read_results
from harness.runs.local_run import workers_by_default
from harness.runs.plan_file import COMPARE, JOURNAL, PLAN, read_journal, read_plan, whole_lines
from harness.runs.processes import Workers
from harness.runs.recovery import is_done
from harness.runs.rescore import CALLS
from harness.runs.run_folder import is_comparison, is_run, own_runs
from harness.runs.stored_call import UNDER_WAY
from harness.runs.worker_results import PARCELS

# Checks a run's folder for files that are damaged, cut short, foreign or missing.
#
# The checks by file:
#
# - ``results.json``, ``plan.json``, ``manifest.json``, ``judged.json``, ``compare.json`` and
#   ``noise_floor.json`` by their seal (``storage.sealed``); older files, without it, by their
#   format
# - the lines of ``journal.jsonl`` by their seals; a kill leaves half a line at the end, which is
#   no damage
# - tracks, events and ``heard.json`` by the counts and checksums in the manifest, in any track
#   format; ``reviews.jsonl`` by its format
# - pages and their dependencies: see ``runs/verify.py``
# - each call of the results, and each of the plan, by the contents of its folder
#
# No file is written: a read-only folder can be verified. If another process works in a folder
# (``at_work``), only its finished work is checked: calls that it will not touch again.

_PAGE, _SOUND, _UNDRAWN = "index.html", "call.flac", "undrawn.txt"
LOAD_PAGE = "load.html"
_PAGES = frozenset({_PAGE, _SOUND, _UNDRAWN})
_RUN = frozenset(
    {RESULTS, PLAN, LOAD, LOAD_PAGE, JOURNAL, REVIEWS, LOCK, HOLDER, _PAGE, "assets", CALLS}
)
CONFIRMING = ".confirming"
"""The folder in a run's folder for calls that confirm its losses."""
_PASSING = frozenset({PARCELS, UNDER_WAY, CONFIRMING})
"""Folders in a run's folder that are gone when it ends, and when it continues after a kill."""
_COMPARED = frozenset({COMPARISON, NOISE_FLOOR, PAIRS, LOCK, HOLDER, _PAGE, "assets"})
_CALL = frozenset(
    {MANIFEST, EVENTS, FRESH_EVENTS, HEARD, JUDGED, *TRACKS, *_PAGES}
    | {Path(name).with_suffix(PACKED).name for name in TRACKS}
)


@dataclass(frozen=True, slots=True)
class FileFault:
    """A file that is not as it was written, and its fault."""

    path: Path
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


@dataclass(frozen=True, slots=True)
class CallPlace:
    """The folder of a call; ``ended`` if its run knows how it ended, and ``kept`` its audio.

    A call whose recording was removed on purpose may have no folder.
    """

    folder: Path
    ended: bool
    kept: bool


def run_faults(folder: Path, *, at_work: bool = False) -> Iterator[FileFault]:
    """Yield the faults of a run's own files, and its missing calls."""
    for name in (RESULTS, PLAN, LOAD):
        yield from _sealed_faults(folder / name)
    yield from _read_faults(folder)
    yield from _journal_faults(folder / JOURNAL)
    yield from _foreign(folder, _RUN | _PASSING if at_work else _RUN, halves=not at_work)
    yield from _missing_calls(_listed(folder, at_work=at_work), folder)


def comparison_faults(folder: Path, *, at_work: bool = False) -> Iterator[FileFault]:
    """Yield the faults of a comparison's own files; its runs are verified by themselves."""
    for name in (COMPARISON, NOISE_FLOOR):
        yield from _sealed_faults(folder / name)
    own: frozenset[str] = frozenset()
    try:
        own = frozenset(one.key for one in read_comparison(folder / COMPARISON).variants if one.own)
    except RecordingDamaged as damaged:
        yield FileFault(damaged.path, damaged.detail)
    yield from _foreign(folder, _COMPARED | own, halves=not at_work)


def call_places(folder: Path, *, at_work: bool = False) -> tuple[CallPlace, ...]:
    """Return the folders of a run's calls: those that exist, and those that should."""
    listed = {place_in_run(folder, c): c for c in _listed(folder, at_work=at_work)}
    there = (path.parent for path in (folder / CALLS).glob("*/*/*"))
    found = {PurePosixPath(path.relative_to(folder)) for path in there}
    found = found & set(listed) if at_work else found
    found |= {place for place, call in listed.items() if not call.kept}
    return tuple(
        CallPlace(
            folder / place,
            ended=place in listed,
            kept=place not in listed or listed[place].kept,
        )
        for place in sorted(found)
    )


def calls_made(folder: Path, *, at_work: bool = False) -> tuple[int, int]:
    """Return how many calls a run has made or begun, and how many it was to make.

    Both are the same if no plan can be read (of an import, say).
    """
    listed = {place_in_run(folder, c): c for c in _listed(folder, at_work=at_work)}
    owed = {at for at, call in listed.items() if call.status == CallStatus.NOT_CALLED.value}
    there = {
        PurePosixPath(place.folder.relative_to(folder))
        for place in call_places(folder, at_work=at_work)
    }
    made = len((there | set(listed)) - owed)
    try:
        planned = len(read_plan(folder).calls)
    except RecordingDamaged:
        planned = made
    return made, max(made, planned)


def call_faults(place: CallPlace) -> list[FileFault]:
    """Return the faults in the folder of a call. Reads all of it."""
    return list(_stored_files_call_faults(place))


def _stored_files_call_faults(place: CallPlace) -> Iterator[FileFault]:
    folder = place.folder
    yield from _foreign(folder, _CALL)
    if not (folder / MANIFEST).exists():
        if any((folder / name).exists() for name in (EVENTS, *TRACKS)):
            yield FileFault(folder / MANIFEST, "missing; what it is a recording of is not known")
        return
    yield from _sealed_faults(folder / MANIFEST)
    yield from _judged_faults(folder)
    if not place.kept:
        return
    try:
        if load_manifest(folder).status is None:
            if place.ended:
                yield FileFault(folder / MANIFEST, "the call has no end: it was killed")
            return  # under way, or killed: its files may be incomplete
        damage = content_damage(folder)
    except HarnessError as error:
        path = error.path if isinstance(error, RecordingDamaged) else folder
        yield FileFault(path, error.detail if isinstance(error, RecordingDamaged) else str(error))
        return
    if damage:
        yield FileFault(folder, damage.removeprefix("recording damaged: "))


def _judged_faults(folder: Path) -> Iterator[FileFault]:
    yield from _sealed_faults(folder / JUDGED)
    try:
        load_judged(folder)
    except RecordingDamaged as damaged:
        yield FileFault(damaged.path, damaged.detail)


def _sealed_faults(path: Path) -> Iterator[FileFault]:
    try:
        if is_as_sealed(read_plain(path)) is False:
            yield FileFault(path, "not as it was written (its checksum does not fit)")
    except FileNotFoundError:
        return
    except OSError as error:
        yield FileFault(path, error.strerror or str(error))


def _read_faults(folder: Path) -> Iterator[FileFault]:
    readers = ((RESULTS, lambda: read_results(folder / RESULTS)),
               (PLAN, lambda: read_plan(folder)),
               (REVIEWS, lambda: read_reviews(folder)))  # fmt: skip
    told = set()
    for name, read in readers:
        try:
            if (folder / name).exists():
                read()
        except RecordingDamaged as damaged:
            if (damaged.path, damaged.detail) not in told and damaged.detail != _UNSEALED:
                told.add((damaged.path, damaged.detail))
                yield FileFault(damaged.path, damaged.detail)


_UNSEALED = "it is not as it was written"


def _journal_faults(path: Path) -> Iterator[FileFault]:
    if not path.exists():
        return
    if not (path.parent / PLAN).exists():
        resume = f"`harness run --resume {path.parent}` cannot go on without it"
        yield FileFault(path.parent / PLAN, f"missing, and the run is not over: {resume}")
    try:
        raw = read_plain(path)
        read_journal(path.parent)
    except (OSError, RecordingDamaged) as error:
        yield FileFault(path, str(error))
        return
    lines = raw.count(b"\n")
    broken = lines - sum(1 for _ in whole_lines(raw))
    if broken:
        yield FileFault(path, f"{broken} of {lines} lines are not as they were written")


def _missing_calls(calls: Iterable[CallResult], folder: Path) -> Iterator[FileFault]:
    """Yield calls that took place, by results and journal, and whose recording is not there."""
    for call in calls:
        place = folder / place_in_run(folder, call)
        made = call.duration_s is not None and call.kept
        if made and not (place / MANIFEST).exists():
            yield FileFault(place / MANIFEST, f"missing; {RESULTS} has the call")


def _listed(folder: Path, *, at_work: bool) -> tuple[CallResult, ...]:
    """Return the calls that a run knows of; none if no file can be read.

    ``at_work``: without the calls that a continuation of the run may make or judge once more, which
    are all that its journal does not have.
    """
    try:
        journaled = read_journal(folder)
    except RecordingDamaged:
        journaled = {}
    try:
        results = read_results(folder / RESULTS)
        recorded, is_over = results.recorded, not results.interrupted
    except RecordingDamaged:
        recorded, is_over = (), False
    if at_work and ((folder / JOURNAL).exists() or not is_over):
        return tuple(call for call in journaled.values() if is_done(folder, call))
    kept = {call.recording: call.kept for call in recorded}
    late = (replace(c, kept=kept.get(c.recording, True)) for c in journaled.values())
    return tuple({c.recording: c for c in (*recorded, *late)}.values())


def _foreign(folder: Path, known: frozenset[str], *, halves: bool = True) -> Iterator[FileFault]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        single = path.name.startswith("report-") and path.suffix == ".html"
        half = path.name.endswith(".part")
        if path.name in known or single or (half and not halves):
            continue
        if half:
            yield FileFault(path, "half a file that a kill left; nothing reads it, remove it")
        elif path.name in _PASSING:
            yield FileFault(path, "left by a kill; it goes when the run goes on, or remove it")
        else:
            yield FileFault(path, "foreign: no file of the harness")


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
