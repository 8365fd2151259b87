"""``harness list``, ``scenarios`` and ``schema``: look at what there is without making a call."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import click
import orjson
from rich.table import Table
from rich.text import Text

from harness.cli.main import Exit
from harness.cli.options import merged
from harness.cli.project import env_file_option
from harness.cli.run_output import printed, say
from harness.errors import FaultyFiles, UsageError
from harness.judging.scorers.registry import known_options
from harness.plugins import HARNESS
from harness.report.figures import one_line
from harness.runs.gating import gate_file_faults
from harness.runs.listing import KINDS, Listing, listing
from harness.scenario.catalog import EVERY, default_paths, nothing_found, survey, target_file_faults
from harness.scenario.expectation import Expectation
from harness.scenario.load import SUITE_FILE, load_suite
from harness.scenario.scenario_file import Kind, schema_for
from harness.transport.base import TRANSPORTS

EXPECTS_NOTHING = (
    "expects nothing, so a call in which the agent does nothing can pass;"
    " add what must happen, such as expect: {tools: [{name: TOOL}], never: [TOOL]}"
)

FILES: tuple[Kind, ...] = ("suite", "scenario", "target")


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
    others = (target_file_faults(found.suites, TRANSPORTS.names()), gate_file_faults(found))
    faults = (*found.faults, *(fault for each in others for fault in each))
    if faults:
        raise FaultyFiles(tuple(dict.fromkeys(faults)))
    if not found.loaded:
        alone = tuple(place for place in places if (place / SUITE_FILE).is_file())
        if not alone:
            raise UsageError(nothing_found(places, EVERY, found.loaded))
        for place in alone:
            load_suite(place, known_options())
            click.echo(f"{place}: a valid suite without scenarios, for calls that are imported")
        return Exit.OK
    empty = [each for each in found.loaded if each.scenario.expect == Expectation()]
    for line in merged((str(each.path), EXPECTS_NOTHING) for each in empty):
        click.echo(f"warning: {line}", err=True)
    suites, count = len(found.suites), len(found.loaded)
    click.echo(f"{count} scenarios of {suites} suite{'s' if suites != 1 else ''} are valid")
    return Exit.OK


@click.command(
    epilog="\b\nExample:\n  harness schema scenario > scenario.schema.json\n",
)
@click.argument("kind", required=False, type=click.Choice(FILES))
def schema(kind: str | None) -> int:
    """Print the JSON Schema of one KIND of file, or of all three in one object.

    Editors complete and check scenario files with it, for example through a first line
    `# yaml-language-server: $schema=scenario.schema.json`.
    """

    schemas = {name: schema_for(name, known_options()) for name in FILES}
    document = schemas[cast("Kind", kind)] if kind else schemas
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    return Exit.OK


@click.command(
    "list",
    epilog="\b\nExamples:\n  harness list\n  harness list faults\n"
    "  harness list scenarios scenarios/mine --json\n",
)
@click.argument("kind", required=False, type=click.Choice(tuple(KINDS)))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@env_file_option
def list_names(kind: str | None, paths: tuple[Path, ...], as_json: bool) -> int:
    """List what there is to choose from; without KIND, all of it.

    Scenarios, tags and targets are those of the suites under PATHS (default: ./scenarios, if it is
    there). Plug-ins are shown with their package and version, and with the reason if they are
    BROKEN. No call is made, and no key is printed: a target shows which variable holds its key, and
    whether that is set.
    """

    places = paths or tuple(path for path in default_paths() if path.exists())
    found = {one: listing(one, places) for one in ((kind,) if kind else KINDS)}
    if as_json:
        _print_json(found)
    else:
        _print_tables(found)
    return Exit.OK


def _print_json(found: dict[str, Listing]) -> None:

    document = {
        "format": 1,
        **{
            kind: [{"name": one.name, "about": one.about, **one.details} for one in entries]
            for kind, entries in found.items()
        },
    }
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def _print_tables(found: dict[str, Listing]) -> None:

    for kind, entries in found.items():
        if len(found) > 1:
            say(f"{kind}\n")
        say(printed(_table(entries)) if entries else "none\n")
        if len(found) > 1:
            say("\n")


def _table(entries: Listing) -> Table:

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    table.add_column()
    for one in entries:
        cells = (one.name, one.about, _detail(one.details))
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table


def _detail(more: Mapping[str, Any]) -> str:
    """Return the detail that helps a reader choose; JSON has all of them."""
    if "package" in more:
        return _origin(more)
    if "caught_by" in more:
        return f"caught by {', '.join(more['caught_by']) or 'no scorer: it is no fault'}"
    return ", ".join(more.get("tags") or more.get("voices") or ())


def _origin(more: Mapping[str, Any]) -> str:
    """Return the package of a plug-in, and of a scorer its version and options."""
    built_in = more["package"] == HARNESS
    told = ["" if built_in else f"{more['package']} {more['package_version']}".strip()]
    told += ["BROKEN" if more["broken"] else ""]
    if "version" in more:
        told += [f"version {more['version']}"]
        told += [f"options: {', '.join(more['options'])}" if more["options"] else ""]
    return "; ".join(filter(None, told))
