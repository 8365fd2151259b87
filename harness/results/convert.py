"""From scorers' verdicts to what is stored: scores, what they say of a call, its last attempt.

A call is known by its suite, scenario, condition, repeat and seed. A test that is run again (pytest
with reruns) makes the same call anew: its copies are no independent draws, and thirteen of them
would prove what one of them shows. So the last attempt is the call, those before are kept beside,
and whatever pairs calls refuses copies.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from harness.errors import UsageError
from harness.recording.provenance import CallStatus, EndCause
from harness.results.model import CallResult, EvidenceSpan, ScoreResult
from harness.scorers.base import Outcome, Score, Scorer
from harness.scorers.measure import Measurement

COUNTED = frozenset({CallStatus.COMPLETED.value, CallStatus.AGENT_SILENT.value})
"""Statuses that enter pass rates; every other call is shown, counted and never averaged in."""

OPEN = frozenset({Outcome.REVIEW.value, Outcome.BROKEN.value})
"""Outcomes that are neither: a person must listen, or a scorer must be repaired."""


def is_open(score: ScoreResult) -> bool:
    """Say whether a score leaves its call without a verdict.

    So does one that the scenario asks for, and that the call does not hold the evidence for.
    """
    not_judged = score.owed and score.outcome == Outcome.UNSCORABLE.value
    return score.outcome in OPEN or not_judged


CallKey = tuple[str, str, str, int, int]
"""Suite, scenario, condition, repeat and seed."""

FIRST_ATTEMPT = "-first"
"""What is put behind the folder of a call that was made again at once, by the harness itself."""

_SHOWN = 3


def counts(call: CallResult) -> bool:
    """Say whether a call enters pass rates."""
    return call.status in COUNTED


def score_result(scorer: Scorer, score: Score) -> ScoreResult:
    """Return a verdict as stored; what is no finite number, or no declared measure, breaks it."""
    if not _is_tree(score.details):
        problem = "the scorer gave details that contain themselves"
        score = Score(Outcome.BROKEN, f"{problem} ({score.reason})")
    elif problem := _broken(scorer, score):
        score = Score(Outcome.BROKEN, f"{problem} ({score.reason})", details=score.details)
    gave = {one.measure: one for one in score.measurements}
    return ScoreResult(
        scorer=scorer.scorer_name,
        version=scorer.scorer_version,
        outcome=score.outcome.value,
        passed=score.passed,
        value=score.value,
        unit=score.unit,
        reason=score.reason,
        evidence=tuple(EvidenceSpan(e.start_s, e.end_s, e.label) for e in score.evidence),
        details=dict(score.details),
        measurements=tuple(gave.get(one, Measurement(one)) for one in scorer.measures),
        owed=scorer.owed,
    )


def _is_tree(details: Mapping[str, object]) -> bool:
    try:
        json.dumps(details, default=str, skipkeys=True)
    except (ValueError, RecursionError):
        return False
    return True


def _broken(scorer: Scorer, score: Score) -> str:
    """Return what nobody can count with, empty for nothing."""
    for number in (score.value, *(v.value for m in score.measurements for v in m.values)):
        if number is not None and not math.isfinite(number):
            return f"the scorer gave a value that is not a number: {number}"
    measured = [one.measure for one in score.measurements]
    for measure in measured:
        if measure not in scorer.measures:
            return f"the scorer gave a measure that it has not declared: {measure.name}"
        if measured.count(measure) > 1:
            return f"the scorer gave a measure twice: {measure.name}"
    return ""


def call_passed(status: str, scores: tuple[ScoreResult, ...]) -> bool | None:
    """Return the verdict on one call.

    None when its status does not count. Otherwise False when a scorer failed, or when the agent
    fell silent (a silent agent never passes, whatever could still be judged). None again when a
    score is open (``is_open``), or when nothing was judged. True in what remains: at least one
    pass, nothing failed and nothing open.
    """
    if status not in COUNTED:
        return None
    outcomes = {score.outcome for score in scores}
    if Outcome.FAIL.value in outcomes or status == CallStatus.AGENT_SILENT.value:
        return False
    if any(map(is_open, scores)) or Outcome.PASS.value not in outcomes:
        return None
    return True


def key_of(call: CallResult) -> CallKey:
    """Return what a call is known by; an imported one, no repeat, by the seed of its name."""
    repeat = 0 if call.call else call.repeat
    return call.suite, call.scenario, call.condition, repeat, call.seed


def last_attempts(
    calls: Iterable[CallResult],
) -> tuple[tuple[CallResult, ...], tuple[CallResult, ...]]:
    """Return the last attempt at each call and those before it, both in the given order.

    Calls of another text or agent under one name are no attempts at the same; they stay, and are
    refused where calls are paired.
    """
    calls = tuple(calls)
    last = {_same(call): call for call in sorted(calls, key=_made)}
    kept = {id(call) for call in last.values()}
    return (
        tuple(call for call in calls if id(call) in kept),
        tuple(call for call in calls if id(call) not in kept),
    )


def check_single(calls: Sequence[CallResult], what: str) -> None:
    """Refuse to pair calls of which some are there several times; ``what`` holds them.

    Raises:
        UsageError: names the calls and how often they are there.
    """
    copies = [(key, number) for key, number in Counter(map(key_of, calls)).items() if number > 1]
    if not copies:
        return
    told = [_told(key, number) for key, number in copies[:_SHOWN]]
    if len(copies) > _SHOWN:
        told.append(f"and {len(copies) - _SHOWN} more calls")
    raise UsageError(
        f"{what} holds copies of calls, which are no independent pairs: {'; '.join(told)}. "
        "Make the run again, each scenario, condition, repeat and seed once"
    )


def _told(key: CallKey, number: int) -> str:
    _, scenario, condition, repeat, seed = key
    name = f"{scenario} / {condition}" if condition else scenario
    return f"{name!r} repeat {repeat + 1}, seed {seed}, {number} times"


def _same(call: CallResult) -> tuple[object, ...]:
    return (*key_of(call), call.scenario_path, call.scenario_hash, call.prompt_hash)


def _made(call: CallResult) -> tuple[bool, int, str]:
    """Order attempts by when they were made: each took the next free folder, slug, slug-2, …

    One for which the harness was too late made room for the next, before the recordings of all
    others.
    """
    later = not call.recording.endswith(FIRST_ATTEMPT)
    return later, len(call.recording), call.recording


def cause_name(cause: EndCause | None) -> str:
    """Return a cause as results have it."""
    return "" if cause is None else cause.value
