"""``harness score``: judge stored recordings again without calling anybody."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(
    epilog="\b\nExample:\n  harness score reports/20260425-101500\n"
    "  harness report reports/20260425-101500\n"
)
@click.argument(
    "run_folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True)
)
def score(run_folder: Path) -> int:
    """Judge the recordings of the run in DIR again, with today's scorers.

    Nobody is called and no speech engine runs: what was heard stands in the recordings. Writes
    DIR/results.json; `harness report DIR` then makes the pages again. A run that was killed before
    it could write its results is rescued from its recordings. Exit codes as `harness run`.
    """
    from harness.cli.run import exit_code, show
    from harness.execute.again import score_again
    from harness.launch.room import check_is_run

    check_is_run(run_folder, rescue=True)
    results = score_again(run_folder)
    show(results)
    return exit_code(results)
