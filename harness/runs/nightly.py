"""``harness nightly``: its file, and a run per suite and target, kept in the history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from harness.errors import (
    Fault,
    FaultyFiles,
    InputError,
    OperationError,
    UnknownName,
    UsageError,
    did_you_mean,
)
from harness.judging.scorers.registry import known_options
from harness.results.history.cost import Prices, load_prices
from harness.results.history.store import HistoryFolder
from harness.results.model import RunResults
from harness.runs.gates import GateRequest, Gating, gating_asked
from harness.runs.plan import AskedGates, Machines, Repeats, RunPlan, Spending, plan_jobs, slug_of
from harness.runs.preflight import check_machines, check_scenarios, check_target
from harness.runs.run_folder import Keep, is_run, room_for
from harness.runs.run_suite import (
    RunOptions,
    Watch,
    calls_at_a_time,
    calls_at_once,
    carry_out,
    is_virtual,
    rate_of,
)
from harness.scenario.catalog import Selection, find, load_target
from harness.scenario.checks import factless_faults
from harness.scenario.document import Document, KeyPath, read_document
from harness.scenario.fault_text import listed, mapping
from harness.scenario.fields import Model, Text
from harness.scenario.load import Condition, LoadedScenario, model_of
from harness.scenario.target import Target
from harness.scenario.turn_checks import codec_faults
from harness.transport.retry import Admission
from harness.units import MOST_REPEATS, MOST_SEED

# Nightly files: suites, targets, conditions, and the place of the results.
#
# Paths in a file are relative to its folder. All faults of a file, and of the files that it names,
# are found before the first call.


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
    """A run of every night: a suite's scenarios at a single target."""

    name: str
    scenarios: tuple[LoadedScenario, ...]
    target: Target


@dataclass(frozen=True, slots=True)
class Nightly:
    """A nightly file with all files that it names, read and checked."""

    file: NightlyFile
    benchmarks: tuple[Benchmark, ...]
    history: str
    runs: Path
    gates: GateRequest
    prices: Prices | None
    keep: Keep | None = None
    """Overrides the file's value from the command line."""

    @property
    def repeats(self) -> Repeats:
        """How often each scenario is called, and with which seeds."""
        seed = self.file.seed
        return Repeats(self.file.repeat, seed)


def load_nightly(path: Path, *, here: bool = True) -> Nightly:
    """Read a nightly file; keys are required only if the calls are made ``here``.

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
    from harness.audio.noise import BEDS  # late: it imports numpy, and --help must stay quick
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
    """Reads the files named in a nightly file, and collects their faults."""

    def __init__(self, document: Document, file: NightlyFile) -> None:
        self._document, self._file = document, file
        self._folder = document.path.parent
        self.faults: list[Fault] = []

    def nightly(self) -> Nightly:
        """Return the complete result; not to be used if there are faults."""
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


_NOT_MEASURED = (
    "'concurrency: auto' measures this machine, and with --executor dask workers make the calls; "
    "give a number, or drop it: then each worker takes as many as it may"
)


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run of a night: its calls, and the gates that judge it."""

    name: str
    plan: RunPlan
    gating: Gating


@dataclass(frozen=True, slots=True)
class Done:
    """A run that was made; ``folder`` holds its results and recordings.

    ``unsent`` is the reason that the history does not have it yet, empty if it has.
    """

    name: str
    folder: Path
    results: RunResults
    unsent: str = ""


def planned_night(
    nightly: Nightly,
    night: str,
    *,
    max_cost: float | None = None,
    machines: Machines | None = None,
) -> tuple[PlannedRun, ...]:
    """Return the runs of a night, which share one budget, one rate of starts, and full servers.

    Raises:
        UsageError: ``max_cost`` is given, and no price for a model that is called; or ``machines``
            cannot make such calls.
        OperationError: no scheduler answers at the address.
        FaultyFiles: a gate file has faults, or its baseline is missing or of other tests; or
            scenarios have parts that a target cannot express, all of them.
    """
    plans: dict[str, RunPlan] = {}
    gatings: dict[str, Gating] = {}
    faults: list[Fault] = []
    for one in nightly.benchmarks:
        try:
            plans[one.name] = _plan(nightly, one, night)
            gatings[one.name] = gating_asked(plans[one.name])
        except FaultyFiles as faulty:
            faults += faulty.faults
    if faults:
        raise FaultyFiles(tuple(dict.fromkeys(faults)))
    jobs = [job for plan in plans.values() for job in plan.jobs]
    if machines is not None:
        if nightly.file.concurrency == "auto":
            raise UsageError(_NOT_MEASURED)
        for plan in plans.values():
            check_machines(machines, plan.jobs, virtual=plan.virtual)
    per_minute = nightly.file.max_calls_per_minute
    rate = rate_of(per_minute, virtual=False, machines=machines)
    budget = Spending(max_cost=max_cost).budget(jobs, nightly.prices)
    admissions: defaultdict[str, Admission] = defaultdict(Admission)
    return tuple(
        PlannedRun(
            name,
            replace(plan, budget=budget, machines=machines, rate=rate, admissions=admissions),
            gatings[name],
        )
        for name, plan in plans.items()
    )


def _plan(nightly: Nightly, benchmark: Benchmark, night: str) -> RunPlan:
    file, target = nightly.file, benchmark.target
    virtual = is_virtual(target, real_time=file.real_time)
    return RunPlan(
        jobs=plan_jobs(benchmark.scenarios, nightly.repeats, target, conditions=file.conditions),
        out=nightly.runs / night / benchmark.name,
        virtual=virtual,
        concurrency=_said(file) or calls_at_a_time(virtual=virtual),
        gates=AskedGates(nightly.gates.gates, nightly.gates.baseline),
    )


def _said(file: NightlyFile) -> int | None:
    """Return the calls at a time that a file sets; None if the default or a measurement applies."""
    return None if file.concurrency == "auto" else file.concurrency


def _measured(plan: RunPlan, tell: Callable[[str], None]) -> RunPlan:
    """Return the plan with as many calls at a time as this machine paces now."""
    found = calls_at_once(plan.jobs, virtual=plan.virtual)
    tell(found.why)
    return replace(plan, concurrency=found.calls, capacity=found.capacity)


def make_night(
    nightly: Nightly,
    runs: tuple[PlannedRun, ...],
    watch: Watch,
    *,
    today: date,
    tell: Callable[[str], None] = lambda _: None,
) -> Iterator[Done]:
    """Make the runs of a night in sequence; each is in the history when it is yielded.

    A run that cannot be sent to a remote history reports it; the next run sends both. After Ctrl-C
    the run under way is kept with its finished calls, and is the last. If the file sets the number
    of calls at a time to ``auto``, each run reports its number before it begins.

    All folders of the night are taken before the first call, and kept until its last page is
    written.

    Raises:
        FolderInUse: another process is making such a run.
        UsageError: the history's place cannot be used, or has a run of the same name already.
        OperationError: it cannot be reached before the first run, a folder cannot be written, or
            the embedded agent did not start.
    """
    history = HistoryFolder(nightly.history)
    there = history.runs()  # checks now whether it can be reached at all
    keep = nightly.keep or nightly.file.keep
    with ExitStack() as folders:
        for run in runs:
            folders.enter_context(room_for(run.plan.out, by="harness nightly"))
            night = run.plan.out.parent.name
            # Another command that began in the same second is refused, and so is this one.
            if (night, run.name) in there or is_run(run.plan.out):
                raise UsageError(
                    f"history {nightly.history} has {run.name} of the night {night} already: "
                    "another command began in the same second; start this one again"
                )
        for run in runs:
            auto = nightly.file.concurrency == "auto"
            plan = _measured(run.plan, tell) if auto else run.plan
            confirming = run.gating.confirming(plan, today=today)
            judge = partial(
                run.gating.judge,
                today=today,
                run_folder=run.plan.out,
                confirmed=confirming is not None,
            )
            options = RunOptions(
                judge=judge, confirming=confirming, keep=keep, by="harness nightly"
            )
            results = carry_out(plan, watch, options)
            yield Done(run.name, run.plan.out, results, _send(nightly, history))
            if results.interrupted:
                return


def _send(nightly: Nightly, history: HistoryFolder) -> str:
    """Send the missing runs to a remote history; return why that failed, else an empty text."""
    if history.local is None:
        try:
            catch_up(HistoryFolder(nightly.runs), history)
        except OperationError as error:
            return str(error)
    return ""


def catch_up(runs: HistoryFolder, history: HistoryFolder) -> None:
    """Send the newest night of a remote history, if incomplete, and all later nights.

    Raises OperationError.
    """
    there = history.runs()
    newest = max((night for night, _ in there), default="")
    for entry in runs.read().entries:
        # The next night repeats a failed upload, and a night that was pruned there does not come
        # back.
        if entry.night >= newest and (entry.night, entry.run) not in there:
            history.keep(entry.night, entry.run, entry.results)
