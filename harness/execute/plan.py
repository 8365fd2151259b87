"""Scenarios × repeats -> jobs: which calls to make, with which seed, recorded where.

Seeds: a call's seed is its scenario's ``seed`` (or the run's, where one is given) plus the repeat's
number. So repeat 3 of a scenario is the same call in every run, and prompt A and prompt B meet the
same callers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from harness.scenario.load import LoadedScenario
from harness.scenario.target import Target


@dataclass(frozen=True, slots=True)
class Job:
    """One call to make; ``recording`` is its folder relative to the run's folder."""

    loaded: LoadedScenario
    repeat: int
    seed: int
    recording: Path

    @property
    def label(self) -> str:
        """The call as shown to a person while it runs."""
        name = self.loaded.scenario.name
        return f"{name} #{self.repeat + 1}" if self.repeat else name


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Everything that a run needs to know before it starts.

    ``embedded`` says that the target is the reference agent started by us; ``fault`` names a
    misbehaviour to switch on in it. ``virtual`` is possible for the embedded agent only.
    """

    jobs: tuple[Job, ...]
    target: Target
    out: Path
    virtual: bool
    concurrency: int
    embedded: bool
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often and with which seeds a scenario is called; None leaves it to the scenario."""

    count: int | None = None
    seed: int | None = None


def plan_jobs(scenarios: tuple[LoadedScenario, ...], repeats: Repeats) -> tuple[Job, ...]:
    """Return one job per scenario and repeat, in the scenarios' order, each with its own folder."""
    jobs: list[Job] = []
    taken: set[str] = set()
    for loaded in scenarios:
        count = repeats.count if repeats.count is not None else loaded.scenario.repeat
        first = repeats.seed if repeats.seed is not None else loaded.scenario.seed
        slug = _unique(_slug(loaded.scenario.name), taken)
        for repeat in range(count):
            folder = Path("calls") / slug / f"{repeat + 1:03d}"
            jobs.append(Job(loaded, repeat, first + repeat, folder))
    return tuple(jobs)


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or "scenario"


def _unique(slug: str, taken: set[str]) -> str:
    """Names of two suites, or names that differ in punctuation only, must not share a folder."""
    name, number = slug, 2
    while name in taken:
        name, number = f"{slug}-{number}", number + 1
    taken.add(name)
    return name
