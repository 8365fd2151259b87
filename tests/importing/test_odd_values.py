"""Files to import in which a value is of another type, too large, or nested without end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.odd_messages import nested, paths, with_value
from support.platform_samples import PIPECAT_CONTEXT, SAMPLES, SIDES_OPEN, SIMULATED, VAPI
from support.small_desk import small_desk

from harness.cli.main import Exit, run_command
from harness.errors import HarnessError
from harness.importing.sources import find_sources

ODD: tuple[Any, ...] = ([], {"a": 1}, 1e308, 10**400, "1:" + "9" * 400, nested(300))
SHAPES: dict[str, object] = {
    name: data for table in (SAMPLES, SIMULATED, SIDES_OPEN) for name, (data, _) in table.items()
}
LOG = [
    {"ts": 0.0, "direction": "received", "event": {"type": "session.created", "session": {}}},
    {"ts": 1.2, "direction": "received", "event": {
        "type": "input_audio_buffer.speech_started", "item_id": "a", "audio_start_ms": 700}},
    {"ts": 2.9, "direction": "received", "event": {
        "type": "input_audio_buffer.speech_stopped", "item_id": "a", "audio_end_ms": 2900}},
    {"ts": 3.0, "direction": "sent", "event": {"type": "response.create"}},
]  # fmt: skip
SHAPES["realtime log.jsonl"] = "\n".join(map(json.dumps, LOG))


def odd_files(data: object) -> Iterator[tuple[object, object]]:
    """Yield the data with each odd value in each field; in lists, fields of one name count once.

    Lines of JSON are a list.
    """
    lines = [*map(json.loads, data.splitlines())] if isinstance(data, str) else data
    seen = set()
    for path in paths({"": lines}):
        name = tuple("#" if isinstance(key, int) else key for key in path)
        if len(path) > 1 and name not in seen:
            seen.add(name)
            yield from ((path[1:], with_value({"": lines}, path, odd)[""]) for odd in ODD)


@pytest.mark.parametrize("name", [name for name in SHAPES if not name.endswith(".txt")])
def test_no_value_of_another_type_breaks_an_import(tmp_path: Path, name: str) -> None:
    data = SHAPES[name]
    path = tmp_path / name
    for place, odd in odd_files(data):
        rows = odd if isinstance(data, str) and isinstance(odd, list) else [odd]
        path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
        try:
            assert find_sources([path])
        except HarnessError:
            continue
        except Exception as error:
            raise AssertionError(place) from error


def faults_of(path: Path, data: object) -> list[str]:
    path.write_text(json.dumps(data), encoding="utf-8")
    return [fault.problem for source in find_sources([path]) for fault in source.call.faults]


def test_times_that_lie_further_apart_than_a_call_is_long_are_a_fault(tmp_path: Path) -> None:
    late = [*VAPI[:-1], {**VAPI[-1], "secondsFromStart": 1_790_000_000}]
    (problem,) = faults_of(tmp_path / "call.json", {"messages": late})
    assert problem.startswith("its times lie 1,79")
    assert problem.endswith("one of them is in another unit, or of another clock")
    week = [*VAPI[:-1], {**VAPI[-1], "secondsFromStart": 600_000}]
    assert faults_of(tmp_path / "call.json", {"messages": week}) == []


def test_a_result_with_an_id_that_is_no_text_is_a_result(tmp_path: Path) -> None:
    messages = json.loads(json.dumps(PIPECAT_CONTEXT).replace('"c1"', "7"))
    assert faults_of(tmp_path / "call.json", {"messages": messages}) == []


def test_a_file_that_is_nested_too_deeply_is_refused(tmp_path: Path) -> None:
    (problem,) = faults_of(tmp_path / "call.json", {"messages": nested(200)})
    assert problem == "not JSON that can be read: nested deeper than 100 levels"


@pytest.mark.parametrize("shift", ["nan", "inf", "-1e300"])
def test_a_shift_that_is_no_number_of_seconds_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shift: str
) -> None:
    desk = small_desk(tmp_path / "desk")
    given = ["import", str(tmp_path), "--suite", str(desk), "--shift", shift]
    assert run_command(given) == Exit.USAGE
    assert capsys.readouterr().err.startswith("harness: error: Invalid value for '--shift'")
