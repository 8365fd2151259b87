"""Repeats calls that look worse than the baseline, before they fail a run.

The choice of scenarios and the meaning of their calls is decided in
``results/gates/matched_calls.py``. The calls have new seeds, and join the run's recordings when all
are over.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.recording.provenance import CallStatus
from harness.results.gates.matched_calls import named_scenario
from harness.results.model import CallResult, RunResults
from harness.results.rates import ScenarioKey, scenario_key
from harness.results.verdicts import counts, last_attempts
from harness.runs.plan import Job, RunPlan
from harness.runs.verify import CONFIRMING
from harness.scenario.identity import within


def _as_they_are(results: RunResults, _: Path) -> RunResults:
    return results


MakeCalls = Callable[[RunPlan], tuple[tuple[CallResult, ...], bool]]
"""Makes all calls of a plan and returns whether it was interrupted."""


@dataclass(frozen=True, slots=True)
class Confirming:
    """Which calls confirm the losses of a run.

    ``wanted`` returns which scenarios to call next, and how often, given the calls so far.
    """

    wanted: Callable[[RunResults], Mapping[ScenarioKey, int]]
    first_repeat: int = 0
    """Repeats of the baseline are below it."""
    judge: Callable[[RunResults, Path], RunResults] = _as_they_are
    """Judges the calls of results further (``--judge``); the path is the folder with their
    recordings. It is called before ``wanted`` is asked, for the calls of the run and each batch."""


def announced(confirming: Confirming, tell: Callable[[str], object]) -> Confirming:
    """Return the same, with a line to the user before each round of calls."""

    def wanted(results: RunResults) -> Mapping[ScenarioKey, int]:
        found = confirming.wanted(results)
        if found:
            named = ", ".join(f"{named_scenario(key)} ({number})" for key, number in found.items())
            tell(f"called again, as it looks worse than the baseline: {named}")
        return found

    return replace(confirming, wanted=wanted)


def with_confirming_calls(
    results: RunResults, plan: RunPlan, confirming: Confirming, make: MakeCalls
) -> RunResults:
    """Return results with the calls that confirm their losses among the attempts.

    All of them are judged by ``confirming.judge``, too. A call that is not valid is made again
    once. The results are marked as interrupted if the calls were interrupted.
    """
    results = confirming.judge(results, plan.out)
    jobs = {_key_of(job): job for job in plan.jobs}
    behind = max((call.repeat + 1 for call in results.calls), default=0)
    # New seeds: the repeats follow those of the run and of its baseline.
    repeat = {key: max(behind, confirming.first_repeat) for key in jobs}
    # In a folder of their own, so that a killed run does not count them as its calls.
    out = plan.out / CONFIRMING
    shutil.rmtree(out, ignore_errors=True)
    given_up: set[ScenarioKey] = set()
    stopped = False

    def called(need: Mapping[ScenarioKey, int]) -> tuple[CallResult, ...]:
        nonlocal stopped
        fresh = [_job(jobs[key], repeat[key] + n) for key in need for n in range(need[key])]
        for key, number in need.items():
            repeat[key] += number
        out.mkdir(parents=True, exist_ok=True)
        made, stopped = make(replace(plan, jobs=tuple(fresh), out=out, due_s=()))
        judged = confirming.judge(replace(results, calls=made), out).calls
        return tuple(
            replace(c, confirms=True) for c in judged if c.status != CallStatus.NOT_CALLED.value
        )

    while not stopped and (need := _open_to(confirming.wanted(results), jobs, given_up)):
        made = called(need)
        lost = Counter(scenario_key(c) for c in last_attempts(made)[0] if not counts(c))
        given_up |= need.keys() - {scenario_key(call) for call in made}  # no budget is left
        if lost and not stopped:
            again = called(lost)
            given_up |= lost.keys() - {scenario_key(call) for call in again if counts(call)}
            made += again
        results = replace(results, attempts=(*results.attempts, *made))
    _join(results.attempts, plan.out)
    return replace(results, interrupted=True) if stopped else results


def _open_to(
    wanted: Mapping[ScenarioKey, int], jobs: Mapping[ScenarioKey, Job], given_up: set[ScenarioKey]
) -> dict[ScenarioKey, int]:
    return {key: n for key, n in wanted.items() if key in jobs and key not in given_up}


def _key_of(job: Job) -> ScenarioKey:
    return job.loaded.suite.suite.suite, job.loaded.scenario.name, job.condition


def _job(of: Job, repeat: int) -> Job:
    """Return the job of another repeat of a scenario; all pages are drawn together later."""
    seed = within(of.seed - of.repeat + repeat)
    folder = of.recording.parent / f"{repeat + 1:03d}"
    return replace(of, repeat=repeat, seed=seed, recording=folder, draw=None)


def _join(calls: Iterable[CallResult], run_folder: Path) -> None:
    """Move the recordings to those of the run; a call that was never recorded has none."""
    for call in calls:
        made, place = run_folder / CONFIRMING / call.recording, run_folder / call.recording
        if call.confirms and made.is_dir():
            shutil.rmtree(place, ignore_errors=True)  # left by a process that was stopped
            place.parent.mkdir(parents=True, exist_ok=True)
            made.rename(place)
    shutil.rmtree(run_folder / CONFIRMING, ignore_errors=True)
