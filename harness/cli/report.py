"""``harness report`` and ``harness score``: a stored run's pages, or its verdicts, made again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click

from harness.cli.ci import ci_options, hand_over, take_options, today
from harness.cli.compare import write_pages
from harness.cli.main import Exit
from harness.cli.options import (
    judge_cost_options,
    judge_option,
    print_notes,
    take_judging,
    with_judging,
)
from harness.cli.project import env_file_option
from harness.cli.run_output import exit_code, show
from harness.errors import UsageError
from harness.files import taken
from harness.report.compare.html import write_comparison_file
from harness.report.figures import size
from harness.report.load_page import write_load_page
from harness.report.run.html import undrawn_text, write_call_file, write_report, write_single_file
from harness.report.verdict import path_from_here
from harness.results.gates.limits import lost_gates
from harness.results.load.model import LOAD
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, check_output, read_results
from harness.runs.gates import gating_of_results
from harness.runs.local_run import spread
from harness.runs.rescore import decode_again, score_again
from harness.runs.run_folder import check_is_run, is_comparison, telling_way_out
from harness.text import counted


@click.command(
    epilog="\b\nExamples:\n  harness report reports/20260425-101500\n"
    "  harness report reports/20260425-101500 --single-file --out failures.html\n"
    "  harness report reports/20260425-101500 --single-file --call calls/straight-lookup/001\n",
)
@click.argument(
    "run_folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.option(
    "--single-file",
    is_flag=True,
    help="Write one HTML file to send to somebody instead: the index, all verdicts, and the calls "
    "that failed with their audio as Opus; of a comparison, the changed pairs.",
)
@click.option(
    "--call",
    metavar="CALL",
    help="With --single-file: only this call, named by its folder or its page.",
)
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where the single file goes.  [default: DIR/report-<name of DIR>.html]",
)
def report(run_folder: Path, single_file: bool, call: str | None, out: Path | None) -> int:
    """Write DIR/index.html and the page of each call from DIR/results.json and the recordings.

    In the folder of a comparison, its pages and those of its runs are written. The pages measure
    nothing: they show what is stored. They work from the file system, without a server and without
    a network.
    """

    if out is not None and not single_file:
        raise UsageError("--out names the file of --single-file; give both, or neither")
    if call is not None and not single_file:
        raise UsageError("--call chooses what --single-file holds; give both, or neither")
    with taken(run_folder, by="harness report"), telling_way_out(run_folder):
        if single_file:
            _write_single(run_folder, call, out)
        else:
            click.echo(_write_pages(run_folder))
        if not is_comparison(run_folder):
            _tell_undrawn(run_folder)
    return Exit.OK


def _write_pages(folder: Path) -> Path:

    if is_comparison(folder):
        return write_pages(folder)
    check_is_run(folder)
    page = write_report(folder, spread)
    return write_load_page(folder) if (folder / LOAD).exists() else page


def _tell_undrawn(folder: Path) -> None:

    if told := undrawn_text(read_results(folder / RESULTS), folder):
        click.echo(told, err=True)


def _write_single(folder: Path, call: str | None, out: Path | None) -> None:

    compared = is_comparison(folder)
    if not compared:
        check_is_run(folder)
    elif call is not None:
        raise _two_runs(folder)
    chosen = _call_named(folder, call) if call is not None else None
    # "calls/lookup/001" becomes report-lookup-001.html: the file is sent alone, and names its
    # call.
    name = "-".join(Path(chosen.recording).parts[1:]) if chosen else folder.resolve().name
    path = out or folder / f"report-{name}.html"
    check_output("--out", path)
    if compared:
        written, things = write_comparison_file(folder, path), "pair"
    else:
        things = "call"
        written = (
            write_call_file(folder, chosen, path) if chosen else write_single_file(folder, path)
        )
    audio = f"{written.with_sound or 'none'} with audio"
    if written.without_room:
        audio += f", {counted(written.without_room, things)} more would make it too large to send"
    click.echo(written.path)
    click.echo(f"{size(written.size_bytes)}, {counted(written.calls, things)}, {audio}", err=True)


def _two_runs(folder: Path) -> UsageError:

    return UsageError(
        f"{folder} is a comparison of several runs; name one of them: "
        f"harness report {folder / 'a'} --single-file --call CALL"
    )


def _call_named(folder: Path, name: str) -> CallResult:
    """Return the call whose folder or page is named, from the run or the working directory."""

    # An address copied from the browser ends with the place on the page: "index.html#turn-3".
    asked = Path(name.split("#")[0])
    asked = asked.parent if asked.name == "index.html" else asked
    calls = read_results(folder / RESULTS).recorded
    for call in calls:
        there = folder / call.recording
        # By the path inside the run, or by any path that leads there from the working folder.
        if asked == Path(call.recording) or asked.resolve() == there.resolve():
            return call
    first = calls[0].recording if calls else "calls/NAME/001"
    raise UsageError(f"--call {name}: no call of {folder}; expected a folder such as {first}")


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
@judge_option
@judge_cost_options
@env_file_option
@ci_options
def score(
    run_folder: Path,
    *,
    redecode: bool,
    judge: str | None,
    prices: Path | None,
    max_cost: float | None,
    **options: Any,
) -> int:
    """Judge the recordings of the run in DIR again, with today's scorers.

    Nobody is called: what was heard stands in the recordings. Writes DIR/results.json; `harness
    report DIR` then makes the pages again. A run that was killed before it could write its results
    is rescued from its recordings; the calls in it that nobody has listened to are listened to, as
    `harness run --resume` does. Exit codes as `harness run`.

    Answers of a model judge that are stored next to the recordings count again; only --judge asks
    for new ones.
    """

    ci = take_options(options)
    judging = take_judging(judge, prices, max_cost)

    def gate(results: RunResults) -> RunResults:
        gating = gating_of_results(results, ci.request)
        print_notes(gating.notes)
        return gating.judge(results, today=today(), run_folder=run_folder)

    with taken(run_folder, by="harness score"), telling_way_out(run_folder):
        check_is_run(run_folder, rescue=True)
        path = run_folder / RESULTS
        for note in decode_again(run_folder) if redecode else ():
            click.echo(note, err=True)
        # Read before the new results replace them, to report gates that no longer apply. A killed
        # run has none.
        before = read_results(path).gates if path.exists() else ()
        results = score_again(
            run_folder, with_judging(judging, run_folder, gate), tell=partial(click.echo, err=True)
        )
        for note in filter(
            None, (*_unheard(results, run_folder), lost_gates(before, results.gates))
        ):
            click.echo(note, err=True)
        show(results, run_folder)
        hand_over(results, run_folder, ci)
        if (run_folder / "index.html").exists():
            command = f"`harness report {path_from_here(run_folder)}`"
            click.echo(f"the pages still show the previous verdicts; run {command}", err=True)
    return exit_code(results)


def _unheard(results: RunResults, run_folder: Path) -> Iterator[str]:
    """Yield how many calls have the verdicts that they had, by why they were not judged again."""
    of = f"of {len(results.calls)} calls were not judged again: their recordings"
    if gone := sum(not call.kept for call in results.calls):
        yield f"{gone} {of} were not kept (--keep, history prune)"
    # A call without a length never took place, so it has no recording to miss.
    made = (call for call in results.calls if call.kept and call.duration_s is not None)
    lost = [call for call in made if not (run_folder / call.recording).is_dir()]
    if lost:
        first = path_from_here(run_folder / lost[0].recording)
        yield f"{len(lost)} {of} are missing, and their verdicts stay as they were; first: {first}"
