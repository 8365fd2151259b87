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
from harness.report.figures import one_line
from harness.runs.choices import LISTED, Listing, listing
from harness.runs.gates import gate_file_faults
from harness.scenario.catalog import EVERY, default_paths, nothing_found, survey, target_file_faults
from harness.scenario.expectation import Expectation
from harness.scenario.load import SUITE_FILE, load_suite
from harness.scenario.scenario_file import Kind, schema_for
from harness.transport.base import TRANSPORTS

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
    others = (target_file_faults(found.suites, TRANSPORTS.names()), gate_file_faults(found))
    # All faults of all files are shown at once: fixing them one by one would take as many runs.
    faults = (*found.faults, *(fault for each in others for fault in each))
    if faults:
        # A fault of a shared file is found through each scenario that uses it.
        raise FaultyFiles(tuple(dict.fromkeys(faults)))
    if not found.loaded:
        # A suite for imported calls has no scenarios to call.
        alone = tuple(place for place in places if (place / SUITE_FILE).is_file())
        if not alone:
            raise UsageError(nothing_found(places, EVERY, found.loaded))
        for place in alone:
            load_suite(place, known_options())
            click.echo(f"{place}: a valid suite without scenarios, for calls that are imported")
        return Exit.OK
    # Compared with the default of the model, so that a new kind of expectation is covered by
    # itself.
    empty = [each for each in found.loaded if each.scenario.expect == Expectation()]
    for line in merged((str(each.path), EXPECTS_NOTHING) for each in empty):
        click.echo(f"warning: {line}", err=True)
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


@click.command(
    "list",
    epilog="\b\nExamples:\n  harness list\n  harness list faults\n"
    "  harness list scenarios scenarios/mine --json\n",
)
@click.argument("kind", required=False, type=click.Choice(tuple(LISTED)))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@env_file_option
def list_names(kind: str | None, paths: tuple[Path, ...], as_json: bool) -> int:
    """List what there is to choose from; without KIND, all of it.

    Scenarios, tags and targets are those of the suites under PATHS (default: ./scenarios, if it is
    there). For plug-ins it shows the package that offers them, and why one is broken. Nobody is
    called, and no key is printed: of a target it says which variable holds its key, and whether
    that is set.
    """

    # Without PATHS a missing ./scenarios is no error here: scorers and voices exist without it.
    places = paths or tuple(path for path in default_paths() if path.exists())
    found = {one: listing(one, places) for one in ((kind,) if kind else LISTED)}
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
        # Text, not str: a scenario's "[red]" would be read as markup.
        cells = (one.name, one.about, _detail(one.details))
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    return table


def _detail(more: Mapping[str, Any]) -> str:
    """Return the details that help a reader choose; JSON has all of them."""
    if "package" in more:
        broken = "broken" if more.get("broken") else ""
        version = f"version {more['version']}" if "version" in more else ""
        options = f"options: {', '.join(more['options'])}" if more.get("options") else ""
        voices = ", ".join(more.get("voices", ()))
        said = (more["package"], broken, version, options, voices)
        return "; ".join(part for part in said if part)
    if "caught_by" in more:
        return f"caught by {', '.join(more['caught_by']) or 'no scorer: it is no fault'}"
    return ", ".join(more.get("tags") or more.get("voices") or ())
