"""Scenarios × conditions × repeats -> jobs: which calls to make, with which seed, recorded where.

Seeds: a call's seed is its scenario's ``seed`` (or, where the run is given one, the scenario's own
that follows from it) plus the repeat's number. So repeat 3 of a scenario is the same call in every
run, and prompt A and prompt B meet the same callers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.calls.budget import Budget
from harness.scenario.condition import Condition
from harness.scenario.dice import own_seed, within
from harness.scenario.load import LoadedScenario
from harness.scenario.target import Target


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

    def folder(self, out: Path) -> Path:
        """Return where the call is recorded; ``out`` is the plan's folder."""
        return out / self.run / self.recording

    @property
    def label(self) -> str:
        """The call as shown to a person while it runs."""
        name = self.loaded.scenario.name
        where = f" ({', '.join(part for part in (self.run, self.condition) if part)})"
        name = name + where if self.run or self.condition else name
        return f"{name} #{self.repeat + 1}" if self.repeat else name


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
    """Return one job per scenario, condition and repeat, each with a folder of its own.

    The scenarios' order stays. Without conditions, they are called as they are written.
    """
    jobs: list[Job] = []
    taken: set[str] = set()
    for loaded, condition in _under(scenarios, conditions):
        count = repeats.count if repeats.count is not None else loaded.scenario.repeat
        given = repeats.seed if repeats.seed is not None else loaded.scenario.seed
        first = own_seed(loaded.suite.suite.suite, loaded.scenario.name, given)
        slug = _unique(slug_of(f"{loaded.scenario.name} {condition}"), taken)
        for repeat in range(count):
            folder = Path("calls") / slug / f"{repeat + 1:03d}"
            seed = within(first + repeat)
            jobs.append(Job(loaded, repeat, seed, folder, target, condition=condition))
    return tuple(jobs)


def _under(
    scenarios: tuple[LoadedScenario, ...], conditions: tuple[Condition, ...]
) -> Iterator[tuple[LoadedScenario, str]]:
    for loaded in scenarios:
        if not conditions:
            yield loaded, ""
        for condition in conditions:
            yield condition.applied(loaded), condition.name


def slug_of(name: str) -> str:
    """Return a name as a folder may be called: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "scenario"


def _unique(slug: str, taken: set[str]) -> str:
    """Names of two suites, or names that differ in punctuation only, must not share a folder."""
    name, number = slug, 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    taken.add(name)
    return name
