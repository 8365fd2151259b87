"""From scores of calls to the numbers of a run: rates with intervals, measures, default gate.

Rules. Only valid calls (completed, agent_silent) enter any rate; the others appear in ``statuses``
alone. A scorer's rate is over its PASS and FAIL verdicts; review, not applicable, unscorable and
broken are counted separately. A call's verdict is ``convert.call_passed``; the calls' rate is over
the calls that have a verdict. Intervals are Wilson's at 95 %.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from harness import __version__
from harness.judging.scorers.base import Outcome
from harness.results.model import (
    FORMAT,
    CallResult,
    RunResults,
    ScoreResult,
    ScorerSummary,
    Summary,
)
from harness.results.rates import mean_pass_k, measure_summaries, rate, scenario_summaries
from harness.results.verdicts import counts, last_attempts
from harness.timeline.usage import Usage

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Made:
    """How the calls of one run were made; fields as in RunResults."""

    started_at: str
    target: str
    clock: str
    target_settings: dict[str, Any]
    interrupted: bool = False
    fault: str = ""
    note: str = ""


def results_of(calls: tuple[CallResult, ...], made: Made) -> RunResults:
    """Return the results of a run by this harness, not yet judged by gates.

    If a call was made again, the last attempt counts.
    """
    calls, attempts = last_attempts(calls)
    return RunResults(
        format=FORMAT,
        harness_version=__version__,
        started_at=made.started_at,
        target=made.target,
        clock=made.clock,
        interrupted=made.interrupted,
        calls=calls,
        summary=summarize(calls),
        target_settings=made.target_settings,
        fault=made.fault,
        note=made.note,
        attempts=attempts,
    )


def summarize(calls: tuple[CallResult, ...]) -> Summary:
    """Return the run in numbers; the same calls in any order give the same numbers.

    ``gates_passed`` needs at least one valid call, and that all of them passed: a call that needs
    review, met a broken scorer or was not judged at all has not. Calls that are not valid neither
    pass nor fail a gate.
    """
    counted = tuple(call for call in calls if counts(call))
    verdicts = [call.passed for call in counted if call.passed is not None]
    scenarios = scenario_summaries(calls)
    return Summary(
        calls=len(calls),
        counted=len(counted),
        statuses=dict(sorted(Counter(call.status for call in calls).items())),
        pass_rate=rate(sum(verdicts), len(verdicts)),
        scorers=_scorers(counted),
        gates_passed=bool(counted) and all(call.passed is True for call in counted),
        measures=measure_summaries(calls),
        scenarios=scenarios,
        pass_k=mean_pass_k(scenarios),
    )


def took_place(call: CallResult) -> bool:
    """Return whether the call took place: a refused connection has no length."""
    return bool(call.duration_s)


def frame(calls: tuple[CallResult, ...]) -> pd.DataFrame:
    """Return a row per call and scorer for pandas users; an unscored call has a single row.

    Columns: scenario, scenario_path, repeat, seed, status, counted, call_passed, duration_s,
    recording, suite, condition, scenario_hash, prompt_hash; call and estimated, the name of an
    imported call and which of its data are estimates; the fields of the call's ``Usage``, which are
    repeated in each of its rows (sum them per recording, not per row) and missing for a call
    without recorded usage; scorer, version, outcome, passed, value, unit, reason.
    """
    import pandas as pd  # slow to import: commands that need no table stay quick

    rows = [_row(call, score) for call in calls for score in call.scores or (None,)]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


_USED = tuple(field.name for field in fields(Usage))

_COLUMNS = (
    *("scenario", "scenario_path", "repeat", "seed", "status", "counted", "call_passed"),
    *("duration_s", "recording", "suite", "condition", "scenario_hash", "prompt_hash"),
    *("call", "estimated"),
    *_USED,
    *("scorer", "version", "outcome", "passed", "value", "unit", "reason"),
)


def _row(call: CallResult, score: ScoreResult | None) -> dict[str, object]:
    judged = ("scorer", "version", "outcome", "passed", "value", "unit", "reason")
    return {
        "scenario": call.scenario,
        "scenario_path": call.scenario_path,
        "repeat": call.repeat,
        "seed": call.seed,
        "status": call.status,
        "counted": counts(call),
        "call_passed": call.passed,
        # The times of an untimed call only give the order of events.
        "duration_s": call.duration_s if call.timed else None,
        "recording": call.recording,
        "suite": call.suite,
        "condition": call.condition,
        "scenario_hash": call.scenario_hash,
        "prompt_hash": call.prompt_hash,
        "call": call.call,
        "estimated": " ".join(call.estimated),
        **{name: getattr(call.usage, name, None) for name in _USED},
        **{name: getattr(score, name, None) for name in judged},
    }


def _scorers(counted: tuple[CallResult, ...]) -> tuple[ScorerSummary, ...]:
    tallies: dict[str, Counter[str]] = {}
    for call in counted:
        for score in call.scores:
            tallies.setdefault(score.scorer, Counter())[score.outcome] += 1
    return tuple(_scorer_summary(name, tallies[name]) for name in sorted(tallies))


def _scorer_summary(name: str, tally: Counter[str]) -> ScorerSummary:
    passed, failed = tally[Outcome.PASS.value], tally[Outcome.FAIL.value]
    return ScorerSummary(
        scorer=name,
        pass_rate=rate(passed, passed + failed),
        review=tally[Outcome.REVIEW.value],
        not_applicable=tally[Outcome.NOT_APPLICABLE.value],
        unscorable=tally[Outcome.UNSCORABLE.value],
        broken=tally[Outcome.BROKEN.value],
    )
