"""``harness init``: a folder to start from, with a suite, two scenarios and what runs them."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from harness.cli.exits import Exit
from harness.cli.origin import NAME, only_here, requirement
from harness.errors import StorageFailed, UsageError

STARTER = Path(__file__).with_name("starter")
"""The files as they are written, comments and all."""

HARNESS = b"{harness}"
"""Stands for how pip gets the harness that is installed here."""

REQUIREMENTS = "requirements.txt"


@click.command(
    epilog="\b\nExamples:\n  harness init mine && harness run mine\n  harness init . --force\n",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--force",
    is_flag=True,
    help="Write into a folder that is not empty; files that are there stay as they are.",
)
def init(folder: Path, force: bool) -> int:
    """Write a suite of your own into DIR: two scenarios, a prompt, a target, gates and a CI file.

    It asks nothing and runs at once, against the embedded reference agent. The comments in the
    files say what to change.
    """

    try:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is not a folder; name another one")
        if not force and folder.exists() and any(folder.iterdir()):
            raise UsageError(
                f"{folder} is not empty; name another folder, "
                "or --force to add the files that are missing there"
            )
        written, kept = write_starter(folder)
    except OSError as error:
        place = Path(error.filename) if error.filename else folder
        raise StorageFailed(place, error.strerror or str(error)) from error
    for path in written:
        click.echo(f"wrote {path}")
    for path in kept:
        click.echo(f"kept  {path}")
    if any(path.name == REQUIREMENTS and only_here(path.read_text("utf-8")) for path in written):
        click.echo(
            f"\nnote: {folder / REQUIREMENTS} names the harness by its path on this machine; "
            f"for CI, write where its repository is: {NAME} @ git+https://…"
        )
    click.echo(f"\nnext: harness run {shlex.quote(str(folder))}")
    return Exit.OK


def write_starter(folder: Path) -> tuple[list[Path], list[Path]]:
    """Write the files that are not there yet; return those written and those kept, by name.

    Raises:
        OSError: a file or folder cannot be made.
    """
    line = requirement()
    written: list[Path] = []
    kept: list[Path] = []
    for source in sorted(path for path in STARTER.rglob("*") if path.is_file()):
        path = folder / source.relative_to(STARTER)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                file.write(source.read_bytes().replace(HARNESS, line.encode()))
        except FileExistsError:
            kept.append(path)
        else:
            written.append(path)
    return written, kept
