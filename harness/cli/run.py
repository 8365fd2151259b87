"""``harness run``: call the agent with every selected scenario, judge, and write the report."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.ci import ci_options, hand_over, take_options, today
from harness.cli.exits import Exit
from harness.units import MOST_REPEATS, MOST_SEED

if TYPE_CHECKING:
    from rich.console import RenderableType

    from harness.results.model import RunResults

EPILOG = """\b
Examples:
  harness run
  harness run scenarios/order_desk/lookup --repeat 5
  harness run --tag noise --real-time --concurrency 4
  harness run scenarios/mine --target ws://127.0.0.1:8080/v1/realtime
  harness run --gates gates.yaml --junit reports/junit.xml
  OPENAI_API_KEY=... harness run --target openai --scenario '*cancel*'
"""


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--target",
    default="reference",
    show_default=True,
    metavar="NAME|URL",
    help="Whom to call: the embedded reference agent, openai, azure, a target of the suite "
    "(targets/NAME.yaml), a target file, or a ws:// or wss:// address.",
)
@click.option(
    "--scenario",
    metavar="GLOB",
    help="Only scenarios whose name, or a part of it, matches (case ignored).",
)
@click.option("--tag", "tags", multiple=True, metavar="T", help="Only scenarios with this tag.")
@click.option(
    "--repeat",
    type=click.IntRange(1, MOST_REPEATS),
    metavar="N",
    help="Call each scenario N times [default: what the scenario says].",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MOST_SEED),
    metavar="N",
    help="First seed of every scenario; repeats count up from it [default: the scenario's].",
)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 200),
    metavar="N",
    help="Calls at the same time [default: one per core in virtual time, 2 in real time].",
)
@click.option(
    "--real-time",
    is_flag=True,
    help="Call the embedded agent in real time. Every other target always is.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where results, report and recordings go [default: reports/DATE-TIME].",
)
@click.option("--force", is_flag=True, help="Replace an earlier run in --out.")
@click.option(
    "--fault",
    metavar="NAME",
    help="Switch on one misbehaviour of the embedded agent, to see it caught.",
)
@ci_options
def run(paths: tuple[Path, ...], **options: Any) -> int:
    """Call the agent with every scenario under PATHS, judge what was heard, and write a report.

    PATHS are scenario files or folders; without any, ./scenarios is taken. Against the embedded
    reference agent, calls run in virtual time: seconds of waiting cost nothing, and two runs are
    the same to the byte. Any other target is called in real time.

    \b
    DIR/index.html    the report: rates, latencies, every failure with its reason
    DIR/results.json  every score with value, unit, reason and evidence
    DIR/calls/...     one folder per call: what was sent, what was heard, every message
    """
    from harness.cli.progress import progress_for
    from harness.launch.calling import RunRequest, carry_out, planned
    from harness.launch.gating import gating_of_plan
    from harness.report.run.html import write_report

    ci = take_options(options)
    request = RunRequest(paths=paths, **options)
    plan = planned(request)
    gating = gating_of_plan(plan, ci.request)
    for note in gating.notes:
        click.echo(note, err=True)
    judge = partial(gating.judge, today=today())
    results = carry_out(plan, progress_for, force=request.force, judge=judge)
    try:
        page = write_report(plan.out)
    finally:
        show(results, plan.out)
        hand_over(results, plan.out, ci)
    say(f"report: {page}\n")
    return exit_code(results)


def show(results: RunResults, run_folder: Path | None = None) -> None:
    """Print the table of a run and its verdict; pages by their path from the working directory."""
    from harness.report.run.terminal import run_table, verdict_line

    say(printed(run_table(results, run_folder), verdict_line(results)))


def printed(*parts: RenderableType) -> str:
    """Return renderables as this terminal shows them."""
    from rich.console import Console

    console = Console()
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return captured.get()


def say(text: str) -> None:
    """Print text; a reader that has gone (`| head`) must not change the exit code."""
    try:
        click.echo(text, nl=False)
    except BrokenPipeError:
        with Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())


def exit_code(results: RunResults) -> Exit:
    """Return what a finished run means for the shell.

    Calls that the harness or the connection spoilt outweigh failed gates: a red gate can be
    believed only when every call took place.
    """
    if results.interrupted:
        return Exit.INTERRUPTED
    if results.summary.counted < results.summary.calls or not results.calls:
        return Exit.FAILURE
    return Exit.OK if results.summary.gates_passed else Exit.GATE_FAILED
