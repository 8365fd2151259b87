"""``harness review``: a person's verdicts, next to the scorers' verdicts or in their place."""

from __future__ import annotations

import getpass
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from harness.cli.ci import ci_options, hand_over, take_options, today
from harness.cli.main import Exit
from harness.cli.options import print_notes, why_not_shown
from harness.cli.run_output import exit_code, say, show
from harness.errors import PortTaken
from harness.files import taken
from harness.report import figures
from harness.report.review_server import HOST, AnswerShown, ReviewServer, answer_shown, review_page
from harness.report.run.html import write_report
from harness.results.gates.limits import lost_gates
from harness.results.model import RunResults
from harness.results.reviews import ReviewAnswer, ReviewQuestion, agreement_text, alike
from harness.runs.local_run import spread
from harness.runs.review import (
    ReviewChoice,
    Reviewing,
    meant,
    reviewing,
    write_labels,
)
from harness.runs.run_folder import check_is_run
from harness.text import counted

# git answers in milliseconds; one that hangs must not hold the command up.
_GIT_S = 5.0


@click.command(
    epilog="\b\nExamples:\n  harness review reports/mine\n"
    "  harness review reports/mine calls/cancel/001 entity_confirmation pass --note 'clearly B'\n"
    "  harness review reports/mine calls/cancel/001 entity_confirmation --withdraw\n"
    "  harness review reports/mine --call calls/cancel/001\n"
    "  harness review reports/mine --scorer entity_confirmation\n"
    "  harness review reports/mine --export labels.csv\n",
)
@click.argument(
    "run_folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.argument("call", required=False)
@click.argument("scorer", required=False)
@click.argument("verdict", required=False, type=click.Choice(["pass", "fail"]))
@click.option(
    "--all", "every", is_flag=True, help="Ask about every verdict of the run, not only open ones."
)
@click.option(
    "--call",
    "of_call",
    metavar="CALL",
    help="Ask about every verdict on this call (its folder or scenario).",
)
@click.option(
    "--scorer", "of_scorer", metavar="SCORER", help="Ask about every verdict of this scorer."
)
@click.option(
    "--note",
    default="",
    metavar="TEXT",
    help="Why; shown wherever the verdict is. Needed to overturn a pass or a fail.",
)
@click.option("--withdraw", is_flag=True, help="Take the verdict on CALL and SCORER back.")
@click.option(
    "--by", metavar="NAME", help="Who judges [default: git's user.name, else the user's name]."
)
@click.option(
    "--page/--no-page",
    default=None,
    help="Serve the page with the sound [default: on a terminal, if anything is open or chosen].",
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
    """Judge calls of the run in DIR yourself: answer open verdicts (`review`), overturn others.

    With DIR alone, lists the open verdicts and those that a person gave and, on a terminal, serves
    a page on this machine: the question, the sound that it is about, and keys. --call, --scorer
    and --all list and ask about passes and fails, too. With CALL (its folder or scenario), SCORER
    and a verdict, keeps that one. A verdict that overturns a pass or a fail needs a note.

    Verdicts are kept in DIR/reviews.jsonl with who and when, next to the scorer's own. Summary,
    gates and pages are made again, and say which verdicts a person overturned.

    Ends with the exit code that the run has then, as `harness run`.
    """

    ci = take_options(options)
    with taken(run_folder, by="harness review"):
        check_is_run(run_folder)
        work = reviewing(run_folder, ci.request, by=options["by"] or _whoever())
        if options["export"] is not None:
            # An export changes no verdict, so no results and pages are written again, and gates
            # are not asked.
            rows = write_labels(work.questions(), options["export"])
            click.echo(f"{options['export']}: {rows} labels")
            return Exit.OK
        print_notes(work.gating.notes)
        if options["call"] is not None:
            _give(work, options)
        else:
            _ask(work, options)
        results = _finished(work)
        hand_over(results, run_folder, ci)
    return exit_code(results)


def _give(work: Reviewing, options: dict[str, Any]) -> None:
    """Store the single verdict of a command line."""

    verdict, withdraw = options["verdict"], options["withdraw"]
    if options["every"] or options["of_call"] or options["of_scorer"]:
        raise click.UsageError("--all, --call and --scorer do not go with a CALL argument")
    # Exactly one of a verdict and --withdraw.
    if options["scorer"] is None or (verdict is None) is not withdraw:
        raise click.UsageError("expected CALL SCORER pass|fail, or CALL SCORER --withdraw")
    question = meant(work.questions(), options["call"], options["scorer"])
    if withdraw and question.answer is None and question.stale is None:
        raise click.UsageError(f"{options['call']} {options['scorer']}: nothing to withdraw")
    answer = ReviewAnswer.WITHDRAWN if withdraw else ReviewAnswer(verdict)
    work.give(question, answer, options["note"])


def _ask(work: Reviewing, options: dict[str, Any]) -> None:
    """List the open questions, and serve the page on request."""

    if options["withdraw"] or options["note"]:
        raise click.UsageError("--withdraw and --note go with CALL and SCORER")
    choice = ReviewChoice(options["every"], options["of_call"], options["of_scorer"])
    groups = alike(choice.of(work.questions()))
    asked = tuple(one for _, those in groups for one in those)
    for line in _listed(groups):
        click.echo(line)
    is_asked = any(one.is_open for one in asked) or not choice.is_default
    page = options["page"]
    # Without a terminal no person can be at the page; a script that lists open verdicts must end.
    if page if page is not None else is_asked and sys.stdin.isatty() and sys.stdout.isatty():
        _serve(work, asked, port=options["port"])


def _listed(groups: Sequence[tuple[str, Sequence[ReviewQuestion]]]) -> list[str]:

    told = []
    for common, those in groups:
        if len(those) > 1:
            told.append(figures.one_line(f"{len(those)} alike: {common}"))
        for one in those:
            again = f" (stale: {one.stale.verdict.value} by {one.stale.by})" if one.stale else ""
            where = f"{one.call.recording} {one.score.scorer}"
            told.append(figures.one_line(f"{_standing(one)}{again}  {where}: {one.score.reason}"))
    asked = [one for _, those in groups for one in those]
    asking = [one for one in asked if one.asks]
    left = sum(one.is_open for one in asking)
    of = counted(len(asking), "verdict")
    told.append(f"{left} of {of} open" if asking else "no verdict is open")
    return [*told, *filter(None, (agreement_text(asked),))]


def _standing(one: ReviewQuestion) -> str:
    """Return "open", "fail", "pass by Ana", or "fail, overturned: pass by Ana"."""

    if one.answer is None:
        return "open" if one.asks else one.score.outcome
    said = f"{one.answer.verdict.value} by {one.answer.by}"
    overturned = one.is_overturned_by(one.answer.verdict)
    return f"{one.score.outcome}, overturned: {said}" if overturned else said


def _serve(work: Reviewing, asked: Sequence[ReviewQuestion], *, port: int) -> None:
    """Serve the page until the reviewer is done, or Ctrl-C."""

    def give(number: int, answer: ReviewAnswer, note: str) -> AnswerShown:
        meant = asked[number]
        work.give(meant, answer, note)
        key = (meant.call.recording, meant.score.scorer)
        # The answer may have changed the call's standing and that of other questions: read again.
        now = work.questions()
        return answer_shown(next(q for q in now if key == (q.call.recording, q.score.scorer)))

    page, sounds = review_page(work.folder, asked)
    try:
        server = ReviewServer(page, sounds, give, port=port)
    except OSError as error:
        raise PortTaken(HOST, port) from error
    with server:
        click.echo(f"review page: {server.url}  (Ctrl-C ends)")
        why_not_shown(server.url)  # if it cannot be opened, its address is printed above
        try:
            # The reviewer's last click ends this by shutdown(), which socketserver looks for this
            # often; its default of 0.5 s would be felt.
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
    except (OSError, KeyError, ImportError):  # no such user, and no variable that names the user
        return "somebody"
