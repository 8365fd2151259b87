"""Worker processes: they ignore signals, end with their parent, and report their stage.

A terminal sends Ctrl-C to all of a group, and ``timeout`` SIGTERM. The process that gives the
orders decides the effect on a call.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from multiprocessing.sharedctypes import RawArray
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, TypeAlias, TypeVar

# Ctrl-C and SIGTERM as a stop request that a run polls, instead of an exception at any place.

SIGNALS = (signal.SIGINT, signal.SIGTERM)

ONE_WISH_S = 0.5
"""How long after the first signal others are the same request: longer than forwarding takes, and
hardly longer than a person takes to press again."""


class Stop:
    """The number of stop requests: once means finish, more than once means at once."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        # An exception while a result is written would lose that result; a counter never does.
        self.asked = 0
        self._now_s, self._first_s = now_s, 0.0
        self._listeners: list[Callable[[], object]] = []

    @contextmanager
    def listening(self, listener: Callable[[], object]) -> Iterator[None]:
        """Call ``listener`` at every request inside the block, from a signal handler.

        It may only wake a waiter, which must exist as long as the block lasts.
        """
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def ask(self, *_signal: object) -> None:
        """Request the end; also a signal handler.

        Signals right after the first are the same request.
        """
        now_s = self._now_s()
        if not self.asked:
            self._first_s = now_s
        # A request may come as several signals: ``timeout`` sends SIGTERM to the command and then
        # to its whole group, and programs that start commands (npm, docker) forward the Ctrl-C from
        # the terminal.
        elif now_s - self._first_s < ONE_WISH_S:
            return
        self.asked += 1
        for listener in self._listeners:
            listener()


@contextmanager
def stop_signals(now_s: Callable[[], float] = time.monotonic) -> Iterator[Stop]:
    """Turn Ctrl-C and SIGTERM into requests until the block ends.

    Only the main thread receives signals; in any other thread they stay unchanged. A block inside
    another shares its requests and its clock: work that begins after a request ends at once.
    """
    handler = signal.getsignal(SIGNALS[0])
    outer = getattr(handler, "__self__", None)
    stop = outer if isinstance(outer, Stop) else Stop(now_s)
    if stop is outer or threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, stop.ask) for number in SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


try:
    import fcntl
except ImportError:  # Windows
    _KILLED_WITH_PIPE = False
else:
    _KILLED_WITH_PIPE = sys.platform == "linux"

_NICENESS = 10
_MASKS = hasattr(signal, "pthread_sigmask")

_METHOD = "forkserver" if sys.platform == "linux" and hasattr(os, "fork") else "spawn"
"""Never fork from here: engines hold threads and C state that must not be copied.

A fork server has loaded the modules that a call needs, and no engine. Loading them takes longer
than a short call, and is done once for all workers of a program, instead of in each.
"""

_DEAF_TO = (signal.SIGINT, signal.SIGTERM)
_LOADED = ("harness.runs.pipeline",)
_SAFE_PATH = "PYTHONSAFEPATH"


_Process: Any = multiprocessing.get_context(_METHOD).Process  # type: ignore[attr-defined]


class _DeafProcess(_Process):  # type: ignore[misc]  # typeshed knows no common Process
    """A process that a broken pool can end: the pool sends SIGTERM to its other workers."""

    def start(self) -> None:
        with _main_left_alone():
            super().start()

    def terminate(self) -> None:
        self.kill()


@contextmanager
def _main_left_alone() -> Iterator[None]:
    """Keep new processes from running the user's script again: our work needs nothing of it.

    Otherwise ``run_call`` in a script without ``if __name__ == "__main__"`` would call itself.
    """
    main = sys.modules["__main__"]
    kept = {
        name: main.__dict__.pop(name) for name in ("__file__", "__spec__") if hasattr(main, name)
    }
    main.__spec__ = None
    try:
        yield
    finally:
        main.__dict__.update(kept)


class OwnProcesses(BaseContext):
    """Makes processes, and keeps a list of them: a program may have others."""

    _name = _METHOD

    def __init__(self) -> None:
        super().__init__()
        self.made: list[BaseProcess] = []
        self.set_forkserver_preload(list(_LOADED))

    def Process(self, *args: Any, **named: Any) -> BaseProcess:
        """Make a process; pools call this name."""
        process: BaseProcess = _DeafProcess(*args, **named)
        self.made = [one for one in self.made if one.exitcode is None]
        self.made.append(process)
        return process


@contextmanager
def starting() -> Iterator[None]:
    """Start processes that never see Ctrl-C or SIGTERM, and load no module from the current folder.

    The mask is inherited, so that signals reach neither a worker that is just starting nor the
    server that forks them. Windows has no masks; there a worker ignores signals as soon as it runs
    (``settle_in``).
    """
    safe = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    if _MASKS:
        resource_tracker.ensure_running()  # starting it inside the block would lift the mask
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _DEAF_TO) if _MASKS else None
    try:
        yield
    finally:
        if before is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if safe is None:
            os.environ.pop(_SAFE_PATH, None)
        else:
            os.environ[_SAFE_PATH] = safe


def settle_in(gives_way: bool, environment: dict[str, str]) -> None:
    """Begin a process of ours with the environment of its parent.

    A process that ``gives_way`` gets the processor only when no other process wants it.
    """
    os.environ.clear()  # a fork server's environment is as old as the server
    os.environ.update(environment)
    for number in _DEAF_TO:
        signal.signal(number, _unheard)
    if _MASKS:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _DEAF_TO)
    if gives_way and hasattr(os, "nice"):
        os.nice(_NICENESS)
    _end_with_parent()


def _unheard(*_: object) -> None:
    """Do nothing: unlike an ignored or masked signal, programs started here still react to it."""


def _end_with_parent() -> None:
    """Watch the parent: a worker whose parent was killed would wait for work for ever.

    It must not write into a folder that no process holds any more either. A thread gets its turn
    only when the others let it, so Linux is asked to kill us the moment the pipe from the parent
    closes.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None
    if _KILLED_WITH_PIPE:
        fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(parent.sentinel, fcntl.F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(parent.sentinel, fcntl.F_GETFL)
        fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


# The current work of the workers, for display: a line for each, in memory that they share.
#
# There are no locks: a worker overwrites its line, and the display reads it at any time. A
# line may be read half written; the next read sees it whole.

Shared: TypeAlias = "ctypes.Array[ctypes.c_char]"

_LINES, _BYTES = 64, 160
"""Workers beyond this number share lines; longer lines are cut."""


class Board:
    """The lines of some workers."""

    def __init__(self) -> None:
        self.shared: Shared | None
        """Handed to each worker as it starts; None if there is no room for it."""
        try:
            self.shared = RawArray(ctypes.c_char, _LINES * _BYTES)
        except OSError:  # it is in a file: a display problem must not fail a call
            self.shared = None
        _BOARDS.add(self)

    def lines(self) -> tuple[str, ...]:
        """Return the lines, without idle workers."""
        told = b"" if self.shared is None else bytes(self.shared)
        parts = (told[at : at + _BYTES] for at in range(0, len(told), _BYTES))
        return tuple(part.rstrip(b"\0").decode(errors="ignore") for part in parts if part[0])


_BOARDS: weakref.WeakSet[Board] = weakref.WeakSet()
_own: list[Shared] = []


def doing() -> tuple[str, ...]:
    """Return the current work of the workers of this process, a line each."""
    return tuple(line for board in tuple(_BOARDS) for line in board.lines())


def write_on(shared: Shared | None) -> None:
    """Have this process, a worker, write on a board from now on, if it exists."""
    _own[:] = [] if shared is None else [shared]


def at(what: str) -> None:
    """Show the work of this process, "" for none; without a board, it has no effect."""
    if _own:
        number = multiprocessing.current_process().name.rpartition("-")[2]  # counted by the parent
        start = (int(number) if number.isdecimal() else 0) % _LINES * _BYTES
        lines = memoryview(_own[0]).cast("B")
        lines[start : start + _BYTES] = what.encode()[:_BYTES].ljust(_BYTES, b"\0")


# Processes for heavy work: they ignore signals, are replaced when they die, and end with us.

P = ParamSpec("P")
T = TypeVar("T")

__all__ = ["BrokenProcessPool", "Workers"]


class Workers:
    """A pool of worker processes; a context manager that waits for them at its end.

    When a worker dies (killed, out of memory), every job under way in the pool ends with
    BrokenProcessPool, and the next job gets a new pool. ``gives_way``: workers get the processor
    only when no other process wants it, such as live calls.
    """

    def __init__(self, count: int, *, gives_way: bool = False) -> None:
        self._count, self._gives_way = count, gives_way
        self._own = OwnProcesses()
        self._board = Board()
        self._pool = self._new_pool()

    def submit(self, job: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> Future[T]:
        """Hand over a job, which must be a function of a module."""
        try:
            return self._submit(job, *args, **named)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False)
            self._pool = self._new_pool()
            return self._submit(job, *args, **named)

    def processes(self) -> tuple[BaseProcess, ...]:
        """Return the workers that are alive."""
        return tuple(process for process in self._own.made if process.is_alive())

    def kill(self) -> None:
        """End the workers at once; their jobs end with BrokenProcessPool."""
        for process in self.processes():
            process.kill()

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, job: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> Future[T]:
        with starting():
            return self._pool.submit(job, *args, **named)

    def _new_pool(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(
            self._count,
            mp_context=self._own,
            initializer=_begin,
            initargs=(self._gives_way, dict(os.environ), self._board.shared),
        )


def _begin(gives_way: bool, environment: dict[str, str], board: Shared | None) -> None:
    settle_in(gives_way, environment)
    write_on(board)


# A higher priority for the process that paces calls, if the system grants it.
#
# Real-time scheduling (round robin, the second lowest priority: the thread that writes recordings
# takes the lowest, see ``recording_thread.py``) lets frames leave in time despite work on every
# core, which a high niceness does not (measured: docs/reference/platforms.md). So that an endless
# loop does not freeze the machine, the system counts how long it runs without a pause
# (``RLIMIT_RTTIME``): then it gives that priority up, and if it does not even get to that, is
# killed.

try:
    import resource
except ImportError:  # Windows
    IN_REAL_TIME = False
else:
    IN_REAL_TIME = sys.platform == "linux"

NICENESS = -10
"""Used if real-time scheduling is not available."""

_PRIORITIES = (2, 1)
"""The first that is granted is taken."""

_MOST_S, _KILLED_S = 2, 10
"""Longer than the start of 200 calls at once takes."""


def raise_priority() -> None:
    """Take the highest permitted priority, for this thread and those that it starts."""
    if hasattr(os, "setpriority"):
        with suppress(OSError):  # only root or a user with this right may
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    if IN_REAL_TIME:
        with suppress(OSError, ValueError):
            _bound()
            _take_real_time()


def priority_now() -> str:
    """Return, in words, the priority of this thread."""
    if IN_REAL_TIME and os.sched_getscheduler(0) == os.SCHED_RR:
        return f"SCHED_RR {os.sched_getparam(0).sched_priority}"
    niceness = os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else 0
    return f"nice {niceness}" if niceness else "normal"


def _take_real_time() -> None:
    for priority in _PRIORITIES:
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(priority))
            return


def _bound() -> None:
    """Have the system signal a run without a pause; raises if it does not support this."""
    signal.signal(signal.SIGXCPU, _give_way)
    limits = (_MOST_S * 1_000_000, _KILLED_S * 1_000_000)
    resource.setrlimit(resource.RLIMIT_RTTIME, limits)


def _give_way(*_: object) -> None:
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # the process may be over
            os.sched_setscheduler(int(thread.name), os.SCHED_OTHER, os.sched_param(0))
    told = f"ran for {_MOST_S} s without a pause, and gives up its real-time priority"
    sys.stderr.write(f"harness: the process that paces the calls {told}\n")
