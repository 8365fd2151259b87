"""``harness review``: a person's verdicts where a scorer could not give one."""

from __future__ import annotations

import getpass
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from harness.calls.spreading import spread
from harness.cli.ci import ci_options, hand_over, take_options, today
from harness.cli.main import Exit
from harness.cli.opening import why_not_shown
from harness.cli.run_output import exit_code, say, show
from harness.errors import PortTaken
from harness.folder_lock import taken
from harness.gates.judged import lost_gates
from harness.report import figures
from harness.report.review.page import answer_text, review_page
from harness.report.review.server import HOST, ReviewServer
from harness.report.run.html import write_report
from harness.results.model import RunResults
from harness.results.reviews import ReviewAnswer, ReviewQuestion
from harness.workflows.reviewing import Reviewing, meant, reviewing, write_labels
from harness.workflows.room import check_is_run

_GIT_S = 5.0


@click.command(
    epilog="\b\nExamples:\n  harness review reports/mine\n"
    "  harness review reports/mine calls/cancel/001 entity_confirmation pass --note 'clearly B'\n"
    "  harness review reports/mine calls/cancel/001 entity_confirmation --withdraw\n"
    "  harness review reports/mine --export labels.csv\n",
)
@click.argument(
    "run_folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.argument("call", required=False)
@click.argument("scorer", required=False)
@click.argument("verdict", required=False, type=click.Choice(["pass", "fail"]))
@click.option("--note", default="", metavar="TEXT", help="Why; shown wherever the verdict is.")
@click.option("--withdraw", is_flag=True, help="Take the verdict on CALL and SCORER back.")
@click.option(
    "--by", metavar="NAME", help="Who judges [default: git's user.name, else the user's name]."
)
@click.option(
    "--page/--no-page",
    default=None,
    help="Serve the page with the sound [default: on a terminal, if anything is open].",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="Its port [default: any]."
)
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the verdicts that hold as labels (.csv or .jsonl).",
)
@ci_options
def review(run_folder: Path, **options: Any) -> int:
    """Answer what the scorers of the run in DIR could not: verdicts of `review`.

    With DIR alone, lists what is open and, on a terminal, serves a page on this machine: the
    question, the sound that it is about, and keys. With CALL (its folder or scenario), SCORER and
    a verdict, keeps that one. Verdicts stand in DIR/reviews.jsonl with who and when. Summary,
    gates and pages are made again. Only a verdict of `review` takes a person's.

    Ends with the exit code that the run has then, as `harness run`.
    """

    ci = take_options(options)
    with taken(run_folder, by="harness review"):
        check_is_run(run_folder)
        work = reviewing(run_folder, ci.request, by=options["by"] or _whoever())
        if options["export"] is not None:
            rows = write_labels(work.questions(), options["export"])
            click.echo(f"{options['export']}: {rows} labels")
            return Exit.OK
        for note in work.gating.notes:
            click.echo(note, err=True)
        if options["call"] is not None:
            _give(work, options)
        else:
            _ask(work, options)
        results = _finished(work)
        hand_over(results, run_folder, ci)
    return exit_code(results)


def _give(work: Reviewing, options: dict[str, Any]) -> None:
    """Keep the one verdict of a command line."""

    verdict, withdraw = options["verdict"], options["withdraw"]
    if options["scorer"] is None or (verdict is None) is not withdraw:
        raise click.UsageError("expected CALL SCORER pass|fail, or CALL SCORER --withdraw")
    question = meant(work.questions(), options["call"], options["scorer"])
    if withdraw and question.answer is None and question.stale is None:
        raise click.UsageError(f"{options['call']} {options['scorer']}: nothing to withdraw")
    answer = ReviewAnswer.WITHDRAWN if withdraw else ReviewAnswer(verdict)
    work.give(question, answer, options["note"])


def _ask(work: Reviewing, options: dict[str, Any]) -> None:
    """List what is open, and serve the page if that is wanted."""

    if options["withdraw"] or options["note"]:
        raise click.UsageError("--withdraw and --note go with CALL and SCORER")
    asked = work.questions()
    for line in _listed(asked):
        click.echo(line)
    is_open = any(one.answer is None for one in asked)
    page = options["page"]
    if page if page is not None else is_open and sys.stdin.isatty() and sys.stdout.isatty():
        _serve(work, asked, port=options["port"])


def _listed(asked: Sequence[ReviewQuestion]) -> list[str]:

    told = []
    for one in asked:
        said = f"{one.answer.verdict.value} by {one.answer.by}" if one.answer else "open"
        again = f" (stale: {one.stale.verdict.value} by {one.stale.by})" if one.stale else ""
        where = f"{one.call.recording} {one.score.scorer}"
        told.append(figures.one_line(f"{said}{again}  {where}: {one.score.reason}"))
    left = sum(one.answer is None for one in asked)
    told.append(f"{left} of {figures.counted(len(asked), 'verdict')} open")
    return told


def _serve(work: Reviewing, asked: Sequence[ReviewQuestion], *, port: int) -> None:
    """Serve the page until it says done, or Ctrl-C."""

    def give(number: int, answer: ReviewAnswer, note: str) -> dict[str, object]:
        work.give(asked[number], answer, note)
        now = work.questions()[number]
        tone = now.answer.verdict.value if now.answer else "review"
        return {"tone": tone, "said": answer_text(now)}

    page, sounds = review_page(work.folder, asked)
    try:
        server = ReviewServer(page, sounds, give, port=port)
    except OSError as error:
        raise PortTaken(HOST, port) from error
    with server:
        click.echo(f"review page: {server.url}  (Ctrl-C ends)")
        why_not_shown(server.url)  # where it cannot be opened, its address stands above
        try:
            server.serve_forever(poll_interval=0.1)
        except KeyboardInterrupt:
            click.echo("", err=True)


def _finished(work: Reviewing) -> RunResults:
    """Judge the run by all verdicts and write its pages again."""

    results = work.judge(today=today())
    if lost := lost_gates(work.gates, results.gates):
        click.echo(lost, err=True)
    page = write_report(work.folder, spread)
    show(results, work.folder)
    say(f"report: {page}\n")
    return results


def _whoever() -> str:
    try:
        git = ["git", "config", "user.name"]
        told = subprocess.run(git, capture_output=True, text=True, timeout=_GIT_S, check=False)
        name = told.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        name = ""
    try:
        return name or getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user, and no variable that names one
        return "somebody"
