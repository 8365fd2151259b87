"""A baseline: the verdicts of runs that are trusted, small enough to be committed, to compare with.

Format 2 is the model below as JSON, one call per line, so that a changed baseline reads well in a
diff; format 1 knew one run only. It holds no audio and no transcript. A
baseline speaks about a test, a scorer's definition and a target; once one of these is another, its
numbers answer another question and it is refused. Another prompt is what it is there for.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from harness.errors import Fault, FaultyFiles, UsageError
from harness.recording.model import CallStatus
from harness.results.aggregate import TTFA, measured_waits
from harness.results.attempts import check_single, key_of
from harness.results.convert import counts
from harness.results.model import CallResult, RunResults, ScoreResult
from harness.results.store import LONGEST_WAIT_S
from harness.scorers.base import Outcome
from harness.storage import write_whole

FORMAT = 2
"""Version of baseline files."""

FOLDER = Path("baselines")
"""Where baselines are kept: a folder to commit, beside the scenarios' own."""

DIGITS = 6


@dataclass(frozen=True, slots=True)
class BaselineWait:
    """One measured wait in seconds, the caller's words before it, and whether a tool ran."""

    text: str
    with_tool: bool
    took_s: float


@dataclass(frozen=True, slots=True)
class BaselineCall:
    """One counted call: its outcomes by scorer (``scorers.base.Outcome``), its measured waits."""

    suite: str
    scenario: str
    condition: str
    repeat: int
    seed: int
    passed: bool | None
    scores: dict[str, str]
    waits: tuple[BaselineWait, ...]
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
    """What later runs are compared with; ``scorers`` are versions by name."""

    format: int
    harness_version: str
    started_at: str
    target: str
    clock: str
    target_settings: dict[str, Any]
    scorers: dict[str, int]
    tests: tuple[BaselineTest, ...]
    calls: tuple[BaselineCall, ...]


def runs_of(baseline: Baseline) -> int:
    """Return how many runs a baseline holds."""
    return len({call.run for call in baseline.calls})


def baseline_of(results: RunResults, folder: Path) -> Baseline:
    """Return the baseline that the run in ``folder`` makes.

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
        tests=tuple(tests.values()),
        calls=tuple(_call(call) for call in counted),
    )


def calls_of(baseline: Baseline) -> tuple[CallResult, ...]:
    """Return a baseline's calls as a run has them, as far as it knows them: to be paired."""
    hashes = {(one.suite, one.scenario, one.condition): one for one in baseline.tests}
    return tuple(
        _as_result(call, baseline.scorers, hashes[call.suite, call.scenario, call.condition])
        for call in baseline.calls
    )


def newest_calls_of(baseline: Baseline) -> tuple[CallResult, ...]:
    """Return the calls of a baseline, each caller's once: as the newest run of it went."""
    return tuple({key_of(call): call for call in calls_of(baseline)}.values())


def default_path(suites: Iterable[str], target: str) -> Path:
    """Return where the baseline of a suite and target is kept when nobody says where."""
    parts = (*sorted(set(suites)), target)
    name = "-".join(re.sub(r"[^\w.]+", "-", part).strip("-") for part in parts)
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
        document = orjson.loads(path.read_bytes())
    except FileNotFoundError as error:
        how = "make one from a run that you trust: harness baseline save DIR"
        raise _fault(path, "", f"no such baseline; {how}") from error
    except OSError as error:
        raise _fault(path, "", f"cannot read the file: {error.strerror or error}") from error
    except orjson.JSONDecodeError as error:
        raise _fault(path, "", f"not JSON: {error}") from error
    found = document.get("format") if isinstance(document, dict) else None
    if found not in range(1, FORMAT + 1) or isinstance(found, bool):
        problem = f"expected a baseline of format 1 to {FORMAT}, got {found!r}; save it again"
        raise _fault(path, "format", problem)
    try:
        return _checked(_adapter().validate_python(document), path)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _fault(path, place, f"not as a baseline has it: {first['msg']}") from error


def _checked(baseline: Baseline, path: Path) -> Baseline:
    """Refuse what does not go together: a baseline is a text file that people edit and merge."""
    tests = {(one.suite, one.scenario, one.condition) for one in baseline.tests}
    outcomes = {outcome.value for outcome in Outcome}
    seen: set[tuple[object, ...]] = set()
    for number, call in enumerate(baseline.calls):
        test = (call.suite, call.scenario, call.condition)
        place, key = f"calls.{number}", (*test, call.repeat, call.seed, call.run)
        if test not in tests:
            raise _fault(path, place, f"{call.scenario!r} is not among its tests; save it again")
        if key in seen:
            raise _fault(path, place, f"{call.scenario!r}, seed {call.seed}, is there twice")
        for name, outcome in call.scores.items():
            if name not in baseline.scorers:
                raise _fault(path, place, f"{name!r} is not among its scorers; save it again")
            if outcome not in outcomes:
                allowed = ", ".join(sorted(outcomes))
                raise _fault(path, place, f"{name}: expected one of {allowed}, got {outcome!r}")
        if not all(0 <= wait.took_s <= LONGEST_WAIT_S for wait in call.waits):
            raise _fault(path, place, "waits: expected seconds from 0 to a day")
        seen.add(key)
    return baseline


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
        repeat=call.repeat,
        seed=call.seed,
        passed=call.passed,
        scores={score.scorer: score.outcome for score in call.scores},
        waits=tuple(
            BaselineWait(wait.text, wait.with_tool, round(wait.took_s, DIGITS))
            for score in call.scores
            if score.scorer == TTFA
            for wait in measured_waits(score)
        ),
    )


def _as_result(call: BaselineCall, versions: Mapping[str, int], test: BaselineTest) -> CallResult:
    verdicts = {Outcome.PASS.value: True, Outcome.FAIL.value: False}
    waits = {"waits": [dataclasses.asdict(wait) for wait in call.waits]}
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
                version=versions[name],
                outcome=outcome,
                passed=verdicts.get(outcome),
                value=None,
                unit="",
                reason="",
                details=waits if name == TTFA else {},
            )
            for name, outcome in call.scores.items()
        ),
        suite=call.suite,
        condition=call.condition,
        scenario_hash=test.scenario_hash,
        prompt_hash=test.prompt_hash,
    )


def _to_json(baseline: Baseline) -> bytes:
    """Return a document with one line per value, and per item of its lists."""
    lines = []
    for field in dataclasses.fields(baseline):
        value = getattr(baseline, field.name)
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        if isinstance(value, tuple):
            items = (orjson.dumps(item, option=orjson.OPT_SORT_KEYS).decode() for item in value)
            text = "[\n    " + ",\n    ".join(items) + "\n  ]"
        lines.append(f'  "{field.name}": {text}')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


@cache
def _adapter() -> TypeAdapter[Baseline]:
    return TypeAdapter(Baseline)


def _fault(path: Path, key: str, problem: str) -> FaultyFiles:
    return FaultyFiles((Fault(path, None, key, problem),))
