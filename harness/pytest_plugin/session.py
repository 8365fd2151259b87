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

from harness.units import MOST_REPEATS, MOST_SEED

if TYPE_CHECKING:
    from harness.pytest_plugin.outcome import CallOutcome
    from harness.scenario.load import SuiteFile
    from harness.scenario.target import Target


# The plugin's options: command line over ini file, checked before anything is collected.

EMBEDDED = "reference"
_URLS = ("ws://", "wss://")

_TEXTS = {
    "target": ("NAME|URL", "whom to call: reference (embedded), openai, azure, a target of the "
               "suite, a target file, or a ws:// or wss:// address"),
    "repeat": ("N", "call each scenario file N times [default: what the scenario says]"),
    "seed": ("N", "where the seeds begin: each scenario has its own, as with harness run --seed"),
    "fault": ("NAME", "switch on one misbehaviour of the embedded agent, to see it caught"),
    "gates": ("FILE", "gates for all calls together, as with harness run --gates"),
    "baseline": ("NAME|FILE", "fail if the calls are worse than this baseline: "
                 "baselines/NAME.json, or a path ending in .json"),
    "report": ("DIR", "where results, report and recordings go [default: pytest's own folder]"),
}  # fmt: skip
"""Options that take a value; each is an ini option ``harness_NAME`` too."""


@dataclass(frozen=True, slots=True)
class Options:
    """The given options; None leaves ``repeat`` and ``seed`` to the scenario.

    ``replace`` allows the run to replace an earlier one in ``report``.
    """

    target: str | Target = EMBEDDED
    repeat: int | None = None
    seed: int | None = None
    fault: str | None = None
    real_time: bool = False
    report: Path | None = None
    replace: bool = False
    scenarios: bool = True
    gates: Path | None = None
    baseline: Path | None = None
    strict: bool = False
    """Whether gates that no call could break are an error: they are on the command line."""

    @property
    def has_gates(self) -> bool:
        """Whether the calls are judged together, too."""
        return self.gates is not None or self.baseline is not None


def add_options(parser: pytest.Parser) -> None:
    """Declare the options of the command line and of the ini file."""
    group = parser.getgroup("harness", "voice-agent harness")
    for name, (metavar, text) in _TEXTS.items():
        group.addoption(f"--harness-{name}", metavar=metavar, help=text)
        parser.addini(f"harness_{name}", text, default=None)
    text = "call the embedded agent in real time; every other target always is"
    group.addoption("--harness-real-time", action="store_true", help=text)
    parser.addini("harness_real_time", text, type="bool", default=False)
    text = "replace an earlier run in the folder of --harness-report"
    group.addoption("--harness-force", action="store_true", help=text)
    text = "collect scenario files as tests [default: on]"
    parser.addini("harness_scenarios", text, type="bool", default=True)


def read_options(config: pytest.Config) -> Options:
    """Return the options.

    Raises:
        pytest.UsageError: a value that is not allowed, or options that do not go together.
    """
    given = {name: _value(config, name) for name in _TEXTS}
    on_command_line = config.getoption("--harness-report") is not None
    force = bool(config.getoption("--harness-force"))
    if force and not on_command_line:
        raise pytest.UsageError("--harness-force replaces the run in --harness-report; give both")
    options = Options(
        target=_meant(config, "target", given["target"]) or EMBEDDED,
        repeat=_number("repeat", given["repeat"], 1, MOST_REPEATS),
        seed=_number("seed", given["seed"], 0, MOST_SEED),
        fault=given["fault"],
        real_time=config.getoption("--harness-real-time") or config.getini("harness_real_time"),
        report=_report(config, given["report"]),
        # the ini file names the place of the last session's report, as it does for JUnit XML
        replace=force or not on_command_line,
        scenarios=config.getini("harness_scenarios"),
        gates=_gate_file(config, given["gates"]),
        baseline=_baseline(config, given["baseline"]),
        strict=bool(config.getoption("--harness-gates") or config.getoption("--harness-baseline")),
    )
    if options.fault is not None:
        _check_fault(options.fault, given["target"])
    return options


def _value(config: pytest.Config, name: str) -> str | None:
    given: str | None = config.getoption(f"--harness-{name}")
    return given if given is not None else config.getini(f"harness_{name}")


def _meant(config: pytest.Config, name: str, value: str | None) -> str | None:
    """Resolve a path of an ini file relative to that file, not to the working directory.

    pytest's root folder is not always that place: `-c conf/pytest.ini --rootdir .`
    """
    if not value or config.getoption(f"--harness-{name}") is not None or value.startswith(_URLS):
        return value
    path = _place(config, name) / value
    return str(path) if name == "report" or path.is_file() else value


def _place(config: pytest.Config, name: str) -> Path:
    """Return the folder that a relative path of an option starts from."""
    typed = config.getoption(f"--harness-{name}") is not None
    inside = None if typed else config.inipath
    return inside.parent if inside else config.invocation_params.dir


def _number(name: str, text: str | None, least: int, most: int) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not least <= int(text) <= most:
        raise pytest.UsageError(
            f"--harness-{name}: expected a whole number from {least} to {most}, got {text!r}"
        )
    return int(text)


def _report(config: pytest.Config, text: str | None) -> Path | None:
    place = _meant(config, "report", text)
    if not place:
        return None
    folder = (config.invocation_params.dir / place).resolve()
    if folder.exists() and not folder.is_dir():
        raise pytest.UsageError(f"--harness-report: {place} is a file; give a folder")
    if config.getoption("--harness-report") and not config.getoption("--harness-force"):
        _refuse_another_run(config, folder, place)
    return folder


def _refuse_another_run(config: pytest.Config, folder: Path, place: str) -> None:
    from harness.runs.run_folder import is_comparison, is_run

    if hasattr(config, "workerinput"):  # a worker of xdist: the run is ours
        return
    if is_comparison(folder):
        raise pytest.UsageError(
            f"--harness-report: {place} holds a comparison; give another folder"
        )
    if is_run(folder):
        raise pytest.UsageError(
            f"--harness-report: {place} already holds a run; give another folder, "
            "or --harness-force to replace it"
        )


def _gate_file(config: pytest.Config, text: str | None) -> Path | None:
    if not text:
        return None
    path = _place(config, "gates") / text
    if not path.is_file():
        raise pytest.UsageError(f"--harness-gates: no such file: {path}")
    from harness.errors import FaultyFiles
    from harness.judging.scorers.registry import known_measures
    from harness.results.gates.gate_file import Known, load_gate_file

    if not hasattr(config, "workerinput"):
        try:  # names of scenarios are checked when it is known which were called
            load_gate_file(path, Known(known_measures()))
        except FaultyFiles as faulty:
            raise pytest.UsageError(f"--harness-gates: {faulty}") from faulty
    return path


def _baseline(config: pytest.Config, text: str | None) -> Path | None:
    """Return the baseline's file; raise UsageError, before any call, if it cannot be used."""
    if not text:
        return None
    from harness.errors import FaultyFiles
    from harness.results.gates.baseline import named_path, read_baseline

    path = _place(config, "baseline") / named_path(text)
    if not hasattr(config, "workerinput"):
        try:
            read_baseline(path)
        except FaultyFiles as faulty:
            raise pytest.UsageError(f"--harness-baseline: {faulty}") from faulty
    return path


def _check_fault(name: str, target: str | None) -> None:
    """Refuse a fault that is unknown, or that no embedded agent is there to have."""
    from harness.agent.faults import fault
    from harness.errors import InputError
    from harness.scenario.catalog import load_target

    try:
        fault(name)
    except InputError as error:
        raise pytest.UsageError(f"--harness-fault: {error}") from error
    try:
        outside = target is not None and load_target(target, None).url is not None
    except InputError:  # a target of a suite: known when its scenarios are
        return
    if outside:
        raise pytest.UsageError(
            "--harness-fault works on the embedded reference agent only; drop --harness-target"
        )


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
        from harness.runs.local_run import workers_by_default

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
