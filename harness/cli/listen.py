"""``harness listen``: hear the caller of a scenario, as the agent would, before a call is spent."""

from __future__ import annotations

from pathlib import Path

import click

from harness.calls.plan import slug_of
from harness.cli.main import Exit
from harness.cli.options import one_scenario_options, open_page
from harness.errors import UsageError
from harness.report.listen.page import write_rehearsal
from harness.units import MOST_SEED
from harness.workflows.rehearsing import RehearsalRequest, rehearse
from harness.workflows.room import is_comparison, is_run


@click.command(
    epilog="\b\nExamples:\n  harness listen 'straight lookup'\n"
    "  harness listen scenarios/mine/order.yaml --target openai --out heard --open\n",
)
@one_scenario_options
@click.option(
    "--target",
    default="reference",
    show_default=True,
    metavar="NAME|URL",
    help="Whose audio format the sound is sent in, named as for `harness run`. Nobody is called.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, MOST_SEED),
    metavar="N",
    help="Where the seeds begin, as for `harness run` [default: the scenario's `seed`].",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where page and sound files go.  [default: reports/listen/<name of the scenario>]",
)
@click.option("--open", "opened", is_flag=True, help="Show the page in the browser.")
def listen(
    scenario: str,
    *,
    places: tuple[Path, ...],
    target: str,
    seed: int | None,
    out: Path | None,
    opened: bool,
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
    if opened:
        open_page(page)
    return Exit.OK
