"""``--env-file``: keys from a file, for whoever keeps them there and not in the shell."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

import click
from dotenv.parser import parse_stream

from harness.errors import Fault, FaultyFiles
from harness.scenario.document import read_text

F = TypeVar("F", bound=Callable[..., Any])

ENV_FILE = "env_file"
"""Name of the option, and of the key in a project file."""


def env_file_option(command: F) -> F:
    """Give a command ``--env-file``; the file is read before the command begins."""
    option = click.option(
        "--env-file",
        ENV_FILE,
        type=click.Path(path_type=Path),
        metavar="FILE",
        expose_value=False,
        callback=_read,
        help="Read variables such as OPENAI_API_KEY from FILE (NAME=VALUE lines). Those that are "
        "set already stay as they are.",
    )
    return option(command)


def read_env_file(path: Path) -> None:
    """Set the variables of a file that are not set; nothing of what it holds is ever shown.

    Values are taken as they stand: a ``$`` in a key means nothing.

    Raises:
        FaultyFiles: the file cannot be read, or a line of it sets nothing; with every such line.
    """

    bindings = [one for one in parse_stream(StringIO(read_text(path))) if one.key or one.error]
    faults = tuple(
        Fault(path, one.original.line, "", "expected NAME=VALUE")
        for one in bindings
        if one.error or not _can_be_set(one.key, one.value)
    )
    if faults:
        raise FaultyFiles(faults)
    for one in bindings:
        os.environ.setdefault(str(one.key), str(one.value))


def _can_be_set(name: str | None, value: str | None) -> bool:
    """Whether the system takes this as a variable: quotes let signs in that it refuses."""
    return (
        bool(name) and value is not None and "=" not in str(name) and "\0" not in f"{name}{value}"
    )


def _read(_context: click.Context, _option: click.Parameter, value: Path | None) -> None:
    if value is not None:
        read_env_file(value)
