"""Options that several commands share: which scenarios, whom to call, costs, what is kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from harness.calls.plan import Machines, Spending
from harness.cli.parameters import (
    AUTO,
    AtOnce,
    FiniteRange,
    FolderPath,
    GivenName,
    OutUrl,
    SchedulerAddress,
)
from harness.errors import UsageError
from harness.units import MOST_SEED

F = TypeVar("F", bound=Callable[..., Any])

_ONE_SCENARIO = (
    click.argument("scenario"),
    click.option(
        "--scenarios",
        "places",
        multiple=True,
        metavar="PATH",
        type=click.Path(path_type=Path, exists=True),
        help="Where a scenario is looked for by its name; may be given again.  "
        "[default: scenarios]",
    ),
)


_SELECTION = (
    click.option(
        "--scenario",
        multiple=True,
        type=GivenName(),
        metavar="GLOB",
        help="Only scenarios whose name, or a part of it, matches (case ignored); given again, "
        "those that match any.",
    ),
    click.option(
        "--tag",
        "tags",
        multiple=True,
        type=GivenName(),
        metavar="T[,T…]",
        help="Only scenarios with this tag, or with one of several; given again, both must hold.",
    ),
    click.option(
        "--not-tag",
        "not_tags",
        multiple=True,
        type=GivenName(),
        metavar="T[,T…]",
        help="No scenarios with this tag, or with any of several.",
    ),
)


_EXECUTOR = (
    click.option(
        "--executor",
        type=click.Choice(["local", "dask"]),
        help="Who makes the calls: this command itself, or workers of dask, on this machine or on "
        "others.  [default: local]",
    ),
    click.option(
        "--scheduler",
        type=SchedulerAddress(),
        metavar="ADDRESS",
        help="The dask scheduler whose workers (`harness worker`) make the calls: tcp://HOST:PORT "
        "[default: one that is started here, with a worker].",
    ),
)

_AMOUNT = FiniteRange(min=0, min_open=True)


def prices_of(cost: str) -> Callable[[F], F]:
    """Return the option ``--prices`` of a command; ``cost`` says which cost it shows."""
    return click.option(
        "--prices",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help=f"A file of prices, to see {cost}.",
    )


def max_cost_of(limit: str) -> Callable[[F], F]:
    """Return the option ``--max-cost`` of a command; ``limit`` says what happens at the limit."""
    return click.option("--max-cost", type=_AMOUNT, metavar="AMOUNT", help=limit)


prices_option = prices_of("what the calls cost")
max_cost_option = max_cost_of(
    "Start no further call once so much is spent, in the currency of the prices; calls under "
    "way end. What was not called does not count: exit code 3."
)


def spending_options(command: F) -> F:
    """Give a command ``--prices`` and ``--max-cost``."""
    return prices_option(max_cost_option(command))


def take_spending(options: dict[str, Any]) -> Spending:
    """Remove these options from a command's and return them."""
    return Spending(options.pop("prices"), options.pop("max_cost"))


def executor_options(command: F) -> F:
    """Give a command ``--executor`` and ``--scheduler``."""
    for option in reversed(_EXECUTOR):
        command = option(command)
    return command


def take_machines(options: dict[str, Any]) -> Machines | None:
    """Remove these options from a command's, and say who makes its calls; None for itself.

    An ``out`` that is a URL is taken too: recordings pass through there. Raises UsageError.
    """
    executor, scheduler = options.pop("executor"), options.pop("scheduler")
    out = options.get("out")
    url = out.url if isinstance(out, OutUrl) else None
    if executor == "dask":
        options |= {"out": None} if url else {}
        return Machines(scheduler, options.get("concurrency"), url)
    if scheduler is not None:
        raise UsageError("--scheduler goes with --executor dask; add that, or drop --scheduler")
    if url is not None:
        raise UsageError(f"--out {url} goes with --executor dask; give a folder, or add that")
    return None


def keep_option(default: str) -> Callable[[F], F]:
    """Give a command ``--keep``; None where nobody says it, which means what ``default`` tells."""
    return click.option(
        "--keep",
        type=click.Choice(["all", "failed", "none"]),
        help="Whose recordings stay once all calls are judged: those of all, of calls that did "
        f"not pass, or of none. Verdicts and pages always do.  [default: {default}]",
    )


def typed_options(context: click.Context) -> dict[str, click.Parameter]:
    """Return the options that were given on the command line, not by a file or a variable."""
    return {
        name: option
        for option in context.command.params
        if (name := option.name or "") in context.params
        and context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        and context.params[name] not in (None, ())
    }


def target_option(told: str, *, required: bool = False) -> Callable[[F], F]:
    """Give a command ``--target``, one agent: the embedded one, unless it must be named."""
    default: dict[str, Any] = {} if required else {"default": "reference", "show_default": True}
    return click.option("--target", metavar="NAME|URL", required=required, help=told, **default)


def out_option(told: str, *, urls: bool = False) -> Callable[[F], F]:
    """Give a command ``--out``, a folder; with ``urls``, also one of an object store."""
    return click.option("--out", type=FolderPath(urls=urls), metavar="DIR", help=told)


def seed_option(told: str) -> Callable[[F], F]:
    """Give a command ``--seed``."""
    return click.option("--seed", type=click.IntRange(0, MOST_SEED), metavar="N", help=told)


def concurrency_option(told: str) -> Callable[[F], F]:
    """Give a command ``--concurrency``; what it makes of ``auto``: ``take_auto``, ``per_core``."""
    return click.option("--concurrency", type=AtOnce(), metavar="N|auto", help=told)


def per_core(at_once: int | None) -> int | None:
    """Return the number that was said, where nothing is paced: ``auto`` is one per core (None)."""
    return None if at_once == AUTO else at_once


def take_auto(options: dict[str, Any]) -> bool:
    """Take ``--concurrency auto`` out of a command's options; return whether it was said.

    Raises UsageError where others than this machine make the calls.
    """
    if options["concurrency"] != AUTO:
        return False
    if options.get("executor") == "dask":
        raise UsageError(
            "--concurrency auto measures this machine, and with --executor dask workers make the "
            "calls; give a number, or drop it: then each worker takes as many as it may"
        )
    options["concurrency"] = None
    return True


rate_option = click.option(
    "--max-calls-per-minute",
    type=click.IntRange(1, 6000),
    metavar="N",
    help="Start no more calls than that in a minute, evenly; for calls in real time.",
)
force_option = click.option("--force", is_flag=True, help="Replace an earlier run in --out.")
open_option = click.option("--open", "open_", is_flag=True, help="Open the page in the browser.")


def selection_options(command: F) -> F:
    """Give a command ``--scenario``, ``--tag`` and ``--not-tag``."""
    for option in reversed(_SELECTION):
        command = option(command)
    return command


def one_scenario_options(command: F) -> F:
    """Give a command SCENARIO, a file or a name, and ``--scenarios``: where it looks for a name."""
    for option in reversed(_ONE_SCENARIO):
        command = option(command)
    return command
