"""Baselines on disk: one call per line, so that a changed baseline reads well in a diff."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from harness.errors import FaultyFiles, UsageError
from harness.gates.baseline import FORMAT, Baseline, BaselineCall, BaselineValue
from harness.results.store import possible
from harness.scorers.base import Outcome
from harness.scorers.measure import Measure
from harness.scorers.time_to_first_audio import TIME_TO_FIRST_AUDIO, WITH_TOOL
from harness.storage import read_plain, to_line, write_whole

FOLDER = Path("baselines")
"""Where baselines are kept: a folder to commit, beside the scenarios' own."""


_NAME = re.compile(r"(?!\.)[\w.-]{1,100}")


def default_path(suites: Iterable[str], target: str) -> Path:
    """Return where the baseline of a suite and target is kept when nobody says where."""
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
    if found not in range(1, FORMAT + 1) or isinstance(found, bool):
        problem = f"expected a baseline of format 1 to {FORMAT}, got {found!r}; save it again"
        raise _fault(path, "format", problem)
    try:
        return _checked(_adapter().validate_python(_upgraded(document)), path)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise _fault(path, place, f"not as a baseline has it: {first['msg']}") from error


def _checked(baseline: Baseline, path: Path) -> Baseline:
    """Refuse what does not go together: a baseline is a text file that people edit and merge."""
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
    """Return a baseline as this format has it; older ones knew the waits of one scorer."""
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
    """Return a document with one line per value, and per item of its lists."""
    lines = []
    for field in dataclasses.fields(baseline):
        value = getattr(baseline, field.name)
        text = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
        if isinstance(value, tuple):
            items = (to_line(item).decode().rstrip() for item in value)
            text = "[\n    " + ",\n    ".join(items) + "\n  ]"
        lines.append(f'  "{field.name}": {text}')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


@cache
def _adapter() -> TypeAdapter[Baseline]:
    return TypeAdapter(Baseline)


def _fault(path: Path, key: str, problem: str) -> FaultyFiles:
    return FaultyFiles.at(path, problem, key=key)
