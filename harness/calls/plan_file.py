"""``plan.json``: what a run was asked to do, written before its first call.

It holds every call with the identity of its test, of its prompt and its seed, the target as
recordings have it (no key, no secret), and by which harness it was begun. A run that was killed is
gone on with by it (`harness run --resume`), and only by the same: who mends a prompt in between
makes another run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from harness import __version__
from harness.calls.budget import Budget
from harness.calls.plan import AskedGates, Job, RunPlan
from harness.calls.routes import stored_target
from harness.errors import RecordingDamaged
from harness.history.cost import Prices
from harness.results.store import read_json
from harness.storage import is_as_sealed, read_plain, sealed, to_json, write_whole

PLAN = "plan.json"

FORMAT = 1

COMPARE, LOAD_TEST = "harness compare", "harness load"
"""Commands whose plans `harness run --resume` does not go on with."""


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """One call as it was planned; fields as in ``CallResult``.

    ``caller`` is how the caller sounds where a condition says so, else empty.
    """

    scenario: str
    scenario_path: str
    suite: str
    condition: str
    cell: str
    repeat: int
    seed: int
    recording: str
    scenario_hash: str
    prompt_hash: str
    caller: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedSpending:
    """What the calls might cost: the prices, the limit, and what others had spent of it before."""

    prices: dict[str, Any]
    limit: float | None
    spent: float


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """A run as it was planned; ``command`` is what planned it."""

    format: int
    harness_version: str
    command: str
    started_at: str
    target: str
    target_file: str
    target_settings: dict[str, Any]
    clock: str
    fault: str
    concurrency: int
    keep: str
    gates: AskedGates
    spending: PlannedSpending | None
    calls: tuple[PlannedCall, ...]

    def budget(self) -> Budget | None:
        """Return the budget as it was before the first call; None where nobody gave prices."""
        if self.spending is None:
            return None
        found = Budget(Prices.model_validate(self.spending.prices), self.spending.limit)
        found.spent = self.spending.spent
        return found


def stored_plan(plan: RunPlan, *, command: str, started_at: str, keep: str) -> StoredPlan:
    """Return a plan, whose calls all go to one target, as it is stored."""
    target, budget = plan.jobs[0].target.whole, plan.budget
    return StoredPlan(
        format=FORMAT,
        harness_version=__version__,
        command=command,
        started_at=started_at,
        target=target.target,
        target_file=target.file,
        target_settings=stored_target(target),
        clock="virtual" if plan.virtual else "real",
        fault=plan.fault or "",
        concurrency=plan.concurrency,
        keep=keep,
        gates=plan.gates,
        spending=None
        if budget is None
        else PlannedSpending(budget.prices.model_dump(mode="json"), budget.limit, budget.spent),
        calls=tuple(_planned(plan.jobs)),
    )


def _planned(jobs: tuple[Job, ...]) -> list[PlannedCall]:
    """Return all calls as stored; hashes are those of scenarios, made once for all repeats."""
    hashes: dict[int, tuple[str, str]] = {}
    found = []
    for job in jobs:
        loaded = job.loaded
        if id(loaded) not in hashes:
            hashes[id(loaded)] = loaded.hash, loaded.prompt_hash
        test, told = hashes[id(loaded)]
        scenario = loaded.scenario
        under = job.condition != job.cell
        found.append(
            PlannedCall(
                scenario=scenario.name,
                scenario_path=loaded.path.as_posix(),
                suite=loaded.suite.suite.suite,
                condition=job.condition,
                cell=job.cell,
                repeat=job.repeat,
                seed=job.seed,
                recording=job.recording.as_posix(),
                scenario_hash=test,
                prompt_hash=told,
                caller=_caller(scenario.caller.model_dump(mode="json")) if under else {},
            )
        )
    return found


def _caller(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def write_plan(run_folder: Path, plan: StoredPlan) -> None:
    """Write the plan of a run, on the disk when this returns; raises StorageFailed."""
    write_whole(run_folder / PLAN, sealed(to_json(plan, digits=None)), durable=True)


def read_plan(run_folder: Path) -> StoredPlan:
    """Read the plan of a run.

    Raises RecordingDamaged if it is missing, newer, malformed or not as it was written: by a plan
    that somebody changed, other calls would be mixed with those that were made.
    """
    path = run_folder / PLAN
    found = read_json(path, _adapter(), FORMAT)
    if not is_as_sealed(read_plain(path)):
        raise RecordingDamaged(path, "it is not as it was written")
    return found


@cache
def _adapter() -> TypeAdapter[StoredPlan]:
    return TypeAdapter(StoredPlan)
