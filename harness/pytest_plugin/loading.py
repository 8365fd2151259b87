"""Reads scenario files for pytest, wherever a test has gone in the meantime.

Files are read by their whole path, because a test may have changed the current folder; messages and
results name them as seen from where pytest was started.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.errors import Fault, FaultyFiles
from harness.pytest_plugin.session import PluginSession
from harness.scenario.catalog import is_scenario_file, load_of_suite
from harness.scenario.document import read_document
from harness.scenario.load import LoadedScenario, suite_file_of


def belongs_to_suite(path: Path) -> bool:
    """Whether a YAML file below a ``suite.yaml`` is a scenario's."""
    return is_scenario_file(path.relative_to(suite_file_of(path).parent))


def load(session: PluginSession, path: Path) -> tuple[LoadedScenario, ...]:
    """Load the scenarios of a file, one or one for each of its cases, by its whole path.

    Raises:
        FaultyFiles: with every fault of the file and of its suite's.
    """
    shown = short(session, path)
    try:
        return tuple(replace(loaded, path=shown) for loaded in load_of_suite(path, session.suites))
    except FaultyFiles as faulty:
        raise _shown(session, faulty) from faulty


def check_names(session: PluginSession, scenarios: list[LoadedScenario], path: Path) -> None:
    """Refuse a name that another scenario of the suite has.

    Raises:
        FaultyFiles: it has; says which file.
    """
    own = [loaded.scenario.name for loaded in scenarios]
    for loaded in scenarios:
        name = loaded.scenario.name
        first = session.names.setdefault((loaded.suite.folder, name), path)
        if first != path or own.count(name) > 1:
            problem = f"{name!r} is the name of {short(session, first)} too; results need one each"
            raise _shown(session, FaultyFiles((read_document(path).fault(("name",), problem),)))


def short(session: PluginSession, path: Path) -> Path:
    """Return a path as seen from where pytest was started, if it lies below."""
    folder = session.config.invocation_params.dir
    return path.relative_to(folder) if path.is_relative_to(folder) else path


def _shown(session: PluginSession, faulty: FaultyFiles) -> FaultyFiles:
    return FaultyFiles(tuple(_shortened(session, fault) for fault in faulty.faults))


def _shortened(session: PluginSession, fault: Fault) -> Fault:
    return replace(fault, path=short(session, fault.path))
