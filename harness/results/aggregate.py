"""From scores of calls to the numbers of a run: rates with intervals, percentiles, one gate.

Rules. Only calls whose status counts (completed, agent_silent) enter any rate; the others appear in
``statuses`` alone. A scorer's rate is over its PASS and FAIL verdicts; review, not applicable,
unscorable and broken are counted beside it. A call's verdict is ``convert.call_passed``; the calls'
rate is over the calls that have one. Intervals are Wilson's at 95 %. Percentiles are withheld where
too few values stand behind them; an unanswered turn is a wait without end in them, or a silent
agent would be a quick one. pandas is imported when first needed, so that commands which do not
count stay quick.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from harness import __version__
from harness.results.attempts import last_attempts
from harness.results.convert import counts
from harness.results.model import (
    FORMAT,
    CallResult,
    Percentiles,
    RunResults,
    ScoreResult,
    ScorerSummary,
    Summary,
)
from harness.results.rates import mean_pass_k, rate, scenario_summaries
from harness.scorers.base import Outcome
from harness.timeline.usage import Usage

if TYPE_CHECKING:
    import pandas as pd

TTFA = "time_to_first_audio"
"""The scorer whose measured waits make the latency distribution."""

P95_FROM, P99_FROM = 20, 100
"""How many values a percentile needs before it is shown."""

VALUES_NEEDED = {"p95": P95_FROM, "p99": P99_FROM}

DISTRIBUTION = ("mean", "p50", "p95", "p99", "max")
"""What is told of values, fields of ``model.Percentiles``."""


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


@dataclass(frozen=True, slots=True)
class MeasuredWait:
    """The caller's words, whether a tool ran before the answer, when they ended, and the wait."""

    text: str
    with_tool: bool
    from_s: float | None
    took_s: float


def results_of(calls: tuple[CallResult, ...], made: Made) -> RunResults:
    """Return the results of one run by this harness, not yet judged by gates.

    Of a call that was made again, the last attempt counts.
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

    ``gates_passed`` needs at least one counted call, and that every one of them passed: one that
    needs review, met a broken scorer or was not judged at all has not. Calls that do not count
    neither pass nor fail a gate.
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
        time_to_first_audio_s=percentiles(
            (wait for call in counted for wait in waits_s(call)),
            unanswered=sum(map(unanswered_turns, counted)),
        ),
        gates_passed=bool(counted) and all(call.passed is True for call in counted),
        scenarios=scenarios,
        pass_k=mean_pass_k(scenarios),
    )


def took_place(call: CallResult) -> bool:
    """Say whether there was a call at all: one that was refused at the door has no length."""
    return bool(call.duration_s)


def percentiles(values: Iterable[float], *, unanswered: int = 0) -> Percentiles:
    """Return a distribution; p95 needs 20 values, p99 needs 100.

    ``unanswered`` waits without end stand behind the values, and what falls on them is None.
    """
    ordered = [*sorted(values), *[math.inf] * unanswered]
    count = len(ordered)

    def told(metric: str) -> float | None:
        value = statistic(ordered, metric)
        return value if value is not None and math.isfinite(value) else None

    return Percentiles(
        count=count,
        mean=told("mean"),
        p50=told("p50"),
        p95=told("p95"),
        p99=told("p99"),
        max=told("max"),
        unanswered=unanswered,
    )


def statistic(ordered: Sequence[float], metric: str) -> float | None:
    """Return one of ``DISTRIBUTION`` of values in order, ±inf where it falls on such a value.

    None where too few values stand behind it. Quantiles are interpolated linearly (type 7 of
    Hyndman and Fan 1996, Sample Quantiles in Statistical Packages).
    """
    if len(ordered) < VALUES_NEEDED.get(metric, 1):
        return None
    if metric == "mean":
        return math.fsum(ordered) / len(ordered)
    place = (len(ordered) - 1) * (1.0 if metric == "max" else float(metric[1:]) / 100)
    low, share = ordered[math.floor(place)], place % 1
    # no product with what has no end: 0 · inf is not a number
    return low if not share or math.isinf(low) else low + share * (ordered[math.ceil(place)] - low)


def waits_s(call: CallResult) -> tuple[float, ...]:
    """Return the measured times to first audio of one call, in seconds."""
    return tuple(
        wait.took_s
        for score in call.scores
        if score.scorer == TTFA
        for wait in measured_waits(score)
    )


def unanswered_turns(call: CallResult) -> int:
    """Return how many turns of the caller were owed an answer and got none."""
    return sum(_unanswered(score) for score in call.scores if score.scorer == TTFA)


def _unanswered(score: ScoreResult) -> int:
    if score.passed is not False or score.value is not None:
        return 0  # it fails without a value where a turn is unanswered, and only there
    listed = score.details.get("waits")
    if not isinstance(listed, list | tuple):
        return 1
    return sum(
        # version 1 at first did not say which answers were owed: it had failed for some of them
        wait.get("took_s") is None and wait.get("talk_over_s") is None and wait.get("owed", True)
        for wait in listed
    )


def measured_waits(score: ScoreResult) -> tuple[MeasuredWait, ...]:
    """Return the waits of a time-to-first-audio score that have a length.

    They are ``details["waits"]`` but for unanswered and talked-over turns (``took_s`` is None);
    without that list, the score's own value is the only one.
    """
    listed = score.details.get("waits")
    if not isinstance(listed, list | tuple):
        listed = ({"took_s": score.value},)
    return tuple(
        MeasuredWait(
            text=str(wait.get("text", "")),
            with_tool=bool(wait.get("with_tool", False)),
            from_s=wait.get("from_s"),
            took_s=float(wait["took_s"]),
        )
        for wait in listed
        if wait.get("took_s") is not None
    )


def frame(calls: tuple[CallResult, ...]) -> pd.DataFrame:
    """Return one row per call and scorer for pandas users; an unscored call has one row without.

    Columns: scenario, scenario_path, repeat, seed, status, counted, call_passed, duration_s,
    recording, suite, condition, scenario_hash, prompt_hash; the fields of the call's ``Usage``,
    which stand in each of its rows (sum them per recording, not per row) and are missing for a
    call of which nothing was recorded; scorer, version, outcome, passed, value, unit, reason.
    """
    import pandas as pd

    rows = [_row(call, score) for call in calls for score in call.scores or (None,)]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


_USED = tuple(field.name for field in fields(Usage))

_COLUMNS = (
    *("scenario", "scenario_path", "repeat", "seed", "status", "counted", "call_passed"),
    *("duration_s", "recording", "suite", "condition", "scenario_hash", "prompt_hash"),
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
        "duration_s": call.duration_s,
        "recording": call.recording,
        "suite": call.suite,
        "condition": call.condition,
        "scenario_hash": call.scenario_hash,
        "prompt_hash": call.prompt_hash,
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
