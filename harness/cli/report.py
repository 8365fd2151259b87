"""``harness report``: write the pages of a stored run again."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.exits import Exit


@click.command(
    epilog="\b\nExamples:\n  harness report reports/20260425-101500\n"
    "  harness report reports/20260425-101500 --single-file --out failures.html\n"
)
@click.argument(
    "run_folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.option(
    "--single-file",
    is_flag=True,
    help="Write one HTML file to send to somebody instead: the index, all verdicts, and the calls "
    "that failed with their audio as Opus.",
)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the single file goes.  [default: DIR/report-<name of DIR>.html]",
)
def report(run_folder: Path, single_file: bool, out: Path | None) -> int:
    """Write DIR/index.html and the page of each call from DIR/results.json and the recordings.

    In the folder of a comparison, its pages and those of its runs are written. The pages measure
    nothing: they show what is stored. They work from the file system, without a server and without
    a network.
    """
    from harness.errors import UsageError
    from harness.launch.room import check_is_run, is_comparison

    if out is not None and not single_file:
        raise UsageError("--out names the file of --single-file; give both, or neither")
    if is_comparison(run_folder) and not single_file:
        from harness.cli.compare import write_pages

        click.echo(write_pages(run_folder))
        return Exit.OK
    check_is_run(run_folder)
    if single_file:
        _write_single(run_folder, out)
    else:
        from harness.report.run.html import write_report

        click.echo(write_report(run_folder))
    return Exit.OK


def _write_single(run_folder: Path, out: Path | None) -> None:
    from harness.report.figures import counted, size
    from harness.report.run.single_file import write_single_file
    from harness.results.store import check_output

    path = out or run_folder / f"report-{run_folder.resolve().name}.html"
    check_output("--out", path)
    written = write_single_file(run_folder, path)
    audio = f"{written.heard} with audio" if written.heard else "none with audio: none failed"
    click.echo(written.path)
    click.echo(f"{size(written.size_bytes)}, {counted(written.calls, 'call')}, {audio}", err=True)
