"""Options for CI: gates to keep, and reports in the formats that CI systems read."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.report.ci_formats import append_summary, workflow_commands, write_junit
from harness.results.gates.baseline import named_path
from harness.results.model import RunResults
from harness.results.store import check_output
from harness.runs.gates import GateRequest

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--gates",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        metavar="FILE",
        help="What the run must keep [default: gates.yaml beside the suite, if the run holds all "
        "of the suite; else every call must pass].",
    ),
    click.option(
        "--baseline",
        metavar="NAME|FILE",
        help="Besides, nothing may be worse than in this baseline "
        "[default of gates that need one: baselines/SUITE-TARGET.json].",
    ),
    click.option(
        "--junit",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write the verdicts as JUnit XML, too.",
    ),
    click.option(
        "--github/--no-github",
        default=None,
        help="Write GitHub's step summary and annotations [default: if GITHUB_ACTIONS is true].",
    ),
)


@dataclass(frozen=True, slots=True)
class CiOptions:
    """The options of this module, as given."""

    gates: Path | None
    baseline: Path | None
    junit: Path | None
    github: bool | None

    @property
    def request(self) -> GateRequest:
        """The gates and baseline to check before the run."""

        return GateRequest(self.gates, self.baseline)


def ci_options(command: F) -> F:
    """Give a command these options; ``take_options`` takes them out of its arguments."""
    # Decorators apply from the inside out: reversed, --help lists the options in the order of the
    # table.
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_options(options: dict[str, Any]) -> CiOptions:
    """Remove the options of this module from a command's and return them.

    Raises:
        UsageError: the JUnit file would replace stored results.
    """

    baseline = options.pop("baseline")
    taken = CiOptions(
        baseline=None if baseline is None else named_path(baseline),
        **{name: options.pop(name) for name in ("gates", "junit", "github")},
    )
    if taken.junit is not None:
        check_output("--junit", taken.junit)
    return taken


def today() -> date:
    """Return the day on which this command runs, in the local time zone."""
    return datetime.now().astimezone().date()


def hand_over(results: RunResults, run_folder: Path, options: CiOptions) -> None:
    """Write the files that the options ask for; raises StorageFailed."""
    if options.junit is not None:
        write_junit(options.junit, results, run_folder)
    github = options.github
    # GitHub's runner sets this to "true" in every step; the two options overrule it.
    if github is None:
        github = os.environ.get("GITHUB_ACTIONS") == "true"
    if github:
        _tell_github(results, run_folder)


def _tell_github(results: RunResults, run_folder: Path) -> None:

    # GitHub places an annotation at a file only by its path from the root of the checkout.
    root = Path(os.environ.get("GITHUB_WORKSPACE", "."))
    for line in workflow_commands(results, run_folder, root=root):
        click.echo(line)
    # A file per step; earlier commands of the step may have written to it, so the text is
    # appended.
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        append_summary(Path(summary), results, _artifacts())


def _artifacts() -> str:
    """Return the address of the artifacts of this workflow run; empty if it is not known."""
    server, repository, run = (
        os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    known = server and repository and run
    return f"{server}/{repository}/actions/runs/{run}#artifacts" if known else ""
