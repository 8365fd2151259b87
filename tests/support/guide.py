"""A page of the documentation as steps: its files written, its commands run, in order.

The code blocks of a page:

- a block after a line that ends in a file name (`` `mine/suite.yaml`: ``) is that file;
- each line of a ``bash`` block is a command; a comment after it may say ``exit code 2``, or
  ``exit code 0 or 1`` (the default is 0), or ``keeps running`` (a server in another terminal);
- each line of an ``output`` block appears in the output of the block's commands before it; ``…``
  matches any text.

A page runs in one shell, so ``cd`` and ``export`` hold until its end.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_FILE = re.compile(r"`([\w./-]+\.\w+)`:\s*$")
_EXIT_CODE = re.compile(r"#.*\bexit code (\d+(?:(?:, | or )\d+)*)")
_REAL_TIME = re.compile(r"\bharness (?!agent).*(?:--target|--real-time)\b")
_KEEPS_RUNNING = re.compile(r"#.*\bkeeps running\b")


@dataclass(frozen=True, slots=True)
class WriteFile:
    """A file that the page shows."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class RunCommand:
    """A command of the page, and the exit codes that are no fault of it (none: it keeps running).

    Calls in real time take place everywhere, but their verdicts depend on the machine: on a busy
    machine answers are late (1), or the harness's own audio is (3).
    """

    line: str
    exit_codes: tuple[int, ...]
    block: int


@dataclass(frozen=True, slots=True)
class Guide:
    """Steps in order, and the lines that each block of commands is said to print."""

    steps: tuple[WriteFile | RunCommand, ...]
    printed: dict[int, tuple[str, ...]]


def read_guide(text: str) -> Guide:
    """Return the steps of a page."""
    steps: list[WriteFile | RunCommand] = []
    printed: dict[int, tuple[str, ...]] = {}
    block = 0
    for fence in _FENCE.finditer(text):
        language, body = fence[1], fence[2]
        named = _FILE.search(text[: fence.start()].rstrip().rpartition("\n")[2])
        if language == "bash":
            block += 1
            steps += [_command(line, block) for line in _lines(body)]
        elif language == "output":
            assert block, f"output without a command before it: {body}"
            printed[block] = tuple(line for line in body.splitlines() if line.strip())
        elif named is not None:
            steps.append(WriteFile(named[1], body))
    return Guide(tuple(steps), printed)


def _lines(body: str) -> list[str]:
    whole = body.replace("\\\n", " ").splitlines()
    return [line for line in whole if line.strip() and not line.lstrip().startswith("#")]


def _command(line: str, block: int) -> RunCommand:
    if _KEEPS_RUNNING.search(line):
        return RunCommand(line, (), block)
    told = _EXIT_CODE.search(line)
    codes = tuple(map(int, re.findall(r"\d+", told[1]))) if told else (0,)
    return RunCommand(
        line, (0, 1, 3) if codes == (0,) and _REAL_TIME.search(line) else codes, block
    )


def appears(wanted: str, output: str) -> bool:
    """Return whether a line of an ``output`` block is in the printed output.

    White space counts as one space, and a line may be folded: terminals differ in width.
    """
    parts = [re.escape(" ".join(part.split())) for part in wanted.split("…")]
    return re.search(r"\s?.*?\s?".join(parts), " ".join(output.split())) is not None
