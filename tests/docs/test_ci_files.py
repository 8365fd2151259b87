"""The action and the GitLab job do what they say: their shell steps run as those services do it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from support.ci_desk import ci_desk
from support.pages import ROOT, blocks, page, quoted, section
from support.small_desk import results_of

from harness.scenario.document import read_document

ACTION = read_document(ROOT / "action.yml").data
STEPS = ACTION["runs"]["steps"]
_INPUT = re.compile(r"\$\{\{ inputs\.([\w-]+) \}\}")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a runner on which the action's own step has installed this tree."""
    place = tmp_path_factory.mktemp("runner")
    checkout = place / "checkout"
    ignored = shutil.ignore_patterns(
        "__pycache__", ".git", ".*_cache", "tests", "reports", "*.egg-info", "build"
    )
    shutil.copytree(ROOT, checkout, ignore=ignored)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "PYTHONPATH"))}
    venv.create(place / "venv", with_pip=True)
    (site,) = (place / "venv").glob("lib/python*/site-packages")
    # The dependencies are installed already; the tree itself must come from pip.
    (site / "beside.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    runner = kept | {
        "GITHUB_ACTIONS": "true",
        "GITHUB_ACTION_PATH": str(checkout),
        "HARNESS": str(checkout),
        "PIP_NO_DEPS": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PATH": os.pathsep.join((str(place / "venv" / "bin"), kept["PATH"])),
    }
    (install,) = [step for step in STEPS if "pip install" in step.get("run", "")]
    done = shell(install["run"], place, runner)
    assert done.returncode == 0, done.stderr
    return runner


def shell(
    script: str, folder: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub's ``shell: bash`` does."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def call_step(**inputs: str) -> tuple[str, dict[str, str]]:
    """The script of the step that calls, and its variables for these inputs."""
    (step,) = [step for step in STEPS if "harness run" in step.get("run", "")]
    defaults = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()}
    known = defaults | {name.replace("_", "-"): value for name, value in inputs.items()}
    return step["run"], {
        name: _INPUT.sub(lambda found: known[found[1]], value)
        for name, value in step["env"].items()
    }


def runner(folder: Path, machine: dict[str, str]) -> dict[str, str]:
    return machine | {
        "GITHUB_WORKSPACE": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }  # fmt: skip


# --- the action ----------------------------------------------------------------------------------


def test_the_action_is_a_composite_whose_expressions_are_inputs():
    assert ACTION["runs"]["using"] == "composite"
    assert all(step["shell"] == "bash" for step in STEPS if "run" in step)
    used = set(_INPUT.findall((ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])
    assert all(each["description"] for each in ACTION["inputs"].values())
    # an expression inside a script is run as code, even if a stranger gave the value
    assert not any("${{" in step.get("run", "") for step in STEPS)
    told = re.findall(r"^Inputs: (.*)$", page("ci.md"), re.M)[0]
    assert quoted(told) == list(ACTION["inputs"])


def test_the_report_is_kept_whatever_the_gates_say():
    (upload,) = [step for step in STEPS if "upload-artifact" in step.get("uses", "")]
    assert upload["if"] == "always()"
    assert upload["with"]["path"] == "${{ inputs.out }}"


def test_the_action_calls_reports_and_fails_with_the_gates(tmp_path, machine):
    ci_desk(tmp_path / "my desk", bad=("wild",))
    (tmp_path / "my desk").rename(tmp_path / "desk")
    (tmp_path / "gates.yaml").write_text("format: 1\ngates: [pass_rate >= 1]\n")
    script, variables = call_step(paths="desk/calm.yaml\ndesk/wild.yaml", repeat="2",
                                  gates="gates.yaml", out="out put")  # fmt: skip
    done = shell(script, tmp_path, runner(tmp_path, machine) | variables)
    assert done.returncode == 1, done.stderr
    results: dict[str, Any] = results_of(tmp_path / "out put")
    assert (len(results["calls"]), results["gates"][0]["passed"]) == (4, False)
    assert "::error title=wild%3A failed,file=desk/wild.yaml,line=" in done.stdout
    assert "2 of 4 calls failed" in (tmp_path / "summary.md").read_text()
    junit = ElementTree.parse(tmp_path / "out put" / "junit.xml")
    assert len(list(junit.iter("failure"))) == 3
    assert (tmp_path / "out put" / "index.html").exists()


def test_the_defaults_and_a_baseline_make_a_green_step(tmp_path, machine):
    ci_desk(tmp_path / "scenarios")
    environment = runner(tmp_path, machine)
    script, variables = call_step(repeat="8")  # fewer pairs could not break the gate: refused
    done = shell(script, tmp_path, environment | variables)
    assert done.returncode == 0, done.stderr
    assert shell("harness baseline save reports/ci", tmp_path, environment).returncode == 0
    script, variables = call_step(
        baseline="baselines/small-desk-reference.json", out="again", repeat="8"
    )
    done = shell(script, tmp_path, environment | variables)
    assert done.returncode == 0, done.stderr
    assert "no worse: calls.pass_rate" in done.stdout


# --- GitLab --------------------------------------------------------------------------------------


def test_the_lines_of_the_gitlab_job_run(tmp_path, machine):
    (block,) = blocks(section(page("ci.md"), "GitLab"), "yaml")
    (tmp_path / "job.yml").write_text(block)
    job = read_document(tmp_path / "job.yml").data["voice"]
    install, *lines = job["script"]
    assert install == 'python -m pip install "$HARNESS"'
    assert set(job["variables"]) == {"HARNESS"}
    ci_desk(tmp_path / "mine")
    environment = {k: v for k, v in machine.items() if not k.startswith("GITHUB_")}
    done = shell("\n".join(lines), tmp_path, environment)
    assert done.returncode == 0, done.stderr
    kept = job["artifacts"]
    assert (tmp_path / kept["paths"][0] / "index.html").exists()
    ElementTree.parse(tmp_path / kept["reports"]["junit"])


# --- Jenkins, and the workflow of `harness init` -------------------------------------------------


def with_what_is_here(folder: Path) -> None:
    """Let a new environment use the packages installed here, instead of the network."""
    (site,) = (folder / ".venv").glob("lib/python*/site-packages")
    (site / "beside.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")


def test_the_shell_steps_of_the_jenkinsfile_run(tmp_path, machine):
    (block,) = blocks(section(page("ci.md"), "Jenkins"), "groovy")
    first, *steps = re.findall(r"^\s*sh '(.*)'$", block, re.M)
    assert len(steps) == 2
    environment = {k: v for k, v in machine.items() if not k.startswith("GITHUB_")}
    mine = tmp_path / "mine"
    assert shell("harness init mine", tmp_path, environment).returncode == 0
    ci_desk(mine / "quick")
    shutil.rmtree(mine / "scenarios")
    (mine / "quick").rename(mine / "scenarios")
    assert shell(first, mine, environment).returncode == 0
    with_what_is_here(mine)
    for step in steps:
        done = shell(step, mine, environment)
        assert done.returncode == 0, done.stderr
    kept = re.findall(r"'(reports/\S+)'", block)
    assert kept == ["reports/ci/junit.xml", "reports/ci/**"]
    ElementTree.parse(mine / kept[0])


def test_the_workflow_of_the_starter_runs_as_written(tmp_path, machine):
    assert shell("harness init mine", tmp_path, machine).returncode == 0
    mine = tmp_path / "mine"
    document = read_document(mine / ".github/workflows/voice-agent.yml").data
    (job,) = document["jobs"].values()
    ci_desk(mine / "quick")
    for name in ("suite.yaml", "prompt.md", "calm.yaml"):
        (mine / "quick" / name).replace(mine / "scenarios" / name)
    for name in ("cancel_an_order.yaml", "where_is_my_order.yaml", "gates.yaml"):
        (mine / "scenarios" / name).unlink()
    for step in (step["run"] for step in job["steps"] if "run" in step):
        done = shell(step, mine, runner(mine, machine))
        assert done.returncode == 0, done.stderr
    (upload,) = (step for step in job["steps"] if "upload-artifact" in step.get("uses", ""))
    assert (mine / upload["with"]["path"] / "index.html").exists()
