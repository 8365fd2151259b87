"""A history folder: ``NIGHT/RUN/results.json``, here or at any URL that fsspec knows.

A night is the instant at which it began (``2026-04-25T02-00-00Z``), a run one suite against one
target. What counts is the run's own ``results.json``, which `harness score` may replace: there is
no summary beside it that could disagree. Beside the results a run in a local history keeps its
pages and recordings; a remote one holds results only. What does not fit in is named and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import fsspec

from harness.errors import OperationError, RecordingDamaged, UsageError
from harness.results.model import RunResults
from harness.results.store import RESULTS, from_json, to_json

PAGE = "history.html"
ASSETS = "assets"

_NIGHT = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")
_FORM = "%Y-%m-%dT%H-%M-%SZ"


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
        """Return the nights that hold anything, oldest first; raises OperationError."""
        firsts = {place.split("/")[0] for place in self._inside()}
        return tuple(sorted(filter(_is_night, firsts)))

    def foreign(self) -> tuple[Skipped, ...]:
        """Name what lies beside the nights and is not ours; raises OperationError."""
        firsts = {place: at for place, at in self._inside().items() if "/" not in place}
        return tuple(one for one in _foreign(firsts, set()) if not _is_night(one.place))

    def keep(self, night: str, run: str, results: RunResults) -> None:
        """Store the results of a run, whole or not at all; raises OperationError."""
        path = self._at(f"{night}/{run}/{RESULTS}")
        with self._trouble("write"):
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._files.pipe_file(f"{path}.part", to_json(results))
            self._files.mv(f"{path}.part", path)

    def size(self, night: str, *, recordings_only: bool = False) -> int:
        """Return the bytes of a night, or of what ``remove_recordings`` takes away of it."""
        with self._trouble("read"):
            paths = self._beside_results(night) if recordings_only else [self._at(night)]
            return sum(int(self._files.du(path)) for path in paths)

    def remove(self, night: str) -> None:
        """Remove a night with all it holds; raises OperationError."""
        with self._trouble("remove from"):
            self._files.rm(self._at(night), recursive=True)

    def remove_recordings(self, night: str) -> None:
        """Remove what a night holds beside its results; raises OperationError."""
        with self._trouble("remove from"):
            for path in self._beside_results(night):
                self._files.rm(path, recursive=True)

    def _beside_results(self, night: str) -> list[str]:
        found: list[str] = []
        for run in self._files.ls(self._at(night), detail=False):
            kept = f"{run.rstrip('/')}/{RESULTS}"
            if self._files.exists(kept):  # else killed: its recordings are all there is
                inside = self._files.ls(run, detail=False)
                found += [path for path in inside if path.rstrip("/") != kept]
        return found

    def _at(self, place: str) -> str:
        return f"{self._root}/{place}"

    def _inside(self) -> dict[str, str]:
        """Return what lies there, three levels deep: place and whether it is a directory."""
        with self._trouble("read"):
            self._files.invalidate_cache()
            if not self._files.exists(self._root):
                return {}
            found = self._files.find(self._root, maxdepth=3, withdirs=True, detail=True)
        inside = {path[len(self._root) :].strip("/"): at["type"] for path, at in found.items()}
        inside.pop("", None)  # some file systems name the folder itself
        return inside

    @contextmanager
    def _trouble(self, doing: str) -> Iterator[None]:
        # Clients of object stores raise errors of their own; fsspec makes OSError of most.
        try:
            yield
        except OSError as error:
            reason = error.strerror or str(error)
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
    for place, kind in sorted(inside.items()):
        parts = place.split("/")
        if not _is_night(parts[0]):
            if len(parts) == 1 and place not in (PAGE, ASSETS):
                yield Skipped(place, "not a night")
        elif len(parts) == 2 and place not in runs:
            killed = f"no {RESULTS}; if its run was killed, `harness score` makes one"
            yield Skipped(place, killed if kind == "directory" else "not a run")


def _parsed(place: str, raw: object) -> Entry | Skipped:
    night, run, _ = place.split("/")
    if not isinstance(raw, bytes):
        return Skipped(place, f"cannot be read: {raw}")
    try:
        return Entry(night, run, from_json(raw, Path(place)))
    except RecordingDamaged as error:
        return Skipped(place, error.detail)
