"""``journal.jsonl``: the result of each call of a run, appended as soon as the call is over.

One line per call, sealed (``storage.sealed``): ``{"format":1,"call":{...},"digest":"..."}``, the
result field by field as in ``results.json``, its numbers unrounded. So what is made of it later is
the same to the byte as what the run would have made of it.

Each line goes to the system in one piece when its call is over: whoever kills the process costs no
line. The disk is asked for it right after, in a thread of its own, one request at a time: a power
cut costs at most the lines of the last request. What was being written stands behind the last
newline, or its seal does not fit: such a line is none, and its call is judged from its recording,
or made again.

A line that the disk refuses is kept, and tried again with the next one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import orjson
from pydantic import TypeAdapter, ValidationError

from harness.calls.plan import Job
from harness.errors import RecordingDamaged
from harness.results.model import CallResult
from harness.storage import is_as_sealed, read_plain, sealed, to_line

JOURNAL = "journal.jsonl"

FORMAT = 1


class WatchedCalls(Protocol):
    """What is told of calls as they begin and end (``local.Progress``)."""

    def started(self, job: Job) -> None:
        """A call began."""
        ...

    def over(self, job: Job, *, again: bool = False) -> None:
        """A call is over; ``again``: and is to be made again."""
        ...

    def ended(self, job: Job, result: CallResult) -> None:
        """A call is over and judged."""
        ...


@dataclass(frozen=True, slots=True)
class _JournalLine:
    format: int
    call: CallResult


class Journal:
    """The journal of one run, which must be this process's alone (``folder_lock``)."""

    def __init__(self, folder: Path) -> None:
        """Touches nothing: the file is there from the first line on."""
        self._path = folder / JOURNAL
        self._file: int | None = None
        self._refused: list[bytes] = []
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._asked: Future[None] | None = None

    def add(self, result: CallResult) -> None:
        """Append a result; never raises: what cannot be written now is tried again later."""
        self._refused.append(sealed(to_line(_JournalLine(FORMAT, result))))
        with suppress(OSError):
            self._write()
            if self._file is not None and (self._asked is None or self._asked.done()):
                self._asked = self._disk.submit(_to_disk, self._file)

    def close(self) -> None:
        """Bring everything to the disk, as far as it takes it, and close the file."""
        with suppress(OSError):
            self._write()
        self._disk.shutdown()
        if self._file is not None:
            _to_disk(self._file)
            os.close(self._file)
            self._file = None

    def _write(self) -> None:
        if self._file is None:
            self._file = _opened(self._path)
        while self._refused:
            _append(self._file, self._refused[0])
            del self._refused[0]


def _opened(path: Path) -> int:
    """Open a journal to append to, without what stands behind its last whole line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = 0
    with suppress(FileNotFoundError):
        whole = read_plain(path).rfind(b"\n") + 1
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.ftruncate(file, whole)
    return file


def _append(file: int, line: bytes) -> None:
    """Append a line, or nothing of it; raises OSError."""
    before = os.fstat(file).st_size
    try:
        done = 0
        while done < len(line):
            done += os.write(file, line[done:])
    except OSError:
        os.ftruncate(file, before)
        raise


def _to_disk(file: int) -> None:
    with suppress(OSError):  # the lines stand where they are; no disk, no more than that
        os.fsync(file)


class Journals:
    """The journals of a plan, whose calls may belong to several runs; passes progress on."""

    def __init__(self, out: Path, shown: WatchedCalls) -> None:
        self._out, self._shown = out, shown
        self._journals: dict[str, Journal] = {}

    def started(self, job: Job) -> None:
        """Pass it on."""
        self._shown.started(job)

    def over(self, job: Job, *, again: bool = False) -> None:
        """Pass it on."""
        self._shown.over(job, again=again)

    def ended(self, job: Job, result: CallResult) -> None:
        """Note the result before anybody is told of it."""
        if job.run not in self._journals:
            self._journals[job.run] = Journal(self._out / job.run)
        self._journals[job.run].add(result)
        self._shown.ended(job, result)

    def close(self) -> None:
        """Close all; see ``Journal.close``."""
        with ExitStack() as stack:
            for one in self._journals.values():
                stack.callback(one.close)


@contextmanager
def journaled(out: Path, shown: WatchedCalls) -> Iterator[Journals]:
    """Note what is told inside the block; ``out`` is the plan's folder."""
    journals = Journals(out, shown)
    try:
        yield journals
    finally:
        journals.close()


def read_journal(run_folder: Path) -> dict[str, CallResult]:
    """Return the last result of each call in a run's journal, by recording; empty without one.

    Lines that are torn or not as they were written are left out. Raises RecordingDamaged for a
    journal that cannot be read, or is of a newer format.
    """
    path = run_folder / JOURNAL
    try:
        raw = read_plain(path)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise RecordingDamaged(path, error.strerror or str(error)) from error
    found = (_result_of(line, path) for line in whole_lines(raw))
    return {result.recording: result for result in found if result is not None}


def whole_lines(raw: bytes) -> Iterator[bytes]:
    """Yield the lines of a journal that are as they were written."""
    return (line for line in raw.split(b"\n")[:-1] if is_as_sealed(line))


def _result_of(line: bytes, path: Path) -> CallResult | None:
    row = orjson.loads(line)
    if row["format"] > FORMAT:
        problem = f"format {row['format']} is newer than this harness reads ({FORMAT})"
        raise RecordingDamaged(path, f"{problem}; update the harness")
    try:
        return _adapter().validate_python(row["call"])
    except ValidationError:
        return None  # of a harness that knew other results: judged again


@cache
def _adapter() -> TypeAdapter[CallResult]:
    return TypeAdapter(CallResult)
