"""``harness judge-check``: the judges on labelled dialogues, as a user sees them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from harness.cli.main import Exit, run_command

ROWS = Path(__file__).parents[1] / "data" / "labelled" / "boats.jsonl"


def test_the_tables_and_the_rows_that_differ_are_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(["judge-check", str(ROWS)]) == Exit.OK
    told = capsys.readouterr().out
    (counted,) = (line.split() for line in told.splitlines() if line.startswith("all calls"))
    assert counted[2:] == ["3", "1.000", "0.667", "0", "(0.000)", "1", "(0.333)"]
    assert "Boats" in told
    assert "differs, turn 4, book_boat: fail, labelled confirmed: book_boat was called with" in told


def test_only_the_tables_that_were_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["judge-check", str(ROWS), "--by", "tool", "--rows", "0"]) == Exit.OK
    told = capsys.readouterr().out
    assert "book_boat" in told
    assert "Boats" not in told
    assert "1 more differ; see them with --rows 1" in told


def test_a_fault_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.jsonl"
    bad.write_text(json.dumps({"id": "r", "turns": [], "writes": []}))
    assert run_command(["judge-check", str(bad)]) == Exit.USAGE
    told = capsys.readouterr().err.splitlines()
    assert told == [f"harness: error: {bad}:1: tools: this key is required"]


def test_texts_of_rows_steer_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = json.loads(ROWS.read_text(encoding="utf-8").splitlines()[2])
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row | {"id": "\x1b[31mred", "services": ["[red]Boats[/red]"]}))
    assert run_command(["judge-check", str(path)]) == Exit.OK
    told = capsys.readouterr().out
    assert "[U+001B][31mred, turn 4" in told
    assert "[red]Boats[/red]" in told


def test_a_pass_that_differs_has_a_reason_and_rows_may_come_from_a_pipe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = json.loads(ROWS.read_text(encoding="utf-8").splitlines()[0])
    row["writes"][0]["label"] = "refused"
    pipe = io.TextIOWrapper(io.BytesIO(json.dumps(row).encode()))
    monkeypatch.setattr("sys.stdin", pipe)
    assert run_command(["judge-check", "-"]) == Exit.OK
    assert "pass, labelled refused: made as agreed" in capsys.readouterr().out
