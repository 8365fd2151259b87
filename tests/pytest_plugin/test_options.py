"""Options of the command line and of the ini file, and options that exclude each other."""

from __future__ import annotations

import shutil
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from harness.pytest_plugin.session import Options, read_options

from .conftest import PLUGIN, Project

pytest_plugins = ["pytester"]

AGENT_FILE = "format: 1\ntarget: mine\nurl: ws://127.0.0.1:9\n"


def test_the_ini_file_says_what_the_command_line_does_not(project: Project):
    (project.path / "mine.yaml").write_text(AGENT_FILE)
    project.ini("harness_repeat = 3\nharness_seed = 5\nharness_real_time = yes")
    project.ini("harness_report = place\nharness_target = mine.yaml\nharness_scenarios = no")
    below = project.path / "below"
    below.mkdir()
    assert read_options(project.config()) == Options(
        target=str(project.path / "mine.yaml"),
        repeat=3,
        seed=5,
        real_time=True,
        report=project.path / "place",
        replace=True,
        scenarios=False,
    )
    told = ("--harness-repeat", "2", "--harness-target", "openai", "--harness-report", "out")
    options = read_options(project.config(*told))
    assert (options.repeat, options.seed, options.target) == (2, 5, "openai")
    assert (options.report, options.replace) == (project.path / "out", False)


def test_a_path_in_the_ini_file_is_meant_from_that_file(project: Project):
    conf = project.path / "conf"
    conf.mkdir()
    (conf / "mine.yaml").write_text(AGENT_FILE)
    (conf / "pytest.ini").write_text("[pytest]\nharness_report = a\nharness_target = mine.yaml\n")
    options = read_options(project.config("-c", "conf/pytest.ini", "--rootdir", "."))
    assert (options.report, options.target) == (conf / "a", str(conf / "mine.yaml"))


def test_calls_are_made_without_pytests_own_temporary_folders(project: Project):
    project.scenario("quiet")
    result = project.run("-p", "no:tmpdir")
    result.assert_outcomes(passed=1)
    (line,) = [line for line in result.outlines if line.startswith("voice calls: report: ")]
    page = Path(line.removeprefix("voice calls: report: "))
    assert page.is_file()
    shutil.rmtree(page.parents[1])


def test_without_options_the_embedded_agent_is_called_as_the_scenarios_say(project: Project):
    assert read_options(project.config()) == Options(replace=True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--harness-repeat", "0"),
            "--harness-repeat: expected a whole number from 1 to 1000, got '0'",
        ),
        (
            ("--harness-seed", "-1"),
            "--harness-seed: expected a whole number from 0 to 9007199254740991, got '-1'",
        ),
        (
            ("--harness-fault", "no_such"),
            "--harness-fault: unknown fault 'no_such'; known: late_answer, *",
        ),
        (
            ("--harness-fault", "no_preamble", "--harness-target", "ws://127.0.0.1:9"),
            "--harness-fault works on the embedded reference agent only; drop --harness-target",
        ),
        (
            ("--harness-fault", "no_preamble", "--harness-target", "mine.yaml"),
            "--harness-fault works on the embedded reference agent only; drop --harness-target",
        ),
        (
            ("--harness-force",),
            "--harness-force replaces the run in --harness-report; give both",
        ),
        (
            ("--harness-report", "mine.yaml"),
            "--harness-report: mine.yaml is a file; give a folder",
        ),
        (
            ("--harness-report", "compared"),
            "--harness-report: compared holds a comparison; give another folder",
        ),
        (
            ("--harness-report", "killed"),
            "--harness-report: killed already holds a run; give another folder, *",
        ),
        (
            ("--harness-gates", "none.yaml"),
            "--harness-gates: no such file: */none.yaml",
        ),
        (
            ("--harness-gates", "gates.yaml"),
            "--harness-gates: */gates.yaml:2: gates?0?: unknown scorer or measure 'calls'; *",
        ),
        (
            ("--harness-baseline", "none"),
            "--harness-baseline: */baselines/none.json: no such baseline; *",
        ),
        (
            ("--harness-baseline", "mine.json"),
            "--harness-baseline: */mine.json: not JSON: *",
        ),
        (
            ("--harness-repeat", "1000000"),
            "--harness-repeat: expected a whole number from 1 to 1000, got '1000000'",
        ),
    ],
)
def test_what_does_not_go_together_is_one_line(project: Project, arguments, said):
    (project.path / "mine.yaml").write_text(AGENT_FILE)
    (project.path / "mine.json").write_text("not JSON")
    (project.path / "gates.yaml").write_text("format: 1\ngates: [calls.pass_rate >= 1 %]\n")
    (project.path / "compared").mkdir()
    (project.path / "compared/compare.json").touch()
    (project.path / "killed/calls/quiet/001").mkdir(parents=True)
    (project.path / "killed/calls/quiet/001/manifest.json").touch()
    with pytest.raises(pytest.UsageError) as caught:
        read_options(project.config(*arguments))
    (line,) = str(caught.value).splitlines()
    assert fnmatchcase(line, said)


def test_a_clash_ends_pytest_with_one_line(project: Project):
    result = project.run("--harness-fault", "no_preamble", "--harness-target", "openai")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [
        "ERROR: --harness-fault works on the embedded reference agent only; drop --harness-target"
    ]


def test_a_fault_with_a_target_of_the_suite_is_told_by_its_calls(project: Project):
    project.scenario("quiet")
    (project.desk / "targets").mkdir()
    (project.desk / "targets/live.yaml").write_text(AGENT_FILE)
    result = project.run("--harness-fault", "no_preamble", "--harness-target", "live")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["quiet: fault no_preamble can be switched on in the embedded reference agent only; *"]
    )


def test_a_target_that_is_not_known_or_lacks_its_key_is_told_by_its_calls(
    project: Project, monkeypatch
):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    project.scenario("quiet")
    for target, said in (
        ("nobody", "quiet: unknown target 'nobody'; known: reference, openai, *"),
        ("openai", "quiet: environment variable OPENAI_API_KEY is not set; *"),
    ):
        result = project.run("--harness-target", target)
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines([said])


HEAVY = ("numpy", "pydantic", "scipy", "orjson", "ruamel", "jinja2", "harness.scenario")


def test_nothing_heavy_is_imported_for_tests_that_do_not_call(project: Project):
    (project.path / "plain.yaml").write_text("a: 1\n")
    (project.path / "test_plain.py").write_text(
        "import sys\n"
        f"HEAVY = {HEAVY!r}\n"
        "def test_plain():\n"
        "    assert 'harness.pytest_plugin.plugin' in sys.modules\n"
        "    loaded = [name for name in sys.modules if name.startswith(HEAVY)]\n"
        "    assert not loaded\n"
    )
    result = project.run_from_nothing("-p", "no:hypothesispytest", "--ignore=desk")
    result.assert_outcomes(passed=1)
    project.run_from_nothing("--version").stdout.no_fnmatch_line("*harness*")


@pytest.mark.skipif(not PLUGIN, reason="the harness is installed: every other test here shows it")
def test_where_the_harness_is_installed_its_entry_point_is_the_plugin(project: Project):
    site = project.path / "site" / "installed-1.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: installed\nVersion: 1\n")
    points = "[pytest11]\nharness = harness.pytest_plugin.plugin\n"
    (site / "entry_points.txt").write_text(points)
    command = [sys.executable, "-c", INSTALLED, "--help"]
    result = project.pytester.run(*command)
    assert "--harness-target" in result.stdout.str()


INSTALLED = "import sys; sys.path.insert(0, 'site'); import pytest; sys.exit(pytest.main())"
