"""``harness listen``: files and page of a caller, and refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.small_desk import small_desk

from harness.cli.main import run_command


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return small_desk(tmp_path / "scenarios", quiet=1.0, quieter=0.5)


def test_page_and_files_go_where_the_name_says_and_again_replaces_them(desk, capsys):
    for _ in range(2):
        assert run_command(["listen", "quieter"]) == 0
        page = Path(capsys.readouterr().out.strip())
        assert page == Path("reports/listen/quieter/index.html")
    assert {path.name for path in page.parent.iterdir()} == {
        "index.html", "call.flac", *(f"turn-1-{end}.flac" for end in ("clean", "noisy", "sent")),
    }  # fmt: skip


def test_a_name_is_looked_for_where_it_is_said(desk, tmp_path, capsys):
    other = small_desk(tmp_path / "other", calm=0.5)
    assert run_command(["listen", "calm"]) == 2
    assert "no scenario with name like 'calm' in scenarios" in capsys.readouterr().err
    assert run_command(["listen", "calm", "--scenarios", str(other), "--out", "here"]) == 0
    assert capsys.readouterr().out == "here/index.html\n"


def test_results_of_calls_are_never_written_over(desk, capsys):
    kept = Path("kept")
    kept.mkdir()
    (kept / "results.json").write_text(json.dumps({"format": 1}))
    assert run_command(["listen", "quieter", "--out", "kept"]) == 2
    told = "kept holds the results of calls; give another --out"
    assert capsys.readouterr().err == f"harness: error: {told}\n"
    assert [path.name for path in kept.iterdir()] == ["results.json"]


def test_a_folder_that_cannot_be_written_is_one_line(desk, capsys):
    Path("file").write_text("")
    assert run_command(["listen", "quieter", "--out", "file/below"]) == 3
    assert capsys.readouterr().err == "harness: error: cannot write file/below: Not a directory\n"


def test_a_target_that_nobody_knows_is_told(desk, capsys):
    assert run_command(["listen", "quieter", "--target", "nobody"]) == 2
    assert "unknown target 'nobody'" in capsys.readouterr().err


def test_where_nobody_would_see_the_page_it_says_so(desk, capsys, monkeypatch):
    monkeypatch.setenv("CI", "1")
    assert run_command(["listen", "quieter", "--open"]) == 0
    assert "--open: not in CI" in capsys.readouterr().err
