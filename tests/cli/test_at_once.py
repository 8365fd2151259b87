"""Commands started at once never mix: each has a folder of its own, or is refused clearly."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support.small_desk import results_of, small_desk
from support.two_runs import calls, run

from harness.cli.main import run_command
from harness.files import HOLDER, taken
from harness.results.store import write_results

REFUSED = re.compile(
    r"harness: error: .*( is in use by .*; wait until| already holds a run; give| already: another)"
)


def at_once(folder: Path, *arguments: str | Path, number: int) -> list[tuple[int, str]]:
    """Start a command several times in a folder; return exit code and standard error of each."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "harness", *map(str, arguments)],
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(number)
    ]
    said = [process.communicate(timeout=240)[1] for process in started]
    return [(process.returncode, text) for process, text in zip(started, said, strict=True)]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return small_desk(tmp_path / "desk", quiet=0.5)


def holds_its_one_call(folder: Path) -> bool:
    (call,) = results_of(folder)["calls"]
    recorded = list((folder / "calls").glob("*/*/manifest.json"))
    return call["status"] in ("completed", "agent_silent") and len(recorded) == 1


def test_eight_runs_started_at_once_are_eight_runs(tmp_path, desk):
    ends = at_once(tmp_path, "run", desk, number=8)
    folders = sorted((tmp_path / "reports").iterdir())
    assert len(folders) == 8
    assert len({code for code, _ in ends}) == 1, ends
    assert all(holds_its_one_call(folder) for folder in folders)
    assert all((folder / "index.html").exists() for folder in folders)


def test_runs_into_one_folder_are_one_run_and_clear_refusals(tmp_path, desk):
    ends = at_once(tmp_path, "run", desk, "--out", "out", number=4)
    refusals = [text for code, text in ends if code == 2]
    assert len(refusals) == 3
    assert all(REFUSED.match(text) for text in refusals), refusals
    assert holds_its_one_call(tmp_path / "out")


def test_nights_that_begin_at_once_never_share_a_run(tmp_path, desk):
    (tmp_path / "nightly.yaml").write_text("format: 1\nnightly: n\nsuites: [desk]\n")
    ends = at_once(tmp_path, "nightly", "nightly.yaml", number=3)
    runs = sorted((tmp_path / "history").glob("*/*/results.json"))
    made = [code for code, text in ends if not REFUSED.match(text)]
    assert len(runs) == len(made) >= 1
    assert 2 not in made
    assert all(holds_its_one_call(results.parent) for results in runs)


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """Return the folder of a finished run, next to two others."""
    for name in ("one", "other", "third"):
        write_results(tmp_path / name / "results.json", run(calls("s", rule="+" * 8)))
    return tmp_path / "one"


@pytest.mark.parametrize(
    "command",
    [
        "run {desk} --out {run}",
        "run {desk} --out {run} --force",
        "score {run}",
        "report {run}",
        "report {run} --single-file",
        "baseline save {run}",
        "baseline diff {run}",
        "compare {run} {other}",
        "compare {other} {run}",
        "compare {other} {third} --out {run}",
        "compare {desk} --aa --out {run}",
        "compare {desk} --aa --out {parent}/cmp",
    ],
)
def test_no_command_touches_a_folder_in_use(tmp_path, desk, stored, capsys, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    if "cmp" in command:  # the run of one of its agents is in use
        stored = stored.rename(tmp_path / "a")
        (tmp_path / "cmp").mkdir()
        stored = Path(shutil.move(stored, tmp_path / "cmp"))
    places = {"desk": desk, "run": stored, "parent": tmp_path} | {
        name: tmp_path / name for name in ("other", "third")
    }
    with taken(stored, by="harness nightly"):
        before = {path: path.read_bytes() for path in stored.rglob("*") if path.is_file()}
        assert run_command([word.format(**places) for word in command.split()]) == 2
        assert before == {path: path.read_bytes() for path in stored.rglob("*") if path.is_file()}
        assert (stored / HOLDER) in before
    assert f"{stored} is in use by process" in capsys.readouterr().err
