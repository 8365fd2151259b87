"""``harness scenarios``: look after scenario files without calling anybody."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.exits import Exit

EXPECTS_NOTHING = (
    "expects nothing, so a call in which the agent does nothing can pass;"
    " add what must happen, such as expect: {tools: [{name: TOOL}], never: [TOOL]}"
)


@click.group(epilog="\b\nExample:\n  harness scenarios check scenarios/mine\n")
def scenarios() -> None:
    """Look after scenario files."""


@scenarios.command(
    epilog="\b\nExamples:\n  harness scenarios check\n  harness scenarios check scenarios/mine\n"
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def check(paths: tuple[Path, ...]) -> int:
    """Check suites, scenarios and gates under PATHS (default: ./scenarios); list all faults.

    Each fault names file and line, the key, the value found, and what is allowed. Exit code 2 if
    there is any. A scenario that expects nothing is valid, and warned of.
    """
    from harness.caller.engines import check_engines
    from harness.launch.gating import check_gate_files
    from harness.scenario.catalog import default_paths, find
    from harness.scenario.model import Expectation

    found = find(paths or default_paths(), name_glob=None, tags=())
    check_engines(found)
    check_gate_files(found)
    for loaded in found:
        if loaded.scenario.expect == Expectation():
            click.echo(f"warning: {loaded.path}: {EXPECTS_NOTHING}", err=True)
    suites = len({loaded.suite.folder for loaded in found})
    click.echo(f"{len(found)} scenarios of {suites} suite{'s' if suites != 1 else ''} are valid")
    return Exit.OK
