"""``harness score``: judge stored recordings again without calling anybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.calls.again import decode_again, score_again
from harness.cli.ci import ci_options, hand_over, take_options, today
from harness.cli.run import exit_code, show
from harness.folder_lock import taken
from harness.gates.judged import lost_gates
from harness.results.model import RunResults
from harness.results.store import RESULTS, read_results
from harness.workflows.gating import gating_of_results
from harness.workflows.room import check_is_run


@click.command(
    epilog="\b\nExample:\n  harness score reports/20260425-101500\n"
    "  harness report reports/20260425-101500\n",
)
@click.argument(
    "run_folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.option(
    "--redecode",
    is_flag=True,
    help="Decode the stored messages again first, with today's dialects, and keep what they make"
    " of them (for a dialect that was mended).",
)
@ci_options
def score(run_folder: Path, *, redecode: bool, **options: Any) -> int:
    """Judge the recordings of the run in DIR again, with today's scorers.

    Nobody is called and no speech engine runs: what was heard stands in the recordings. Writes
    DIR/results.json; `harness report DIR` then makes the pages again. A run that was killed before
    it could write its results is rescued from its recordings. Exit codes as `harness run`.
    """

    ci = take_options(options)

    def judge(results: RunResults) -> RunResults:
        gating = gating_of_results(results, ci.request)
        for note in gating.notes:
            click.echo(note, err=True)
        return gating.judge(results, today=today())

    with taken(run_folder, by="harness score"):
        check_is_run(run_folder, rescue=True)
        path = run_folder / RESULTS
        for note in decode_again(run_folder) if redecode else ():
            click.echo(note, err=True)
        before = read_results(path).gates if path.exists() else ()
        results = score_again(run_folder, judge)
        for note in filter(None, (_unheard(results), lost_gates(before, results.gates))):
            click.echo(note, err=True)
        show(results, run_folder)
        hand_over(results, run_folder, ci)
    return exit_code(results)


def _unheard(results: RunResults) -> str:
    """Say that calls whose recordings were not kept have the verdicts that they had."""
    gone = sum(not call.kept for call in results.calls)
    return (
        f"{gone} of {len(results.calls)} calls were not judged again: their recordings were not "
        "kept (--keep)"
        if gone
        else ""
    )
