"""Finished calls that workers leave for the run, in a folder or an object store.

A parcel is a call's recording and its result, together. A worker prepares it in a private place and
then hands it over in a single step, under the call's key: in a shared folder by a rename, at a URL
by a marker that is written last, and only if there is none (``If-None-Match``, if the store
supports it). If a lost connection had a call made twice, the second worker discards its own parcel.

Only the run's own process takes parcels and moves them to their final place, and it makes and
removes the parcels' folder: a worker that finds no folder knows that the run is over.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from harness.errors import OperationError, StorageFailed, UsageError
from harness.files import read_plain, store_trouble, url_folder
from harness.recording.manifest import MANIFEST
from harness.results.model import CallResult, adapter_of
from harness.results.store import RESULTS

# A folder behind a URL (an object store, or any other fsspec file system): files written, moved,
# removed.


class UrlFolder:
    """A folder of an object store, or of any other file system that fsspec opens by URL."""

    def __init__(self, url: str) -> None:
        """Raises UsageError: a URL that holds a password, or whose package is not there."""
        self.url = url.rstrip("/")
        self._files, self._root = url_folder(self.url)

    def exists(self, name: str) -> bool:
        """Return whether there is such a file; raises OperationError."""
        with store_trouble(f"read {self.url}"):
            self._files.invalidate_cache()
            return bool(self._files.exists(self._at(name)))

    def read(self, name: str) -> bytes:
        """Return the contents of a file; raises OperationError."""
        with store_trouble(f"read {self.url}"):
            if "file" in self._files.protocol:  # fsspec would wait for a pipe
                return read_plain(Path(self._at(name)))
            return bytes(self._files.cat_file(self._at(name)))

    def write(self, name: str, data: bytes) -> None:
        """Write a small file; raises OperationError."""
        with store_trouble(f"write {self.url}"):
            self._files.pipe_file(self._at(name), data)

    def create(self, name: str, data: bytes) -> bool:
        """Write a small file, unless there is one: then False. Raises OperationError."""
        try:
            with store_trouble(f"write {self.url}"):
                self._files.pipe_file(self._at(name), data, mode="create")
        except OperationError:
            if self.exists(name):
                return False
            raise
        return True

    def listed(self, name: str = "") -> dict[str, int]:
        """Return all files below, by their names from there, with their sizes."""
        with store_trouble(f"read {self.url}"):
            self._files.invalidate_cache()
            base = self._at(name)
            found = self._files.find(base, detail=True)
        return {
            path[len(base) :].strip("/"): int(at.get("size") or 0) for path, at in found.items()
        }

    def put(self, name: str, folder: Path, files: list[Path]) -> None:
        """Upload files of a folder under their names in it; raises OperationError."""
        there = [self._at(f"{name}/{file.relative_to(folder).as_posix()}") for file in files]
        with store_trouble(f"write {self.url}"):
            if files:
                self._files.put(list(map(str, files)), there)

    def get(self, name: str, folder: Path) -> None:
        """Download all files below into a folder; raises OperationError."""
        names = sorted(self.listed(name))
        here = [str(folder / one) for one in names]
        with store_trouble(f"read {self.url}"):
            if names:
                folder.mkdir(parents=True, exist_ok=True)
                self._files.get([self._at(f"{name}/{one}") for one in names], here)

    def move(self, name: str, to: str) -> None:
        """Move all files below, inside the store; raises OperationError."""
        names = sorted(self.listed(name))
        sources = [self._at(f"{name}/{one}") for one in names]
        with store_trouble(f"write {self.url}"):
            for one, source in zip(names, sources, strict=True):
                self._files.copy(source, self._at(f"{to}/{one}"))
            self._remove(sources)

    def remove(self, names: list[str]) -> None:
        """Remove files; raises OperationError."""
        with store_trouble(f"write {self.url}"):
            self._remove([self._at(name) for name in names])

    def _remove(self, paths: list[str]) -> None:
        if paths:
            self._files.rm(paths)

    def _at(self, name: str) -> str:
        return f"{self._root}/{name.strip('/')}".rstrip("/")  # "a//b" is another name in a store


PARCELS = ".parcels"
_RECORDING = "recording"
_RESULT = "result.json"
_OPEN = "open"


class Parcels(ABC):
    """The place of a run's parcels; it travels to the workers, and holds no key."""

    @abstractmethod
    def open(self) -> None:
        """Make the place. Raises OperationError: it cannot be written."""

    @abstractmethod
    def close(self) -> None:
        """Remove the place, with parcels that were not taken: late copies of finished calls."""

    @abstractmethod
    def is_open(self) -> bool:
        """Return whether the run continues, as far as it can be seen from here."""

    @abstractmethod
    def has(self, key: str) -> bool:
        """Return whether the call of this key was handed over."""

    @abstractmethod
    def hand_over(self, key: str, recording: Path, result: CallResult) -> bool:
        """Leave a call; False if another worker was first, or the run is over.

        ``recording`` is its folder, which need not exist. Raises OperationError.
        """

    @abstractmethod
    def take(self, key: str, call: Path, out: Path) -> CallResult:
        """Put the recording to the folder ``call`` of the run in ``out`` and return the result.

        Raises OperationError.
        """


@dataclass(frozen=True, slots=True)
class FolderParcels(Parcels):
    """Parcels in a folder that all machines see under the same path."""

    folder: Path

    @classmethod
    def of(cls, out: Path, token: str) -> FolderParcels:
        """Return the parcels of a run in its own folder."""
        return cls(out.resolve() / PARCELS / token)

    def open(self) -> None:
        """Make the folder; remains of a killed run are removed, for the folder is ours."""
        shutil.rmtree(self.folder.parent, ignore_errors=True)
        with _storing(self.folder):
            self.folder.mkdir(parents=True)

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # other runs' parcels are still there
            self.folder.parent.rmdir()

    def is_open(self) -> bool:
        """Return whether the folder is there."""
        return self.folder.is_dir()

    def has(self, key: str) -> bool:
        """Return whether the parcel is there."""
        return (self.folder / key).is_dir()

    def hand_over(self, key: str, recording: Path, result: CallResult) -> bool:
        """Copy to a temporary folder, then rename: a full folder is never replaced by a rename."""
        arriving = self.folder / f".{key}.{uuid4().hex}"
        try:
            with _storing(arriving):
                arriving.mkdir()  # without its parents: a run that is over stays over
                _move(recording, arriving / _RECORDING)
                (arriving / _RESULT).write_bytes(adapter_of(CallResult).dump_json(result))
                arriving.rename(self.folder / key)
        except StorageFailed:
            shutil.rmtree(arriving, ignore_errors=True)
            if self.has(key) or not self.is_open():
                return False
            raise
        return True

    def take(self, key: str, call: Path, out: Path) -> CallResult:
        """Rename the recording."""
        parcel, place = self.folder / key, out / call
        with _storing(place):
            result = adapter_of(CallResult).validate_json(read_plain(parcel / _RESULT))
            if (parcel / _RECORDING).is_dir():
                shutil.rmtree(place, ignore_errors=True)
                place.parent.mkdir(parents=True, exist_ok=True)
                (parcel / _RECORDING).rename(place)
        return result


def _move(recording: Path, to: Path) -> None:
    """Move a recording, if there is one: a rename on the same disk, else a copy."""
    if recording.is_dir():
        try:
            recording.rename(to)
        except OSError:
            shutil.copytree(recording, to)


@contextmanager
def _storing(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, shutil.Error) as error:
        raise StorageFailed(path, getattr(error, "strerror", None) or str(error)) from error


@dataclass(frozen=True, slots=True)
class UrlParcels(Parcels):
    """Parcels below a URL; its keys come from the environment of each machine."""

    url: str
    token: str

    def open(self) -> None:
        """Write the first file, which proves the permission. Raises UsageError: a run is there."""
        folder = UrlFolder(self.url)
        if folder.exists(RESULTS):
            raise UsageError(f"{self.url} already holds a run; give another --out")
        folder.write(self._at(_OPEN), b"calls are being made\n")

    def close(self) -> None:
        """Remove the remaining files."""
        folder = UrlFolder(self.url)
        with contextlib.suppress(OperationError):
            base = self._at("")
            folder.remove([f"{base}{name}" for name in folder.listed(base.rstrip("/"))])

    def is_open(self) -> bool:
        """Return whether the first file is there."""
        return UrlFolder(self.url).exists(self._at(_OPEN))

    def has(self, key: str) -> bool:
        """Return whether the marker is there."""
        return UrlFolder(self.url).exists(self._at(f"{key}.json"))

    def hand_over(self, key: str, recording: Path, result: CallResult) -> bool:
        """Upload under a unique name, then write the marker that names the upload that counts."""
        folder, mine = UrlFolder(self.url), f"{key}.{uuid4().hex}"
        if not self.is_open():
            return False
        files = [path for path in sorted(recording.rglob("*")) if path.is_file()]
        folder.put(self._at(mine), recording, files)
        marker = {
            "recording": mine,
            "result": adapter_of(CallResult).dump_python(result, mode="json"),
        }
        if folder.create(self._at(f"{key}.json"), json.dumps(marker).encode()):
            return True
        names = (path.relative_to(recording).as_posix() for path in files)
        folder.remove([self._at(f"{mine}/{name}") for name in names])
        return False

    def take(self, key: str, call: Path, out: Path) -> CallResult:
        """Download the recording, and move it to its place in the store."""
        folder = UrlFolder(self.url)
        marker = json.loads(folder.read(self._at(f"{key}.json")))
        place, theirs = out / call, self._at(str(marker["recording"]))
        shutil.rmtree(place, ignore_errors=True)
        folder.get(theirs, place)
        folder.move(theirs, call.as_posix())
        return adapter_of(CallResult).validate_python(marker["result"])

    def _at(self, name: str) -> str:
        return f"{PARCELS}/{self.token}/{name}"


def publish(out: Path, url: str) -> None:
    """Make the folder at a URL a copy of the finished run in ``out``; raises OperationError.

    Recordings that are there stay as they are; those that were not kept are removed there too.
    """
    folder = UrlFolder(url)
    there = folder.listed()
    here = [
        path
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.startswith(".") and PARCELS not in path.parts
    ]
    names = {path.relative_to(out).as_posix(): path for path in here}
    recorded = {str(path.parent.relative_to(out)) for path in here if path.name == MANIFEST}
    new = [
        path
        for name, path in names.items()
        if there.get(name) != path.stat().st_size or str(Path(name).parent) not in recorded
    ]
    folder.put("", out, new)
    folder.remove([name for name in there if name not in names and "calls/" in name])
