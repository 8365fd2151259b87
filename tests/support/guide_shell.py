"""Runs a guide: in a folder of its own, with this tree's harness, without the network."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.guide import Guide, RunCommand, WriteFile
from support.installed import SITE, install
from support.pages import ROOT

PORT = "8765"
"""The port in the pages; a free port replaces it, because another test may use this port."""

_SHIM = '#!/bin/sh\nexec "{python}" {what} "$@"\n'
_WARM = """\
#!/bin/sh
if [ "$1" = agent ]; then exec "{python}" -m harness "$@"; fi
exec "{python}" {warm} "$@"
"""
_PYTHON = """\
#!/bin/sh
if [ "$1 $2 $3" = "-m pip install" ]; then shift 3; exec "{python}" -m support.installed "$@"; fi
exec "{python}" "$@"
"""
_OF_THE_MACHINE = ("OPENAI_", "AZURE_", "GITHUB_", "PYTEST_")
"""Not for pages: none may call a paid service, or believe that it runs in somebody's CI."""

_LIMIT_S = 900


@dataclass(frozen=True, slots=True)
class Done:
    """A command that was run."""

    command: RunCommand
    exit_code: int | None
    output: str


def free_port() -> int:
    """Return a port on which no process listens."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        number: int = door.getsockname()[1]
        return number


def environment(place: Path, warm: str = "") -> dict[str, str]:
    """Return an environment in which ``harness``, ``pytest`` and ``python`` are this tree's.

    ``warm`` are Python's arguments for a ``harness`` that is loaded already. Servers start anew:
    they live and die with the page.
    """
    tools, site = place / "bin", place / "site"
    for folder in (tools, site):
        folder.mkdir(parents=True)
    texts = {
        "harness": _SHIM.format(python=sys.executable, what="-m harness"),
        "pytest": _SHIM.format(python=sys.executable, what="-m pytest"),
        "python": _PYTHON.format(python=sys.executable),
    }
    for name, text in texts.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    if warm:
        text = _WARM.format(python=sys.executable, warm=warm)
        (tools / "harness").write_text(text)
    install(ROOT, site)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_OF_THE_MACHINE)}
    return kept | {
        "PATH": f"{tools}{os.pathsep}{kept['PATH']}",
        "PYTHONPATH": os.pathsep.join(map(str, (site, ROOT, ROOT / "tests"))),
        SITE: str(site),
    }


def carry_out(guide: Guide, folder: Path, environment: dict[str, str]) -> list[Done]:
    """Carry out a guide in ``folder``; stop at the first command with an unexpected exit code."""
    notes = folder.parent / "notes"
    notes.mkdir()
    steps = enumerate(guide.steps)
    script = "\n".join(line for n, step in steps for line in _script(step, notes / f"{n}"))
    shell = subprocess.Popen(
        ["bash", "-uc", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        shell.wait(_LIMIT_S)
    finally:
        with contextlib.suppress(ProcessLookupError):  # the page's servers, and hanging commands
            os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
    return list(_done(guide, notes))


def _script(step: WriteFile | RunCommand, note: Path) -> Iterator[str]:
    if isinstance(step, WriteFile):
        note.write_text(step.text, encoding="utf-8")
        yield f'mkdir -p "$(dirname "{step.path}")" && cp "{note}" "{step.path}" || exit'
    elif not step.exit_codes:
        yield f'{{ {step.line}\n}} >"{note}.out" 2>&1 &'
        yield f'echo running >"{note}.rc"'
        yield f'while [ ! -s "{note}.out" ] && kill -0 $!; do sleep 0.1; done'
    else:
        yield f'{{ {step.line}\n}} >"{note}.out" 2>&1; code=$?; echo $code >"{note}.rc"'
        allowed = "|".join(map(str, step.exit_codes))
        yield f"case $code in {allowed}) ;; *) exit 1 ;; esac"


def _done(guide: Guide, notes: Path) -> Iterator[Done]:
    for number, step in enumerate(guide.steps):
        code = notes / f"{number}.rc"
        if isinstance(step, RunCommand) and code.exists():
            ended = code.read_text().strip()
            output = (notes / f"{number}.out").read_text(encoding="utf-8", errors="replace")
            yield Done(step, int(ended) if ended.isdecimal() else None, output)
