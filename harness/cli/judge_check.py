"""``harness judge-check``: the judges and a model judge on dialogues with labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from harness.cli.main import Exit
from harness.cli.options import judge_cost_options, progress
from harness.cli.project import env_file_option
from harness.cli.run_output import printed, say
from harness.errors import UsageError
from harness.judges.batch import failures
from harness.judging.labelled import CheckedWrite
from harness.report import figures
from harness.results.judge_agreement import LabelAgreement, store_measurement, why_not_earned
from harness.results.model import Rate
from harness.runs.judge_check import CheckCounts, check_files, tallies
from harness.runs.judge_choice import (
    AskTerms,
    JudgeCheck,
    JudgedLabel,
    JudgeRequest,
    answers_path,
    check_judge,
    measurable,
)
from harness.runs.run_results import now
from harness.text import counted

# The part of ``harness judge-check --judge`` that asks a model and prints its measurement.


def measure_judge(
    request: JudgeRequest,
    checked: Sequence[CheckedWrite],
    files: Sequence[Path],
    store: Path | None,
    *,
    rows: int,
) -> int:
    """Ask about all labelled calls, print the tables, and store the measurement.

    A measurement of a part of the calls is printed and not stored: exit code 3.
    """
    # Answers are kept beside the files, so that a stopped check continues without asking again.
    kept = answers_path(files)
    check = check_judge(request, checked, kept, AskTerms(told=progress()))
    measured = check.measurement(files, at=now())
    say(f"judge {figures.visible(check.chosen.name)}, prompt {check.chosen.prompt}\n")
    if check.copies:
        copies = counted(check.copies, "call")
        click.echo(f"{copies} left out: each has the words of an earlier one", err=True)
    say(
        printed(
            _model_table(measured.every, measured.open), _confusion(measured.every, measured.open)
        )
    )
    # A call that the model left undecided is not wrong; it is counted in the table.
    wrong = [one for one in check.labels if one.verdict and not one.right]
    for one in wrong[:rows]:
        say(printed(Text(_told_opinion(one))))
    if len(wrong) > rows:
        say(f"{len(wrong) - rows} more differ; see them with --rows {len(wrong)}\n")
    _tell_failures(check)
    # A measurement of some calls only would be better than the model is: hard calls fail oftener.
    if check.unanswered:
        _tell_unanswered(check, kept)
        return Exit.FAILURE
    path = store or check.chosen.measured
    if path is None:
        click.echo("not stored: give --store FILE, or name a file as 'measured'", err=True)
        return Exit.OK
    store_measurement(path, measured)
    click.echo(f"measurement: {path}", err=True)
    least = check.chosen.settings.at_least
    why_not, words = why_not_earned((measured,), measured.model, measured.prompt, least)
    told_so = f"no: {why_not}" if why_not else f"yes: {words}"
    say(f"may settle what the rules leave open: {told_so}\n")
    return Exit.OK


def _tell_failures(check: JudgeCheck) -> None:
    """Print the failures; void votes of earlier commands count, their calls stay undecided."""
    # The report counts this command alone; answers that were kept from earlier commands had void
    # votes, too.
    report = replace(check.report, void=check.void)
    for line in failures(report):
        click.echo(figures.visible(f"judge {check.chosen.name}: {line}"), err=True)


def _tell_unanswered(check: JudgeCheck, kept: Path | None) -> None:
    if check.report.stopped:
        stopped = figures.visible(check.report.stopped)
        click.echo(f"no further question was asked: {stopped}", err=True)
    where = "" if kept is None else f"; answers are kept in {kept}, so run the command again"
    missing = counted(check.unanswered, "call")
    click.echo(f"{missing} without an answer: no measurement is stored{where}", err=True)


def _model_table(every: LabelAgreement, left: LabelAgreement) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("model", no_wrap=True)
    for name in ("calls", "decided", "right", "kappa", "false passes", "false fails"):
        table.add_column(name, justify="right")
    for name, one in (("all calls", every), ("left open by the rules", left)):
        table.add_row(
            name,
            str(one.calls),
            "-" if not one.calls else f"{one.decided / one.calls:.3f}",
            _share(one.accuracy),
            "-" if one.kappa is None else f"{one.kappa:.3f}",
            _share(one.false_passes),
            _share(one.false_fails),
        )
    return table


def _share(share: Rate) -> str:
    if share.rate is None or share.low is None or share.high is None:
        return "-"
    return f"{share.rate:.3f} ({share.low:.3f}–{share.high:.3f})"


def _confusion(every: LabelAgreement, left: LabelAgreement) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("label", no_wrap=True)
    for name in ("model: pass", "fail", "undecided", "open only: pass", "fail", "undecided"):
        table.add_column(name, justify="right")
    both = every, left
    agreed = ((one.agreed_pass, one.agreed_fail, one.agreed_undecided) for one in both)
    other = ((one.other_pass, one.other_fail, one.other_undecided) for one in both)
    for name, cells in (("agreed to", agreed), ("not agreed to", other)):
        table.add_row(name, *(str(count) for part in cells for count in part))
    return table


def _told_opinion(one: JudgedLabel) -> str:
    checked = one.checked
    told = (
        f"{checked.dialogue}, turn {checked.write.index}, {checked.tool}: model {one.verdict}, "
        f"labelled {checked.write.label}: {one.said}"
    )
    # Dialogues and a model's answer are foreign text: no line break may add lines that look like
    # ours.
    return figures.visible(" ".join(told.split()))


_BY: dict[str, Callable[[CheckedWrite], Iterable[str]]] = {
    "label": lambda one: (one.write.label,),
    "edit": lambda one: (one.edit,) if one.edit else (),
    "trade": lambda one: one.trades,
    "tool": lambda one: (one.tool,),
}


@click.command(
    "judge-check",
    epilog="\b\nExamples:\n  harness judge-check labelled.jsonl\n"
    "  harness judge-check labelled.jsonl --by tool --rows 20\n"
    "  harness judge-check labelled.jsonl --judge scenarios/desk\n",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--language", default="en", show_default=True, metavar="TAG", help="Of the rows.")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="The day of the dialogues that do not name it, for words such as 'tomorrow'.",
)
@click.option(
    "--by",
    "groups",
    multiple=True,
    type=click.Choice(list(_BY)),
    help="Only these tables; may be given several times.  [default: all]",
)
@click.option("--doubtful", is_flag=True, help="Count labels that are marked as doubtful, too.")
@click.option(
    "--rows",
    default=10,
    show_default=True,
    type=click.IntRange(0),
    metavar="N",
    help="Print so many of the calls where verdict and label differ.",
)
@click.option(
    "--judge",
    metavar="FILE|SUITE",
    help="Measure a model judge, too: a file of settings, or a suite with the key 'judge'. The "
    "dialogues are sent to its endpoint (docs/guides/judges.md).",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the measurement of the judge goes  [default: the file that its settings name].",
)
@judge_cost_options
@env_file_option
def judge_check(
    files: tuple[Path, ...],
    language: str,
    today: datetime | None,
    groups: tuple[str, ...],
    rows: int,
    **options: Any,
) -> int:
    """Judge labelled dialogues, and print how often the judges agree with the labels.

    FILES are JSON Lines: one dialogue a line, with its tools, its turns and its labelled write
    calls (docs/guides/judge-check.md). "Right" is the share of pass and fail that agrees with the
    label; what the judges leave to a listener is not decided.
    """
    request = _request(options)
    checked = check_files(
        files,
        language,
        today=None if today is None else today.date(),
        doubtful=options["doubtful"],
        with_questions=request is not None,
    )
    say(printed(_table("all", tallies(checked, lambda _: ("all calls",)))))
    for group in groups or tuple(_BY):
        counted = tallies(checked, _BY[group])
        if counted:
            say(printed(_table(group, counted)))
    wrong = [one for one in checked if one.differs]
    for one in wrong[:rows]:
        say(printed(Text(_told(one))))
    if len(wrong) > rows:
        say(f"{len(wrong) - rows} more differ; see them with --rows {len(wrong)}\n")
    if request is None:
        return Exit.OK
    return measure_judge(request, checked, files, options["store"], rows=rows)


def _request(options: Mapping[str, Any]) -> JudgeRequest | None:
    if options["judge"] is None:
        if options["store"] is not None:
            raise UsageError("--store is for the measurement of a model; add --judge, or drop it")
        return None
    request = JudgeRequest(options["judge"], options["prices"], options["max_cost"])
    # Before the labelled files are read and judged, which takes far longer than this check.
    measurable(request)
    return request


def _told(one: CheckedWrite) -> str:
    """Return the judges' verdict on a call; foreign text may not steer the terminal."""
    told = (
        f"{one.dialogue}, turn {one.write.index}, {one.tool}: "
        f"{one.outcome.value}, labelled {one.write.label}: {one.reason or 'made as agreed'}"
    )
    return figures.visible(" ".join(told.split()))


def _table(title: str, counted: tuple[CheckCounts, ...]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column(title, no_wrap=True)
    for name in ("calls", "decided", "right", "false passes", "false fails"):
        table.add_column(name, justify="right")
    for one in counted:
        table.add_row(
            Text(figures.visible(one.name)),
            str(one.calls),
            f"{one.decided_share:.3f}",
            "-" if one.accuracy is None else f"{one.accuracy:.3f}",
            f"{one.false_passes} ({one.false_passes / one.calls:.3f})",
            f"{one.false_fails} ({one.false_fails / one.calls:.3f})",
        )
    return table
