"""``plan.json`` and ``journal.jsonl``: the plan of a run, and each result as it ends.

The plan holds every call with the identity of its test, prompt and seed, the target as recordings
have it (no key, no secret), and the version of the harness. `harness run --resume` continues a
killed run from it, with an identical plan only: a corrected prompt makes another run.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import orjson
from pydantic import ValidationError

from harness import __version__
from harness.errors import RecordingDamaged
from harness.files import is_as_sealed, read_plain, sealed, to_json, to_line, write_whole
from harness.results.history.cost import Prices
from harness.results.model import CallResult, adapter_of
from harness.results.store import read_json
from harness.runs.plan import AskedGates, Budget, Job, RunPlan
from harness.runs.routes import stored_target

PLAN = "plan.json"

FORMAT = 1

COMPARE, LOAD_TEST = "harness compare", "harness load"
"""Commands whose plans `harness run --resume` does not continue."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """A call as it was planned; fields as in ``CallResult``.

    ``caller`` is the caller's audio settings if a condition changes them, else empty.
    """

    scenario: str
    scenario_path: str
    suite: str
    condition: str
    cell: str
    repeat: int
    seed: int
    recording: str
    scenario_hash: str
    prompt_hash: str
    caller: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedSpending:
    """The planned costs of the calls: the prices, the limit, and the amount spent before."""

    prices: dict[str, Any]
    limit: float | None
    spent: float


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A run as it was planned; ``command`` is the command that planned it."""

    format: int
    harness_version: str
    command: str
    started_at: str
    target: str
    target_file: str
    target_settings: dict[str, Any]
    clock: str
    fault: str
    concurrency: int
    keep: str
    gates: AskedGates
    spending: PlannedSpending | None
    calls: tuple[PlannedCall, ...]

    def budget(self) -> Budget | None:
        """Return the budget as it was before the first call; None if no prices were given."""
        if self.spending is None:
            return None
        found = Budget(Prices.model_validate(self.spending.prices), self.spending.limit)
        found.spent = self.spending.spent
        return found


def stored_plan(plan: RunPlan, *, command: str, started_at: str, keep: str) -> StoredPlan:
    """Return a plan, whose calls all go to one target, as it is stored."""
    target, budget = plan.jobs[0].target.whole, plan.budget
    return StoredPlan(
        format=FORMAT,
        harness_version=__version__,
        command=command,
        started_at=started_at,
        target=target.target,
        target_file=target.file,
        target_settings=stored_target(target),
        clock="virtual" if plan.virtual else "real",
        fault=plan.fault or "",
        concurrency=plan.concurrency,
        keep=keep,
        gates=plan.gates,
        spending=None
        if budget is None
        else PlannedSpending(budget.prices.model_dump(mode="json"), budget.limit, budget.spent),
        calls=tuple(_planned(plan.jobs)),
    )


def _planned(jobs: tuple[Job, ...]) -> list[PlannedCall]:
    """Return all calls as stored; hashes are those of scenarios, made once for all repeats."""
    hashes: dict[int, tuple[str, str]] = {}
    found = []
    for job in jobs:
        loaded = job.loaded
        if id(loaded) not in hashes:
            hashes[id(loaded)] = loaded.hash, loaded.prompt_hash
        test, told = hashes[id(loaded)]
        scenario = loaded.scenario
        under = job.condition != job.cell
        found.append(
            PlannedCall(
                scenario=scenario.name,
                scenario_path=loaded.path.as_posix(),
                suite=loaded.suite.suite.suite,
                condition=job.condition,
                cell=job.cell,
                repeat=job.repeat,
                seed=job.seed,
                recording=job.recording.as_posix(),
                scenario_hash=test,
                prompt_hash=told,
                caller=_caller(scenario.caller.model_dump(mode="json")) if under else {},
            )
        )
    return found


def _caller(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def write_plan(run_folder: Path, plan: StoredPlan) -> None:
    """Write the plan of a run, on the disk when this returns; raises StorageFailed."""
    write_whole(run_folder / PLAN, sealed(to_json(plan, digits=None)), durable=True)


def read_plan(run_folder: Path) -> StoredPlan:
    """Read the plan of a run.

    Raises RecordingDamaged if it is missing, newer, malformed or not as it was written: a plan that
    was edited would mix other calls with those that were made.
    """
    path = run_folder / PLAN
    found = read_json(path, StoredPlan, FORMAT)
    if not is_as_sealed(read_plain(path)):
        raise RecordingDamaged(path, "it is not as it was written")
    return found


# ``journal.jsonl``: the result of each call of a run, appended as soon as the call is over.
#
# One line per call, sealed (``storage.sealed``): ``{"format":1,"call":{...},"digest":"..."}``, the
# result field by field as in ``results.json``, its numbers unrounded. So later output from it is
# byte for byte the output of the run itself.
#
# Each line is written in a single system call when its call is over: killing the process loses no
# line. A separate thread syncs it to the disk right after, one request at a time: a power cut loses
# at most the lines of the last request. A torn line comes after the last newline, or its seal does
# not fit: it is ignored, and its call is judged from its recording, or made again.
#
# A line that the disk refuses is kept, and tried again with the next one.

JOURNAL = "journal.jsonl"

_JOURNAL_FORMAT = 1


class WatchedCalls(Protocol):
    """Receives the start and end of calls (``local.Progress``)."""

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
        """Opens no file: the first line creates it."""
        self._path = folder / JOURNAL
        self._file: int | None = None
        self._refused: list[bytes] = []
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._asked: Future[None] | None = None

    def add(self, result: CallResult) -> None:
        """Append a result; never raises: a line that cannot be written now is tried again later."""
        self._refused.append(sealed(to_line(_JournalLine(_JOURNAL_FORMAT, result))))
        with suppress(OSError):
            self._write()
            if self._file is not None and (self._asked is None or self._asked.done()):
                self._asked = self._disk.submit(_to_disk, self._file)

    def close(self) -> None:
        """Sync the file to the disk, as far as the disk accepts it, and close it."""
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
    """Open a journal to append to, without the bytes after its last whole line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = 0
    with suppress(FileNotFoundError):
        whole = read_plain(path).rfind(b"\n") + 1
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    os.ftruncate(file, whole)
    return file


def _append(file: int, line: bytes) -> None:
    """Append a line completely or not at all; raises OSError."""
    before = os.fstat(file).st_size
    try:
        done = 0
        while done < len(line):
            done += os.write(file, line[done:])
    except OSError:
        os.ftruncate(file, before)
        raise


def _to_disk(file: int) -> None:
    with suppress(OSError):  # the lines are in the file; only the sync to the disk failed
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
        """Write the result before its progress is reported."""
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
    """Write the results reported inside the block; ``out`` is the plan's folder."""
    journals = Journals(out, shown)
    try:
        yield journals
    finally:
        journals.close()


def read_journal(run_folder: Path) -> dict[str, CallResult]:
    """Return the last result of each call in a run's journal, by recording; empty if there is none.

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
    if row["format"] > _JOURNAL_FORMAT:
        problem = f"format {row['format']} is newer than this harness reads ({_JOURNAL_FORMAT})"
        raise RecordingDamaged(path, f"{problem}; update the harness")
    try:
        return adapter_of(CallResult).validate_python(row["call"])
    except ValidationError:
        return None  # its result format is unknown here: judged again
