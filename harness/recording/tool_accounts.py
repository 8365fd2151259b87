"""What several sources tell of the tools of one call, as one account: each call of a tool once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.protocol.tool_requests import same_arguments
from harness.recording.tools import ToolOutcome, ToolRun

TWICE_S = 2.0
"""How far apart two sources may place one call of a tool."""


def joined(accounts: Iterable[Iterable[ToolRun]]) -> tuple[ToolRun, ...]:
    """Return the calls of several sources, each once; what the first tells of one stands.

    Two sources tell of the same call if they give it one id, or if they tell of one tool with the
    same arguments within ``TWICE_S``, and each tells of it once.
    """
    found: list[ToolRun] = []
    for account in accounts:
        free = list(found)
        for run in account:
            same = _same(free, run)
            if same is None:
                found.append(run)
                continue
            free.remove(same)
            found[found.index(same)] = _completed(same, run)
    return tuple(sorted(found, key=lambda run: run.requested_s))


def _same(free: Sequence[ToolRun], run: ToolRun) -> ToolRun | None:
    by_id = next((each for each in free if each.call_id == run.call_id), None)
    if by_id is not None:
        return by_id
    near = [
        each
        for each in free
        if each.name == run.name
        and abs(each.requested_s - run.requested_s) <= TWICE_S
        and (
            not each.arguments or not run.arguments or same_arguments(each.arguments, run.arguments)
        )
    ]
    return min(near, key=lambda each: abs(each.requested_s - run.requested_s), default=None)


def _completed(first: ToolRun, other: ToolRun) -> ToolRun:
    """Return a call with what another source adds to it."""
    found = replace(
        first, name=first.name or other.name, arguments=first.arguments or other.arguments
    )
    if first.outcome is not ToolOutcome.UNSEEN or other.answered_s is None:
        return found
    answered_s = max(first.requested_s, other.answered_s)
    return replace(found, answered_s=answered_s, outcome=other.outcome, output=other.output)
