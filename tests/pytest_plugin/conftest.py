"""A project with a small suite, and pytest run in it in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from support.small_desk import small_desk
from support.warm import warm

# If the harness is not installed, its entry point does not exist; twice would be an error.
_INSTALLED = any(point.name == "harness" for point in entry_points(group="pytest11"))
PLUGIN = () if _INSTALLED else ("-p", "harness.pytest_plugin.plugin")

# Assertions of loaded modules cannot be rewritten; the harness has none to show.
_UNWRITTEN = ("-W", "ignore::pytest.PytestAssertRewriteWarning")

SCENARIO = """\
format: 1
name: {name}
tags: {tags}
turns:
  - silence: 0.3
limits: {{time_to_first_audio_s: 0.4, time_to_first_audio_with_tool_s: 0.4, answer_timeout_s: 0.5}}
expect: {expect}
"""


class Project:
    """A folder with a suite in ``desk``, and pytest run in it; ``loaded``: Python's arguments."""

    def __init__(self, pytester: pytest.Pytester, loaded: list[str]) -> None:
        self.pytester, self.path = pytester, pytester.path
        self._loaded, self._runs = loaded, 0
        self.desk = small_desk(pytester.path / "desk")
        ini = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"
        (self.path / "pytest.ini").write_text(ini)

    def scenario(self, file: str, expect: str = "{reply: none}", **more: str) -> Path:
        """Write a silent call: it passes if only silence is expected."""
        path = self.desk / f"{file}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        values = {"name": file, "tags": "[]", "expect": expect} | more
        path.write_text(SCENARIO.format(**values))
        return path

    def ini(self, text: str) -> None:
        """Add lines to the ini file."""
        with (self.path / "pytest.ini").open("a") as file:
            file.write(f"{text}\n")

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run pytest there, in a fork of a process that has the harness loaded, not its plugin."""
        place = self.path / f"runpytest-{self._runs}"
        self._runs += 1
        told = (f"--basetemp={place}", *_UNWRITTEN, *PLUGIN, *arguments)
        return self.pytester.run(sys.executable, *self._loaded, *told, timeout=300)

    def run_from_nothing(self, *arguments: str) -> pytest.RunResult:
        """Run pytest there, in a process that has to load everything."""
        return self.pytester.runpytest_subprocess(*PLUGIN, *arguments, timeout=300)

    def config(self, *arguments: str) -> pytest.Config:
        """Return pytest's configuration for these arguments, in this process."""
        return self.pytester.parseconfig(*PLUGIN, *arguments)


FAILS = "{tools: [{name: lookup_order}]}"
"""An expectation that a silent call cannot meet."""


@pytest.fixture(scope="session")
def loaded() -> Iterator[list[str]]:
    with warm("pytest") as arguments:
        yield arguments


@pytest.fixture
def project(pytester: pytest.Pytester, loaded: list[str]) -> Project:
    return Project(pytester, loaded)
