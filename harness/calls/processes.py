"""Processes of our own: deaf to Ctrl-C and SIGTERM, gone when we are gone, remembered as ours.

A terminal sends Ctrl-C to all of a group, and ``timeout`` SIGTERM. What that means for a call is
decided by whoever gives the orders.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any

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

A fork server has loaded what a call needs, and no engine. To load it takes longer than a short
call, and is done once for all workers of a program, instead of in each.
"""

_DEAF_TO = (signal.SIGINT, signal.SIGTERM)
_LOADED = ("harness.calls.pipeline",)
_SAFE_PATH = "PYTHONSAFEPATH"


_Process: Any = multiprocessing.get_context(_METHOD).Process  # type: ignore[attr-defined]


class _DeafProcess(_Process):  # type: ignore[misc]  # typeshed knows no common Process
    """One that a pool that breaks can end: it sends SIGTERM to its other workers."""

    def terminate(self) -> None:
        self.kill()


class OwnProcesses(BaseContext):
    """Makes processes, and remembers which they are: a program may have others."""

    _name = _METHOD

    def __init__(self) -> None:
        super().__init__()
        self.made: list[BaseProcess] = []
        self.set_forkserver_preload(list(_LOADED))

    def Process(self, *args: Any, **named: Any) -> BaseProcess:
        """Make one; the name is the one that pools call."""
        process: BaseProcess = _DeafProcess(*args, **named)
        self.made = [one for one in self.made if one.exitcode is None]
        self.made.append(process)
        return process


@contextmanager
def starting() -> Iterator[None]:
    """Start processes that never see Ctrl-C or SIGTERM, and load nothing from the current folder.

    The mask is inherited, so that neither a worker that is only just starting is hit nor the
    server that forks them. Windows has no masks; there a worker stops heeding signals as soon as
    it runs (``settle_in``).
    """
    safe = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    if _MASKS:
        resource_tracker.ensure_running()  # to be started within would lift the mask
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
    """Begin a process of ours with the environment of the one that started it.

    One that ``gives_way`` gets the processor only when nobody else wants it.
    """
    os.environ.clear()  # a fork server's is as old as the server
    os.environ.update(environment)
    for number in _DEAF_TO:
        signal.signal(number, _unheard)
    if _MASKS:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _DEAF_TO)
    if gives_way and hasattr(os, "nice"):
        os.nice(_NICENESS)
    _end_with_parent()


def _unheard(*_: object) -> None:
    """Do nothing: unlike a signal that is ignored or masked, programs started here heed it."""


def _end_with_parent() -> None:
    """Watch the parent: a worker whose parent was killed would wait for work for ever.

    It must not write either into a folder that nobody holds any more. A thread gets its turn only
    when the others let it, so Linux is asked to kill us the moment the pipe from the parent closes.
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
