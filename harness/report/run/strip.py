"""A call at a glance: who spoke when, tools and problems, as four paths in tenths of a second."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.report import figures
from harness.report.run.lanes import Block, Lanes

HEIGHT = 22
_CALLER_AT, _AGENT_AT, _TOOLS_AT = 4, 11, 18


@dataclass(frozen=True, slots=True)
class Strip:
    """The paths of one call, 1 wide per tenth of a second and 22 high, and what they show."""

    length: int
    caller: str
    agent: str
    tools: str
    failed: str
    open: str
    text: str


def strip(lanes: Lanes) -> Strip:
    """Return the strip of a call from the lanes of its page."""
    failed = [block for block in lanes.problems if block.kind == "fail"]
    others = [block for block in lanes.problems if block.kind != "fail"]
    return Strip(
        length=max(1, round(lanes.duration_s * 10)),
        caller=_stretches(lanes.caller, _CALLER_AT),
        agent=_stretches(lanes.agent, _AGENT_AT),
        tools=_stretches(lanes.tools, _TOOLS_AT),
        failed=_moments(failed),
        open=_moments(others),
        text=_text(lanes),
    )


def _stretches(blocks: Iterable[Block], height: int) -> str:
    """Return one line per stretch; what is next to the one before it is joined to it."""
    joined: list[list[int]] = []
    for start, end in sorted((round(b.start_s * 10), round(b.end_s * 10)) for b in blocks):
        if joined and start <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([start, end])
    return "".join(f"M{start} {height}h{max(1, end - start)}" for start, end in joined)


def _moments(blocks: Iterable[Block]) -> str:
    places = dict.fromkeys(round(block.start_s * 10) for block in blocks)
    return "".join(f"M{at} 0v{HEIGHT}" for at in places)


def _text(lanes: Lanes) -> str:
    """Return the strip in words."""
    turns = f"{figures.counted(len(lanes.caller), 'turn')} of the caller"
    tools = f", {figures.counted(len(lanes.tools), 'tool call')}" if lanes.tools else ""
    where = ", ".join(
        f"{block.label} at {figures.clock(block.start_s)}" for block in lanes.problems
    )
    return f"{turns}{tools}{f'; {where}' if where else ''}"
