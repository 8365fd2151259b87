"""``harness scenarios`` and ``harness schema``: look after files without calling anybody."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click
import orjson

from harness.cli.main import Exit
from harness.errors import FaultyFiles, UsageError
from harness.scenario.catalog import EVERY, default_paths, nothing_found, survey
from harness.scenario.expectation import Expectation
from harness.scenario.schema import Kind, schema_for
from harness.scenario.targets import target_file_faults
from harness.scorers.registry import known_options
from harness.workflows.gating import gate_file_faults

EXPECTS_NOTHING = (
    "expects nothing, so a call in which the agent does nothing can pass;"
    " add what must happen, such as expect: {tools: [{name: TOOL}], never: [TOOL]}"
)

KINDS: tuple[Kind, ...] = ("suite", "scenario", "target")


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
    found = survey(places, known_options())
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


@click.command(
    epilog="\b\nExample:\n  harness schema scenario > scenario.schema.json\n",
)
@click.argument("kind", required=False, type=click.Choice(KINDS))
def schema(kind: str | None) -> int:
    """Print the JSON Schema of one KIND of file, or of all three in one object.

    Editors complete and check scenario files with it, for example through a first line
    `# yaml-language-server: $schema=scenario.schema.json`.
    """

    schemas = {name: schema_for(name, known_options()) for name in KINDS}
    document = schemas[cast("Kind", kind)] if kind else schemas
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    return Exit.OK
