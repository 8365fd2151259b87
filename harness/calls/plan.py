"""Scenarios × conditions × repeats -> jobs: which calls to make, with which seed, at what price.

Seeds: a call's seed is its scenario's ``seed`` (or, where the run is given one, the scenario's own
that follows from it) plus the repeat's number. So repeat 3 of a scenario is the same call in every
run, and prompt A and prompt B meet the same callers.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from harness.calls.budget import Budget
from harness.calls.capacity import Capacity
from harness.calls.speakable import unspeakable, unwritable
from harness.calls.start_rate import StartRate
from harness.errors import Fault, FaultyFiles, UsageError
from harness.history.cost import Prices, load_prices
from harness.judging.judge import Judged
from harness.protocol.session import dialect
from harness.results.model import CallResult
from harness.scenario.condition import Condition
from harness.scenario.document import read_document
from harness.scenario.identity import own_seed, within
from harness.scenario.load import LoadedScenario
from harness.scenario.target import Target
from harness.transport.admission import Admission

Draw = Callable[[CallResult, Judged, Path], None]
"""Draws the page of a call that was judged, given its result and its folder.

It crosses into worker processes, so it is a function of a module, or a method.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """One call to make, of which agent.

    ``recording`` is its folder relative to its run's folder, which is ``run`` inside the plan's
    folder: a plan that compares agents holds a run of each.
    """

    loaded: LoadedScenario
    repeat: int
    seed: int
    recording: Path
    target: Target
    run: str = ""
    condition: str = ""
    """Under what it is called: the cell of the target's matrix, a condition, or both."""
    cell: str = ""
    """The cell alone; empty for a target without a matrix."""
    call: str = ""
    """Name of a stored call; empty for one that is going to be made."""
    listened: bool = True
    """Whether a recognizer listens to it once it is over; it takes longer than all else."""
    draw: Draw | None = None
    """Draws its page at once; None where the pages are drawn when all calls are over."""

    def folder(self, out: Path) -> Path:
        """Return where the call is recorded; ``out`` is the plan's folder."""
        return out / self.run / self.recording

    @property
    def label(self) -> str:
        """The call as shown to a person while it runs."""
        if self.call:
            return self.call
        name = self.loaded.scenario.name
        where = f" ({', '.join(part for part in (self.run, self.condition) if part)})"
        name = name + where if self.run or self.condition else name
        return f"{name} #{self.repeat + 1}" if self.repeat else name


@dataclass(slots=True)
class DueClock:
    """The clock by which calls are due; it stands until their callers are prepared."""

    began_s: float | None = None
    """When it began, in seconds of ``time.monotonic``."""


@dataclass(frozen=True, slots=True)
class Machines:
    """That calls are made by workers of a dask scheduler, here or on other machines.

    Without a ``scheduler`` (its address) one is started, with a worker on this machine. ``at_once``
    is how many calls there may be at a time over all workers, None as many as they take.
    Recordings come through the run's own folder, or through the ``url`` of a store.
    """

    scheduler: str | None = None
    at_once: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class AskedGates:
    """By which gates the calls are judged, as asked for; a run that is resumed has the same."""

    file: Path | None = None
    baseline: Path | None = None
    of_part: bool = False
    """Whether these are single calls, for which no gates beside a suite are made."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Everything that calls need to be told before the first one.

    ``fault`` names a misbehaviour to switch on in the embedded reference agent. ``virtual`` is
    possible only where every call goes to that agent.
    """

    jobs: tuple[Job, ...]
    out: Path
    virtual: bool
    concurrency: int
    fault: str | None = None
    budget: Budget | None = None
    """What the calls cost and may cost; None where no prices are known."""
    machines: Machines | None = None
    """Who makes the calls where this machine does not."""
    gates: AskedGates = AskedGates()
    due_s: tuple[float, ...] = ()
    """When each job is due, in seconds of ``due_clock``, in real time; empty where each begins as
    soon as there is room."""
    due_clock: DueClock = field(default_factory=DueClock, compare=False)
    light: bool = False
    """Whether the embedded agent is the light one, which recognizes nothing."""
    capacity: Capacity | None = None
    """What this machine held just before the run, where that decided ``concurrency``."""
    rate: StartRate | None = None
    """How many are started in a minute in real time; None for as many as there is room for."""
    admissions: defaultdict[str, Admission] = field(
        default_factory=lambda: defaultdict(Admission), compare=False
    )
    """By server, what it said of being full; of a night's runs the same."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often a scenario is called, and where its seeds begin; None leaves it to the scenario."""

    count: int | None = None
    seed: int | None = None


def plan_jobs(
    scenarios: tuple[LoadedScenario, ...],
    repeats: Repeats,
    target: Target,
    *,
    conditions: tuple[Condition, ...] = (),
) -> tuple[Job, ...]:
    """Return one job per scenario, condition, cell of the target's matrix and repeat.

    Each has a folder of its own. The scenarios' order stays. Without conditions, they are called as
    they are written; a cell is told as a condition is.

    Raises:
        FaultyFiles: scenarios have what the target's dialect has no words for (typed words, a
            history, a step); all of it.
    """
    if faults := tuple(dict.fromkeys(_unheard_of(scenarios, target))):
        raise FaultyFiles(faults)
    jobs: list[Job] = []
    taken: set[str] = set()
    cells = target.cells()
    for (loaded, under), (name, cell) in product(_under(scenarios, conditions), cells):
        condition = ", ".join(filter(None, (name, under)))
        count = repeats.count if repeats.count is not None else loaded.scenario.repeat
        given = repeats.seed if repeats.seed is not None else loaded.scenario.seed
        first = own_seed(loaded.suite.suite.suite, loaded.scenario.name, given)
        slug = unique(slug_of(f"{loaded.scenario.name} {condition}"), taken)
        for repeat in range(count):
            folder = Path("calls") / slug / f"{repeat + 1:03d}"
            seed = within(first + repeat)
            jobs.append(Job(loaded, repeat, seed, folder, cell, condition=condition, cell=name))
    return tuple(jobs)


def _unheard_of(scenarios: tuple[LoadedScenario, ...], target: Target) -> Iterator[Fault]:
    """Yield what a target's dialect, or a session that only writes down, has no words for."""
    for loaded in scenarios:
        found = list(unwritable(loaded.scenario)) if target.session.transcribes else []
        known = {key for key, _ in found}
        spoken = unspeakable(loaded.scenario, dialect(target.dialect))
        found += [(key, problem) for key, problem in spoken if key not in known]
        if not found:
            continue
        document = read_document(loaded.path)
        for key, problem in found:
            told = f"target {target.target} speaks {target.dialect}, {problem}"
            yield document.fault(key, f"{told}; take it out, or call another target")


def sole(target: Target) -> Target:
    """Return the target of a single call; raises UsageError for one of a matrix."""
    if target.matrix:
        raise UsageError(
            f"target {target.target} has a matrix of {len(target.cells())} cells, and here one "
            "agent is called: name a target without a matrix"
        )
    return target


def _under(
    scenarios: tuple[LoadedScenario, ...], conditions: tuple[Condition, ...]
) -> Iterator[tuple[LoadedScenario, str]]:
    for loaded in scenarios:
        if not conditions:
            yield loaded, ""
        for condition in conditions:
            yield condition.applied(loaded), condition.name


def slug_of(name: str) -> str:
    """Return a name as a folder may be called: small letters without accents, digits, hyphens."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:60] or "scenario"


def unique(slug: str, taken: set[str]) -> str:
    """Names of two suites, or names that differ in punctuation only, must not share a folder."""
    name, number = slug, 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    taken.add(name)
    return name


@dataclass(frozen=True, slots=True)
class Spending:
    """The options ``--prices`` and ``--max-cost``, as given."""

    prices: Path | None = None
    max_cost: float | None = None

    def budget(self, jobs: Iterable[Job], known: Prices | None = None) -> Budget | None:
        """Return what these calls may cost; None where nobody gave prices.

        Raises:
            UsageError: there is a limit, and no price for a model that is called.
            FaultyFiles: the file of prices has faults.
        """
        prices = load_prices(self.prices) if self.prices is not None else known
        if self.max_cost is not None:
            _check_priced(jobs, prices)
        return Budget(prices, self.max_cost) if prices is not None else None


def _check_priced(jobs: Iterable[Job], prices: Prices | None) -> None:
    targets = {job.target.target: job.target for job in jobs}
    for name, target in targets.items():
        if prices is None or target.model not in prices.models:
            model = f"model {target.model!r}" if target.model else "the model, which has no name,"
            raise UsageError(
                f"--max-cost: no price is known for {model} of target {name}; give a file with "
                "--prices (nightly: the key 'prices') that holds the models by their names"
            )
