"""`harness run --failed` and `--open` on the command line."""

from __future__ import annotations

import os
import pty
import shutil
import sys
from pathlib import Path

import pytest
from support.ci_desk import ci_desk
from support.small_desk import results_of

from harness.cli.main import run_command
from harness.cli.options import open_page, why_not


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of a suite whose gates hold although a scenario of it fails twice."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        ci_desk(folder / "desk", bad=("wild",))
        (folder / "desk/gates.yaml").write_text("format: 1\ngates: [pass_rate >= 0.1]\n")
        assert run_command(["run", "desk", "--repeat", "2", "--out", "first"]) == 0
    return folder


@pytest.fixture
def failed_run(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That run and its suite, copied to the folder in which the test runs."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return Path("first")


def test_what_failed_is_called_again_by_itself_and_every_call_must_pass(failed_run, capsys):
    assert run_command(["run", "--failed", str(failed_run), "--out", "second"]) == 1
    before = [c for c in results_of(failed_run)["calls"] if c["scenario"] == "wild"]
    again = results_of(Path("second"))["calls"]
    same = ("scenario", "repeat", "seed", "recording", "scenario_hash", "passed")
    assert [[c[k] for k in same] for c in again] == [[c[k] for k in same] for c in before]
    assert "2 of 2 calls failed: expectations." in capsys.readouterr().out


def test_gates_that_a_project_file_names_are_for_whole_runs(failed_run, capsys):
    Path("harness.toml").write_text('[run]\ngates = "desk/gates.yaml"\nbaseline = "none.json"\n')
    assert run_command(["run", "--failed", str(failed_run), "--out", "second"]) == 1
    assert results_of(Path("second"))["gates"] == []
    typed = ["--gates", "desk/gates.yaml", "--out", "third"]
    assert run_command(["run", "--failed", str(failed_run), *typed]) == 1
    assert [gate["gate"] for gate in results_of(Path("third"))["gates"]] == ["pass_rate >= 0.1"]
    assert "none.json" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "more", [["desk"], ["--repeat", "3"], ["--seed", "1"], ["--tag", "quiet"], ["--scenario", "w"]]
)
def test_nothing_else_may_say_which_calls_are_meant(failed_run, capsys, more):
    assert run_command(["run", "--failed", str(failed_run), *more]) == 2
    dropped = "PATHS" if len(more) == 1 else more[0]
    said = f"harness: error: --failed calls what first called; drop {dropped}\n"
    assert capsys.readouterr().err.endswith(said)


@pytest.mark.parametrize(
    ("terminal", "platform", "environment", "reason"),
    [
        (True, "linux", {"DISPLAY": ":0"}, ""),
        (True, "linux", {"WAYLAND_DISPLAY": "wayland-0"}, ""),
        (True, "linux", {"BROWSER": "firefox"}, ""),
        (True, "linux", {}, "there is no screen"),
        (True, "linux", {"DISPLAY": ""}, "there is no screen"),
        (True, "darwin", {}, ""),
        (True, "win32", {}, ""),
        (False, "darwin", {}, "the output goes to no terminal"),
        (True, "darwin", {"CI": "true"}, "not in CI"),
        (True, "darwin", {"CI": "false"}, ""),
    ],
)
def test_a_browser_is_opened_only_for_somebody_who_sees_it(terminal, platform, environment, reason):
    assert why_not(terminal, platform, environment).startswith(reason)
    assert bool(why_not(terminal, platform, environment)) is bool(reason)


OPENS = "import sys, pathlib, harness.cli.options as o; o.open_page(pathlib.Path(sys.argv[1]))"


def test_open_gives_the_page_to_the_browser_that_is_named(tmp_path: Path):
    """In a terminal and a process of its own: which browser there is, is read once a process."""
    browser, page = tmp_path / "browser", tmp_path / "a page.html"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" >"{tmp_path}/opened"\n')
    browser.chmod(0o755)
    page.touch()
    path = os.pathsep.join(sys.path)
    environment = {"PATH": "/usr/bin:/bin", "BROWSER": str(browser), "PYTHONPATH": path}
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, "-c", OPENS, str(page)], environment)
    os.waitpid(pid, 0)
    os.close(terminal)
    assert (tmp_path / "opened").read_text() == page.as_uri()


def test_without_a_terminal_the_page_is_named_instead(tmp_path: Path, capsys):
    open_page(tmp_path / "index.html")
    assert capsys.readouterr().err.startswith("--open: ")
