"""The part of ``harness judge-check --judge`` that asks a model and prints its measurement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from harness.cli.judges import progress
from harness.cli.main import Exit
from harness.cli.run_output import printed, say
from harness.judges.asking import failures
from harness.judging.labelled import CheckedWrite
from harness.report import figures
from harness.results.judge_agreement import LabelAgreement, store_measurement, why_not_earned
from harness.results.model import Rate
from harness.workflows.judge_asking import AskTerms
from harness.workflows.judge_choice import JudgeRequest
from harness.workflows.judge_measuring import JudgeCheck, JudgedLabel, answers_path, check_judge
from harness.workflows.run_results import now


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
    kept = answers_path(files)
    check = check_judge(request, checked, kept, AskTerms(told=progress()))
    measured = check.measurement(files, at=now())
    say(f"judge {figures.visible(check.chosen.name)}, prompt {check.chosen.prompt}\n")
    if check.copies:
        copies = figures.counted(check.copies, "call")
        click.echo(f"{copies} left out: each has the words of an earlier one", err=True)
    say(printed(_table(measured.every, measured.open), _confusion(measured.every, measured.open)))
    wrong = [one for one in check.labels if one.verdict and not one.right]
    for one in wrong[:rows]:
        say(printed(Text(_told(one))))
    if len(wrong) > rows:
        say(f"{len(wrong) - rows} more differ; see them with --rows {len(wrong)}\n")
    _tell_failures(check)
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
    """Name what went wrong; void votes of earlier commands count, their calls stay undecided."""
    report = replace(check.report, void=check.void)
    for line in failures(report):
        click.echo(figures.visible(f"judge {check.chosen.name}: {line}"), err=True)


def _tell_unanswered(check: JudgeCheck, kept: Path | None) -> None:
    if check.report.stopped:
        stopped = figures.visible(check.report.stopped)
        click.echo(f"no further question was asked: {stopped}", err=True)
    where = "" if kept is None else f"; answers are kept in {kept}, so run the command again"
    missing = figures.counted(check.unanswered, "call")
    click.echo(f"{missing} without an answer: no measurement is stored{where}", err=True)


def _table(every: LabelAgreement, left: LabelAgreement) -> Table:
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


def _told(one: JudgedLabel) -> str:
    checked = one.checked
    told = (
        f"{checked.dialogue}, turn {checked.write.index}, {checked.tool}: model {one.verdict}, "
        f"labelled {checked.write.label}: {one.said}"
    )
    return figures.visible(" ".join(told.split()))
