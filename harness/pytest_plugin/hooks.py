"""Hooks that a ``conftest.py`` may implement to steer the calls of the pytest plugin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.results.model import CallResult
    from harness.scenario.load import LoadedScenario
    from harness.scenario.target import Target


@pytest.hookspec(firstresult=True)
def pytest_harness_target(config: pytest.Config, scenario: LoadedScenario) -> str | Target | None:
    """Return the target for a scenario; None leaves it to ``--harness-target``.

    A text is the same as for ``--harness-target``: a name, a URL or a target file.
    """


@pytest.hookspec
def pytest_harness_modify_scenarios(
    config: pytest.Config, path: Path, scenarios: list[LoadedScenario]
) -> None:
    """Change, drop or add to the scenarios of a collected file, in place.

    Every scenario of a file needs a name of its own.
    """


@pytest.hookspec
def pytest_harness_call_finished(
    config: pytest.Config, result: CallResult, recording_folder: Path
) -> None:
    """Learn that a call is over and judged; with xdist, in the worker that made it."""
