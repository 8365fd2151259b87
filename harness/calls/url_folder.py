"""A folder behind a URL (an object store, or whatever fsspec knows): files written, moved, removed.

Keys and addresses of a store come from the environment and the configuration of each machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.errors import OperationError, UsageError
from harness.storage import read_plain
from harness.store_trouble import store_trouble


class UrlFolder:
    """A folder of an object store, or of anything else that fsspec knows by its URL."""

    def __init__(self, url: str) -> None:
        """Raises UsageError: a URL that holds a password, or whose package is not there."""
        if urlsplit(url).password is not None:
            raise UsageError(
                f"{urlsplit(url).scheme}://…: a password in an address ends up in files; workers "
                "and run take theirs from their own environment"
            )
        import fsspec  # a tenth of the start of a command, and few have a URL

        self.url = url.rstrip("/")
        try:
            files, root = fsspec.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise UsageError(f"{self.url}: {error}") from error
        self._files: Any = files
        self._root = str(root).rstrip("/")

    def exists(self, name: str) -> bool:
        """Say whether there is such a file; raises OperationError."""
        with store_trouble(f"read {self.url}"):
            self._files.invalidate_cache()
            return bool(self._files.exists(self._at(name)))

    def read(self, name: str) -> bytes:
        """Return what a file holds; raises OperationError."""
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
        """Download what lies below into a folder; raises OperationError."""
        names = sorted(self.listed(name))
        here = [str(folder / one) for one in names]
        with store_trouble(f"read {self.url}"):
            if names:
                folder.mkdir(parents=True, exist_ok=True)
                self._files.get([self._at(f"{name}/{one}") for one in names], here)

    def move(self, name: str, to: str) -> None:
        """Move what lies below, inside the store; raises OperationError."""
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
