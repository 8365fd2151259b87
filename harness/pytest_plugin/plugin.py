"""The pytest plugin: its hooks and fixtures. Only pytest is imported before the plugin is used."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import FolderInUse, OperationError
from harness.pytest_plugin import hooks
from harness.pytest_plugin.session import FOLDER, PluginRun, add_options, read_options

if TYPE_CHECKING:
    from harness.pytest_plugin.call_agent import CallAgent, ReferenceAgent
    from harness.recording.model import Recording

_SESSION = pytest.StashKey[PluginRun]()
_SUMMARY = pytest.StashKey[tuple[str, ...]]()
_SUITE = "suite.yaml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    add_options(parser)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare the hooks that a conftest.py may implement."""
    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Check the options; raises pytest.UsageError."""
    config.stash[_SESSION] = PluginRun(config, read_options(config))
    config.addinivalue_line("markers", "harness_scenario: a scenario file of the voice harness")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Pass the session's folder to a worker of xdist."""
    node.workerinput[FOLDER] = str(node.config.stash[_SESSION].folder)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect scenario files: YAML below a ``suite.yaml`` that is no suite and no target."""
    session = parent.config.stash[_SESSION]
    if not session.options.scenarios or file_path.suffix not in (".yaml", ".yml"):
        return None
    if not any((folder / _SUITE).is_file() for folder in file_path.parents):
        return None
    from harness.pytest_plugin.scenario_items import belongs_to_suite

    if not belongs_to_suite(file_path):
        return None
    from harness.pytest_plugin.scenario_items import CollectedFile

    return CollectedFile.of(parent, file_path, session)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Remember which test runs, and forget the calls of the previous test."""
    session = item.config.stash[_SESSION]
    session.test = item
    session.noted.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Reset the count of the test's calls, so that a rerun makes the same calls."""
    item.config.stash[_SESSION].owners.begin()


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Note which fixture is being set up: calls that it makes belong to it."""
    with request.config.stash[_SESSION].owners.during(fixturedef, request):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the calls that a failing test made or asked about, with their pages."""
    report = yield
    noted = item.config.stash[_SESSION].noted
    # a scenario item explains its call in its own failure
    if report.failed and noted and "harness_scenario" not in item.keywords:
        texts = [outcome.explanation() for outcome in noted.values()]
        report.sections.append(("voice calls", "\n\n".join(texts)))
    return report


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Stop the workers and agents; then write results and pages, once for all processes."""
    config = session.config
    calls = config.stash[_SESSION]
    calls.close()
    if calls.is_worker:
        return
    interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
    try:
        config.stash[_SUMMARY], red = _finished(calls, interrupted=interrupted)
    except (OperationError, FolderInUse) as error:
        config.stash[_SUMMARY] = (f"no report: {error}",)
        session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        return
    if red and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _finished(calls: PluginRun, *, interrupted: bool) -> tuple[tuple[str, ...], bool]:
    """Return the lines about the calls of a session, and whether its gates make it fail."""
    if calls.used:
        from harness.pytest_plugin.gates import finished

        reporter = calls.config.pluginmanager.get_plugin("terminalreporter")

        def tell(line: str) -> None:
            if reporter is not None:
                # pytest may have printed dots on this line, and xdist's reporter does not know it
                reporter.ensure_newline()
                reporter.write(f"\nvoice calls: {line}\n")

        found = finished(calls, tell, interrupted=interrupted)
        if found is not None:
            return found.lines, found.red
    if not calls.options.has_gates or calls.config.option.collectonly:
        return (), False
    return ("no call was made, so the gates were not judged",), calls.options.strict


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print how the calls went, and the path of the report."""
    for line in config.stash.get(_SUMMARY, ()):
        terminalreporter.write_line(f"voice calls: {line}")


@pytest.fixture(scope="session")
def call_agent(pytestconfig: pytest.Config) -> CallAgent:
    """Speak a scenario to the agent: ``result = await call_agent("scenarios/desk/one.yaml")``."""
    from harness.pytest_plugin.call_agent import CallAgent

    return CallAgent(pytestconfig.stash[_SESSION])


@pytest.fixture(scope="session")
def reference_agent(pytestconfig: pytest.Config) -> ReferenceAgent:
    """Serve a reference agent in a process of its own: ``.url``, ``.host``, ``.port``."""
    from harness.pytest_plugin.call_agent import ReferenceAgent
    from harness.pytest_plugin.call_runner import switchboard

    session = pytestconfig.stash[_SESSION]
    return ReferenceAgent(switchboard(session).agent_url(session.options.fault))


@pytest.fixture
def recording(request: pytest.FixtureRequest) -> Recording:
    """Return the last call's recording, or, parametrized indirectly, that of the given folder."""
    from harness.recording.store import read_recording

    if hasattr(request, "param"):
        beside = request.path.parent / request.param
        return read_recording(
            beside if beside.exists() else request.config.rootpath / request.param
        )
    last = request.config.stash[_SESSION].last
    if last is None:
        pytest.fail(
            "recording: no call was made yet; make it in a fixture that is listed before, "
            "or use the `recording` of what call_agent returned",
            pytrace=False,
        )
    return last.recording
