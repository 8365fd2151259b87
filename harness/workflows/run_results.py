"""What the results of a run hold beside its calls, and the first time that they are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from harness.calls.budget import Budget
from harness.calls.plan import Job, RunPlan
from harness.calls.routes import stored_target
from harness.errors import StorageFailed
from harness.history.cost import cost, used_in
from harness.protocol.session import dialect
from harness.results import aggregate
from harness.results.aggregate import Made
from harness.results.model import CallResult, RunCost, RunResults
from harness.results.store import RESULTS, write_results
from harness.scenario.model import Suite
from harness.scenario.target import Target
from harness.scenario.trade import trade_note
from harness.speech.base import hears, recognizer
from harness.workflows.caller_voices import narrow_note
from harness.workflows.embedded import (
    desk_language,
)


def results_of(
    calls: tuple[CallResult, ...], plan: RunPlan, *, started_at: str, interrupted: bool
) -> RunResults:
    """Return the results of one run, whose calls all went to one target."""
    target = plan.jobs[0].target.whole
    clock = "virtual" if plan.virtual else "real"
    results = aggregate.results_of(
        calls,
        Made(
            started_at,
            target.target,
            clock,
            stored_target(target),
            interrupted,
            plan.fault or "",
            note_on(plan.jobs),
        ),
    )
    return with_cost(results, plan.budget)


def with_cost(results: RunResults, budget: Budget | None) -> RunResults:
    """Return results with what all of their calls and attempts cost."""
    return replace(results, cost=_cost_of(results, budget))


def write_made(results: RunResults, plan: RunPlan, *, by: str) -> None:
    """Write what a run has made, by the command ``by``; raises StorageFailed.

    Nights and load tests have ways of their own, so there the refusal stands alone.
    """
    try:
        write_results(plan.out / RESULTS, results)
    except StorageFailed as refused:
        if by != "harness run":
            raise
        way_on = f"make room, then `harness run --resume {plan.out}`"
        raise StorageFailed(refused.path, f"{refused.detail}; {way_on}") from refused


def _cost_of(results: RunResults, budget: Budget | None) -> RunCost | None:
    if budget is None:
        return None
    found = cost(used_in(results), budget.prices)
    currency = budget.prices.currency
    return RunCost(currency, found.amount, found.least, found.unpriced, budget.limit)


def note_on(jobs: tuple[Job, ...]) -> str:
    """Say what to know before any verdict of calls to one agent is believed; empty for nothing."""
    suites = tuple({id(job.loaded.suite): job.loaded.suite.suite for job in jobs}.values())
    told = [suite.model_dump(mode="json", include={"tools"}) for suite in suites]
    url = jobs[0].target.url
    strange = (_unspoken(suite) for suite in suites if url is None)
    notes = (trade_note(told, url), *strange, *map(_unheard, suites), narrow_note(jobs))
    return "; ".join(note for note in dict.fromkeys(notes) if note)


def retiring_models(target: Target) -> tuple[tuple[str, str], ...]:
    """Return the models of a target whose end is announced: which and when, and what to do."""
    if target.url is None:
        return ()
    asked = replace(target.session.wanted(), model=target.model)
    return tuple(dialect(target.dialect).retiring(asked, target.url))


def models_note(jobs: Iterable[Job]) -> str:
    """Return in one line which models of the targets will end; empty for none."""
    found = (each for job in jobs for each in retiring_models(job.target.whole))
    return "; ".join(f"{seen}: {advice}" for seen, advice in dict.fromkeys(found))


def _unspoken(suite: Suite) -> str:
    spoken = desk_language(suite.language)
    if suite.language.lower().startswith(spoken):
        return ""
    return f"the embedded reference agent answers callers of {suite.language!r} in {spoken!r}"


def _unheard(suite: Suite) -> str:
    if hears(recognizer(suite.recognizer), suite.language):
        return ""
    return (
        f"{suite.recognizer} does not know the language {suite.language!r}, so no recognizer "
        "listens: what the agent said is known from its own transcript alone"
    )


def now() -> str:
    """Return the time of day as results hold it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
