"""``harness report``: write the pages of a stored run again."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.exits import Exit


@click.command(epilog="\b\nExample:\n  harness report reports/20260425-101500\n")
@click.argument(
    "run_folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True)
)
def report(run_folder: Path) -> int:
    """Write DIR/index.html and the page of each call from DIR/results.json and the recordings.

    The pages measure nothing: they show what is stored. They work from the file system, without a
    server and without a network.
    """
    from harness.launch.room import check_is_run
    from harness.report.html import write_report

    check_is_run(run_folder)
    click.echo(write_report(run_folder))
    return Exit.OK
