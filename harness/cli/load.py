"""``harness load``: calls that begin when they are due, until the agent gets worse."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from harness.cli.main import Exit
from harness.cli.options import (
    force_option,
    keep_option,
    open_option,
    open_page,
    out_option,
    seed_option,
    selection_options,
    spending_options,
    take_spending,
    target_option,
)
from harness.cli.progress import progress_for
from harness.cli.project import env_file_option
from harness.cli.run_output import printed, say
from harness.recording.provenance import CallStatus
from harness.report.load_page import COLUMNS, held, load_page, write_page
from harness.report.run.html import write_report
from harness.report.verdict import path_from_here
from harness.results.load.findings import LoadFindings, findings
from harness.results.load.model import Arrivals, LoadTest
from harness.results.model import RunResults
from harness.runs.load_test import (
    LoadRequest,
    carry_out_load,
    check_held,
    planned_load,
)
from harness.runs.local_run import spread
from harness.runs.run_folder import Keep, close_run, refuse_taken, room_for
from harness.runs.run_results import models_note, note_on, voice_note
from harness.runs.run_suite import RunRequest, own_limit

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_MOST_RATE_PER_S = 100.0

EPILOG = """\b
Examples:
  harness load --rate 1/s --for 2m --light
  harness load scenarios/mine --target ws://127.0.0.1:8080/v1/realtime --rate 5/s --for 10m
  harness load mine --target openai --rate 20/min --for 5m --max-cost 9 --prices prices.yaml
"""


class Span(click.ParamType[float]):
    """A length of time: 90s, 10m, 1h, or a number of seconds."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds; raises click.BadParameter."""
        # "90s", "1.5 h", "90". The spaces are possessive (*+), so a long row of them fails at
        # once.
        match = re.fullmatch(r"\s*+(\d+(?:\.\d+)?)\s*+(ms|s|min|m|h)?\s*", str(value))
        length_s = float(match[1]) * _UNITS[match[2] or "s"] if match else 0.0
        # 0 also for a text that is no length, so that both faults have one message.
        if not 0 < length_s <= _UNITS["h"] * 24:
            self.fail(f"expected a time up to 24h, as 90s, 10m or 1h, got {value}", param, ctx)
        return length_s


class PerSecond(click.ParamType[float]):
    """So many calls in a time: 5/s, 300/min, 20/h; a number alone is calls a second."""

    name = "rate"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return calls a second; raises click.BadParameter."""
        # "5/s", "300 / min", "0.5".
        match = re.fullmatch(r"\s*+(\d+(?:\.\d+)?)\s*+(?:/\s*+(s|min|m|h))?\s*", str(value))
        rate = float(match[1]) / _UNITS[match[2] or "s"] if match else 0.0
        if not 0 < rate <= _MOST_RATE_PER_S:
            allowed = f"more than 0 and at most {_MOST_RATE_PER_S:g} calls a second"
            self.fail(f"expected {allowed}, as 5/s or 300/min, got {value}", param, ctx)
        return rate


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@target_option("Whom to call, as for `harness run`.")
@selection_options
@click.option(
    "--rate", "rate_per_s", type=PerSecond(), required=True, metavar="N/s",
    help="Calls that begin in a second (5/s) or a minute (300/min) once the ramp is over.",
)  # fmt: skip
@click.option(
    "--for", "for_s", type=Span(), required=True, metavar="TIME",
    help="How long calls begin: 90s, 10m, 1h. Those under way then are held to their end.",
)  # fmt: skip
@click.option(
    "--ramp", "ramp_s", type=Span(), metavar="TIME",
    help="How long the rate grows from 0, part of --for.  [default: half of it]",
)  # fmt: skip
@click.option("--even", is_flag=True, help="Evenly spaced calls instead of random (Poisson) ones.")
@click.option(
    "--light", is_flag=True,
    help="Call the light reference agent, which recognizes nothing: it shows what the harness "
    "and this machine hold, never what an agent does.",
)  # fmt: skip
@seed_option("Where chance begins: the same seed, the same calls at the same times [default: 0].")
@out_option("Where results, pages and recordings go [default: reports/DATE-TIME].")
@force_option
@keep_option("failed")
@open_option
@spending_options
@env_file_option
def load(
    paths: tuple[Path, ...], *, keep: str | None, open_: bool, seed: int | None, **options: Any
) -> int:
    """Call an agent more and more often, and say from how many calls at a time on it gets worse.

    Calls begin when they are due, whatever becomes of those before (an open test): an agent that
    slows down gets no rest by it. Each is a whole conversation, with tools and interruptions.

    \b
    DIR/load.html     waits and failures against calls under way, with the knee
    DIR/load.json     when each call was due, began and ended
    DIR/results.json  every call, judged as by `harness run`
    """

    # RunRequest takes the options that remain, so each that is no field of it is taken out before.
    spending = take_spending(options)
    for_s = options.pop("for_s")
    ramp_s = options.pop("ramp_s")
    arrivals = Arrivals(
        options.pop("rate_per_s"), for_s, for_s / 2 if ramp_s is None else ramp_s,
        options.pop("even"),
    )  # fmt: skip
    light = options.pop("light")
    run = RunRequest(paths=paths, seed=seed, **options)
    request = LoadRequest(run, arrivals, seed or 0, light, spending)
    plan = planned_load(request)
    # Before the measurement of this machine, which takes seconds.
    refuse_taken(plan.out, force=run.force)
    for note in filter(None, (note_on(plan.jobs), voice_note(plan.jobs), models_note(plan.jobs))):
        click.echo(note, err=True)
    limit = own_limit(plan.jobs)
    click.echo(f"this machine holds {held(limit, light=light)}", err=True)
    check_held(plan, limit)
    with room_for(plan.out, by="harness load", dated=run.out is None) as out:
        plan = replace(plan, out=out)
        kept = Keep(keep or Keep.FAILED)
        test, results = carry_out_load(plan, request, progress_for, limit=limit, keep=kept)
        found = findings(test, results)
        show(test, results, found)
        page = write_page(out, test, results, found)
        write_report(out, spread)
        close_run(out, results)
    say(f"report: {path_from_here(page)}\n")
    if open_:
        open_page(page)
    return exit_code(results, found)


def show(test: LoadTest, results: RunResults, found: LoadFindings) -> None:
    """Print the findings of a load test."""
    page = load_page(test, results, found)
    table = Table(*COLUMNS)
    for row in page.rows:
        table.add_row(*row)
    causes = [f"{count}: {told}\n" for told, count in page.causes]
    say(printed(table))
    ours = f"This machine holds {held(test.limit, light=test.light)}."
    few = (f"{page.few}.",) if page.few else ()
    say("".join(f"{line}\n" for line in (*few, ours, *page.notices, page.headline)))
    say("".join(causes))


def exit_code(results: RunResults, found: LoadFindings) -> Exit:
    """Return the exit code of a load test: it looks for a knee, so a knee is not a failure."""
    if results.interrupted:
        return Exit.INTERRUPTED
    # Even if calls failed: that is what the test wants to see. Without any completed call, or with
    # too few calls to judge, there is no finding.
    held = results.summary.statuses.get(CallStatus.COMPLETED.value, 0)
    return Exit.OK if held and found.judged else Exit.FAILURE
