"""The difference of two prompts: line by line, by how many lines, and in which tools."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_CONTEXT_LINES = 3

_SIGNS = {"added": "+", "removed": "−"}


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of the difference of two prompts: kept, removed, added, or a gap."""

    kind: str
    text: str

    @property
    def sign(self) -> str:
        """The sign before the line, empty for one that did not change."""
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
    """How one prompt became another; ``tools`` has "look_up is new" for each that changed."""

    lines: tuple[DiffLine, ...] = ()
    tools: tuple[str, ...] = ()

    @property
    def told(self) -> tuple[str, ...]:
        """The change in words: "prompt changed in 4 lines", "tools: look_up is new"."""
        number = changed_lines(self.lines)
        noun = "line" if number == 1 else "lines"
        return (
            *([f"prompt changed in {number} {noun}"] if number else []),
            *([f"tools: {', '.join(self.tools)}"] if self.tools else []),
        )


def prompt_change(before: AgentPrompt, after: AgentPrompt) -> PromptChange:
    """Return what differs; nothing where only the order of the tools is another."""
    was, now = before.tools, after.tools
    tools = (
        *(f"{name} is new" for name in now if name not in was),
        *(f"{name} is gone" for name in was if name not in now),
        *(f"{name} changed" for name in now if name in was and now[name] != was[name]),
    )
    return PromptChange(diff_lines(before.instructions, after.instructions), tools)


def diff_lines(before: str, after: str) -> tuple[DiffLine, ...]:
    """Return the difference of two texts line by line, empty where there is none."""
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
    """Return how many lines changed; one that another replaces is a single change."""
    kinds = [line.kind for line in lines]
    return max(kinds.count("added"), kinds.count("removed"))


def at_most(lines: Sequence[DiffLine], most: int) -> tuple[DiffLine, ...]:
    """Return the first lines of a difference, and how many more there are."""
    if len(lines) <= most:
        return tuple(lines)
    return (*lines[:most], DiffLine("gap", f"and {len(lines) - most} more lines"))
