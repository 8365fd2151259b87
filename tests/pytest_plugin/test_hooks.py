"""Hooks of a conftest.py steer the calls, and the page about them lists all of them."""

from __future__ import annotations

import inspect

import pytest
from support.pages import page, quoted, rows, section

from harness.pytest_plugin import hooks
from harness.pytest_plugin.plugin import _SUITE
from harness.pytest_plugin.session import add_options
from harness.scenario.load import SUITE_FILE

from .conftest import Project

pytest_plugins = ["pytester"]

HOOKS = """\
from dataclasses import replace


def pytest_harness_target(config, scenario):
    return "ws://127.0.0.1:9" if scenario.scenario.name == "elsewhere" else None


def pytest_harness_modify_scenarios(config, path, scenarios):
    (loaded,) = scenarios
    name = loaded.scenario.name
    if name == "dropped":
        scenarios.clear()
    if name in ("doubled", "doubled badly"):
        other = name if name == "doubled badly" else "doubled, the other"
        copy = loaded.scenario.model_copy(update={"name": other})
        scenarios.append(replace(loaded, scenario=copy))


def pytest_harness_call_finished(config, result, recording_folder):
    assert recording_folder.is_dir()
    with (config.rootpath / "calls.log").open("a") as log:
        log.write(f"{result.scenario}: {result.status}\\n")
"""


def test_hooks_change_scenarios_and_targets_and_learn_of_each_call(project: Project):
    for name in ("doubled", "dropped", "elsewhere"):
        project.scenario(name)
    (project.path / "conftest.py").write_text(HOOKS)
    project.run().assert_outcomes(passed=2, errors=1)
    assert (project.path / "calls.log").read_text().splitlines() == [
        "doubled: completed",
        "doubled, the other: completed",
        "elsewhere: harness_error",
    ]


def test_two_scenarios_of_one_name_are_refused_also_from_a_hook(project: Project):
    project.scenario("doubled badly")
    (project.path / "conftest.py").write_text(HOOKS)
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*name: 'doubled badly' is the name of desk/doubled badly.yaml*"])


def test_a_report_that_cannot_be_written_fails_the_session_in_one_line(project: Project):
    project.scenario("quiet")
    blocked = (
        "def pytest_harness_call_finished(config, result, recording_folder):\n"
        "    (recording_folder.parents[2] / 'results.json').mkdir()\n"
    )
    (project.path / "conftest.py").write_text(blocked)
    result = project.run("--harness-report", "out")
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    result.stdout.fnmatch_lines([f"voice calls: no report: cannot write {project.path}/out/*"])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_the_page_tells_every_option_and_every_hook():
    parser = pytest.Parser(_ispytest=True)
    add_options(parser)
    table = rows(section(page("pytest.md"), "Options"))
    told = {quoted(row[0])[0].split()[0] for row in table if quoted(row[0])}
    group = parser.getgroup("harness")
    assert told == {name for option in group.options for name in option.names()}
    assert {quoted(row[1])[0] for row in table if quoted(row[1])} == set(parser._inidict)
    named = {name for name, _ in inspect.getmembers(hooks, inspect.isfunction)}
    text = section(page("pytest.md"), "Hooks")
    assert all(f"def {name}(" in text for name in named)
    assert len(named) == 3


def test_the_name_of_the_suite_file_is_the_catalogs():
    assert _SUITE == SUITE_FILE  # which the plugin cannot import before it is used
