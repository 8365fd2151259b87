"""A history folder: ``NIGHT/RUN/results.json``, here or at any URL that fsspec knows.

A night is the instant at which it began (``2026-04-25T02-00-00Z``), a run one suite against one
target. What counts is the run's own ``results.json``, which `harness score` may replace: there is
no summary beside it that could disagree. Beside the results a run in a local history keeps its
pages and recordings; a remote one holds results only. What does not fit in is named and left alone.

Removing touches only files of runs whose results can be read, one by one, each run's results last:
whatever stops it in between, the next time finds the same run and goes on. No link is followed or
removed, and a folder goes only if nothing is left in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec

from harness.errors import OperationError, RecordingDamaged, UsageError
from harness.results.model import RunResults
from harness.results.store import RESULTS, from_json, to_json

PAGE = "history.html"
ASSETS = "assets"

_NIGHT = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")
_FORM = "%Y-%m-%dT%H-%M-%SZ"

_LINK = "a link; links are not followed"
_NO_NIGHT = {"link": _LINK, "directory": "no run in it"}
_NO_RUN = {
    "link": _LINK,
    "directory": f"no {RESULTS}; if its run was killed, `harness score` makes one",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One run of one night."""

    night: str
    run: str
    results: RunResults


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in the folder that is no run, or none that can be read."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class History:
    """All runs by night, and what was left out."""

    place: str
    entries: tuple[Entry, ...]
    skipped: tuple[Skipped, ...]

    @property
    def nights(self) -> tuple[str, ...]:
        """The nights, oldest first."""
        return tuple(dict.fromkeys(entry.night for entry in self.entries))


@dataclass(frozen=True, slots=True)
class Removable:
    """What may go of the runs of one night, and what lies among it and stays.

    ``files`` and ``folders`` are places in the history; each folder comes after those inside it.
    """

    night: str
    files: tuple[str, ...]
    folders: tuple[str, ...]
    size_bytes: int
    stays: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    """Something in the folder of a run."""

    place: str
    kind: str
    size_bytes: int = 0
    why_it_stays: str = ""


def night_of(instant: datetime) -> str:
    """Return the name of the night that began at an instant with a time zone."""
    return instant.astimezone(UTC).strftime(_FORM)


def began(night: str) -> datetime:
    """Return when a night began; raises ValueError for what is not the name of a night."""
    return datetime.strptime(night, _FORM).replace(tzinfo=UTC)


class HistoryFolder:
    """A place that holds a history; making one touches nothing."""

    def __init__(self, place: str | Path) -> None:
        """Raises UsageError for a URL whose protocol is unknown or lacks its package."""
        self.place = str(place)
        try:
            self._files, self._root = fsspec.url_to_fs(self.place)
        except (ImportError, ValueError) as error:
            raise UsageError(f"history {self.place}: {error}") from error
        self._root = self._root.rstrip("/")

    @property
    def local(self) -> Path | None:
        """The folder, where it is one of this machine's."""
        protocols = self._files.protocol
        named = (protocols,) if isinstance(protocols, str) else protocols
        return Path(self._root) if "file" in named else None

    def read(self) -> History:
        """Read all runs; what is broken or foreign is skipped and named.

        Raises:
            OperationError: the place cannot be read at all.
        """
        inside = self._inside()
        places = sorted(place for place in inside if _is_results(place))
        with self._trouble("read"):
            # Many at once where the place is far away, and no sign of a path taken for a pattern.
            paths = [self._at(place) for place in places]
            raws = self._files.cat_ranges(paths, None, None, on_error="return")
        outcomes = [_parsed(place, raw) for place, raw in zip(places, raws, strict=True)]
        return History(
            place=self.place,
            entries=tuple(one for one in outcomes if isinstance(one, Entry)),
            skipped=(
                *(one for one in outcomes if isinstance(one, Skipped)),
                *_foreign(inside, {place.rpartition("/")[0] for place in places}),
            ),
        )

    def runs(self) -> frozenset[tuple[str, str]]:
        """Return night and run of all results, without reading them; raises OperationError."""
        places = (place.split("/") for place in self._inside() if _is_results(place))
        return frozenset((night, run) for night, run, _ in places)

    def nights(self) -> tuple[str, ...]:
        """Return the nights with a run that can be read, oldest first; raises OperationError."""
        return self.read().nights

    def keep(self, night: str, run: str, results: RunResults) -> None:
        """Store the results of a run, whole or not at all; raises OperationError."""
        path = self._at(f"{night}/{run}/{RESULTS}")
        with self._trouble("write"):
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(f"{path}.part", to_json(results))
            self._files.mv(f"{path}.part", path)

    def removable(self, stored: History, night: str, *, recordings_only: bool = False) -> Removable:
        """Return what may go of the runs that were read in a night; touches nothing.

        With ``recordings_only`` their results are not among it. Raises OperationError.
        """
        stays = [one for one in stored.skipped if one.place.startswith(f"{night}/")]
        going: list[_Found] = []
        for run in (f"{night}/{one.run}" for one in stored.entries if one.night == night):
            with self._trouble(f"read {run} in"):
                found = list(self._below(run))
            place = f"{run}/{RESULTS}"
            results = next((o for o in found if (o.place, o.kind) == (place, "file")), None)
            if results is None:
                stays.append(Skipped(run, f"its {RESULTS} is no plain file; it is not removed"))
                continue
            found.remove(results)
            going += [*found, *(() if recordings_only else (results,)), _Found(run, "directory")]
            stays += [Skipped(one.place, one.why_it_stays) for one in found if one.why_it_stays]
        folders = [one.place for one in going if one.kind == "directory"]
        return Removable(
            night=night,
            files=tuple(one.place for one in going if one.kind == "file"),
            folders=(*sorted(folders, reverse=True), night),
            size_bytes=sum(one.size_bytes for one in going if one.kind == "file"),
            stays=tuple(stays),
        )

    def remove(self, what: Removable) -> None:
        """Remove these files, and the folders that are empty then; raises OperationError."""
        for file in what.files:
            with self._trouble(f"remove {file} from"), suppress(FileNotFoundError):
                self._files.rm_file(self._at(file))
        self._files.invalidate_cache()
        for folder in what.folders:
            # There are file systems whose rmdir takes with it what is inside.
            with suppress(OSError):
                if not self._files.ls(self._at(folder), detail=False):
                    self._files.rmdir(self._at(folder))

    def _below(self, place: str) -> Iterator[_Found]:
        """Find all that lies in a folder; what is in there by a link only is not looked at."""
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
                yield _Found(inside, kind, why_it_stays=_NO_RUN.get(kind, "not a file"))
            if kind == "directory":
                yield from self._below(inside)

    def _kind(self, path: str, at: Mapping[str, Any]) -> str:
        # What a link to a folder is called differs between versions of fsspec.
        link = at.get("islink") or (self.local is not None and Path(path).is_symlink())
        return "link" if link else str(at["type"])

    def _at(self, place: str) -> str:
        return f"{self._root}/{place}"

    def _inside(self) -> dict[str, str]:
        """Return what lies there and not behind a link, three levels deep: place and kind."""
        with self._trouble("read"):
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

    @contextmanager
    def _trouble(self, doing: str) -> Iterator[None]:
        # Clients of object stores raise errors of their own; fsspec makes OSError of most.
        try:
            yield
        except (OSError, NotImplementedError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "not possible there"
            raise OperationError(f"cannot {doing} history {self.place}: {reason}") from error


def _is_night(name: str) -> bool:
    try:
        return _NIGHT.fullmatch(name) is not None and bool(began(name))
    except ValueError:  # in the form of a night, but no day of any calendar
        return False


def _is_results(place: str) -> bool:
    night, *rest = place.split("/")
    return len(rest) == 2 and rest[1] == RESULTS and _is_night(night)


def _foreign(inside: Mapping[str, str], runs: set[str]) -> Iterator[Skipped]:
    """Name what is neither a run's nor written by us; of a run that was killed, what to do."""
    filled = {place.split("/")[0] for place in inside if "/" in place}
    for place, kind in sorted(inside.items()):
        depth = place.count("/")
        if not _is_night(place.split("/")[0]):
            if depth == 0 and place not in (PAGE, ASSETS):
                yield Skipped(place, "not a night")
        elif depth == 0 and place not in filled:
            yield Skipped(place, _NO_NIGHT.get(kind, "not a night"))
        elif depth == 1 and place not in runs:
            yield Skipped(place, _NO_RUN.get(kind, "not a run"))


def _parsed(place: str, raw: object) -> Entry | Skipped:
    night, run, _ = place.split("/")
    if not isinstance(raw, bytes):
        return Skipped(place, f"cannot be read: {raw}")
    try:
        return Entry(night, run, from_json(raw, Path(place)))
    except RecordingDamaged as error:
        return Skipped(place, error.detail)
