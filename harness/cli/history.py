"""``harness history``: results of a benchmark's nightly runs, and how long they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from harness.cli.main import Exit
from harness.cli.options import out_option
from harness.cli.run_output import say
from harness.errors import InputError, UsageError
from harness.report import figures
from harness.report.figures import size
from harness.report.history.tables import finding_lines, prompt_lines, summary_lines
from harness.report.history.view import RunPages, last_shown, write_history, write_history_file
from harness.results.history.changes import BlameQuestion, Prompts
from harness.results.history.changes import blame as answered
from harness.results.history.cost import load_prices
from harness.results.history.export import export as exported
from harness.results.history.store import History, HistoryFolder, Removable, Skipped, too_old
from harness.results.model import AgentPrompt
from harness.results.store import check_output, recorded_prompt
from harness.text import counted

_PLACE = click.option(
    "--history",
    "place",
    default="history",
    show_default=True,
    metavar="DIR|URL",
    help="The history of `harness nightly`: a folder, or a URL that fsspec knows.",
)


@click.group(
    epilog="\b\nExamples:\n  harness history show\n"
    "  harness history blame 'confirmed cancellation'\n"
    "  harness history prune --keep-days 90 --recordings-only --yes\n"
    "  harness history export nights.csv\n",
)
def history() -> None:
    """Look at many nights: trends, when something broke, what it cost."""


@history.command(
    short_help="Print the latest nights, and write history.html again.",
    epilog="\b\nExample:\n  harness history show --prices prices.yaml\n",
)
@_PLACE
@click.option(
    "--prices",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A file of prices, to see what the nights cost [default: those of the last night].",
)
@out_option("Where history.html goes [default: the history folder; here for a URL].")
@click.option(
    "--pages",
    metavar="URL",
    help="Where the runs' pages are published, for the links [default: as the last night had it].",
)
@click.option(
    "--single-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the page as one HTML file to send to somebody, instead.",
)
def show(
    place: str,
    prices: Path | None,
    out: Path | None,
    pages: str | None,
    single_file: Path | None,
) -> int:
    """Print the latest night of every suite and target, and write history.html again."""

    folder = HistoryFolder(place)
    # Prices and the address of pages are those of the last night, unless they are given.
    before = last_shown(folder)
    known = load_prices(prices) if prices else before.prices
    stored = _read(folder.read())
    if not stored.entries:
        raise InputError(
            f"no night in history {place}; `harness nightly CONFIG.yaml` makes one, and "
            "--history names another folder"
        )
    for line in summary_lines(stored, known):
        say(f"{line}\n")
    # A history at a URL has no folder here: its page goes into the working directory.
    home = folder.local or Path()
    where = RunPages(home, pages or before.pages, out)
    if single_file is None:
        say(f"history: {write_history(stored, where, prices=known)}\n")
        return Exit.OK
    check_output("--single-file", single_file)
    path = write_history_file(stored, where, single_file, prices=known)
    say(f"history: {path}\n")
    click.echo(size(path.stat().st_size), err=True)
    return Exit.OK


@history.command(
    short_help="Say when a scenario stopped working, and what changed.",
    epilog="\b\nExamples:\n  harness history blame 'confirmed cancellation'\n"
    "  harness history blame 'hold music' --scorer time_to_first_audio --target openai\n",
)
@click.argument("scenario")
@_PLACE
@click.option("--scorer", metavar="NAME", help="One scorer's verdicts [default: whole calls].")
@click.option("--suite", metavar="NAME", help="Only this suite.")
@click.option("--target", metavar="NAME", help="Only this target.")
@click.option("--condition", metavar="NAME", help="Only this condition.")
def blame(scenario: str, place: str, **asked: Any) -> int:
    """Say when SCENARIO stopped working, how certain that is, and what changed that night.

    A step is the most likely night of a change in the pass rate, with three nights or more on
    either side, that chance alone brings about in at most 5 % of histories in which nothing
    changes (a permutation test of whole nights), and that does not hang on any single night.
    "No evidence of a change" is an answer.
    """

    question, folder = BlameQuestion(scenario, **asked), HistoryFolder(place)

    def path_to(page: str) -> str:
        # Pages of old nights may have been pruned: no link leads to a missing file.
        there = folder.local is not None and (folder.local / page).is_file()
        return f"{place.rstrip('/')}/{page}" if there else ""

    for finding in answered(_read(folder.read()), question):
        for line in finding_lines(finding, question, path_to):
            say(f"{line}\n")
        if finding.prompts is not None:
            for line in prompt_lines(finding.prompts, _prompt_texts(folder, finding.prompts)):
                say(f"{line}\n")
    return Exit.OK


def _prompt_texts(
    folder: HistoryFolder, prompts: Prompts
) -> tuple[AgentPrompt, AgentPrompt] | None:
    """Return the two prompts from the calls' recordings, None if a recording is missing."""

    # Prompts are read from recordings, which are not fetched from a store for a few lines of text.
    if folder.local is None:
        return None
    before, after = (
        recorded_prompt(folder.local / each) for each in (prompts.before, prompts.after)
    )
    return None if before is None or after is None else (before, after)


@history.command(
    epilog="\b\nExamples:\n  harness history prune --keep-days 400\n"
    "  harness history prune --keep-nights 14 --recordings-only --yes\n"
)
@_PLACE
@click.option("--keep-nights", type=click.IntRange(1), metavar="N", help="Keep the newest N.")
@click.option("--keep-days", type=click.IntRange(0), metavar="N", help="Keep those of N days.")
@click.option(
    "--recordings-only",
    is_flag=True,
    help="Keep the results of all nights; remove audio, messages and pages of the old ones.",
)
@click.option("--yes", is_flag=True, help="Do it; without, only say what would be removed.")
def prune(
    place: str, keep_nights: int | None, keep_days: int | None, recordings_only: bool, yes: bool
) -> int:
    """Remove old nights. What one of the rules keeps, and the newest night, stays.

    A night is what holds a run whose results can be read. All else is named and stays, and no link
    is followed.
    """
    folder = HistoryFolder(place)
    stored = folder.read()
    rules = {"keep_nights": keep_nights, "keep_days": keep_days}
    names = too_old(stored.nights, **rules, now=datetime.now(UTC))
    old = [folder.removable(stored, one, recordings_only=recordings_only) for one in names]
    inner = (one for removable in old for one in removable.stays)
    # All that stays is named before the first night is removed, so that the list is complete even
    # if a removal fails.
    _name_skipped(tuple(dict.fromkeys((*stored.skipped, *inner))), place)
    if not stored.nights:
        raise UsageError(
            f"no night with a run that can be read in history {place}; --history names another"
        )
    # A night without files of its own has nothing to remove.
    old = [one for one in old if one.files or recordings_only]
    what = "recordings and pages of " if recordings_only else ""
    for one in old:
        stays = "" if recordings_only else _what_stays(one)
        told = f"{what}{one.night} ({one.size_bytes / 1_000_000:.1f} MB){stays}"
        click.echo(f"{'removing' if yes else 'would remove'} {told}")
        if yes:
            folder.remove(one)
    nights = counted(len(old), "night")
    done = "removed" if yes else "to remove; --yes does it"
    click.echo(f"{what}{nights} {done}" if old else "nothing is old enough to go")
    return Exit.OK


@history.command(
    short_help="Write all nights to a CSV or Parquet file.",
    epilog="\b\nExample:\n  harness history export nights.parquet\n",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_PLACE
def export(file: Path, place: str) -> int:
    """Write all nights to FILE (.csv or .parquet): a row per night, call and scorer."""

    rows = exported(_read(HistoryFolder(place).read()), file)
    click.echo(f"{file}: {rows} rows")
    return Exit.OK


def _read(stored: History) -> History:
    """Return the history, and list skipped files on stderr."""
    _name_skipped(stored.skipped, stored.place)
    return stored


def _what_stays(removable: Removable) -> str:

    count = len(removable.stays)
    if not count:
        return ""
    return f" but for {counted(count, 'thing')} not of its runs; the night's folder stays"


def _name_skipped(skipped: Sequence[Skipped], place: str) -> None:

    for one in skipped:
        told = figures.one_line(f"skipped {one.place}: {one.reason}")
        click.echo(f"harness: {told}", err=True)
    if skipped:
        things = counted(len(skipped), "thing")
        click.echo(f"harness: {things} skipped in {place}", err=True)
