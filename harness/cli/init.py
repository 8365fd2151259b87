"""``harness init``: a folder to start from, with a suite, two scenarios and their CI files."""

from __future__ import annotations

import json
import shlex
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import click

from harness.cli.main import Exit
from harness.errors import StorageFailed, UsageError

NAME = "voice-agent-harness"

STARTERS = Path(__file__).with_name("starter")
"""The files as they are written, comments and all, in a folder for each language."""

LANGUAGES = tuple(sorted(path.name for path in STARTERS.iterdir()))

HARNESS = b"{harness}"
"""Placeholder for the requirement with which pip gets the harness that is installed here."""

REQUIREMENTS = "requirements.txt"


def requirement() -> str:
    """Return a line for requirements.txt with which pip installs the harness that runs here.

    The line follows the installation (PEP 610): a repository, an archive, or a version of an index.
    A checkout is known by the address that its git calls ``origin``, else by its path, which works
    on this machine only; ``only_here`` checks this.
    """
    try:
        found = distribution(NAME)
    # Run from a checkout with PYTHONPATH, without any installation: the folder above the package
    # is the checkout.
    except PackageNotFoundError:
        return f"{NAME} @ {_checkout(Path(__file__).parents[2])}"
    # pip writes this file only for an installation from a URL, a path or a repository, not from an
    # index.
    direct = json.loads(found.read_text("direct_url.json") or "{}")
    if not direct:
        return f"{NAME}=={found.version}"
    return f"{NAME} @ {address(direct)}"


def address(direct: dict[str, object]) -> str:
    """Return the URL of a requirement from pip's record of an installation."""
    url, vcs = str(direct["url"]), direct.get("vcs_info")
    if isinstance(vcs, dict):
        return f"{vcs['vcs']}+{_without_user(url)}@{vcs['commit_id']}"
    parts = urlsplit(url)
    return _checkout(Path(unquote(parts.path))) if parts.scheme == "file" else _without_user(url)


def only_here(line: str) -> bool:
    """Whether a requirement is a path of this machine."""
    return " @ file:" in line


def _checkout(folder: Path) -> str:
    # Empty without git, without a repository or without this remote; then the path remains.
    remote = _git(folder, "remote", "get-url", "origin")
    if "://" in remote:
        return f"git+{_without_user(remote)}"
    # git accepts two forms of an ssh address; pip only knows the one with a scheme.
    host, colon, path = remote.partition(":")
    if colon and "/" not in host:  # git@host:path, as ssh is written
        return f"git+ssh://{host}/{path}"
    return folder.resolve().as_uri()


def _git(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments],
            capture_output=True, text=True, check=False, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _without_user(url: str) -> str:
    """Return a URL without user name and password: both would be committed. ssh needs its name."""
    parts = urlsplit(url)
    if parts.scheme == "ssh":
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


@click.command(
    epilog="\b\nExamples:\n  harness init mine && harness run mine\n  harness init . --force\n"
    "  harness init meins --language de && harness run meins\n",
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--force",
    is_flag=True,
    help="Write into a folder that is not empty; files that are there stay as they are.",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language of callers, agent and comments.",
)
def init(folder: Path, force: bool, language: str) -> int:
    """Write a suite of your own into DIR: scenarios, a prompt, a target, gates and a CI file.

    It asks nothing and runs at once, against the embedded reference agent. The comments in the
    files say what to change.
    """

    try:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"{folder} is not a folder; name another one")
        if not force and folder.exists() and any(folder.iterdir()):
            raise UsageError(
                f"{folder} is not empty; name another folder, "
                "or --force to add the files that are missing there"
            )
        written, kept = write_starter(folder, language)
    except OSError as error:
        place = Path(error.filename) if error.filename else folder
        raise StorageFailed(place, error.strerror or str(error)) from error
    for path in written:
        click.echo(f"wrote {path}")
    for path in kept:
        click.echo(f"kept  {path}")
    if any(path.name == REQUIREMENTS and only_here(path.read_text("utf-8")) for path in written):
        click.echo(
            f"\nnote: {folder / REQUIREMENTS} names the harness by its path on this machine; "
            f"for CI, write where its repository is: {NAME} @ git+https://…"
        )
    click.echo(f"\nnext: harness run {shlex.quote(str(folder))}")
    return Exit.OK


def write_starter(folder: Path, language: str) -> tuple[list[Path], list[Path]]:
    """Write the files that are not there yet; return those written and those kept, by name.

    Raises:
        OSError: a file or folder cannot be made.
    """
    line = requirement()
    written: list[Path] = []
    kept: list[Path] = []
    starter = STARTERS / language
    for source in sorted(path for path in starter.rglob("*") if path.is_file()):
        path = folder / source.relative_to(starter)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:  # "x": files that are there stay as they are
                file.write(source.read_bytes().replace(HARNESS, line.encode()))
        except FileExistsError:
            kept.append(path)
        else:
            written.append(path)
    return written, kept
