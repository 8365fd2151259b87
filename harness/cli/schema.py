"""``harness schema``: the JSON Schemas of the YAML files, for editors."""

from __future__ import annotations

from typing import cast

import click
import orjson

from harness.cli.exits import Exit
from harness.scenario.schema import Kind, schema_for

KINDS: tuple[Kind, ...] = ("suite", "scenario", "target")


@click.command(
    epilog="\b\nExample:\n  harness schema scenario > scenario.schema.json\n",
)
@click.argument("kind", required=False, type=click.Choice(KINDS))
def schema(kind: str | None) -> int:
    """Print the JSON Schema of one KIND of file, or of all three in one object.

    Editors complete and check scenario files with it, for example through a first line
    `# yaml-language-server: $schema=scenario.schema.json`.
    """

    schemas = {name: schema_for(name) for name in KINDS}
    document = schemas[cast("Kind", kind)] if kind else schemas
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    return Exit.OK
