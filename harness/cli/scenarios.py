"""``harness scenarios``: look after scenario files without calling anybody."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.exits import Exit
from harness.errors import FaultyFiles, UsageError
from harness.scenario.catalog import EVERY, default_paths, nothing_found, survey
from harness.scenario.expectation import Expectation
from harness.scenario.load import target_file_faults
from harness.workflows.gating import gate_file_faults

EXPECTS_NOTHING = (
    "expects nothing, so a call in which the agent does nothing can pass;"
    " add what must happen, such as expect: {tools: [{name: TOOL}], never: [TOOL]}"
)


@click.group(epilog="\b\nExample:\n  harness scenarios check scenarios/mine\n")
def scenarios() -> None:
    """Look after scenario files."""


@scenarios.command(
    short_help="Check all files of suites, and list all faults.",
    epilog="\b\nExamples:\n  harness scenarios check\n  harness scenarios check scenarios/mine\n",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> int:
    """Check all files of suites under PATHS (default: ./scenarios), and list all faults.

    Each fault names file and line, the key, the value found, and what is allowed. Exit code 2 if
    there is any. A scenario that expects nothing is valid, and warned of.
    """

    places = paths or default_paths()
    found = survey(places)
    others = (target_file_faults(found.suites), gate_file_faults(found))
    faults = (*found.faults, *(fault for each in others for fault in each))
    if faults:
        raise FaultyFiles(tuple(dict.fromkeys(faults)))
    if not found.loaded:
        raise UsageError(nothing_found(places, EVERY, found.loaded))
    for loaded in found.loaded:
        if loaded.scenario.expect == Expectation():
            click.echo(f"warning: {loaded.path}: {EXPECTS_NOTHING}", err=True)
    suites, count = len(found.suites), len(found.loaded)
    click.echo(f"{count} scenarios of {suites} suite{'s' if suites != 1 else ''} are valid")
    return Exit.OK
