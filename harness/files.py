"""Atomic file writes, and dataclasses as deterministic JSON.

A *sealed* document ends with ``digest``, a checksum of everything before it. Readers ignore it,
because a person may repair a file by hand. ``harness verify`` checks it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import gc
import hashlib
import json
import math
import os
import platform
import re
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

import orjson
from filelock import FileLock, Timeout

from harness.errors import FolderInUse, OperationError, StorageFailed, UsageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


DIGITS = 6

_MOST = 2**63
_HALF = ".part"

LEFT_OUT = {"left out": None}
"""Metadata of a dataclass field that is omitted from JSON if it is None."""

_DIGEST_BYTES = 16
_SEAL = re.compile(rb',\s*"digest":\s*"([0-9a-f]{32})"\s*}\s*')
_SEAL_AT_MOST = 80
"""Bytes of a seal with its white space."""


def open_plain(path: Path) -> BinaryIO:
    """Open a file to be read; raises OSError, also if it is not a regular file.

    A pipe would keep its reader waiting for ever, and a device may have no end.
    """
    mode = path.stat().st_mode  # before opening: opening a pipe without a writer blocks forever
    if not stat.S_ISREG(mode):
        problem = f"expected a plain file, got {_kind_of_file(mode)}"
        raise OSError(errno.EINVAL, problem, str(path))
    return path.open("rb")


def read_plain(path: Path) -> bytes:
    """Return the content of a regular file; raises OSError as ``open_plain``."""
    with open_plain(path) as file:
        return file.read()


def _kind_of_file(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for is_kind, name in kinds if is_kind(mode)), "something else")


def write_whole(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Replace a file by these bytes in one step, or leave it as it was; raises StorageFailed.

    The folder is made if it is missing. Several processes and threads may write the same file: the
    last writer wins. ``durable`` waits until the disk has the bytes, so that even a power cut does
    not leave an empty file.
    """
    write_pieces(path, (data,), durable=durable)


def write_pieces(path: Path, pieces: Iterable[bytes], *, durable: bool = False) -> None:
    """Replace a file by these pieces, in order, as ``write_whole`` does."""
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{_HALF}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            file.writelines(pieces)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def remove_halves(folder: Path) -> None:
    """Remove unfinished files that ``write_whole`` left in a folder when its process was killed.

    No other process may be writing there. Files that cannot be removed stay: no reader opens them.
    """
    for part in folder.glob(f".*.[0-9]*-[0-9]*{_HALF}"):  # ours have two numbers
        with contextlib.suppress(OSError):
            part.unlink()


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Disable Python's cyclic garbage collector while very many lasting objects are made.

    The collector would scan all of them, often. If it is already disabled, this has no effect.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def to_json(document: object, *, digits: int | None = DIGITS) -> bytes:
    """Return the bytes of ``results.json``, or of another document of dataclasses.

    ``digits`` of None leaves numbers as exact as they are.
    """
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(_plain(document, digits), option=options)


def sealed_pieces(document: DataclassInstance) -> Iterator[bytes]:
    """Yield the bytes of ``sealed(to_json(document))``, a long list element by element.

    A document of 100 MB is never in memory as a whole.
    """
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for piece in _open_object(document):
        digest.update(piece)
        yield piece
    yield b',\n  "digest": "' + digest.hexdigest().encode() + b'"\n}\n'


def _open_object(document: DataclassInstance) -> Iterator[bytes]:
    start = b"{"
    left_out = _left_out(type(document))
    for name in _names(type(document)):
        value = getattr(document, name)
        if value is None and name in left_out:
            continue
        yield start + b'\n  "' + name.encode() + b'": '
        if isinstance(value, tuple) and value:
            for number, each in enumerate(value):
                yield (b",\n    " if number else b"[\n    ") + _indented(each, b"\n    ")
            yield b"\n  ]"
        else:
            yield _indented(value, b"\n  ")
        start = b","


def _indented(value: object, line: bytes) -> bytes:
    """Return a value as it is indented in a document; no string of JSON holds a line break."""
    plain = orjson.dumps(_plain(value, DIGITS), option=orjson.OPT_INDENT_2)
    return plain.replace(b"\n", line)


def to_line(document: object) -> bytes:
    """Return a document of dataclasses on a single line, its numbers as exact as they are."""
    return orjson.dumps(_plain(document, None), option=orjson.OPT_APPEND_NEWLINE)


def sealed(document: bytes) -> bytes:
    """Return a JSON object, on one line or many, with its seal as the last key."""
    body = document.rstrip()[:-1].rstrip()
    digest = hashlib.blake2b(body, digest_size=_DIGEST_BYTES).hexdigest().encode()
    if b"\n" in document.rstrip():
        return body + b',\n  "digest": "' + digest + b'"\n}\n'
    return body + b',"digest":"' + digest + b'"}\n'


def is_as_sealed(document: bytes) -> bool | None:
    """Return whether a document still fits its seal; None for a document without a seal."""
    tail = max(0, len(document) - _SEAL_AT_MOST)
    found = _SEAL.search(document, tail)
    if found is None or found.end() != len(document):
        return None
    digest = hashlib.blake2b(document[: found.start()], digest_size=_DIGEST_BYTES).hexdigest()
    return digest.encode() == found[1]


def wrong_format(found: int, known: int) -> str:
    """Return why a file of format ``found`` cannot be read, empty if it can."""
    if found > known:
        return f"format {found} is newer than this harness reads ({known}); update the harness"
    if found < known:
        return f"format {found} is older than this harness reads ({known}); make it again"
    return ""


def _plain(value: Any, digits: int | None) -> Any:
    """Return dataclasses as dicts in field order, loose dicts sorted, numbers rounded.

    Values that JSON cannot hold (half a character, a number of more than 64 bits, an object of a
    scorer's own) become text or null: a single odd value must not cost the run its results.
    """
    kind: type = type(value)
    if kind is str:  # most are
        return _text(value)
    if names := _names(kind):
        plain = {name: _plain(getattr(value, name), digits) for name in names}
        for name in _left_out(kind):
            if plain[name] is None:
                del plain[name]
        return plain
    if isinstance(value, dict):
        return {_text(str(key)): _plain(value[key], digits) for key in sorted(value, key=str)}
    if isinstance(value, list | tuple):
        return [_plain(part, digits) for part in value]
    if isinstance(value, float):
        return _number(value, digits)
    if isinstance(value, Enum):
        return _plain(value.value, digits)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < _MOST):
        return value
    return _text(str(value))


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Return the names of the fields of a dataclass, an empty tuple for any other type."""
    return tuple(f.name for f in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


@cache
def _left_out(kind: Any) -> tuple[str, ...]:
    """Return the names of the dataclass fields that are omitted if they are None."""
    return tuple(f.name for f in dataclasses.fields(kind) if LEFT_OUT.keys() <= f.metadata.keys())


def _number(value: float, digits: int | None) -> float | None:
    if not math.isfinite(value):
        return None
    return value if digits is None else round(value, digits) + 0.0


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


# A lock that gives a folder to a single process at a time, and records which process holds it.
#
# The lock belongs to the operating system (filelock: flock, LockFileEx), so it ends with the
# process that holds it, however that ends: no lock is ever stale, and no process number has to be
# guessed to be alive. A second file names the holder, for the message to the process that comes
# second. The lock's own file is empty and stays: removing it would let two processes hold two files
# of the same name.

LOCK, HOLDER = ".harness.lock", ".harness.lock.json"

_PATIENCE_S = 0.3
"""How long to wait for a command that is just ending."""


@contextmanager
def taken(folder: Path, *, by: str) -> Iterator[None]:
    """Have a folder (made if missing) for this process alone; ``by`` is the command.

    A process that holds a folder must not take it again.

    Raises:
        FolderInUse: another process has it; names the process.
        StorageFailed: the folder cannot be written.
    """
    lock = _acquired(folder)
    try:
        write_whole(folder / HOLDER, json.dumps(_ourselves(by)).encode())
        yield
    finally:
        with suppress(OSError):
            (folder / HOLDER).unlink()
        lock.release()


def check_free(folder: Path) -> None:
    """Raise FolderInUse if a process has this folder, because its content is not complete yet."""
    if (folder / LOCK).exists():
        # A folder that only others may write to, or that has just gone, has no holder.
        with suppress(StorageFailed):
            _acquired(folder).release()


def _acquired(folder: Path) -> FileLock:
    lock = FileLock(folder / LOCK, timeout=_PATIENCE_S, thread_local=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise FolderInUse(folder, _holder(folder)) from error
    except OSError as error:
        raise StorageFailed(folder, error.strerror or str(error)) from error
    return lock


def _ourselves(by: str) -> dict[str, str | int]:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": platform.node(), "command": by, "since": since}


def _holder(folder: Path) -> str:
    try:
        told = json.loads(read_plain(folder / HOLDER))
        elsewhere = f" on {told['host']}" if told["host"] != platform.node() else ""
        since = datetime.fromisoformat(told["since"]).astimezone()
        today = since.date() == datetime.now().astimezone().date()
        when = since.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S")
        return f"process {int(told['pid'])}{elsewhere} ({told['command']}, since {when})"
    except (OSError, ValueError, TypeError, KeyError):
        return "another process"  # which has not written its name yet


# Folders that fsspec opens by URL. Keys and addresses of a store come from the environment and the
# configuration of each machine.


def url_folder(url: str, *, named: str = "") -> tuple[Any, str]:
    """Return fsspec's file system of a URL or path, and the folder in it without a final slash.

    ``named`` is put before the URL in errors. Raises UsageError for a URL that contains a password,
    or whose protocol or package is missing.
    """
    if urlsplit(url).password is not None:
        raise UsageError(
            f"{named}{urlsplit(url).scheme}://…: a password in an address ends up in files; leave "
            "it to the environment or the configuration of each machine"
        )
    import fsspec  # slows the start of each command by a tenth, and a URL is rare

    try:
        files, root = fsspec.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise UsageError(f"{named}{url}: {error}") from error
    return files, str(root).rstrip("/")


@contextmanager
def store_trouble(doing: str) -> Iterator[None]:
    """Convert a store client's exceptions to an OperationError: "cannot ``doing``: why".

    The message is a single line. Only calls of the client belong inside. An OperationError passes
    as it is.
    """
    try:
        yield
    except OperationError:
        raise
    # Clients' exceptions share no base class: without a key s3fs does not raise OSError.
    except Exception as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        place = getattr(error, "filename", None)
        reason = f"{place}: {reason}" if place else reason
        raise OperationError(f"cannot {doing}: {reason or type(error).__name__}") from error
