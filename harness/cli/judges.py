"""``--judge`` of ``run``, ``score`` and ``import``: a model judge for open writes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.calls.budget import Budget
from harness.cli.options import max_cost_of, prices_of
from harness.gates.judged import Judge
from harness.judges.asking import AskReport
from harness.report import figures
from harness.results.model import RunResults
from harness.workflows.judge_choice import JudgeRequest
from harness.workflows.model_judging import ModelJudging

F = TypeVar("F", bound=Callable[..., Any])

judge_option = click.option(
    "--judge",
    metavar="suite|FILE|NAME",
    help="Ask a model about writes that the rules leave at review: as the suite's key 'judge' "
    "says, a file of settings, or a judge by name (docs/judges.md). Transcripts of these calls "
    "are sent to its endpoint.",
)


def judge_cost_options(command: F) -> F:
    """Give a command ``--prices`` and ``--max-cost`` for a judge alone."""
    most = max_cost_of(
        "Ask the judge nothing more once so much is spent, in the currency of the prices."
    )
    return prices_of("the cost of the judge")(most(command))


def take_judging(
    judge: str | None,
    prices: Path | None,
    max_cost: float | None,
    budget: Budget | None = None,
) -> ModelJudging | None:
    """Return the checked ``--judge`` option; None without it.

    Calls and judge share ``budget``. Raises InputError.
    """
    if judge is None:
        return None
    judging = ModelJudging(
        JudgeRequest(judge, prices, max_cost),
        tell=_tell,
        told=progress(),
        spent=(lambda: 0.0) if budget is None else (lambda: budget.spent),
        paid=(lambda _: None) if budget is None else budget.add_amount,
    )
    judging.check()
    return judging


def with_judging(judging: ModelJudging | None, run_folder: Path, gate: Judge) -> Judge:
    """Return a gate that asks the model first; the gate itself without ``--judge``."""
    if judging is None:
        return gate

    def judged(results: RunResults) -> RunResults:
        return gate(judging.apply(run_folder, results))

    return judged


def _tell(line: str) -> None:
    """Print a line; an endpoint's words must not steer the terminal."""
    click.echo(figures.visible(line), err=True)


def progress() -> Callable[[AskReport], object]:
    """Return the progress display: a line on a terminal, silent in a log."""
    return _show if sys.stderr.isatty() else lambda _: None


def _show(report: AskReport) -> None:
    """Show how many questions are done, on one line of a terminal."""
    done = report.answered + len(report.failed)
    last = done == report.questions
    text = f"judge: {done} of {report.questions} questions"
    text += f", cost {report.spent:.4g}" if report.spent else ""
    click.echo(f"\r{text}", err=True, nl=last)
