"""``harness talk``: a person calls the agent from a page, and the call is judged."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from harness.cli.ci import CiOptions
from harness.cli.options import (
    force_option,
    one_scenario_options,
    open_option,
    out_option,
    target_option,
    why_not_shown,
)
from harness.cli.project import env_file_option
from harness.cli.run_output import ended, present
from harness.runs.manual_call import TalkRequest, page_audio, talk_plan
from harness.runs.manual_call import talk as hold_call
from harness.runs.run_folder import dated_folder, room_for


@click.command(
    epilog="\b\nExamples:\n  harness talk 'straight lookup'\n"
    "  OPENAI_API_KEY=... harness talk scenarios/mine/order.yaml --target openai\n",
)
@one_scenario_options
@target_option("Whom to call, named as for `harness run`.")
@out_option("Where results, report and recording go [default: reports/DATE-TIME].")
@force_option
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    metavar="N",
    help="Port of the page on this machine [default: a free one].",
)
@open_option
@env_file_option
def talk(
    scenario: str,
    *,
    places: tuple[Path, ...],
    target: str,
    out: Path | None,
    force: bool,
    open_: bool,
    port: int | None,
) -> int:
    """Call the agent yourself, with your microphone, as the caller of SCENARIO.

    SCENARIO is a file, or a name or a part of one. Its tools, facts and expectations hold; what its
    caller would say is shown, and your own words are as good. You call from a page on this machine,
    at an address that nobody can guess. Wear headphones: a microphone hears loudspeakers.

    The call is recorded and judged like any other. Your words, and where they lie, are what the
    suite's recognizer hears, and the report says so. Ctrl-C hangs up. Exit codes as `harness run`.
    """
    plan = talk_plan(TalkRequest(scenario, out or dated_folder(), places, target))
    page_line = partial(page_audio, port=port or 0, show=_shown)
    with room_for(plan.out, by="harness talk", dated=out is None) as folder:
        results = hold_call(replace(plan, out=folder), page_line, force=force)
        # No gates: one call of a person says nothing about a suite.
        page = present(results, folder, CiOptions(None, None, None, None))
    return ended(results, page, open_=open_)


def _shown(url: str) -> None:
    click.echo(f"talk page: {url}  (Ctrl-C ends)")
    why_not_shown(url)  # if it cannot be opened, its address is printed above
