"""``harness init``: its files run at once, and no file of the user is ever lost."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from support.guide import read_guide
from support.guide_shell import carry_out, environment
from support.small_desk import results_of

from harness.cli.init import STARTERS, address, only_here, requirement
from harness.cli.main import run_command
from harness.scenario.catalog import load_target

WRITTEN = {
    ".github/workflows/voice-agent.yml",
    ".gitignore",
    "README.md",
    "pytest.ini",
    "requirements.txt",
    "scenarios/cancel_an_order.yaml",
    "scenarios/gates.yaml",
    "scenarios/prompt.md",
    "scenarios/suite.yaml",
    "scenarios/targets/own.yaml",
    "scenarios/where_is_my_order.yaml",
}


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that ``harness init`` has made, in the working directory."""
    monkeypatch.chdir(tmp_path)
    assert run_command(["init", "mine"]) == 0
    return tmp_path / "mine"


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def checkout(tmp_path: Path, *remote: str) -> str:
    for command in (["init", "-q"], *(["remote", "add", "origin", one] for one in remote)):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path.as_uri()


HERE = "file:///no such/checkout"


@pytest.mark.parametrize(
    ("direct", "wanted"),
    [
        ({"url": "https://u:secret@x.example/r.git", "vcs_info": {"vcs": "git", "commit_id": "1f"}},
         "git+https://x.example/r.git@1f"),
        ({"url": "ssh://git@x.example/r.git", "vcs_info": {"vcs": "git", "commit_id": "1f"}},
         "git+ssh://git@x.example/r.git@1f"),
        ({"url": "https://u:secret@x.example/h.whl", "archive_info": {}},
         "https://x.example/h.whl"),
        ({"url": HERE, "dir_info": {"editable": True}}, "file:///no%20such/checkout"),
    ],
)  # fmt: skip
def test_the_requirement_is_how_the_harness_was_installed(direct, wanted):
    assert address(direct) == wanted


@pytest.mark.parametrize(
    ("remote", "wanted"),
    [
        ("https://u:secret@x.example/r.git", "git+https://x.example/r.git"),
        ("git@x.example:owner/r.git", "git+ssh://git@x.example/owner/r.git"),
    ],
)
def test_a_checkout_is_known_by_its_origin(tmp_path, remote, wanted):
    here = checkout(tmp_path)
    assert address({"url": here, "dir_info": {}}) == here
    there = checkout(tmp_path, remote)
    assert address({"url": there, "dir_info": {"editable": True}}) == wanted


def starter(language: str = "en") -> dict[str, bytes]:
    """The files that are written here, by name."""
    found = files(STARTERS / language)
    named = found["requirements.txt"].replace(b"{harness}", requirement().encode())
    return found | {"requirements.txt": named}


# --- files ---------------------------------------------------------------------------------------


def test_the_whole_starter_is_written(mine):
    assert set(files(mine)) == WRITTEN
    assert files(mine) == starter()
    assert requirement().encode() in files(mine)["requirements.txt"]


def test_an_empty_folder_will_do_and_what_to_do_next_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("my calls").mkdir()
    assert run_command(["init", "my calls"]) == 0
    assert set(files(Path("my calls"))) == WRITTEN
    said = capsys.readouterr().out.splitlines()
    assert "wrote my calls/scenarios/suite.yaml" in said
    assert said[-1] == "next: harness run 'my calls'"
    told = any("names the harness by its path on this machine" in line for line in said)
    assert told is only_here(requirement())


def test_a_folder_with_anything_in_it_is_refused_and_stays_as_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("mine").mkdir()
    Path("mine/.git").write_text("gitdir: elsewhere")
    assert run_command(["init", "mine"]) == 2
    assert capsys.readouterr().err == (
        "harness: error: mine is not empty; name another folder, "
        "or --force to add the files that are missing there\n"
    )
    assert files(Path("mine")) == {".git": b"gitdir: elsewhere"}


def test_force_adds_what_is_missing_and_keeps_what_is_there(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("mine/scenarios").mkdir(parents=True)
    mine = {"README.md": b"mine", "scenarios/suite.yaml": b"mine too"}
    for name, text in mine.items():
        Path("mine", name).write_bytes(text)
    assert run_command(["init", "mine", "--force"]) == 0
    assert files(Path("mine")) == starter() | mine
    said = capsys.readouterr().out.splitlines()
    assert [line for line in said if line.startswith("kept")] == [
        "kept  mine/README.md",
        "kept  mine/scenarios/suite.yaml",
    ]


@pytest.mark.parametrize("options", [(), ("--force",)])
def test_a_file_is_no_folder(tmp_path, monkeypatch, capsys, options):
    monkeypatch.chdir(tmp_path)
    Path("mine").write_text("a note")
    assert run_command(["init", "mine", *options]) == 2
    said = capsys.readouterr().err
    assert said == "harness: error: mine is not a folder; name another one\n"
    assert Path("mine").read_text() == "a note"


def test_a_place_that_cannot_be_written_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("note").write_text("a file")
    assert run_command(["init", "note/mine"]) == 3
    said = capsys.readouterr().err
    assert said.startswith("harness: error: cannot write note/mine")
    assert said.count("\n") == 1


# --- the written files at work -------------------------------------------------------------------


def test_the_files_are_valid_and_the_target_is_known_by_its_name(mine, capsys):
    assert run_command(["scenarios", "check", "mine"]) == 0
    assert "2 scenarios of 1 suite are valid" in capsys.readouterr().out
    assert load_target("own", mine / "scenarios").target == "own"


def test_both_scenarios_pass_against_the_reference_agent_whatever_the_seed(mine, capsys):
    options = ["--repeat", "2", "--seed", "100", "--out", "out"]
    assert run_command(["run", "mine", *options]) == 0
    results = results_of(Path("out"))
    assert [call["passed"] for call in results["calls"]] == [True] * 4
    judged = {
        score["scorer"]
        for call in results["calls"]
        for score in call["scores"]
        if score["outcome"] == "pass"
    }
    assert {"entity_confirmation", "write_confirmation", "preamble", "expectations"} <= judged
    assert {gate["gate"] for gate in results["gates"]} == {
        "pass_rate >= 1",
        "time_to_first_audio.p50 <= 2 s",
    }


@pytest.mark.parametrize(
    ("fault", "scorer"),
    [
        ("write_without_asking", "write_confirmation"),
        ("no_preamble", "preamble"),
    ],
)
def test_a_planted_fault_is_caught_by_its_scorer(mine, fault, scorer):
    assert run_command(["run", "mine", "--fault", fault, "--out", "out"]) == 1
    failed = {
        score["scorer"]
        for call in results_of(Path("out"))["calls"]
        for score in call["scores"]
        if score["outcome"] == "fail"
    }
    assert scorer in failed


def test_the_commands_of_its_readme_end_as_it_says(mine, tmp_path):
    guide = read_guide((mine / "README.md").read_text())
    done = carry_out(guide, mine, environment(tmp_path / "tools"))
    assert [(one.command.line.split()[0], one.exit_code) for one in done] == [
        ("harness", 0),
        ("harness", 1),
        ("pytest", 0),
    ]
    assert "2 passed" in done[-1].output


def test_the_steps_of_its_workflow_run(mine, tmp_path):
    text = (mine / ".github/workflows/voice-agent.yml").read_text()
    workflow = YAML(typ="safe").load(text)
    steps = workflow["jobs"]["calls"]["steps"]
    shell = environment(tmp_path / "tools") | {"GITHUB_ACTIONS": "true"}
    shell["GITHUB_STEP_SUMMARY"] = str(tmp_path / "summary.md")
    for step in steps:
        if "run" in step:
            subprocess.run(["bash", "-e", "-c", step["run"]], cwd=mine, env=shell, check=True)
    (upload,) = [step["with"]["path"] for step in steps if "upload" in step.get("uses", "")]
    assert (mine / upload / "index.html").exists()
    assert "All 6 calls passed" in (tmp_path / "summary.md").read_text()
