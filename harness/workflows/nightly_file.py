"""Nightly files: which suites at which targets under which conditions, and where results go.

Paths in a file are relative to its folder. All faults of a file, and of what it names, are found
before anybody is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from harness.calls.plan import Repeats, slug_of
from harness.errors import Fault, FaultyFiles, InputError, UnknownName, UsageError, did_you_mean
from harness.history.cost import Prices, load_prices
from harness.scenario.catalog import Selection, find
from harness.scenario.condition import Condition
from harness.scenario.document import Document, KeyPath, read_document
from harness.scenario.fact_checks import factless_faults
from harness.scenario.fields import Model, Text
from harness.scenario.load import LoadedScenario, model_of
from harness.scenario.pieces import mapping
from harness.scenario.target import Target
from harness.scenario.targets import load_target
from harness.scenario.voice_checks import codec_faults
from harness.scenario.wording import listed
from harness.scorers.registry import known_options
from harness.units import MOST_REPEATS, MOST_SEED
from harness.workflows.checking import check_scenarios, check_target
from harness.workflows.gating import GateRequest
from harness.workflows.room import Keep


class NightlyFile(Model):
    """What happens every night."""

    format: Literal[1]
    nightly: Text
    """Name of this benchmark."""
    suites: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Folders or files, as `harness run` takes them."""
    targets: Annotated[tuple[Text, ...], Field(min_length=1)] = ("reference",)
    """Names or files, as `harness run --target` takes them."""
    conditions: tuple[Condition, ...] = ()
    """Every scenario is called under each of them; without any, once, as it is written."""
    scenario: Text | Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """Globs of names, as `harness run --scenario` takes them: those that match any are called."""
    tags: tuple[Text, ...] = ()
    not_tags: tuple[Text, ...] = ()
    repeat: Annotated[int, Field(ge=1, le=MOST_REPEATS)] | None = None
    seed: Annotated[int, Field(ge=0, le=MOST_SEED)] | None = None
    concurrency: Annotated[int, Field(ge=1, le=200)] | Literal["auto"] | None = None
    """Calls at the same time; ``auto`` measures before each run how many this machine paces."""
    max_calls_per_minute: Annotated[int, Field(ge=1, le=6000)] | None = None
    """How many calls are started in a minute, of those that take place in real time."""
    real_time: bool = False
    """Call the embedded agent in real time, as every other target is."""
    history: Text = "history"
    """A folder, or a URL that fsspec knows (s3://bucket/folder)."""
    runs: Text | None = None
    """Where recordings and pages go if the history is a URL."""
    pages: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """Where that folder is published, for the links of the history page."""
    gates: Text | None = None
    """A gates file; without it, a gates.yaml beside a suite, as `harness run` takes it."""
    keep: Keep = Keep.ALL
    """Whose recordings stay: ``all``, ``failed`` (calls that did not pass) or ``none``."""
    prices: Text | None = None
    """A file of prices, to see what the nights cost."""

    @property
    def selection(self) -> Selection:
        """Which scenarios are called, as the options of `harness run` say it."""
        asked = self.scenario
        names = (asked,) if isinstance(asked, str) else (asked or ())
        return Selection(names, self.tags, self.not_tags)


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One run of every night: a suite's scenarios at one target."""

    name: str
    scenarios: tuple[LoadedScenario, ...]
    target: Target


@dataclass(frozen=True, slots=True)
class Nightly:
    """A nightly file with everything that it names, read and checked."""

    file: NightlyFile
    benchmarks: tuple[Benchmark, ...]
    history: str
    runs: Path
    gates: GateRequest
    prices: Prices | None
    keep: Keep | None = None
    """What a command says instead of the file."""

    @property
    def repeats(self) -> Repeats:
        """How often each scenario is called, and with which seeds."""
        seed = self.file.seed
        return Repeats(self.file.repeat, seed)


def load_nightly(path: Path, *, here: bool = True) -> Nightly:
    """Read a nightly file; keys are asked for only where the calls are made ``here``.

    Raises:
        FaultyFiles: all faults of the file, or of the scenarios, targets and prices it names.
        MissingVariable: a target needs a key that is not set.
    """
    document = read_document(path)
    file = model_of(document, NightlyFile, [*_condition_faults(document.data)])
    reader = _NightlyReader(document, file)
    nightly = reader.nightly()
    faults, others = list(reader.faults), list[InputError]()
    for benchmark in nightly.benchmarks:
        try:
            check_scenarios(benchmark.scenarios)
            check_target(benchmark.target, here=here)
        except FaultyFiles as faulty:
            faults += faulty.faults
        except InputError as error:
            others.append(error)
    if faults:
        raise FaultyFiles(tuple(dict.fromkeys(faults)))
    if others:
        raise others[0]
    return nightly


def _condition_faults(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    from harness.audio.noise import BEDS  # late: it brings numpy, and --help must stay quick
    from harness.speech.pyttsx3_tts import voice_problem

    conditions = data.get("conditions")
    seen: dict[str, int] = {}
    for number, one in enumerate(conditions if isinstance(conditions, list) else []):
        if not isinstance(one, dict):
            continue
        at: KeyPath = ("conditions", number)
        name, noise = one.get("name"), one.get("noise")
        if isinstance(name, str) and seen.setdefault(name, number) != number:
            yield (*at, "name"), f"{name!r} is the name of conditions[{seen[name]}] already"
        voice = one.get("voice")
        if isinstance(voice, str) and (problem := voice_problem(voice)):
            yield (*at, "voice"), problem
        other = mapping(one, "second_talker").get("voice")
        if isinstance(other, str) and (problem := voice_problem(other)):
            yield (*at, "second_talker", "voice"), problem
        yield from codec_faults(one, at)
        yield from factless_faults(one, at)
        bed = noise.get("bed") if isinstance(noise, dict) else None
        if isinstance(bed, str) and bed not in BEDS:
            problem = f"unknown noise bed {bed!r}; known: {listed(sorted(BEDS))}"
            yield (*at, "noise", "bed"), problem + did_you_mean(bed, BEDS)


class _NightlyReader:
    """Follows the names in a nightly file, and gathers what is wrong with them."""

    def __init__(self, document: Document, file: NightlyFile) -> None:
        self._document, self._file = document, file
        self._folder = document.path.parent
        self.faults: list[Fault] = []

    def nightly(self) -> Nightly:
        """Return the whole; not to be used if there are faults."""
        history, runs = self._places()
        gates = self._file.gates
        return Nightly(
            file=self._file,
            benchmarks=self._benchmarks(self._suites()),
            history=history,
            runs=runs,
            gates=GateRequest(self._folder / gates if gates else None),
            prices=self._prices(),
        )

    def _prices(self) -> Prices | None:
        try:
            return load_prices(self._folder / self._file.prices) if self._file.prices else None
        except FaultyFiles as faulty:
            self.faults += faulty.faults
            return None

    def _places(self) -> tuple[str, Path]:
        history, runs = self._file.history, self._file.runs
        if "://" not in history:
            if runs is not None:
                problem = "only for a history at a URL; a local one holds its runs itself"
                self._fault(("runs",), problem)
            return str(self._folder / history), self._folder / history
        if runs is None:
            problem = "a history at a URL holds results only; 'runs' names a folder for the rest"
            self._fault(("history",), problem)
        return history, self._folder / (runs or "")

    def _suites(self) -> dict[str, list[LoadedScenario]]:
        """Return the scenarios by the name of their suite, each once."""
        found: dict[tuple[Path, str], LoadedScenario] = {}
        for number, place in enumerate(self._file.suites):
            try:
                chosen = find((self._folder / place,), self._file.selection, known_options())
            except UsageError as error:
                self._fault(("suites", number), str(error))
                continue
            except FaultyFiles as faulty:
                self.faults += faulty.faults
                continue
            for loaded in chosen:
                found.setdefault((loaded.path.resolve(), loaded.scenario.name), loaded)
        suites: dict[str, list[LoadedScenario]] = {}
        for loaded in found.values():
            same = suites.setdefault(loaded.suite.suite.suite, [])
            if same and same[0].suite.folder.resolve() != loaded.suite.folder.resolve():
                name, other = loaded.suite.suite.suite, same[0].suite.folder
                problem = f"{name!r} is the name of {other} and of {loaded.suite.folder}"
                self._fault(("suites",), f"{problem}; results are told apart by name")
            same.append(loaded)
        return suites

    def _benchmarks(self, suites: Mapping[str, list[LoadedScenario]]) -> tuple[Benchmark, ...]:
        found: dict[str, Benchmark] = {}
        for suite, scenarios in suites.items():
            for number, name in enumerate(self._file.targets):
                target = self._target(number, name, scenarios[0].suite.folder)
                if target is None:
                    continue
                run = f"{slug_of(suite)}.{slug_of(target.target)}"
                if run in found:
                    problem = f"another target (or suite) is called {run!r} too; rename one"
                    self._fault(("targets", number), problem)
                found[run] = Benchmark(run, tuple(scenarios), target)
        return tuple(found.values())

    def _target(self, number: int, name: str, suite: Path) -> Target | None:
        is_file = name.endswith((".yaml", ".yml")) and "://" not in name
        try:
            return load_target(str(self._folder / name) if is_file else name, suite)
        except UnknownName as error:
            self._fault(("targets", number), f"{error} (suite in {suite})")
        except UsageError as error:
            self._fault(("targets", number), str(error))
        except FaultyFiles as faulty:
            self.faults += faulty.faults
        return None

    def _fault(self, key: KeyPath, problem: str) -> None:
        self.faults.append(self._document.fault(key, problem))
