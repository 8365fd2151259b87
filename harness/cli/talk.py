"""``harness talk``: a person calls the agent, from a page or the sound card, for verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import click

from harness.cli.ci import CiOptions
from harness.cli.main import Exit
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
from harness.errors import UsageError
from harness.report.listen_page import TalkPage
from harness.runs.run_folder import dated_folder, room_for
from harness.runs.talking import OpenAudio, TalkRequest, page_audio, part_of, talk_plan
from harness.runs.talking import talk as hold_call
from harness.transport.sound_card import NO_DEVICE, chosen_device, open_sound_card, sound_devices


def _list_devices(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    """Print the devices of this machine and end: no SCENARIO is needed for that."""
    if not asked:
        return
    devices = sound_devices()
    if not devices:
        click.echo(f"no microphone and no loudspeaker here; {NO_DEVICE}")
    for one in devices:
        ways = ((one.inputs, "microphone"), (one.outputs, "loudspeaker"))
        told = [
            what + (" (default)" if default else "")
            for (channels, what), default in zip(ways, one.is_default, strict=True)
            if channels
        ]
        click.echo(f"{one.number:3}  {one.name}: {', '.join(told) or 'neither way'}")
    context.exit(Exit.OK)


@click.command(
    epilog="\b\nExamples:\n  harness talk 'straight lookup'\n"
    "  OPENAI_API_KEY=... harness talk scenarios/mine/order.yaml --target openai --mic\n",
)
@one_scenario_options
@target_option("Whom to call, named as for `harness run`.")
@click.option("--mic", is_flag=True, help="Call from this terminal, with microphone and speaker.")
@click.option("--microphone", metavar="NAME|N", help="Which microphone; with --mic.")
@click.option("--loudspeaker", metavar="NAME|N", help="Which loudspeaker; with --mic.")
@click.option(
    "--list-devices",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_devices,
    help="List microphones and loudspeakers, and call nobody.",
)
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
    **line: Any,
) -> int:
    """Call the agent yourself, with your microphone, as the caller of SCENARIO.

    SCENARIO is a file, or a name or a part of one. Its tools, facts and expectations hold; what its
    caller would say is shown, and your own words are as good. You call from a page on this machine,
    at an address that nobody can guess, or with --mic from here. Wear headphones: a microphone
    hears loudspeakers.

    The call is recorded and judged like any other. Your words, and where they lie, are what the
    suite's recognizer hears, and the report says so. Ctrl-C hangs up. Exit codes as `harness run`.
    """
    wanted = _Wanted(**line)
    plan = talk_plan(TalkRequest(scenario, out or dated_folder(), places, target))
    place = wanted.line(part_of(plan.jobs[0]))
    with room_for(plan.out, by="harness talk", dated=out is None) as folder:
        results = hold_call(replace(plan, out=folder), place, force=force)
        page = present(results, folder, CiOptions(None, None, None, None))
    return ended(results, page, open_=open_)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The options of the audio line."""

    mic: bool
    microphone: str | None
    loudspeaker: str | None
    port: int | None

    def line(self, part: TalkPage) -> OpenAudio:
        """Return the line; at the sound card, the person starts the call with a key."""
        if not self.mic:
            for name in ("microphone", "loudspeaker"):
                if getattr(self, name) is not None:
                    raise UsageError(f"--{name} goes with --mic; the page asks the browser")
            return partial(page_audio, port=self.port or 0, show=_shown)
        if self.port is not None:
            raise UsageError("--port is that of the page, which --mic does without; drop one")
        devices = sound_devices()
        microphone = chosen_device(devices, "input", self.microphone)
        loudspeaker = chosen_device(devices, "output", self.loudspeaker)
        click.echo(_told(part))
        click.echo(f"microphone: {microphone.name}; loudspeaker: {loudspeaker.name}")
        click.echo("Wear headphones, or the agent hears itself.")
        click.pause("Press any key to call; Ctrl-C hangs up.")
        return lambda _job: open_sound_card(microphone, loudspeaker, tell=click.echo)


def _told(part: TalkPage) -> str:
    """Return the person's part as text, as the page would show it."""
    lines = [f"{part.scenario}: {part.description}".removesuffix(": ")]
    lines += [f"  {name}: {value}" for name, value in part.facts]
    if part.lines:
        lines.append("The scenario's caller says; your own words are as good:")
        lines += [f"  - {line}" for line in part.lines]
    return "\n".join(lines)


def _shown(url: str) -> None:
    click.echo(f"talk page: {url}  (Ctrl-C ends)")
    why_not_shown(url)  # if it cannot be opened, its address is printed above
