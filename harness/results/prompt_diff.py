"""The difference of two prompts: line by line, by how many lines, and in which tools."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

_CONTEXT_LINES = 3

_SIGNS = {"added": "+", "removed": "−"}


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of the difference of two prompts: kept, removed, added, or a gap."""

    kind: str
    text: str

    @property
    def sign(self) -> str:
        """The sign before the line, empty for an unchanged line."""
        return _SIGNS.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class AgentPrompt:
    """What an agent was given: its instructions, and its tools.

    ``hash`` is the ``prompt_hash`` of calls, and ``tools`` has a checksum of each tool's
    description and parameters by its name.
    """

    hash: str
    instructions: str
    tools: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptChange:
    """How two prompts differ; ``tools`` has a text for each changed tool: "look_up is new"."""

    lines: tuple[DiffLine, ...] = ()
    tools: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The change in words: "prompt changed in 4 lines", "tools: look_up is new"."""
        return change_texts(changed_lines(self.lines), self.tools)


def prompt_change(before: AgentPrompt, after: AgentPrompt) -> PromptChange:
    """Return what differs; the order of the tools is ignored."""
    was, now = before.tools, after.tools
    tools = (
        *(f"{name} is new" for name in now if name not in was),
        *(f"{name} is gone" for name in was if name not in now),
        *(f"{name} changed" for name in now if name in was and now[name] != was[name]),
    )
    return PromptChange(diff_lines(before.instructions, after.instructions), tools)


def change_texts(lines: int, tools: Collection[str]) -> tuple[str, ...]:
    """Return "prompt changed in 4 lines" and "tools: look_up is new", each if there is a change."""
    texts = []
    if lines:
        texts.append(f"prompt changed in {lines} {'line' if lines == 1 else 'lines'}")
    if tools:
        texts.append(f"tools: {', '.join(tools)}")
    return tuple(texts)


def diff_lines(before: str, after: str) -> tuple[DiffLine, ...]:
    """Return the difference of two texts line by line, empty if they are the same."""
    lines: list[DiffLine] = []
    old, new = before.splitlines(), after.splitlines()
    for line in difflib.unified_diff(old, new, lineterm="", n=_CONTEXT_LINES):
        if line.startswith(("---", "+++")) and not lines:
            continue
        if line.startswith("@@"):
            lines.append(DiffLine("gap", line))
        else:
            kind = {"+": "added", "-": "removed"}.get(line[:1], "kept")
            lines.append(DiffLine(kind, line[1:]))
    return tuple(lines)


def changed_lines(lines: Iterable[DiffLine]) -> int:
    """Return how many lines changed; a line that replaces another counts once.

    A line removed in one place and a line added in another are two.
    """
    runs = groupby(lines, key=lambda line: line.kind in _SIGNS)
    kinds = ([line.kind for line in run] for changed, run in runs if changed)
    return sum(max(run.count("added"), run.count("removed")) for run in kinds)


def at_most(lines: Sequence[DiffLine], most: int) -> tuple[DiffLine, ...]:
    """Return the first ``most`` lines of a difference, and a gap with the number of the others."""
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[:most], DiffLine("gap", f"and {len(lines) - most} more lines"))
