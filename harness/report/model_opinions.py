"""Verdicts on writes that a model judge decided, and its opinions on others, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.report import figures
from harness.results.model import ScoreResult


@dataclass(frozen=True, slots=True)
class OpinionText:
    """One write: who judged it, and the answer with its quote and moment."""

    tool: str
    heading: str
    """``decided by MODEL``, or ``MODEL, not counted``."""
    text: str
    decided: bool


def opinions(score: ScoreResult, *, timed: bool = True) -> tuple[OpinionText, ...]:
    """Return the opinions on the writes of a score; empty if no model was asked."""
    writes = score.details.get("writes")
    return tuple(_texts(writes, timed=timed)) if isinstance(writes, list) else ()


def decided_lines(scores: Iterable[ScoreResult], *, timed: bool = True) -> tuple[str, ...]:
    """Return one line for each verdict that a model decided."""
    return tuple(
        f"{score.scorer}: {one.tool}: {one.heading}: {one.text}"
        for score in scores
        for one in opinions(score, timed=timed)
        if one.decided
    )


def _texts(writes: list[Any], *, timed: bool) -> Iterator[OpinionText]:
    for write in writes:
        said = write.get("model") if isinstance(write, dict) else None
        if not isinstance(said, dict):
            continue
        model, decided = str(said.get("model")), said.get("decided") is True
        heading = f"decided by {model}" if decided else f"{model}, not counted"
        yield OpinionText(str(write.get("tool")), heading, _text(said, timed=timed), decided)


def _text(said: Mapping[str, Any], *, timed: bool) -> str:
    answer = str(said.get("answer") or "no answer").replace("_", " ")
    quote = f", “{said['quote']}”" if said.get("quote") else ""
    start_s, note = said.get("start_s"), said.get("note")
    at = f" at {figures.clock(start_s)}" if timed and isinstance(start_s, int | float) else ""
    return f"{answer}{quote}{at}{f' ({note})' if note else ''}"
