"""Where the waiting time of a call went: every answered wait with its parts, on one scale."""

from __future__ import annotations

from dataclasses import dataclass

from harness.report import figures
from harness.timeline.model import LatencyParts, Timeline
from harness.units import with_uncertainty

SMALLEST_PART_S = 0.005
"""A shorter part would read as 0.00 s and be too narrow to see."""
_PARTS = (
    ("endpointing", "noticing the end of speech"),
    ("tool", "a tool running"),
    ("created", "starting a response"),
    ("first_delta", "first audio"),
    ("playout", "playing it"),
    ("lead_in", "silence before the voice"),
)


@dataclass(frozen=True, slots=True)
class WaitPart:
    """One part of a wait; positions in percent of the slowest wait."""

    name: str
    meaning: str
    left: float
    width: float
    took: str


@dataclass(frozen=True, slots=True)
class WaitBar:
    """One wait with the parts that add up to it."""

    at_s: float
    end_s: float
    clock: str
    after: str
    took: str
    with_tool: bool
    parts: tuple[WaitPart, ...]
    parts_off: str = ""
    """By how much each part may be off, " ± 2 ms"; empty for exact ones."""


def wait_bars(timeline: Timeline) -> tuple[WaitBar, ...]:
    """Return every answered wait with its parts, on one scale."""
    answered = [(wait, wait.took_s) for wait in timeline.waits if wait.took_s is not None]
    slowest = max((took_s for _, took_s in answered), default=0.0)
    return tuple(
        WaitBar(
            at_s=wait.from_s,
            end_s=wait.from_s + took_s,
            clock=figures.clock(wait.from_s),
            after=timeline.caller[wait.caller].text,
            took=figures.uncertain(took_s, wait.uncertainty_s),
            with_tool=wait.with_tool,
            parts_off=with_uncertainty("each", wait.parts_uncertainty_s).removeprefix("each"),
            parts=_parts(wait.parts, took_s, slowest),
        )
        for wait, took_s in answered
    )


def parts_shown(bars: tuple[WaitBar, ...]) -> tuple[tuple[str, str], ...]:
    """Return the names and meanings of the parts that are known of any of these waits."""
    there = {part.name for bar in bars for part in bar.parts}
    return tuple(part for part in _PARTS if part[0] in there)


def _parts(parts: LatencyParts | None, took_s: float, slowest: float) -> tuple[WaitPart, ...]:
    scale = 100 / slowest if slowest else 0.0
    if parts is None:
        return (
            WaitPart("whole", "whole wait", 0.0, round(took_s * scale, 2), figures.seconds(took_s)),
        )
    drawn, at_s = [], 0.0
    for name, meaning in _PARTS:
        part_s: float | None = getattr(parts, f"{name}_s")
        if part_s is not None and part_s >= SMALLEST_PART_S:
            left, width = round(at_s * scale, 2), round(part_s * scale, 2)
            drawn.append(WaitPart(name, meaning, left, width, figures.seconds(part_s)))
        at_s += part_s or 0.0
    return tuple(drawn)
