"""The measurements of a score, from the details that its scorer gives beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.judging.scorers.barge_in_yield import BARGE_IN_YIELD
from harness.judging.scorers.base import MeasuredValue, Measurement
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO, WITH_TOOL
from harness.results.model import ScoreResult


def with_measurements(score: ScoreResult) -> ScoreResult:
    """Return a score with the waits in its details, or its value, as measurements."""
    return replace(score, measurements=tuple(_measured(score)))


def _measured(score: ScoreResult) -> Iterator[Measurement]:
    if score.scorer == BARGE_IN_YIELD.name:
        heard_s = score.evidence[0].start_s if score.evidence else None
        took = () if score.value is None else (MeasuredValue(score.value, at_s=heard_s),)
        yield BARGE_IN_YIELD.gave(*took)
    if score.scorer == TIME_TO_FIRST_AUDIO.name:
        yield TIME_TO_FIRST_AUDIO.gave(*_waits(score))


def _waits(score: ScoreResult) -> Iterator[MeasuredValue]:
    silent = score.passed is False and score.value is None  # then a turn is unanswered
    if "waits" not in score.details:
        if silent or score.value is not None:
            yield MeasuredValue(score.value)
        return
    for wait in score.details["waits"]:
        took_s = wait.get("took_s")
        if took_s is not None or (silent and _is_owed(wait)):
            kind = WITH_TOOL if wait.get("with_tool") else ""
            yield MeasuredValue(took_s, wait.get("text", ""), kind, wait.get("from_s"))


def _is_owed(wait: Mapping[str, Any]) -> bool:
    return wait.get("owed", True) and wait.get("talk_over_s") is None
