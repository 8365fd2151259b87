"""The options by which commands choose among the scenarios that they find."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--scenario",
        metavar="GLOB",
        help="Only scenarios whose name, or a part of it, matches (case ignored).",
    ),
    click.option(
        "--tag",
        "tags",
        multiple=True,
        metavar="T[,T…]",
        help="Only scenarios with this tag, or with one of several; given again, both must hold.",
    ),
    click.option(
        "--not-tag",
        "not_tags",
        multiple=True,
        metavar="T[,T…]",
        help="No scenarios with this tag, or with any of several.",
    ),
)


def selection_options(command: F) -> F:
    """Give a command ``--scenario``, ``--tag`` and ``--not-tag``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
