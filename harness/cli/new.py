"""``harness new``: a small package with a scorer, a language or a dialect, to start from."""

from __future__ import annotations

import keyword
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from harness.cli.main import Exit
from harness.errors import StorageFailed, UsageError
from harness.judging.scorers.registry import SCORERS
from harness.language.language import LANGUAGES
from harness.plugins import Registry
from harness.protocol.dialect import DIALECTS
from harness.scenario.model import OTHERS

STARTERS = Path(__file__).with_name("plugin_starter")
"""The packages as they are written, with names to replace, in a folder for each kind."""

# "word_limit", "limit2"; not "_limit", "limit_" or "word__limit".
_WORD = r"[a-z]+[a-z0-9]*(_[a-z0-9]+)*"
_AS_A_WORD = "a word of small letters, digits and _, such as"


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of plug-in; ``module`` makes the name of its module from the plug-in's."""

    registry: Registry[Any]
    names: str
    allowed: str
    module: str = "{}"


KINDS: Mapping[str, _Kind] = {
    "scorer": _Kind(SCORERS, _WORD, f"{_AS_A_WORD} word_limit"),
    "language": _Kind(
        LANGUAGES,
        "[a-z]{2,3}(-[a-z0-9]{2,8})*",
        "a language tag in small letters, such as nl or de-ch",
        "language_{}",
    ),
    # A vendor's name is often that of its own SDK.
    "dialect": _Kind(DIALECTS, _WORD, f"{_AS_A_WORD} our_gateway", "{}_dialect"),
}


@click.command(
    epilog="\b\nExamples:\n  harness new scorer word_limit\n"
    "  python -m pip install -e word_limit && pytest word_limit\n"
    "  harness new language nl --to packages/dutch\n",
)
@click.argument("kind", type=click.Choice(tuple(KINDS)))
@click.argument("name")
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder of the package.  [default: one named after the module]",
)
def new(kind: str, name: str, folder: Path | None) -> int:
    """Write a package with a scorer, a language or a dialect called NAME into a new folder.

    It has a test and works as it is: install it, and `harness list` shows it. The comments in the
    files say what to change.
    """
    module = _module(kind, name)
    folder = Path(module) if folder is None else folder
    # exists() is False for a link whose target is gone, and mkdir would fail at it.
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{folder} is there already; name another folder with --to")
    if find_spec(module) is not None:  # one would hide the other
        raise UsageError(f"{kind} {name!r}: a module {module} is installed; choose another name")
    try:
        for path in write_plugin(folder, kind, name, module):
            click.echo(f"wrote {path}")
    except OSError as error:
        place = Path(error.filename) if error.filename else folder
        raise StorageFailed(place, error.strerror or str(error)) from error
    quoted = shlex.quote(str(folder))
    click.echo(f"\nnext: python -m pip install -e {quoted} && pytest {quoted}")
    return Exit.OK


def _module(kind: str, name: str) -> str:
    """Return the module of a new plug-in; raises UsageError if the name is not allowed or taken."""
    made = KINDS[kind]
    # A module named by a keyword cannot be imported, and OTHERS stands for all other scorers in a
    # suite.
    if not re.fullmatch(made.names, name) or keyword.iskeyword(name) or name in (OTHERS, kind):
        raise UsageError(f"{kind} {name!r}: not a valid name; allowed: {made.allowed}")
    if name in made.registry.names():
        raise UsageError(
            f"{kind} {name!r}: {made.registry.package(name)} has one of this name; choose another"
        )
    return made.module.format(name.replace("-", "_"))


def write_plugin(folder: Path, kind: str, name: str, module: str) -> list[Path]:
    """Write the files of a package into a folder that is not there yet; return them by name.

    Raises:
        OSError: a file or folder cannot be made.
    """
    example = f"example_{kind}"
    capitals = "".join(part.capitalize() for part in re.split("[_-]", name))
    replaced = {
        example: module,
        example.replace("_", "-"): module.replace("_", "-"),
        "Example": capitals,  # in names of classes
        "example_tag": name,
        "example_name": name.partition("-")[0],
    }
    starter = STARTERS / kind
    written = []
    for source in sorted(path for path in starter.rglob("*") if path.is_file()):
        if source.suffix == ".pyc":  # pip compiles what it installs
            continue
        path = folder / str(source.relative_to(starter)).replace(example, module)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text("utf-8")
        for old, put in replaced.items():
            text = text.replace(old, put)
        path.write_text(text, "utf-8")
        written.append(path)
    return written
