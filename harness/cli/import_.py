"""``harness import``: judge calls that were stored elsewhere, and write the report."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from harness.cli.ci import ci_options, take_options, today
from harness.cli.options import (
    FiniteRange,
    concurrency_option,
    force_option,
    judge_cost_options,
    judge_option,
    keep_option,
    open_option,
    out_option,
    per_core,
    print_notes,
    take_judging,
    with_judging,
)
from harness.cli.progress import progress_for
from harness.cli.project import env_file_option
from harness.cli.run_output import ended, present
from harness.recording.provenance import SourceKind
from harness.runs.gates import gating_of_plan
from harness.runs.import_calls import AGENT, ImportRequest, carry_out_import, planned_import
from harness.runs.run_folder import Keep, room_for

EPILOG = """\b
Examples:
  harness import calls/ --suite desk
  harness import 0017.wav --suite desk --caller-channel left
  harness import calls/ --suite desk --facts calls.csv --out reports/april --resume
  harness import chats.jsonl --suite desk --gates gates.yaml
  harness import chats.jsonl --suite desk --judge suite
"""


_MOST_SHIFT_S = 1e10
"""More than the seconds since 1970, which some transcripts count."""


@click.command("import", epilog=EPILOG)
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--suite",
    required=True,
    type=click.Path(path_type=Path, exists=True),
    metavar="DIR",
    help="The suite that describes the agent's tools, and what is demanded of the calls.",
)
@out_option("Where results, report and recordings go [default: reports/DATE-TIME].")
@click.option(
    "--facts",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="CSV or JSON with a row for each call: its scenario, tags, day, and facts.",
)
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in SourceKind]),
    help="What the files hold [default: found out].",
)
@click.option(
    "--agent",
    default=AGENT,
    show_default=True,
    metavar="NAME",
    help="What to call the agent of these calls in reports, baselines and history.",
)
@click.option(
    "--caller-channel",
    type=click.Choice(["left", "right"]),
    help="Which channel of stereo files is the caller's [default: found out by the transcript].",
)
@click.option(
    "--caller",
    metavar="NAME",
    help="Which speaker of the transcripts is the caller [default: told by names such as user].",
)
@click.option(
    "--shift",
    type=FiniteRange(-_MOST_SHIFT_S, _MOST_SHIFT_S),
    default=0.0,
    metavar="SECONDS",
    help="Added to the times of transcripts whose clock is not that of the sound.",
)
@click.option(
    "--redact",
    is_flag=True,
    help="Take personal data out of all texts and sound, once the calls are judged.",
)
@click.option("--resume", is_flag=True, help="Convert only what is new or has changed in --out.")
@force_option
@concurrency_option("Calls at the same time [default: auto, one per core].")
@keep_option("all")
@open_option
@judge_option
@judge_cost_options
@env_file_option
@ci_options
def import_(
    sources: tuple[Path, ...],
    *,
    open_: bool,
    keep: str | None,
    judge: str | None,
    prices: Path | None,
    max_cost: float | None,
    **options: Any,
) -> int:
    """Judge calls that were stored elsewhere: sound with transcripts, chats, session logs.

    SOURCES are files or folders. Files of one call have one name: 0017.wav with 0017.json (or
    .vtt, .srt). Nothing leaves this machine, unless --judge sends transcripts to a model. What a
    source does not tell is estimated, and marked so; a verdict that needs more is 'unscorable',
    with the reason.
    """
    # A faulty --judge or --gates must fail before hours of audio are converted.
    ci, judging = take_options(options), take_judging(judge, prices, max_cost)
    options["concurrency"] = per_core(options["concurrency"])
    request = ImportRequest(sources=sources, **options)
    plan = planned_import(request)
    gating = gating_of_plan(plan.run, ci.request)
    print_notes((*plan.notes, *gating.notes))
    # A faulty source costs its own call, not the import: the others are judged, and the exit code
    # shows that a file was wrong.
    for fault in plan.faults:
        click.echo(f"harness: error: {fault}", err=True)
    dated = request.out is None
    with room_for(plan.run.out, by="harness import", dated=dated) as out:
        plan = plan.in_folder(out)
        kept = Keep(keep or Keep.ALL)
        gate = partial(gating.judge, today=today(), run_folder=out)
        by = with_judging(judging, out, gate)
        results = carry_out_import(plan, progress_for, force=request.force, judge=by, keep=kept)
        page = present(results, out, ci)
    if results.interrupted:
        click.echo(f"to go on: the same command with --out {out} --resume", err=True)
    return ended(results, page, open_=open_)
