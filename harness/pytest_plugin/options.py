"""The plugin's options: command line over ini file, checked before anything is collected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.units import MOST_REPEATS, MOST_SEED

if TYPE_CHECKING:
    from harness.scenario.target import Target

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
