"""A baseline: the verdicts of runs that are trusted, small enough to be committed, to compare with.

It holds no audio and no transcript. It holds the text of the prompts, to show which lines changed.
A baseline is for one test, one definition of each scorer and one target: if one of these changes,
its numbers answer another question and it is refused. A changed prompt is what it is there for.
``baseline_file.py`` writes and reads it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.gates.quarantine import without_scorers
from harness.recording.provenance import CallStatus
from harness.results.convert import check_single, counts, key_of
from harness.results.model import CallResult, RunResults, ScoreResult
from harness.results.prompt_diff import AgentPrompt
from harness.scorers.base import Outcome
from harness.scorers.measure import Measure, MeasuredValue
from harness.storage import LEFT_OUT

FORMAT = 3
"""Version of baseline files; format 1 knew one run, and formats 1 and 2 one measure."""

DIGITS = 6


@dataclass(frozen=True, slots=True)
class BaselineValue:
    """One value of a measure, and what it is of (``scorers.measure.MeasuredValue``)."""

    value: float
    of: str = ""
    kind: str = ""
    uncertainty_s: float | None = field(default=None, metadata=LEFT_OUT)
    """None where the value is exact, too."""


@dataclass(frozen=True, slots=True)
class BaselineCall:
    """One counted call: its outcome by scorer (``scorers.base.Outcome``), values by measure."""

    suite: str
    scenario: str
    condition: str
    repeat: int
    seed: int
    passed: bool | None
    scores: dict[str, str]
    measured: dict[str, tuple[BaselineValue, ...]]
    run: int = 0
    """Which of the runs it is of, from 0, the newest last."""


@dataclass(frozen=True, slots=True)
class BaselineTest:
    """One scenario under one condition: which test it was, and what the agent was told."""

    suite: str
    scenario: str
    condition: str
    scenario_hash: str
    prompt_hash: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """What later runs are compared with; ``scorers`` are versions by name, as ``measures``."""

    format: int
    harness_version: str
    started_at: str
    target: str
    clock: str
    target_settings: dict[str, Any]
    scorers: dict[str, int]
    measures: dict[str, tuple[Measure, ...]]
    tests: tuple[BaselineTest, ...]
    calls: tuple[BaselineCall, ...]
    prompts: tuple[AgentPrompt, ...] = ()
    """The prompts of the agent; empty in files of older harnesses."""


def runs_of(baseline: Baseline) -> int:
    """Return how many runs a baseline holds."""
    return len({call.run for call in baseline.calls})


def baseline_of(
    results: RunResults, folder: Path, prompts: tuple[AgentPrompt, ...] = ()
) -> Baseline:
    """Return the baseline that the run in ``folder`` makes; ``prompts`` are those of the run.

    Raises:
        UsageError: the run was interrupted, no call counts, it does not know its tests, or scorers
            of several versions judged it.
    """
    counted = [call for call in results.calls if counts(call)]
    if results.interrupted:
        raise UsageError(f"{folder} was interrupted; a baseline is made of a whole run")
    if results.fault:
        raise UsageError(
            f"{folder} was called with the planted fault {results.fault}; "
            "a baseline is made of a run that you trust"
        )
    check_single(counted, str(folder))
    if not counted:
        raise UsageError(f"{folder}: no call counts, so it is no baseline; run it again")
    if not all(call.scenario_hash for call in counted):
        raise UsageError(f"{folder} is of a harness that did not note its tests; run it again")
    _check_one_version(counted, folder)
    tests = {
        (call.suite, call.scenario, call.condition): BaselineTest(
            call.suite, call.scenario, call.condition, call.scenario_hash, call.prompt_hash
        )
        for call in counted
    }
    return Baseline(
        format=FORMAT,
        harness_version=results.harness_version,
        started_at=results.started_at,
        target=results.target,
        clock=results.clock,
        target_settings=results.target_settings,
        scorers=scorer_versions(counted),
        measures=_measures(counted),
        tests=tuple(tests.values()),
        calls=tuple(_call(call) for call in counted),
        prompts=prompts,
    )


def calls_of(baseline: Baseline) -> tuple[CallResult, ...]:
    """Return a baseline's calls as a run has them, as far as it knows them: to be paired."""
    hashes = {(one.suite, one.scenario, one.condition): one for one in baseline.tests}
    return tuple(
        _as_result(call, baseline, hashes[call.suite, call.scenario, call.condition])
        for call in baseline.calls
    )


def as_known(baseline: Baseline, calls: Iterable[CallResult]) -> tuple[CallResult, ...]:
    """Return calls as the baseline's scorers judged them: what newer ones say compares to nothing.

    Else every call that a new scorer fails would look lost.
    """
    return tuple(
        without_scorers(call, {score.scorer for score in call.scores} - baseline.scorers.keys())
        for call in calls
    )


def new_scorers(baseline: Baseline, calls: Iterable[CallResult]) -> tuple[str, ...]:
    """Return which scorers gave verdicts on these calls and are not known to the baseline."""
    asked = (
        score.scorer
        for call in calls
        for score in call.scores
        if counts(call) and score.outcome != Outcome.NOT_APPLICABLE.value
    )
    return tuple(sorted(set(asked) - baseline.scorers.keys()))


def scorer_versions(calls: Iterable[CallResult]) -> dict[str, int]:
    """Return the versions of the scorers that judged these calls, by name."""
    return {score.scorer: score.version for call in calls for score in call.scores}


def _check_one_version(calls: Iterable[CallResult], folder: Path) -> None:
    """`harness score` judges anew only what was kept (``--keep``): the rest is of older scorers."""
    pairs = {(score.scorer, score.version) for call in calls for score in call.scores}
    names = [name for name, _ in pairs]
    if mixed := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(
            f"{folder} was judged by several versions of {', '.join(mixed)}, as recordings were "
            "not kept; run it again"
        )


def _call(call: CallResult) -> BaselineCall:
    return BaselineCall(
        suite=call.suite,
        scenario=call.scenario,
        condition=call.condition,
        repeat=key_of(call)[3],
        seed=call.seed,
        passed=call.passed,
        scores={score.scorer: score.outcome for score in call.scores},
        measured={
            one.measure.name: tuple(
                BaselineValue(
                    round(value.value, DIGITS),
                    value.of,
                    value.kind,
                    round(value.uncertainty_s or 0.0, DIGITS) or None,
                )
                for value in one.values
                if value.value is not None
            )
            for score in call.scores
            for one in score.measurements
        },
    )


def _measures(calls: Iterable[CallResult]) -> dict[str, tuple[Measure, ...]]:
    """Return what each scorer measures."""
    return {
        score.scorer: tuple(one.measure for one in score.measurements)
        for call in calls
        for score in call.scores
        if score.measurements
    }


def _measured(one: BaselineValue) -> MeasuredValue:
    return MeasuredValue(one.value, one.of, one.kind, uncertainty_s=one.uncertainty_s)


def _as_result(call: BaselineCall, baseline: Baseline, test: BaselineTest) -> CallResult:
    verdicts = {Outcome.PASS.value: True, Outcome.FAIL.value: False}
    return CallResult(
        scenario=call.scenario,
        scenario_path="",
        repeat=call.repeat,
        seed=call.seed,
        status=CallStatus.COMPLETED.value,
        status_detail="",
        recording="",
        duration_s=None,
        passed=call.passed,
        scores=tuple(
            ScoreResult(
                scorer=name,
                version=baseline.scorers[name],
                outcome=outcome,
                passed=verdicts.get(outcome),
                value=None,
                unit="",
                reason="",
                measurements=tuple(
                    one.gave(*map(_measured, values))
                    for one in baseline.measures.get(name, ())
                    if (values := call.measured.get(one.name)) is not None
                ),
            )
            for name, outcome in call.scores.items()
        ),
        suite=call.suite,
        condition=call.condition,
        scenario_hash=test.scenario_hash,
        prompt_hash=test.prompt_hash,
    )
