"""A target's matrix: every combination is a target of its own, by a name that can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.errors import FaultyFiles, UsageError
from harness.runs.plan import sole
from harness.runs.routes import stored_target
from harness.scenario.catalog import load_target
from harness.scenario.session_settings import ServerVadSettings
from harness.scenario.target import Target


def target(**matrix: Any) -> Target:
    data = {"format": 1, "target": "modes", "session": {"voice": "marin"}, "matrix": matrix}
    return Target.model_validate(data)


def test_every_combination_is_a_target_of_its_own() -> None:
    whole = target(turn_detection=("server_vad", "none"), format=("pcm16_24k", "pcmu"))
    cells = whole.cells()
    assert [name for name, _ in cells] == [
        "server_vad pcm16_24k", "server_vad pcmu", "none pcm16_24k", "none pcmu",
    ]  # fmt: skip
    _, cell = cells[1]
    assert cell.session.turn_detection == ServerVadSettings(type="server_vad")
    assert (cell.session.input_format, cell.session.output_format) == ("pcmu", "pcmu")
    assert (cell.session.voice, cell.matrix, cell.target, cell.whole) == (
        "marin",
        {},
        "modes",
        whole,
    )
    assert "matrix" not in stored_target(cell)
    assert stored_target(whole)["matrix"] == {
        "turn_detection": ["server_vad", "none"], "format": ["pcm16_24k", "pcmu"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("matrix", "names"),
    [
        ({"model": ("a", "b")}, ["a", "b"]),
        ({"speed": (1.0, 1.2)}, ["speed=1.0", "speed=1.2"]),
        ({"parallel_tool_calls": (True, False)},
         ["parallel_tool_calls=true", "parallel_tool_calls=false"]),
        ({"turn_detection": ("keep", {"type": "server_vad", "silence_duration_ms": 300})},
         ["keep", "server_vad silence_duration_ms=300"]),
        ({"tracing": ({"workflow_name": "x"},)}, ["workflow_name=x"]),
        ({}, [""]),
    ],
)  # fmt: skip
def test_a_cell_is_named_by_its_values(matrix: dict[str, Any], names: list[str]) -> None:
    assert [name for name, _ in target(**matrix).cells()] == names


def test_a_target_without_a_matrix_is_its_only_cell() -> None:
    plain = target()
    assert (plain.cells(), plain.whole, sole(plain)) == ((("", plain),), plain, plain)


def test_a_single_call_takes_no_matrix() -> None:
    with pytest.raises(UsageError, match="target modes has a matrix of 2 cells, and here one"):
        sole(target(voice=("marin", "cedar")))


FAULTS = {
    "matrix: {colour: [red]}": [":4: matrix.colour: unknown setting; known: format, model, prompt"],
    "matrix: {voice: []}": [":4: matrix.voice: expected a list of values, got none"],
    "matrix: {voice: [a, a]}": [":4: matrix.voice: 'a' stands there twice"],
    "session: {voice: a}\nmatrix: {voice: [b, c]}": [
        ":5: matrix.voice: is set beside the matrix, too; take it out there",
    ],
    "model: a\nmatrix:\n  model: [b, c]": [
        ":6: matrix.model: is set beside the matrix, too; take it out there",
    ],
    "matrix:\n  speed: [1, 1.1, 1.2, 1.3, 1.4]\n  voice: [a, b, c, d, e]": [
        ":4: matrix: makes 25 cells; at most 24",
    ],
    "matrix: {speed: [1.0, 9.0]}": [
        ":4: matrix: speed=9.0: session.speed: expected at most 1.5, got 9",
    ],
    "dialect: openai_beta\nmatrix: {reasoning_effort: [low, high]}": [
        ":5: matrix: reasoning_effort=low: openai_beta has no such setting; take it out",
    ],
    "url: ws://here\nheaders: {Token: abc}\nmatrix: {voice: [a, b]}": [
        ":5: headers.Token: a key does not stand in a file",
    ],
    "matrix: {voice: a}": [":4: matrix.voice: expected a list"],
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_matrix_that_cannot_be_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "modes.yaml"
    path.write_text(f"format: 1\ntarget: modes\n# why\n{text}\n")
    with pytest.raises(FaultyFiles) as faulty:
        load_target(str(path), None)
    found = [str(fault) for fault in faulty.value.faults]
    assert len(found) == len(FAULTS[text]), found
    for fault, told in zip(found, FAULTS[text], strict=True):
        assert told in fault
