"""``harness fixtures``: the recorded lines of the shipped callers."""

from __future__ import annotations

from pathlib import Path

import click

from harness.caller.fixtures import render_fixtures
from harness.cli.exits import Exit
from harness.scenario.catalog import default_paths, find


@click.group(epilog="\b\nExample:\n  harness fixtures render scenarios/order_desk\n")
def fixtures() -> None:
    """Look after the recorded lines of the shipped callers."""


@fixtures.command(
    short_help="Speak every caller line of some suites with a good voice.",
    epilog="\b\nExample:\n  apt-get install flite && harness fixtures render\n",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("audio_fixtures"),
    show_default=True,
    metavar="DIR",
    help="Folder of the clips and their manifest.json.",
)
def render(paths: tuple[Path, ...], into: Path) -> int:
    """Speak every caller line of the suites under PATHS with a good voice (flite rms).

    Lines that did not change keep their clip, orphans are removed, and the recognizer listens to
    each new clip; its word error rate is stored in the manifest as evidence.
    """

    summary = render_fixtures(find(paths or default_paths()), into)
    click.echo(summary)
    return Exit.OK
