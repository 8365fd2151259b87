"""The plugin's state in a pytest process: options, folders, owners of calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import pytest

from harness.pytest_plugin.options import Options

if TYPE_CHECKING:
    from harness.pytest_plugin.outcome import CallOutcome
    from harness.scenario.load import SuiteFile


# The owner of a call: the test or fixture from whose name its seed follows.
#
# Two tests of the same scenario are two calls. Each test has seeds of its own that follow from its
# name alone, so it gets the same caller in a whole session, with `-k` or `--lf`, and in any worker
# of xdist. Numbers in the order of collection would change with each of these.
#
# A fixture with a wider scope than a function makes its call for all tests of that scope. The call
# belongs to the fixture, whichever test requests it first.


@dataclass(slots=True)
class CallOwners:
    """The current owner of calls, and how many calls of each kind it has made."""

    _fixtures: list[str] = field(default_factory=list)
    _made: Counter[Hashable] = field(default_factory=Counter)

    @contextmanager
    def during(
        self, fixture: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Iterator[None]:
        """Have the calls inside the block belong to a fixture, if it has a wider scope."""
        if request.scope == "function":
            yield
            return
        number = getattr(request, "param_index", 0)
        place = f"{fixture.baseid}|{request.node.nodeid}"
        self._fixtures.append(f"{place}|{fixture.argname}[{number}]")
        try:
            yield
        finally:
            self._fixtures.pop()

    def begin(self) -> None:
        """Reset the counts: a test begins, or is rerun and makes the same calls again."""
        self._made.clear()

    def owner(self, test: pytest.Item | None) -> str:
        """Return the name of the fixture that is being set up, or of the test; empty for neither.

        xdist adds a group to the ids of tests, but not to their names.
        """
        if self._fixtures:
            return self._fixtures[-1]
        if test is None:
            return ""
        return f"{test.parent.nodeid if test.parent else ''}::{test.name}"

    def take(self, kind: Hashable, number: int) -> int:
        """Return how many calls of this kind there were, and count as many more."""
        before = self._made[kind]
        self._made[kind] += number
        return before


FOLDER = "harness_session"
"""Key under which the controller of xdist gives its workers the session's folder."""


@dataclass(slots=True)
class PluginRun:
    """A pytest process: the only process, the controller of xdist, or a worker."""

    config: pytest.Config
    options: Options
    test: pytest.Item | None = None
    """The test that runs now."""
    noted: dict[Path, CallOutcome] = field(default_factory=dict)
    """The calls that it made or asked about, by folder."""
    last: CallOutcome | None = None
    """The last call of all."""
    owners: CallOwners = field(default_factory=CallOwners)
    """The test or fixture that calls belong to."""
    suites: dict[Path, SuiteFile] = field(default_factory=dict)
    names: dict[tuple[Path, str], Path] = field(default_factory=dict)
    """The file of each name in a suite: results are identified by name."""
    _folder: Path | None = None
    _open: ExitStack = field(default_factory=ExitStack)

    @property
    def is_worker(self) -> bool:
        """Whether this process is a worker of xdist, whose controller writes the report."""
        return self._workerinput is not None

    @property
    def used(self) -> bool:
        """Whether this process, or a worker of it, may have made calls."""
        return self._folder is not None

    @property
    def folder(self) -> Path:
        """The folder of the session, shared by all of its processes.

        It is one of pytest's temporary folders. If that plugin is off (`-p no:tmpdir`), it is a
        folder of the harness that is never removed, because the report may lie in it.
        """
        if self._folder is None:
            if self._workerinput is not None:
                self._folder = Path(self._workerinput[FOLDER])
            else:
                # not public, but xdist itself uses it: no fixture is available here
                factory = getattr(self.config, "_tmp_path_factory", None)
                made = mkdtemp(prefix="harness-") if factory is None else factory.mktemp("harness")
                self._folder = Path(made)
        return self._folder

    @property
    def run_folder(self) -> Path:
        """The folder of the run: recordings, results and pages."""
        return self.options.report or self.folder / "report"

    def at_end(self, close: Callable[[], object]) -> None:
        """Have something closed when the session is."""
        self._open.callback(close)

    def close(self) -> None:
        """Stop the workers and agents."""
        self._open.close()

    def note(self, outcome: CallOutcome) -> None:
        """Remember a call that the running test made or asked about."""
        self.noted[outcome.folder] = outcome
        self.last = outcome

    def doubt(self, at_once: int) -> str:
        """Return why times of a call in real time are doubtful, empty for no reason.

        ``at_once`` is how many calls this process made at a time while it lasted.
        """
        from harness.runs.local import workers_by_default

        processes, cores = self._processes(), workers_by_default()
        room = max(1, cores // 2)
        if processes > room:
            return (
                f"{processes} pytest workers called in real time on {cores} cores, so waits and "
                f"yields may be the machine's; call with at most -n {room} to measure time"
            )
        calls = at_once + max(0, processes - 1)
        if calls > room:
            return (
                f"{calls} calls at a time on {cores} cores, one of them in real time, so waits and "
                f"yields may be the machine's; call one after the other to measure time"
            )
        return ""

    @property
    def _workerinput(self) -> dict[str, Any] | None:
        """Input from the controller of xdist, None if this process is not a worker."""
        return getattr(self.config, "workerinput", None)

    def _processes(self) -> int:
        """Return how many processes run tests at the same time."""
        if self._workerinput is not None:
            return int(self._workerinput["workercount"])
        return len(getattr(self.config.option, "tx", None) or ())
