"""A baseline: the verdicts of trusted runs, and its file, which is made to be committed.

It contains no audio and no transcript. It contains the text of the prompts, to show which lines
changed. A baseline is for a test, a version of each scorer and a target: if any of these changes,
its numbers answer another question and it is refused. Its purpose is to judge a changed prompt.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from harness.errors import FaultyFiles, UsageError
from harness.files import LEFT_OUT, read_plain, to_line, write_whole
from harness.judging.scorers.base import Measure, MeasuredValue, Outcome
from harness.judging.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO, WITH_TOOL
from harness.recording.provenance import CallStatus
from harness.results.gates.quarantine import without_scorers
from harness.results.model import AgentPrompt, CallResult, RunResults, ScoreResult, adapter_of
from harness.results.store import possible
from harness.results.verdicts import check_single, counts, key_of

FORMAT = 3
"""Version of baseline files; format 1 had one run, and formats 1 and 2 one measure."""

DIGITS = 6


@dataclass(frozen=True, slots=True)
class BaselineValue:
    """A value of a measure, and its item (``scorers.measure.MeasuredValue``)."""

    value: float
    of: str = ""
    kind: str = ""
    uncertainty_s: float | None = field(default=None, metadata=LEFT_OUT)
    """None also if the value is exact."""


@dataclass(frozen=True, slots=True)
class BaselineCall:
    """A valid call: its outcome by scorer (``scorers.base.Outcome``), values by measure."""

    suite: str
    scenario: str
    condition: str
    repeat: int
    seed: int
    passed: bool | None
    scores: dict[str, str]
    measured: dict[str, tuple[BaselineValue, ...]]
    run: int = 0
    """The index of its run, from 0, the newest last."""


@dataclass(frozen=True, slots=True)
class BaselineTest:
    """A scenario under a condition: the hashes of the test and of the agent's prompt."""

    suite: str
    scenario: str
    condition: str
    scenario_hash: str
    prompt_hash: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """The reference of later runs; ``scorers`` has versions by name, ``measures`` likewise."""

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
    """Return the number of runs in a baseline."""
    return len({call.run for call in baseline.calls})


def baseline_of(
    results: RunResults, folder: Path, prompts: tuple[AgentPrompt, ...] = ()
) -> Baseline:
    """Return the baseline that the run in ``folder`` makes; ``prompts`` are those of the run.

    Raises:
        UsageError: the run was interrupted, no call is valid, it does not contain its tests, or
            scorers of several versions judged it.
    """
    counted = [call for call in results.calls if counts(call)]
    if results.interrupted:
        raise UsageError(f"{folder} was interrupted; a baseline is made of a whole run")
    if results.fault:
        raise UsageError(
            f"{folder} was called with the planted fault {results.fault}; "
            "a baseline is made of a run that you trust"
        )
    # Copies of a call are no independent pairs.
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
    """Return a baseline's calls in the form of a run's, as far as stored, to pair them."""
    hashes = {(one.suite, one.scenario, one.condition): one for one in baseline.tests}
    return tuple(
        _as_result(call, baseline, hashes[call.suite, call.scenario, call.condition])
        for call in baseline.calls
    )


def as_known(baseline: Baseline, calls: Iterable[CallResult]) -> tuple[CallResult, ...]:
    """Return calls as the baseline's scorers judged them, without the verdicts of newer scorers."""
    # Else every call that a new scorer fails would look lost.
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
    """Refuse mixed versions: `harness score` judges anew only kept recordings (``--keep``)."""
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
                    # 0 after rounding is exact, and is left out of the file.
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
    """Return the measures of each scorer."""
    return {
        score.scorer: tuple(one.measure for one in score.measurements)
        for call in calls
        for score in call.scores
        if score.measurements
    }


def _measured(one: BaselineValue) -> MeasuredValue:
    return MeasuredValue(one.value, one.of, one.kind, uncertainty_s=one.uncertainty_s)


def _as_result(call: BaselineCall, baseline: Baseline, test: BaselineTest) -> CallResult:
    # Every other outcome has no verdict: None.
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


# Baselines on disk.

FOLDER = Path("baselines")
"""The folder of baselines, to be committed, next to the folder of scenarios."""


# No leading full stop, which would make a hidden file or lead out of the folder.
_NAME = re.compile(r"(?!\.)[\w.-]{1,100}")


def default_path(suites: Iterable[str], target: str) -> Path:
    """Return the default path of the baseline of a suite and target."""
    # Sorted, so that the order of the paths on the command line does not change the name.
    parts = (*sorted(set(suites)), target)
    name = "-".join(re.sub(r"[^\w.]+", "-", part).strip("-") for part in parts)
    return FOLDER / f"{name}.json"


def named_path(name: str) -> Path:
    """Return the path of the baseline that a command names: by its name, or by its file.

    Raises:
        UsageError: it is neither.
    """
    if name.lower().endswith(".json") and name.isprintable():
        return Path(name)
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name!r} names no baseline: expected a name of 1 to 100 letters, digits, '-', '_' "
            "and '.', for a file in ./baselines, or a path that ends in .json"
        )
    return FOLDER / f"{name}.json"


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Replace ``path`` by this baseline, folders made if missing; raises StorageFailed."""
    write_whole(path, _to_json(baseline))


def read_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        FaultyFiles: it is missing, of another format, or no baseline at all.
    """
    try:
        document = orjson.loads(read_plain(path))
    except FileNotFoundError as error:
        how = "make one from a run that you trust: harness baseline save DIR"
        raise _fault(path, "", f"no such baseline; {how}") from error
    except OSError as error:
        raise _fault(path, "", f"cannot read the file: {error.strerror or error}") from error
    except orjson.JSONDecodeError as error:
        raise _fault(path, "", f"not JSON: {error}") from error
    found = document.get("format") if isinstance(document, dict) else None
    if found not in range(1, FORMAT + 1) or isinstance(found, bool):  # True equals 1
        problem = f"expected a baseline of format 1 to {FORMAT}, got {found!r}; save it again"
        raise _fault(path, "format", problem)
    try:
        return _checked(adapter_of(Baseline).validate_python(_upgraded(document)), path)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _fault(path, place, f"not as a baseline has it: {first['msg']}") from error


def _checked(baseline: Baseline, path: Path) -> Baseline:
    """Refuse inconsistent contents: a baseline is a text file that people edit and merge."""
    if not baseline.calls:
        raise _fault(path, "calls", "has no call to compare with; save it again")
    tests = {(one.suite, one.scenario, one.condition) for one in baseline.tests}
    seen: set[tuple[object, ...]] = set()
    for number, call in enumerate(baseline.calls):
        test = (call.suite, call.scenario, call.condition)
        place, key = f"calls.{number}", (*test, call.repeat, call.seed, call.run)
        if test not in tests:
            raise _fault(path, place, f"{call.scenario!r} is not among its tests; save it again")
        if key in seen:
            raise _fault(path, place, f"{call.scenario!r}, seed {call.seed}, is there twice")
        for problem in _wrong_in(call, baseline):
            raise _fault(path, place, problem)
        seen.add(key)
    return baseline


def _wrong_in(call: BaselineCall, baseline: Baseline) -> Iterator[str]:
    outcomes = {outcome.value for outcome in Outcome}
    for name, outcome in call.scores.items():
        if name not in baseline.scorers:
            yield f"{name!r} is not among its scorers; save it again"
        if outcome not in outcomes:
            yield f"{name}: expected one of {', '.join(sorted(outcomes))}, got {outcome!r}"
    measures = {one.name: one for ones in baseline.measures.values() for one in ones}
    for name, values in call.measured.items():
        if name not in measures:
            yield f"{name!r} is not among its measures; save it again"
        elif not _all_possible(values, measures[name]):
            low, high = possible(measures[name])
            yield f"{name}: expected values from {low:g} to {high:g} {measures[name].unit}"
        if not all((one.uncertainty_s or 0.0) >= 0.0 for one in values):
            yield f"{name}: expected an uncertainty_s of 0 or more"


def _all_possible(values: Iterable[BaselineValue], measure: Measure) -> bool:
    low, high = possible(measure)
    return all(low <= one.value <= high for one in values)


def _upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """Return a baseline in the current format; older formats had the waits of one scorer."""
    if document["format"] == FORMAT:
        return document
    measure = dataclasses.asdict(TIME_TO_FIRST_AUDIO)
    measures = {TIME_TO_FIRST_AUDIO.name: [measure]}
    calls = document.get("calls")
    if isinstance(calls, list):
        calls = [_with_values(call) if isinstance(call, dict) else call for call in calls]
    return {**document, "format": FORMAT, "measures": measures, "calls": calls}


def _with_values(call: dict[str, Any]) -> dict[str, Any]:
    waits = call.get("waits")
    if isinstance(waits, list):
        waits = [
            {
                "value": wait.get("took_s"),
                "of": wait.get("text"),
                "kind": WITH_TOOL if wait.get("with_tool") else "",
            }
            if isinstance(wait, dict)
            else wait
            for wait in waits
        ]
    return {**call, "measured": {TIME_TO_FIRST_AUDIO.name: waits}}


def _to_json(baseline: Baseline) -> bytes:
    """Return a document with a line per value, and per item of its lists."""
    lines = []
    for entry in dataclasses.fields(baseline):
        value = getattr(baseline, entry.name)
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        if isinstance(value, tuple):  # a line per item keeps the diff of a new baseline short
            items = (to_line(item).decode().rstrip() for item in value)
            text = "[\n    " + ",\n    ".join(items) + "\n  ]"
        lines.append(f'  "{entry.name}": {text}')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _fault(path: Path, key: str, problem: str) -> FaultyFiles:
    return FaultyFiles.at(path, problem, key=key)
