"""Plans the jobs of a run: scenarios, conditions, repeats, seeds, costs, start rate.

Seeds: a call's seed is its scenario's ``seed`` (or, if the run has a seed, a scenario seed derived
from it) plus the repeat's number. So repeat 3 of a scenario is the same call in every run, and
prompt A and prompt B meet the same callers.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from math import inf
from pathlib import Path

from harness.errors import Fault, FaultyFiles, UsageError
from harness.judging.judge import Judged
from harness.protocol.dialect import Dialect, DialectSession, added_roles, can, can_retell, dialect
from harness.results.history.cost import Prices, cost, load_prices, without_price
from harness.results.model import CallResult
from harness.runs.capacity import Capacity
from harness.scenario.document import KeyPath, read_document
from harness.scenario.identity import own_seed, within
from harness.scenario.load import Condition, LoadedScenario
from harness.scenario.model import Scenario
from harness.scenario.script import STEPS, Turn
from harness.scenario.target import Target
from harness.transport.retry import Admission

# The cost limit of calls, and when no further call may be started.


class Budget:
    """Adds up the costs of calls; shared by all that must stay within the same ``limit``.

    Calls under way when it is spent end normally, so the total may exceed the limit by their costs.
    """

    def __init__(self, prices: Prices, limit: float | None = None) -> None:
        """Without a limit it only knows the prices."""
        self.prices, self.limit = prices, limit
        self.spent = 0.0
        self.untold = ""
        """Why ``spent`` may be incomplete; empty if it is complete."""

    def add(self, target: Target, result: CallResult) -> None:
        """Add the cost of a call."""
        used = target.model or "", result.usage
        found, missing = cost([used], self.prices), without_price(used, self.prices)
        # If a cost is a range, its upper end counts.
        self.spent += found.amount or 0.0
        if missing:  # the known part may be the smallest
            self.untold = f"no price is given for {', '.join(missing)}"
        elif found.amount is None and found.unpriced:
            self.untold = ", ".join(found.unpriced)

    def add_amount(self, amount: float) -> None:
        """Add a cost that is not a call's: the questions of a judge."""
        self.spent += amount

    @property
    def closed(self) -> str:
        """The reason that no further call may be started, empty while calls may start."""
        if self.limit is None:
            return ""
        currency = self.prices.currency
        if self.spent >= self.limit:
            return f"the budget of {self.limit:g} {currency} is spent ({self.spent:.4g} {currency})"
        if self.untold:
            return f"nobody knows what calls cost ({self.untold}), so no budget can be kept"
        return ""


# The parts of a scenario that a target's dialect cannot express.

_NOT_SPOKEN = ("text", "image", "audio_item", "disconnect", *STEPS)
"""Keys of a turn that is not speech on the line."""

_NOTHING_WRITTEN = "in which nothing can be written into a conversation"

_KEYS = {"transcription_model": "input_transcription"}
"""The scenario's name of a setting, if it is another name."""


def unspeakable(scenario: Scenario, dialect: Dialect) -> Iterator[tuple[KeyPath, str]]:
    """Yield the keys of a scenario that a dialect cannot express, with the reason."""
    if scenario.history and not can_retell(dialect):
        yield ("history",), _NOTHING_WRITTEN
    for number, earlier in enumerate(scenario.history if can_retell(dialect) else ()):
        if earlier.role not in (None, *dialect.roles):
            yield ("history", number, "role"), _no_words_of(earlier.role)
        elif earlier.role is None and not can(dialect, DialectSession.add_tool_call):
            yield ("history", number, "tool"), "in which no earlier tool call can be added"
    for number, turn in enumerate(scenario.turns):
        for key, problem in _of_turn(turn, dialect):
            yield ("turns", number, *key), problem


def _of_turn(turn: Turn, dialect: Dialect) -> Iterator[tuple[KeyPath, str]]:
    roles = added_roles(dialect)
    if turn.audio_item and not can(dialect, DialectSession.add_audio):
        yield ("audio_item",), "in which sound is on the line alone"
    if turn.image is not None and not can(dialect, DialectSession.add_image):
        yield ("image",), "which takes no pictures"
    if turn.text is not None and "user" not in roles:
        yield ("text",), _NOTHING_WRITTEN
    inject = turn.inject
    if inject is not None and not roles:
        yield ("inject",), _NOTHING_WRITTEN
    elif inject is not None and inject.role not in roles:
        yield ("inject", "role"), _no_words_of(inject.role)
    yield from _of_session(turn, dialect)


def _of_session(turn: Turn, dialect: Dialect) -> Iterator[tuple[KeyPath, str]]:
    if turn.disconnect is not None and not (can_retell(dialect) or can(dialect, Dialect.resumed)):
        yield ("disconnect",), "in which a session cannot be told what was said before it"
    if turn.out_of_band is not None and not can(dialect, DialectSession.ask_out_of_band):
        yield ("out_of_band",), "in which nothing can be asked beside the conversation"
    change = turn.session_update
    if change is not None and not can(dialect, DialectSession.update_session):
        yield ("session_update",), "in which a session stays as it began"
    elif change is not None:
        wanted = change.wanted()
        for name, _ in dialect.lacking(wanted):
            yield ("session_update", name), "which has no such setting"
        for name in dialect.fixed:
            if getattr(wanted, name) is not None:
                yield ("session_update", _KEYS.get(name, name)), "in which that stays as it began"


def _no_words_of(role: str | None) -> str:
    return f"in which nothing is written as the words of {role!r}"


def unwritable(scenario: Scenario) -> Iterator[tuple[KeyPath, str]]:
    """Yield the keys that have no meaning if a service only transcribes, with the reason."""
    problem = "and asks for a transcription session, into which only speech goes"
    if scenario.history:
        yield ("history",), problem
    for number, turn in enumerate(scenario.turns):
        for key in _NOT_SPOKEN:
            if getattr(turn, key) is not None:
                yield ("turns", number, key), problem


# The number of calls started in a minute: evenly, so that no server gets them all at once.


class StartRate:
    """Gives calls their start times; shared by all that must stay within the same rate.

    Times are seconds of any clock, and an argument.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._last_s = -inf

    def turn_s(self, now_s: float) -> float:
        """Return when the next call may start, not before now; that turn is then taken."""
        self._last_s = max(now_s, self._last_s + 60.0 / self.per_minute)
        return self._last_s


Draw = Callable[[CallResult, Judged, Path], None]
"""Draws the page of a call that was judged, given its result and its folder.

It crosses into worker processes, so it is a function of a module, or a method.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A call to make, with its agent.

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
    """Its circumstances: the cell of the target's matrix, a condition, or both."""
    cell: str = ""
    """The cell alone; empty for a target without a matrix."""
    call: str = ""
    """Name of a stored call; empty for a call that is going to be made."""
    listened: bool = True
    """Whether it is transcribed once it is over; this takes longer than all other steps."""
    draw: Draw | None = None
    """Draws its page at once; None if the pages are drawn when all calls are over."""

    def folder(self, out: Path) -> Path:
        """Return the recording's folder; ``out`` is the plan's folder."""
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
    """The clock by which calls are due; it does not run until their callers are prepared."""

    began_s: float | None = None
    """When it began, in seconds of ``time.monotonic``."""


@dataclass(frozen=True, slots=True)
class Machines:
    """Workers of a dask scheduler make the calls, here or on other machines.

    Without a ``scheduler`` (its address) a scheduler is started, with a worker on this machine.
    ``at_once`` is the maximum number of calls at a time over all workers, None for as many as they
    take. Recordings come through the run's own folder, or through the ``url`` of a store.
    """

    scheduler: str | None = None
    at_once: int | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class AskedGates:
    """The requested gates for the calls; a run that is resumed has the same."""

    file: Path | None = None
    baseline: Path | None = None
    of_part: bool = False
    """Whether these are single calls, for which a suite's own gates do not apply."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The data of all calls, complete before the first call.

    ``fault`` names a misbehaviour to switch on in the embedded reference agent. ``virtual`` is
    possible only if every call goes to that agent.
    """

    jobs: tuple[Job, ...]
    out: Path
    virtual: bool
    concurrency: int
    fault: str | None = None
    budget: Budget | None = None
    """The costs and the limit of the calls; None if no prices are known."""
    machines: Machines | None = None
    """The machines that make the calls, if this machine does not."""
    gates: AskedGates = AskedGates()
    due_s: tuple[float, ...] = ()
    """When each job is due, in seconds of ``due_clock``, in real time; empty if each begins as soon
    as a slot is free."""
    due_clock: DueClock = field(default_factory=DueClock, compare=False)
    light: bool = False
    """Whether the embedded agent is the light agent, which has no ASR."""
    capacity: Capacity | None = None
    """The capacity of this machine just before the run, if it decided ``concurrency``."""
    rate: StartRate | None = None
    """The number of calls started in a minute in real time; None for no limit."""
    admissions: defaultdict[str, Admission] = field(
        default_factory=lambda: defaultdict(Admission), compare=False
    )
    """By server, its reports of being full; shared by the runs of a night."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often a scenario is called, and the first seed; None leaves it to the scenario."""

    count: int | None = None
    seed: int | None = None


def plan_jobs(
    scenarios: tuple[LoadedScenario, ...],
    repeats: Repeats,
    target: Target,
    *,
    conditions: tuple[Condition, ...] = (),
) -> tuple[Job, ...]:
    """Return a job per scenario, condition, cell of the target's matrix and repeat.

    Each has a folder of its own. The scenarios' order stays. Without conditions, they are called as
    they are written; a cell is reported like a condition.

    Raises:
        FaultyFiles: scenarios have parts that the target's dialect cannot express (typed text, a
            history, a step); all of them.
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
    """Yield the keys that a target's dialect, or a transcription session, cannot express."""
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
    """Return the target of a single call; raises UsageError for a matrix."""
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
    """Return a name as a folder name: small letters without accents, digits, hyphens."""
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
        """Return the budget of these calls; None if no prices were given.

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
