"""Where pip gets this harness from: what a project that uses it must write down."""

from __future__ import annotations

import json
import subprocess
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

NAME = "voice-agent-harness"


def requirement() -> str:
    """Return a line for requirements.txt with which pip installs what runs here.

    As it was installed (PEP 610): from a repository, from an archive, or from an index by its
    version. A checkout is known by the address that its git calls ``origin``, else by its path,
    which is good on this machine only: ``only_here`` tells.
    """
    try:
        found = distribution(NAME)
    except PackageNotFoundError:
        return f"{NAME} @ {_checkout(Path(__file__).parents[2])}"
    direct = json.loads(found.read_text("direct_url.json") or "{}")
    if not direct:
        return f"{NAME}=={found.version}"
    return f"{NAME} @ {address(direct)}"


def address(direct: dict[str, object]) -> str:
    """Return the URL of a requirement from what pip noted about an installation."""
    url, vcs = str(direct["url"]), direct.get("vcs_info")
    if isinstance(vcs, dict):
        return f"{vcs['vcs']}+{_without_user(url)}@{vcs['commit_id']}"
    parts = urlsplit(url)
    return _checkout(Path(unquote(parts.path))) if parts.scheme == "file" else _without_user(url)


def only_here(line: str) -> bool:
    """Whether a requirement is a path of this machine."""
    return " @ file:" in line


def _checkout(folder: Path) -> str:
    remote = _git(folder, "remote", "get-url", "origin")
    if "://" in remote:
        return f"git+{_without_user(remote)}"
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
    """Return a URL without a name and a password: both would be committed. ssh needs its name."""
    parts = urlsplit(url)
    if parts.scheme == "ssh":
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
