"""Results of older formats as this one has them; nothing that was stored is lost.

Format 1 knew two measures, by the names of their scorers: the waits of time to first audio stood in
its ``details``, and a yield was the value of its score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from harness.results.measured import measure_summaries
from harness.results.model import FORMAT, CallResult, RunResults, ScoreResult
from harness.scorers.barge_in_yield import BARGE_IN_YIELD
from harness.scorers.measure import MeasuredValue, Measurement
from harness.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO, WITH_TOOL


def upgraded(results: RunResults) -> RunResults:
    """Return stored results in the form of this format.

    Raises ValueError, with the place, for waits that no scorer of ours has written.
    """
    if results.format == FORMAT:
        return results
    calls = tuple(_call(call, f"calls.{n}") for n, call in enumerate(results.calls))
    return replace(
        results,
        format=FORMAT,
        calls=calls,
        summary=replace(results.summary, measures=measure_summaries(calls)),
        attempts=tuple(_call(call, f"attempts.{n}") for n, call in enumerate(results.attempts)),
    )


def _call(call: CallResult, place: str) -> CallResult:
    return replace(call, scores=tuple(with_measurements(score, place) for score in call.scores))


def with_measurements(score: ScoreResult, place: str = "") -> ScoreResult:
    """Return a score of format 1 with what it measured; raises ValueError like ``upgraded``."""
    try:
        return replace(score, measurements=tuple(_measured(score)))
    except (AttributeError, TypeError, ValueError) as error:
        where = f"{place}.scores.{score.scorer}.details.waits"
        raise ValueError(f"{where}: expected waits with took_s in seconds") from error


def _measured(score: ScoreResult) -> Iterator[Measurement]:
    if score.scorer == BARGE_IN_YIELD.name:
        heard_s = score.evidence[0].start_s if score.evidence else None
        took = () if score.value is None else (MeasuredValue(score.value, at_s=heard_s),)
        yield BARGE_IN_YIELD.gave(*took)
    if score.scorer == TIME_TO_FIRST_AUDIO.name:
        yield TIME_TO_FIRST_AUDIO.gave(*_waits(score))


def _waits(score: ScoreResult) -> Iterator[MeasuredValue]:
    # it fails without a value where a turn is unanswered, and only there
    silent = score.passed is False and score.value is None
    listed = score.details.get("waits")
    if not isinstance(listed, list | tuple):
        if silent or score.value is not None:
            yield MeasuredValue(score.value)
        return
    for wait in listed:
        took_s = wait.get("took_s")
        if took_s is not None or (silent and _is_owed(wait)):
            yield MeasuredValue(
                None if took_s is None else float(took_s),
                of=str(wait.get("text", "")),
                kind=WITH_TOOL if wait.get("with_tool") else "",
                at_s=wait.get("from_s"),
            )


def _is_owed(wait: Mapping[str, Any]) -> bool:
    # the scorer's first version did not say which answers were owed: it had failed for some of them
    return wait.get("talk_over_s") is None and bool(wait.get("owed", True))
