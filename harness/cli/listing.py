"""``harness list``: the names that options and files may use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import orjson
from rich.table import Table
from rich.text import Text

from harness.cli.env_file import env_file_option
from harness.cli.main import Exit
from harness.cli.run import printed, say
from harness.report.figures import one_line
from harness.scenario.catalog import default_paths
from harness.workflows.listing import Listing, listing

KINDS = ("scenarios", "tags", "voices", "beds", "faults", "targets", "scorers")


@click.command(
    "list",
    epilog="\b\nExamples:\n  harness list\n  harness list faults\n"
    "  harness list scenarios scenarios/mine --json\n",
)
@click.argument("kind", required=False, type=click.Choice(KINDS))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
@env_file_option
def list_names(kind: str | None, paths: tuple[Path, ...], as_json: bool) -> int:
    """List what there is to choose from; without KIND, all of it.

    Scenarios, tags and targets are those of the suites under PATHS (default: ./scenarios, if it is
    there). Nobody is called, and no key is printed: of a target it says which variable holds its
    key, and whether that is set.
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
    """Return the one detail that a reader chooses by; JSON has all of them."""
    if "version" in more:
        return f"version {more['version']}"
    if "caught_by" in more:
        return f"caught by {', '.join(more['caught_by'])}"
    return ", ".join(more.get("tags") or more.get("voices") or ())
