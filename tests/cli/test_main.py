"""The command line itself: help, versions, exit codes of bugs, and manners towards signals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading

import click
import pytest
from support.small_desk import small_desk

from harness import __version__
from harness.cli import main
from harness.cli.main import run_command

COMMANDS = [
    "", "run", "score", "report", "scenarios", "scenarios check", "schema", "agent", "prove",
    "fixtures", "fixtures render", "list", "listen", "talk", "review", "cache",
]  # fmt: skip
HEAVY = ("pandas", "scipy", "numpy", "pydantic", "websockets", "jinja2", "soundfile", "rich")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_reads_like_a_manual_page(command, capsys):
    assert run_command([*command.split(), "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"Usage: harness {command}".rstrip())
    assert "Example" in text or "Start here" in text
    assert len(text.splitlines()) >= 10


@pytest.mark.parametrize("name", ["history", "baseline", "scenarios", "cache", "fixtures"])
def test_on_eighty_columns_no_command_of_a_group_is_cut_or_folded(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert run_command([name, "--help"]) == 0
    listed = capsys.readouterr().out.partition("\nCommands:\n")[2].partition("\n\n")[0]
    group = main.cli.get_command(click.Context(main.cli), name)
    assert isinstance(group, click.Group)
    assert [line.split()[0] for line in listed.splitlines()] == sorted(group.commands)
    assert "..." not in listed


def test_every_command_has_a_help_text_for_every_option():
    for name in main.COMMANDS:
        command = main.cli.get_command(click.Context(main.cli), name)
        assert command is not None
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{name} {parameter.name}"


SHARED = {
    "--out": {"run", "compare", "doctor", "listen", "talk", "import", "prove"},
    "--env-file": {"run", "compare", "doctor", "talk", "nightly", "list"},
    "--open": {"run", "listen", "talk", "import"},
    "--seed": {"run", "compare", "listen"},
    "--concurrency": {"run", "compare", "import", "prove"},
    "--force": {"run", "talk", "import"},
}
"""Options that mean the same at any position."""


@pytest.mark.parametrize("option", SHARED)
def test_an_option_is_spelled_alike_in_every_command_that_has_it(option):
    spelled = set()
    for name in SHARED[option]:
        command = main.cli.get_command(click.Context(main.cli), name)
        assert command is not None
        (one,) = (each for each in command.params if option in each.opts)
        spelled.add((one.name, one.metavar, str(one.type.to_info_dict()), one.multiple))
    assert len(spelled) == 1


def test_the_list_of_commands_fits_a_terminal_and_names_each_as_it_is(capsys):
    assert run_command(["--help"]) == 0
    listed = capsys.readouterr().out.split("Commands:\n")[1]
    widest = max(map(len, main.COMMANDS))
    for name, (_, told) in main.COMMANDS.items():
        assert f"  {name.ljust(widest)}  {told}\n" in listed
        command = main.cli.get_command(click.Context(main.cli), name)
        assert command is not None
        assert command.name == name
    assert max(map(len, listed.splitlines())) <= 80


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["sing"]])
def test_what_calls_no_command_imports_nothing_heavy(arguments: list[str]):
    code = (
        "import sys, json\n"
        "from harness.cli.main import run_command\n"
        f"run_command({arguments!r})\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_version_is_printed(capsys):
    assert run_command(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


def test_without_a_command_the_help_is_shown_as_wrong_usage(capsys):
    assert run_command([]) == 2
    assert "Exit codes of all commands" in capsys.readouterr().err


def test_a_bug_keeps_its_traceback_and_is_no_failed_gate(monkeypatch, capsys, tmp_path):
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr("harness.cli.scenarios.survey", broken)
    assert run_command(["scenarios", "check", str(tmp_path)]) == 3
    errors = capsys.readouterr().err
    assert "Traceback" in errors
    assert "ZeroDivisionError: planted" in errors


def test_ctrl_c_outside_of_a_run_is_one_line(monkeypatch, capsys, tmp_path):
    def interrupted(*_: object, **__: object) -> None:
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)  # `timeout` sends it to the whole group as well
            told.append("put in order")

    told: list[str] = []
    monkeypatch.setattr("harness.cli.scenarios.survey", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    assert run_command(["scenarios", "check", str(tmp_path)]) == 130
    assert capsys.readouterr().err.strip() == "harness: interrupted"
    assert told == ["put in order"]
    assert signal.getsignal(signal.SIGTERM) is before


def test_commands_may_run_in_another_thread(capsys):
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(run_command(["schema", "target"])))
    thread.start()
    thread.join()
    assert codes == [0]


@pytest.mark.parametrize("kind", ["suite", "scenario", "target"])
def test_schemas_are_printed_as_json(capsys, kind):
    assert run_command(["schema", kind]) == 0
    one = json.loads(capsys.readouterr().out)
    assert run_command(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)[kind] == one
    assert "properties" in one


def test_a_suite_for_stored_calls_alone_is_checked_too(tmp_path, capsys):
    desk = small_desk(tmp_path, one=1)
    for scenario in (desk / "one.yaml", *desk.glob("*/one.yaml")):
        scenario.unlink(missing_ok=True)
    assert run_command(["scenarios", "check", str(desk)]) == 0
    said = f"{desk}: a valid suite without scenarios, for calls that are imported\n"
    assert capsys.readouterr().out == said
    (desk / "suite.yaml").write_text("format: 1\nsuite: desk\n")
    assert run_command(["scenarios", "check", str(desk)]) == 2
    assert "suite.yaml" in capsys.readouterr().err


def test_checking_counts_scenarios_and_suites(tmp_path, capsys):
    small_desk(tmp_path / "a", one=1, two=1)
    assert run_command(["scenarios", "check", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "2 scenarios of 1 suite are valid\n"
    small_desk(tmp_path / "b", one=1)
    assert run_command(["scenarios", "check", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "3 scenarios of 2 suites are valid\n"


def test_checking_warns_of_a_scenario_that_expects_nothing(tmp_path, capsys):
    small_desk(tmp_path, one=1)
    (path,) = tmp_path.rglob("one.yaml")
    assert run_command(["scenarios", "check", str(tmp_path)]) == 0
    assert capsys.readouterr().err.startswith(f"warning: {path}: expects nothing, ")
    path.write_text(path.read_text() + "expect: {never: [lookup_order]}\n")
    assert run_command(["scenarios", "check", str(tmp_path)]) == 0
    assert capsys.readouterr().err == ""


def test_a_reader_that_leaves_early_changes_neither_exit_code_nor_output():
    shell = f"set -o pipefail; {sys.executable} -m harness schema | true"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_who_ends_the_process_from_within_has_not_passed(monkeypatch, capsys):
    monkeypatch.setattr(main.cli, "main", lambda **given: sys.exit(0))
    assert run_command(["list"]) == 3
    assert "SystemExit" in capsys.readouterr().err
