"""``harness talk``: a person calls the agent from a page on this machine, for verdicts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from harness.cli.ci import CiOptions
from harness.cli.options import why_not_shown
from harness.cli.run import ended, present
from harness.workflows.room import dated_folder, room_for
from harness.workflows.talking import TalkRequest, talk_plan
from harness.workflows.talking import talk as hold_call


@click.command(
    epilog="\b\nExamples:\n  harness talk 'straight lookup'\n"
    "  harness talk scenarios/mine/order.yaml --target openai\n",
)
@click.argument("scenario")
@click.option(
    "--scenarios",
    "places",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path, exists=True),
    help="Where a scenario is looked for by its name; may be given again.  [default: scenarios]",
)
@click.option(
    "--target",
    default="reference",
    show_default=True,
    metavar="NAME|URL",
    help="Whom to call, named as for `harness run`.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where results, report and recording go [default: reports/DATE-TIME].",
)
@click.option("--force", is_flag=True, help="Replace an earlier run in --out.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    metavar="N",
    help="Port of the page on this machine [default: a free one].",
)
@click.option("--open", "opened", is_flag=True, help="Open the report in the browser.")
def talk(
    scenario: str,
    *,
    places: tuple[Path, ...],
    target: str,
    out: Path | None,
    force: bool,
    port: int,
    opened: bool,
) -> int:
    """Call the agent yourself, with your microphone, as the caller of SCENARIO.

    SCENARIO is a file, or a name or a part of one. Its tools, facts and expectations hold; what its
    caller would say is shown, and your own words are as good. The page is served on this machine
    alone, at an address that nobody can guess. Wear headphones: a microphone hears loudspeakers.

    The call is recorded and judged like any other. Your words, and where they lie, are what the
    suite's recognizer hears, and the report says so. Exit codes as `harness run`.
    """
    request = TalkRequest(scenario, out or dated_folder(), places, target, port, force)
    plan = talk_plan(request)
    with room_for(plan.out, by="harness talk", dated=out is None) as folder:
        results = hold_call(replace(plan, out=folder), request, _shown)
        page = present(results, folder, CiOptions(None, None, None, None))
    return ended(results, page, open_=opened)


def _shown(url: str) -> None:
    click.echo(f"talk page: {url}  (Ctrl-C ends)")
    why_not_shown(url)  # where it cannot be opened, its address stands above
