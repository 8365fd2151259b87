"""The options about money: what calls cost, and how much they may."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from harness.cli.finite import FiniteRange
from harness.workflows.spending import Spending

F = TypeVar("F", bound=Callable[..., Any])

_AMOUNT = FiniteRange(min=0, min_open=True)

prices_option = click.option(
    "--prices",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A file of prices, to see what the calls cost.",
)
max_cost_option = click.option(
    "--max-cost",
    type=_AMOUNT,
    metavar="AMOUNT",
    help="Start no further call once so much is spent, in the currency of the prices; calls under "
    "way end. What was not called does not count: exit code 3.",
)


def spending_options(command: F) -> F:
    """Give a command ``--prices`` and ``--max-cost``."""
    return prices_option(max_cost_option(command))


def take_spending(options: dict[str, Any]) -> Spending:
    """Remove these options from a command's and return them."""

    return Spending(options.pop("prices"), options.pop("max_cost"))
