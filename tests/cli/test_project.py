"""The project file and `--env-file`: defaults with their place in a file, keys that stay hidden."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import click
import pytest
from support.ci_desk import ci_desk
from support.small_desk import results_of

from harness.cli.main import cli, run_command
from harness.cli.project import project_defaults, read_env_file
from harness.errors import FaultyFiles


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, with the working directory in it."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def defaults() -> dict[str, dict[str, object]]:
    return project_defaults(partial(cli.get_command, click.Context(cli)))


@pytest.mark.parametrize("named", ['"calm"', '["calm"]', '["calm", "nobody"]'])
def test_a_run_takes_what_the_command_line_does_not_say_from_the_file(
    place, monkeypatch, capsys, named
):
    ci_desk(place / "desk", good=("calm", "quiet"))
    (place / "harness.toml").write_text(
        f'[run]\npaths = ["desk"]\nscenario = {named}\nrepeat = 2\nout = "kept"\n'
    )
    (place / "below").mkdir()
    monkeypatch.chdir(place / "below")
    assert run_command(["run"]) == 0
    assert run_command(["run", "--repeat", "1", "--out", "typed"]) == 0
    assert len(results_of(place / "kept")["calls"]) == 2
    assert [c["scenario"] for c in results_of(place / "below/typed")["calls"]] == ["calm"]
    assert run_command(["run", "--help"]) == 0
    assert "Call each scenario N times" in capsys.readouterr().out


FILE = """\
env_file = "keys.env"

[run]
target = "own.yaml"
tag = ["a,b", "c"]
not-tag = ["d"]
real-time = true
junit = "out/j.xml"

[compare]
target = ["openai", "own.yaml"]
confidence = 0.9
"""


@pytest.mark.parametrize("pyproject", [False, True])
def test_paths_are_meant_from_the_file_and_names_stay_names(place, monkeypatch, pyproject):
    if pyproject:
        text = f"[tool.other]\nx = 1\n[tool.harness]\n{FILE}"
        text = text.replace("[run]", "[tool.harness.run]")
        (place / "pyproject.toml").write_text(text.replace("[compare]", "[tool.harness.compare]"))
    else:
        (place / "harness.toml").write_text(FILE)
        (place / "pyproject.toml").write_text("[tool.other]\nx = 1\n")
    (place / "a/b").mkdir(parents=True)
    monkeypatch.chdir(place / "a/b")
    keys = "../../keys.env"
    assert defaults() == {
        "run": {
            "target": "../../own.yaml", "tags": ["a,b", "c"], "not_tags": ["d"],
            "real_time": True, "junit": Path("../../out/j.xml"), "env_file": keys,
        },
        "compare": {"targets": ["openai", "../../own.yaml"], "level": 0.9, "env_file": keys},
        "nightly": {"env_file": keys},
        "list": {"env_file": keys},
    }  # fmt: skip


FAULTS = [
    ("[run]\nrepeat = '3'\n", "harness.toml:2: run.repeat: expected a whole number, got '3'"),
    ("[run]\nrepeat = true\n", "harness.toml:2: run.repeat: expected a whole number, got True"),
    ("run = {repeat = 0}\n", "harness.toml:1: run.repeat: 0 is not in the range 1<=x<="),
    ("[run]\nreal_time = 1\n", "harness.toml:2: run.real_time: expected true or false, got 1"),
    ("[run]\ntag = 'a'\n", "harness.toml:2: run.tag: expected a list, got 'a'"),
    ("[run]\ntag = [1]\n", "harness.toml:2: run.tag: expected a text, got 1"),
    ("[run]\ngates = 'no.yaml'\n", "harness.toml:2: run.gates: File 'no.yaml' does not exist"),
    ("[run]\nforce = true\n", "harness.toml:2: run.force: is said on the command line, each time"),
    ("[run]\n\nrepeats = 1\n", "harness.toml:3: run.repeats: unknown key; allowed: baseline, "),
    ("[compare]\nconfidence = 'x'\n", "harness.toml:2: compare.confidence: expected a number"),
    ("[agent]\nport = 1\n", "harness.toml:1: agent: unknown key; allowed: env_file, run, compare,"),
    ("run = 1\n", "harness.toml:1: run: expected a table [run], got 1"),
    ("env_file = 1\n", "harness.toml:1: env_file: expected a text, got 1"),
    ("[run]\nx = \n", "harness.toml:2: no TOML: Invalid value"),
    ("[run]\nmax_cost = nan\n", "harness.toml:2: run.max_cost: expected a finite number, got nan"),
    ("[compare]\nconfidence = nan\n", "harness.toml:2: compare.confidence: expected a finite"),
    ("x = " + "[" * 5000, "harness.toml: no TOML: nested too deep"),
    ("\xff", "harness.toml: cannot read the file: not UTF-8 text"),
]


@pytest.mark.parametrize(("text", "said"), FAULTS)
def test_every_fault_is_told_with_its_place(place, capsys, text, said):
    (place / "harness.toml").write_bytes(text.encode("latin-1"))
    assert run_command(["run"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"harness: error: {said}")


def test_all_faults_come_at_once_and_a_file_of_another_command_does_not_matter(place, capsys):
    (place / "harness.toml").write_text("[run]\na = 1\nb = 2\n[c]\n")
    assert run_command(["run"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3
    assert run_command(["schema", "target"]) == 0


def test_two_project_files_in_one_folder_are_refused(place, capsys):
    (place / "harness.toml").write_text("")
    (place / "pyproject.toml").write_text("\n[tool.harness]\n")
    assert run_command(["list", "beds"]) == 2
    said = "harness: error: pyproject.toml:2: harness.toml beside it says the same kind of thing"
    assert capsys.readouterr().err.startswith(said)


def test_a_file_above_the_repository_or_without_one_is_not_read(place, monkeypatch):
    (place / "harness.toml").write_text("[run]\nrepeat = 2\n")
    inner = place / "inner"
    (inner / ".git").mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert defaults() == {}
    (place / ".git").rmdir()
    (inner / ".git").rmdir()
    assert defaults() == {}
    monkeypatch.chdir(place)
    assert defaults() == {"run": {"repeat": 2}}


# --- variables from a file -----------------------------------------------------------------------

KEYS = (
    "# keys\n\nFIRST=from file\nexport SECOND='sk-$HOME${x}'\nTHIRD=from file # a remark\nEMPTY=\n"
)


def test_variables_are_set_as_they_stand_and_never_instead_of_others(tmp_path, monkeypatch):
    for name in ("FIRST", "SECOND", "EMPTY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("THIRD", "from the shell")
    (tmp_path / "keys").write_text(KEYS)
    read_env_file(tmp_path / "keys")
    found = {name: os.environ.pop(name) for name in ("FIRST", "SECOND", "THIRD", "EMPTY")}
    assert found == {
        "FIRST": "from file", "SECOND": "sk-$HOME${x}", "THIRD": "from the shell", "EMPTY": "",
    }  # fmt: skip


def test_a_faulty_file_is_told_by_lines_without_what_stands_in_them(tmp_path):
    (tmp_path / "keys").write_text("A=1\nsk-secret\nC=sec\0ret\n'D=secret'=1\nB='secret\n")
    with pytest.raises(FaultyFiles) as caught:
        read_env_file(tmp_path / "keys")
    assert [(one.line, one.problem) for one in caught.value.faults] == [
        (line, "expected NAME=VALUE") for line in (2, 3, 4, 5)
    ]  # fmt: skip
    assert "secret" not in str(caught.value)
    assert "A" not in os.environ


def test_the_option_wins_over_the_project_file_and_is_read_before_the_target(
    place, monkeypatch, capsys
):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (place / "harness.toml").write_text('env_file = "missing.env"\n')
    (place / "keys.env").write_text("OPENAI_API_KEY=sk-secret\n")
    assert run_command(["list", "targets"]) == 2
    assert "missing.env: cannot read the file" in capsys.readouterr().err
    assert run_command(["list", "targets", "--env-file", "keys.env"]) == 0
    printed = capsys.readouterr().out
    assert "key in OPENAI_API_KEY (set)" in printed
    assert "secret" not in printed
    monkeypatch.delenv("OPENAI_API_KEY")


# --- completion ----------------------------------------------------------------------------------


def test_the_shell_completes_commands_and_choices(monkeypatch, capsys):
    monkeypatch.setenv("_HARNESS_COMPLETE", "bash_complete")
    for words, number, found in (("harness ru", "1", "run"), ("harness list fa", "2", "faults")):
        monkeypatch.setenv("COMP_WORDS", words)
        monkeypatch.setenv("COMP_CWORD", number)
        assert run_command([]) == 0
        assert f"plain,{found}" in capsys.readouterr().out.splitlines()
