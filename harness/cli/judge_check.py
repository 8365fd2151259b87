"""``harness judge-check``: the judges held against dialogues that a reader labelled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from harness.cli.env_file import env_file_option
from harness.cli.judge_measurement import measure_judge
from harness.cli.judges import judge_cost_options
from harness.cli.main import Exit
from harness.cli.run_output import printed, say
from harness.errors import UsageError
from harness.judging.labelled import CheckedWrite
from harness.report import figures
from harness.workflows.judge_checking import CheckCounts, check_files, tallies
from harness.workflows.judge_choice import JudgeRequest
from harness.workflows.judge_measuring import measurable

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
    "dialogues are sent to its endpoint (docs/judges.md).",
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
    calls (docs/judge-check.md). "Right" is the share of pass and fail that agrees with the label;
    what the judges leave to a listener is not decided.
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
    measurable(request)
    return request


def _told(one: CheckedWrite) -> str:
    """Return what the judges say of a call in one line; nobody's text may steer the terminal."""
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
