"""``harness worker``: make calls for the runs of a dask scheduler, on this machine."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import click

from harness.cli.main import Exit
from harness.cli.options import SchedulerAddress
from harness.cli.project import env_file_option
from harness.errors import UsageError
from harness.runs.local_run import workers_by_default


@click.command(
    epilog="\b\nExamples:\n  harness worker tcp://10.0.0.1:8786\n"
    "  OPENAI_API_KEY=... harness worker 10.0.0.1:8786 --calls 20\n",
)
@click.argument("scheduler", type=SchedulerAddress())
@click.option(
    "--calls",
    type=click.IntRange(1, 200),
    metavar="N",
    help="Calls at the same time [default: one per core].",
)
@click.option(
    "--scratch",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where calls are recorded until they are handed over [default: the system's].",
)
@click.option(
    "--host",
    metavar="ADDRESS",
    help="Listen on this address [default: that of the interface towards the scheduler].",
)
@click.option("--until-eof", is_flag=True, help="End when the standard input does.")
@env_file_option
def worker(
    scheduler: str, calls: int | None, scratch: Path | None, host: str | None, until_eof: bool
) -> int:
    """Make calls on this machine for `harness run --executor dask --scheduler SCHEDULER`.

    Start it in the folder from which the suite's files have the same paths as where the run is
    started. Keys are taken from its own environment. It waits for a scheduler that is not there
    yet. Ctrl-C ends it; what it is at is made by others. Whoever reaches its port can run code
    here: keep it in a private network, or use tls://.
    """
    # Asked without an import, which takes seconds.
    if find_spec("distributed") is None:
        raise UsageError(
            "harness worker needs dask.distributed, which is not installed: "
            "python -m pip install 'voice-agent-harness[distributed]'"
        )
    # loads dask, which other commands do without
    from harness.runs.worker_serving import WorkerRequest, serve_calls

    request = WorkerRequest(scheduler, calls or workers_by_default(), scratch, until_eof, host)
    serve_calls(request, lambda line: click.echo(line, err=False))
    return Exit.OK
