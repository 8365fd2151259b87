"""A history folder of nightly runs, local or at any URL that fsspec supports.

A night is named by the instant at which it began (``2026-04-25T02-00-00Z``); a run is a suite
against a target. The run's own ``results.json``, which `harness score` may replace, is the only
source: there is no separate summary that could disagree. A run in a local history also keeps its
pages and recordings; a remote history contains results only. Foreign files are named and left
alone.

Removing touches only files of runs whose results can be read, file by file, each run's results
last: after an interruption, the next removal finds the same run and continues. No link is followed
or removed, and a folder is removed only if it is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from harness.errors import RecordingDamaged, UsageError
from harness.files import LOCK, read_plain, store_trouble, taken, to_json, url_folder
from harness.results.model import RunResults
from harness.results.reviews import REVIEWS, parse_reviews
from harness.results.store import RESULTS, from_json, has_recordings, tell_removed

# The contents of a history: nights by name, nights old enough to remove, and foreign files.
#
# A night's name is the instant at which it began, ``2026-04-25T02-00-00Z``. A file of no run is
# named, with advice, and left alone.

_NIGHT = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")
_FORM = "%Y-%m-%dT%H-%M-%SZ"

_CLOCKS_DIFFER = timedelta(minutes=5)
"""The clocks of two machines may differ by so much."""

PAGE = "history.html"
ASSETS = "assets"
SHOWN = "page.json"

_LINK = "a link; links are not followed"
AHEAD = (
    "dated in the future (a clock was wrong, or a time zone); it is kept, and no night until then"
)
_NO_NIGHT = {"link": _LINK, "directory": "no run in it"}
NO_RUN = {
    "link": _LINK,
    "directory": f"no {RESULTS}; if its run was killed, `harness score` makes one",
}


def night_of(instant: datetime) -> str:
    """Return the name of the night that began at an instant with a time zone."""
    return instant.astimezone(UTC).strftime(_FORM)


def began(night: str) -> datetime:
    """Return when a night began; raises ValueError for a text that is no night's name."""
    return datetime.strptime(night, _FORM).replace(tzinfo=UTC)


def is_night(name: str) -> bool:
    """Return whether this is the name of a night."""
    try:
        return _NIGHT.fullmatch(name) is not None and bool(began(name))
    except ValueError:  # in the form of a night, but no day of any calendar
        return False


def is_ahead(night: str, now: datetime) -> bool:
    """Return whether a night has not begun yet: a clock was wrong when it was named."""
    return began(night) > now + _CLOCKS_DIFFER


def too_old(
    nights: Sequence[str], *, keep_nights: int | None, keep_days: int | None, now: datetime
) -> tuple[str, ...]:
    """Return the nights that neither rule keeps, oldest first; the newest night always stays.

    Raises:
        UsageError: neither rule is given.
    """
    if keep_nights is None and keep_days is None:
        raise UsageError("say what to keep: --keep-nights N, --keep-days N, or both")
    known = sorted(nights)
    kept = set(known[-(keep_nights or 1) :])
    if keep_days is not None:
        # timedelta raises OverflowError beyond its maximum
        age = timedelta(days=min(keep_days, timedelta.max.days))
        kept |= {night for night in known if now - began(night) <= age}
    return tuple(night for night in known if night not in kept)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file or folder that is no run, or a run that cannot be read."""

    place: str
    reason: str


def is_results(place: str) -> bool:
    """Return whether this is the place of a run's results."""
    return _is_of_run(place, RESULTS)


def is_reviews(place: str) -> bool:
    """Return whether this is the place of a run's reviews by persons."""
    return _is_of_run(place, REVIEWS)


def _is_of_run(place: str, name: str) -> bool:
    night, *rest = place.split("/")
    return len(rest) == 2 and rest[1] == name and is_night(night)


def foreign(inside: Mapping[str, str], runs: set[str]) -> Iterator[Skipped]:
    """Name files that are neither a run's nor the harness's; for a killed run, add advice."""
    filled = {place.split("/")[0] for place in inside if "/" in place}
    for place, kind in sorted(inside.items()):
        depth = place.count("/")
        if not is_night(place.split("/")[0]):
            if depth == 0 and place not in (PAGE, ASSETS, SHOWN):
                yield Skipped(place, "not a night")
        elif depth == 0 and place not in filled:
            yield Skipped(place, _NO_NIGHT.get(kind, "not a night"))
        elif depth == 1 and place not in runs:
            yield Skipped(place, NO_RUN.get(kind, "not a run"))


_AT_ONCE = 64  # files that are fetched together: a few megabytes, and few round trips


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A run of a night."""

    night: str
    run: str
    results: RunResults


@dataclass(frozen=True, slots=True)
class History:
    """All runs by night, and the files that were skipped."""

    place: str
    entries: tuple[HistoryEntry, ...]
    skipped: tuple[Skipped, ...]

    @property
    def nights(self) -> tuple[str, ...]:
        """The nights, oldest first."""
        return tuple(dict.fromkeys(entry.night for entry in self.entries))


@dataclass(frozen=True, slots=True)
class Removable:
    """The files of a night's runs that may be removed, and files among them that stay.

    ``runs``, ``files`` and ``folders`` are places in the history; each folder comes after those
    inside it. ``unkept`` are runs whose results stay, and must record that recordings are removed.
    """

    night: str
    runs: tuple[str, ...]
    files: tuple[str, ...]
    folders: tuple[str, ...]
    size_bytes: int
    stays: tuple[Skipped, ...]
    unkept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A file, link or folder in the folder of a run."""

    place: str
    kind: str
    size_bytes: int = 0
    why_it_stays: str = ""


class HistoryFolder:
    """The place of a history; the constructor reads and writes no files.

    Nights after ``now`` (by default the machine's clock) are kept and named, but are not part of
    the history yet: the last night is always a past night.
    """

    def __init__(self, place: str | Path, *, now: datetime | None = None) -> None:
        """Raises UsageError like ``files.url_folder``."""
        self.place = str(place)
        self._now = now or datetime.now(UTC)
        self._files, self._root = url_folder(self.place, named="history ")

    @property
    def local(self) -> Path | None:
        """The folder, if it is on this machine."""
        protocols = self._files.protocol
        named = (protocols,) if isinstance(protocols, str) else protocols
        return Path(self._root) if "file" in named else None

    def read(self) -> History:
        """Read all runs; broken and foreign files are skipped and named.

        Raises:
            OperationError: the place cannot be read at all.
        """
        inside = self._inside()
        ahead = {place.split("/")[0] for place in inside if self._is_ahead(place)}
        inside = {place: kind for place, kind in inside.items() if place.split("/")[0] not in ahead}
        places = sorted(place for place in inside if is_results(place))
        beside = sorted(place for place in inside if is_reviews(place))
        verdicts = {place.rpartition("/")[0]: raw for place, raw in self._raw(beside)}
        outcomes = [
            _parsed(place, raw, verdicts.get(place.rpartition("/")[0], b""))
            for place, raw in self._raw(places)
        ]
        return History(
            place=self.place,
            entries=tuple(one for one in outcomes if isinstance(one, HistoryEntry)),
            skipped=(
                *(one for one in outcomes if isinstance(one, Skipped)),
                *foreign(inside, {place.rpartition("/")[0] for place in places}),
                *(Skipped(night, AHEAD) for night in sorted(ahead)),
            ),
        )

    def _raw(self, places: list[str]) -> Iterator[tuple[str, object]]:
        for first in range(0, len(places), _AT_ONCE):
            some = places[first : first + _AT_ONCE]
            paths = [self._at(place) for place in some]
            yield from zip(some, self._contents(paths), strict=True)

    def _contents(self, paths: list[str]) -> list[object]:
        """Return the contents of files, or why each cannot be read; raises OperationError."""
        if self.local is not None:  # fsspec would wait for a pipe, and read a device for ever
            return [_plain_or_error(Path(path)) for path in paths]
        with store_trouble(f"read history {self.place}"):
            # unlike cat, cat_ranges takes no character of a path as a pattern
            return list(self._files.cat_ranges(paths, None, None, on_error="return"))

    def runs(self) -> frozenset[tuple[str, str]]:
        """Return the night and run of all results, unread; raises OperationError."""
        inside = (place for place in self._inside() if not self._is_ahead(place))
        places = (place.split("/") for place in inside if is_results(place))
        return frozenset((night, run) for night, run, _ in places)

    def nights(self) -> tuple[str, ...]:
        """Return the nights with a readable run, oldest first; raises OperationError."""
        return self.read().nights

    def keep(self, night: str, run: str, results: RunResults) -> None:
        """Store the results of a run, whole or not at all; raises OperationError."""
        self._write(self._at(f"{night}/{run}/{RESULTS}"), to_json(results))

    def note(self, name: str) -> bytes | None:
        """Return a file next to the nights, None if it is missing; raises OperationError."""
        with store_trouble(f"read history {self.place}"), suppress(FileNotFoundError):
            path = self._at(name)
            return (
                bytes(self._files.cat_file(path)) if self.local is None else read_plain(Path(path))
            )
        return None

    def keep_note(self, name: str, data: bytes) -> None:
        """Store a file next to the nights, whole or not at all; raises OperationError."""
        self._write(self._at(name), data)

    def removable(self, stored: History, night: str, *, recordings_only: bool = False) -> Removable:
        """Return the files that may be removed of a night's readable runs; removes none.

        With ``recordings_only`` their results and reviews stay. Raises OperationError.
        """
        stays = [one for one in stored.skipped if one.place.startswith(f"{night}/")]
        going: list[_Found] = []
        runs: list[str] = []
        unkept: list[str] = []
        for entry in (one for one in stored.entries if one.night == night):
            run = f"{night}/{entry.run}"
            with store_trouble(f"read {run} in history {self.place}"):
                found = list(self._below(run))
            place = f"{run}/{RESULTS}"
            results = next((o for o in found if (o.place, o.kind) == (place, "file")), None)
            if results is None:
                stays.append(Skipped(run, f"its {RESULTS} is no plain file; it is not removed"))
                continue
            found = [one for one in found if one.place not in (place, f"{run}/{LOCK}")]
            if recordings_only:  # persons' verdicts are results, too
                found = [one for one in found if one.place != f"{run}/{REVIEWS}"]
                unkept += [run] if has_recordings(entry.results) else []
            runs.append(run)
            going += [*found, *(() if recordings_only else (results,)), _Found(run, "directory")]
            stays += [Skipped(one.place, one.why_it_stays) for one in found if one.why_it_stays]
        folders = [one.place for one in going if one.kind == "directory"]
        return Removable(
            night=night,
            runs=tuple(runs),
            files=tuple(one.place for one in going if one.kind == "file"),
            folders=(*sorted(folders, reverse=True), night),
            size_bytes=sum(one.size_bytes for one in going if one.kind == "file"),
            stays=tuple(stays),
            unkept=tuple(unkept),
        )

    def remove(self, what: Removable) -> None:
        """Remove these files, and the folders that are empty then.

        Raises OperationError, and FolderInUse if another process works in any of the runs: then
        no file of the night is removed.
        """
        runs = () if self.local is None else tuple(self.local / run for run in what.runs)
        with ExitStack() as held:
            for run in runs:
                held.enter_context(taken(run, by="harness history prune"))
            for place in what.unkept if runs else ():  # a remote run never had recordings
                with store_trouble(f"write {place} in history {self.place}"):
                    tell_removed(Path(self._at(place)) / RESULTS)
            for file in what.files:
                doing = f"remove {file} from history {self.place}"
                with store_trouble(doing), suppress(FileNotFoundError):
                    self._files.rm_file(self._at(file))
        for run in runs:
            if not (run / RESULTS).exists():  # else its lock stays with it
                (run / LOCK).unlink(missing_ok=True)
        self._files.invalidate_cache()
        for folder in what.folders:
            # the rmdir of some file systems removes the contents, too
            with suppress(OSError):
                if not self._files.ls(self._at(folder), detail=False):
                    self._files.rmdir(self._at(folder))

    def _below(self, place: str) -> Iterator[_Found]:
        """Find all files and folders in a folder; links are not followed."""
        path = self._at(place)
        try:
            listed = self._files.ls(path, detail=True)
        except PermissionError as error:
            yield _Found(place, "locked", why_it_stays=f"cannot be read: {error.strerror or error}")
            return
        for at in listed:
            name = at["name"].rstrip("/")
            if name == path:  # some file systems list the folder itself
                continue
            inside = f"{place}/{name.rpartition('/')[2]}"
            kind = self._kind(name, at)
            if kind in ("file", "directory"):
                yield _Found(inside, kind, int(at["size"] or 0))
            else:
                yield _Found(inside, kind, why_it_stays=NO_RUN.get(kind, "not a file"))
            if kind == "directory":
                yield from self._below(inside)

    def _kind(self, path: str, at: Mapping[str, Any]) -> str:
        # the type of a link to a folder differs between versions of fsspec
        link = at.get("islink") or (self.local is not None and Path(path).is_symlink())
        return "link" if link else str(at["type"])

    def _is_ahead(self, place: str) -> bool:
        """Return whether this is a run of a future night."""
        return is_results(place) and is_ahead(place.split("/")[0], self._now)

    def _at(self, place: str) -> str:
        return f"{self._root}/{place}"

    def _inside(self) -> dict[str, str]:
        """Return place and kind of all entries, three levels deep, without following links."""
        with store_trouble(f"read history {self.place}"):
            self._files.invalidate_cache()
            if not self._files.exists(self._root):
                return {}
            found = self._files.find(self._root, maxdepth=3, withdirs=True, detail=True)
        inside = {
            path[len(self._root) :].strip("/"): self._kind(path, at) for path, at in found.items()
        }
        inside.pop("", None)  # some file systems name the folder itself
        links = tuple(f"{place}/" for place, kind in inside.items() if kind == "link")
        return {place: kind for place, kind in inside.items() if not place.startswith(links)}

    def _write(self, path: str, data: bytes) -> None:
        with store_trouble(f"write history {self.place}"):
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(f"{path}.part", data)
            self._files.mv(f"{path}.part", path)


def _plain_or_error(path: Path) -> bytes | OSError:
    try:
        return read_plain(path)
    except OSError as error:
        return error


def _parsed(place: str, raw: object, verdicts: object) -> HistoryEntry | Skipped:
    """Return a run as scorers and persons judged it; ``verdicts`` are the reviews, if any."""
    night, run, _ = place.split("/")
    if not isinstance(raw, bytes) or not isinstance(verdicts, bytes):
        lost = verdicts if isinstance(raw, bytes) else raw
        return Skipped(place, f"cannot be read: {getattr(lost, 'strerror', None) or lost}")
    try:
        given = parse_reviews(verdicts, Path(place).with_name(REVIEWS)) if verdicts else None
        return HistoryEntry(night, run, from_json(raw, Path(place), given))
    except RecordingDamaged as error:
        return Skipped(place, error.detail)
