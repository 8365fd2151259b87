"""The difference of two prompts, line by line, and in the words of what changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.history.changes import PROMPT, Change
from harness.report import figures

_CONTEXT_LINES = 3


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of the difference of two prompts: kept, removed, added, or a gap."""

    kind: str
    sign: str
    text: str


def diff_lines(before: str, after: str) -> tuple[DiffLine, ...]:
    """Return the difference of two texts line by line, empty where there is none."""
    lines: list[DiffLine] = []
    old, new = before.splitlines(), after.splitlines()
    for line in difflib.unified_diff(old, new, lineterm="", n=_CONTEXT_LINES):
        if line.startswith(("---", "+++")) and not lines:
            continue
        if line.startswith("@@"):
            lines.append(DiffLine("gap", "", line))
        else:
            kind = {"+": "added", "-": "removed"}.get(line[:1], "kept")
            lines.append(DiffLine(kind, line[:1].replace("-", "−").strip(), line[1:]))
    return tuple(lines)


def told(changes: Iterable[Change], lines: Sequence[DiffLine] = ()) -> tuple[str, ...]:
    """Return each change in words; a prompt whose lines are known by how many changed."""
    return tuple(
        f"{PROMPT} changed in {_lines(lines)}" if lines and one.what == PROMPT else str(one)
        for one in changes
    )


def _lines(lines: Sequence[DiffLine]) -> str:
    kinds = [line.kind for line in lines]
    return figures.counted(max(kinds.count("added"), kinds.count("removed")), "line")
