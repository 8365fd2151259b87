"""Exit codes of every command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the shell, and CI, learn from a command."""

    OK = 0
    GATE_FAILED = 1
    USAGE = 2
    FAILURE = 3
    INTERRUPTED = 130
