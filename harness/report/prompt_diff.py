"""The difference of two prompts, line by line."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

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
