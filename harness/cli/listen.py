"""``harness listen``: hear the caller of a scenario, as the agent would, before a call is spent."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.main import Exit
from harness.cli.options import (
    one_scenario_options,
    open_option,
    open_page,
    out_option,
    seed_option,
    target_option,
)
from harness.errors import UsageError
from harness.report.listen_page import write_rehearsal
from harness.runs.plan import slug_of
from harness.runs.rehearsal import RehearsalRequest, rehearse
from harness.runs.run_folder import is_comparison, is_run


@click.command(
    epilog="\b\nExamples:\n  harness listen 'straight lookup'\n"
    "  harness listen scenarios/mine/order.yaml --target openai --out heard --open\n",
)
@one_scenario_options
@target_option(
    "Whose audio format the sound is sent in, named as for `harness run`. Nobody is called."
)
@seed_option("Where the seeds begin, as for `harness run` [default: the scenario's `seed`].")
@out_option("Where page and sound files go.  [default: reports/listen/<name of the scenario>]")
@open_option
def listen(
    scenario: str,
    *,
    places: tuple[Path, ...],
    target: str,
    seed: int | None,
    out: Path | None,
    open_: bool,
) -> int:
    """Speak the caller of SCENARIO, a file or a name or a part of one, and call nobody.

    Writes a page that can be sent, with a picture and players of each turn, and sound files (FLAC):
    the speech alone, with its noise, and as the agent receives it in the target's audio format.
    What the caller says only if the agent asks is there too, with its condition.
    """
    rehearsal = rehearse(RehearsalRequest(scenario, places, target, seed))
    folder = out or Path("reports") / "listen" / slug_of(rehearsal.scenario)
    if is_run(folder) or is_comparison(folder):
        raise UsageError(f"{folder} holds the results of calls; give another --out")
    page = write_rehearsal(folder, rehearsal)
    click.echo(page)
    if open_:
        open_page(page)
    return Exit.OK
