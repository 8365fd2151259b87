"""Checks a run's folder for files that are damaged, cut short, foreign or missing.

The checks by file:

- ``results.json``, ``plan.json``, ``manifest.json``, ``judged.json``, ``compare.json`` and
  ``noise_floor.json`` by their seal (``storage.sealed``); older files, without it, by their format
- the lines of ``journal.jsonl`` by their seals; a kill leaves half a line at the end, which is no
  damage
- tracks, events and ``heard.json`` by the counts and checksums in the manifest, in any track
  format; ``reviews.jsonl`` by its format
- pages and their dependencies: see ``runs/verifying.py``
- each call of the results, and each of the plan, by the contents of its folder

No file is written: a read-only folder can be verified. If another process works in a folder
(``at_work``), only its finished work is checked: calls that it will not touch again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from harness.errors import HarnessError, RecordingDamaged
from harness.files import HOLDER, LOCK, is_as_sealed, read_plain
from harness.judges.stored import JUDGED, load_judged
from harness.recording.manifest import HEARD, MANIFEST, load_manifest
from harness.recording.provenance import CallStatus
from harness.recording.store import FRESH_EVENTS, PACKED, content_damage
from harness.recording.writer import EVENTS, TRACKS
from harness.results.compare.store import COMPARISON, NOISE_FLOOR, PAIRS, read_comparison
from harness.results.load.model import LOAD
from harness.results.model import CallResult
from harness.results.reviews import REVIEWS, read_reviews
from harness.results.store import RESULTS, place_in_run, read_results
from harness.runs.again import CALLS
from harness.runs.plan_file import JOURNAL, PLAN, read_journal, read_plan, whole_lines
from harness.runs.rescuing import is_done
from harness.runs.stored import UNDER_WAY
from harness.runs.worker_results import PARCELS

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
    return list(_call_faults(place))


def _call_faults(place: CallPlace) -> Iterator[FileFault]:
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
