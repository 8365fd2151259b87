"""``--keep``: whose recordings stay on the disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def keep_option(default: str) -> Callable[[F], F]:
    """Give a command ``--keep``; None where nobody says it, which means what ``default`` tells."""
    return click.option(
        "--keep",
        type=click.Choice(["all", "failed", "none"]),
        help="Whose recordings stay once all calls are judged: those of all, of calls that did "
        f"not pass, or of none. Verdicts and pages always do.  [default: {default}]",
    )
