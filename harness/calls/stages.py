"""What the workers are at, for whoever shows it: a line of each, in memory that they share.

Nobody waits for anybody: a worker overwrites its line, and who draws a screen reads it then. A line
may be read half written; the next look sees it whole.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import weakref
from multiprocessing.sharedctypes import RawArray
from typing import TypeAlias

Shared: TypeAlias = "ctypes.Array[ctypes.c_char]"

_LINES, _BYTES = 64, 160
"""Workers beyond so many share lines; longer ones are cut."""


class Board:
    """The lines of some workers."""

    def __init__(self) -> None:
        self.shared: Shared | None
        """Handed to each worker as it starts; None where there is no room for it."""
        try:
            self.shared = RawArray(ctypes.c_char, _LINES * _BYTES)
        except OSError:  # it lies in a file: no call may fail for what is only shown
            self.shared = None
        _BOARDS.add(self)

    def lines(self) -> tuple[str, ...]:
        """Return what is written, without workers that are at nothing."""
        told = b"" if self.shared is None else bytes(self.shared)
        parts = (told[at : at + _BYTES] for at in range(0, len(told), _BYTES))
        return tuple(part.rstrip(b"\0").decode(errors="ignore") for part in parts if part[0])


_BOARDS: weakref.WeakSet[Board] = weakref.WeakSet()
_own: list[Shared] = []


def doing() -> tuple[str, ...]:
    """Return what the workers of this process are at, a line each."""
    return tuple(line for board in tuple(_BOARDS) for line in board.lines())


def write_on(shared: Shared | None) -> None:
    """Have this process, a worker, write on a board from now on, if there is one."""
    _own[:] = [] if shared is None else [shared]


def at(what: str) -> None:
    """Say what this process is at, "" for nothing; where no board was given, nobody is told."""
    if _own:
        number = multiprocessing.current_process().name.rpartition("-")[2]  # counted by the parent
        start = (int(number) if number.isdecimal() else 0) % _LINES * _BYTES
        lines = memoryview(_own[0]).cast("B")
        lines[start : start + _BYTES] = what.encode()[:_BYTES].ljust(_BYTES, b"\0")
