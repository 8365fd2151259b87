"""Scenario files as tests: a test per scenario and repeat.

The call is made in the test's setup and judged in the test itself. So a call without evidence about
the agent (a lost connection, a caller that could not be spoken) is an error in pytest's terms.
Messages and results name files relative to the folder where pytest was started.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import Fault, FaultyFiles, HarnessError, InputError
from harness.judging.scorers.registry import known_options
from harness.pytest_plugin.call_runner import aimed, planned_call, repeats_of, switchboard
from harness.pytest_plugin.outcome import CallOutcome
from harness.pytest_plugin.session import PluginRun
from harness.results.verdicts import counts
from harness.runs.preflight import check_scenarios
from harness.scenario.catalog import is_scenario_file, load_of_suite
from harness.scenario.document import read_document
from harness.scenario.load import LoadedScenario, suite_file_of

MARKER = "harness_scenario"
"""Marks every test that is a scenario file."""


def belongs_to_suite(path: Path) -> bool:
    """Whether a YAML file below a ``suite.yaml`` is a scenario's."""
    return is_scenario_file(path.relative_to(suite_file_of(path).parent))


def load(session: PluginRun, path: Path) -> tuple[LoadedScenario, ...]:
    """Load the scenarios of a file, or the scenario of each of its cases, by its whole path.

    Raises:
        FaultyFiles: with every fault of the file and of its suite's.
    """
    shown = short(session, path)
    try:
        # by its whole path: a test may have changed the current folder
        found = load_of_suite(path, session.suites, known_options())
    except FaultyFiles as faulty:
        raise _shown(session, faulty) from faulty
    return tuple(replace(loaded, path=shown) for loaded in found)


def check_names(session: PluginRun, scenarios: list[LoadedScenario], path: Path) -> None:
    """Refuse a name that another scenario of the suite has.

    Raises:
        FaultyFiles: it has; names the file.
    """
    own = [loaded.scenario.name for loaded in scenarios]
    for loaded in scenarios:
        name = loaded.scenario.name
        first = session.names.setdefault((loaded.suite.folder, name), path)
        if first != path or own.count(name) > 1:
            problem = f"{name!r} is the name of {short(session, first)} too; results need one each"
            raise _shown(session, FaultyFiles((read_document(path).fault(("name",), problem),)))


def short(session: PluginRun, path: Path) -> Path:
    """Return a path relative to the folder where pytest was started, if it lies below."""
    folder = session.config.invocation_params.dir
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def _shown(session: PluginRun, faulty: FaultyFiles) -> FaultyFiles:
    return FaultyFiles(tuple(_shortened(session, fault) for fault in faulty.faults))


def _shortened(session: PluginRun, fault: Fault) -> Fault:
    return replace(fault, path=short(session, fault.path))


class CollectedFile(pytest.File):
    """A scenario's YAML file."""

    session_of_calls: PluginRun

    @classmethod
    def of(cls, parent: pytest.Collector, path: Path, session: PluginRun) -> CollectedFile:
        """Make the collector of a scenario file."""
        made: CollectedFile = cls.from_parent(parent, path=path)
        made.session_of_calls = session
        return made

    def collect(self) -> Iterator[pytest.Item]:
        """Return a test per scenario and repeat; a faulty file is an error with all its faults."""
        session = self.session_of_calls
        try:
            scenarios = [*load(session, self.path)]
            self.config.hook.pytest_harness_modify_scenarios(
                config=self.config, path=self.path, scenarios=scenarios
            )
            check_names(session, scenarios, self.path)
            check_scenarios(tuple(scenarios))
            for loaded in scenarios:
                yield from self._items(loaded)
        except InputError as error:
            raise self.CollectError(str(error)) from error

    def _items(self, loaded: LoadedScenario) -> Iterator[pytest.Item]:
        count = repeats_of(loaded, self.session_of_calls.options)
        # "::" separates the parts of a test's id
        name = "".join(sign if sign.isprintable() else " " for sign in loaded.scenario.name)
        name = name.replace("::", ":")
        for repeat in range(count):
            shown = f"{name}[{repeat + 1}]" if count > 1 else name
            item: ScenarioItem = ScenarioItem.from_parent(self, name=shown)
            item.loaded, item.repeat = loaded, repeat
            for marker in (MARKER, *(_marker(self.config, tag) for tag in loaded.scenario.tags)):
                item.add_marker(marker)
            yield item


class ScenarioItem(pytest.Item):
    """A scenario's call."""

    parent: CollectedFile
    loaded: LoadedScenario
    repeat: int
    outcome: CallOutcome

    def setup(self) -> None:
        """Make the call; an error if it is no evidence about the agent."""
        session = self.parent.session_of_calls
        try:
            options = aimed(self.config, self.loaded, session.options)
            planned = planned_call(self.loaded, options, repeat=self.repeat)
            self.outcome = switchboard(session).call(planned)
        except HarnessError as error:
            pytest.fail(f"{self.loaded.scenario.name}: {error}", pytrace=False)
        # In setup, so that pytest reports an error: only a verdict is a failure.
        if not counts(self.outcome.result):
            pytest.fail(self.outcome.explanation(), pytrace=False)

    def runtest(self) -> None:
        """Fail unless the call passed; a call that needs review or was not judged fails."""
        if not self.outcome.passed():
            pytest.fail(self.outcome.explanation(), pytrace=False)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the file, and the name to put above a failure."""
        return self.path, None, self.name


def _marker(config: pytest.Config, tag: str) -> str:
    """Return the marker of a tag, registered; markers that take arguments mean something else."""
    name = re.sub(r"[^\w.+-]", "_", tag)
    known = [line.partition(":")[0].strip() for line in config.getini("markers")]
    if any(one.startswith(f"{name}(") for one in known):
        name = f"tag_{name}"
    if name not in known:
        config.addinivalue_line("markers", f"{name}: scenarios with the tag {tag!r}")
    return name
