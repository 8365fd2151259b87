"""``harness agent``: serve the reference agent to any client of the Realtime protocol."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.exits import Exit
from harness.workflows.embedded import READY, serve_until_stopped


@click.command(
    epilog="\b\nExamples:\n  harness agent --port 8765\n"
    "  harness agent --port 8765 --fault skip_read_back\n"
    "  harness run --target ws://127.0.0.1:8765/v1/realtime     (from another terminal)\n",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    help="Port to listen on; 0 takes a free one and prints it.",
)
@click.option("--fault", metavar="NAME", help="Switch on one misbehaviour (see harness prove).")
@click.option(
    "--truth",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Log when audio arrived and left, as JSON lines (used by benchmarks).",
)
@click.option("--until-eof", is_flag=True, hidden=True, help="End when standard input does.")
def agent(host: str, port: int, fault: str | None, truth: Path | None, until_eof: bool) -> int:
    """Serve the reference agent: real ears, a policy that follows the session's prompt, a voice.

    It speaks the OpenAI Realtime protocol (GA). Prints its address once it is ready, then serves
    until Ctrl-C or SIGTERM, which is its normal end: exit code 0. `?model=reference&seed=7` in a
    client's URL makes a call repeatable.
    """

    def ready(url: str) -> None:
        click.echo(f"{READY}{url}")

    serve_until_stopped(host, port, ready, fault=fault, truth=truth, until_eof=until_eof)
    return Exit.OK
