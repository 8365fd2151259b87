"""Whether this tree behaves as an earlier commit does: ``python -m benchmarks same [REV]``.

Both trees call the shipped suite in virtual time, with a good agent and with two planted faults,
and write their reports. Every file of the two runs must be the same to the byte, but for the
moments of the runs and the checksums of files that hold them. Exit code 1 names each file that
differs, and its first line that does. With files of labelled dialogues (``--dialogues``) the table
of ``harness judge-check`` must be the same, too.

The commit is checked out in a temporary worktree; both use the packages of this environment.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent

FAULTS = ("", "skip_read_back", "claims_without_doing")
"""A good agent, a fault of what is said, and one of what is done."""

_PASSING = re.compile(
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d| UTC)?"
    rb'|"digest": "[0-9a-f]{32}"'
)
"""What two runs of the same tree do not share: moments, and checksums of files that hold them.

Hashes of scenarios, prompts and audio are compared: another hash makes every baseline invalid.
"""


def main(arguments: Sequence[str]) -> int:
    """Compare, print what differs, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks same", description=__doc__)
    parser.add_argument("revision", nargs="?", default="HEAD", metavar="REV")
    parser.add_argument("--scenario", metavar="GLOB", help="only these scenarios of the suite")
    parser.add_argument("--dialogues", nargs="*", default=[], type=Path, metavar="FILE")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="same-") as name:
        scratch = Path(name)
        tree = scratch / "tree"
        command = ["git", "worktree", "add", "--quiet", "--detach", str(tree), asked.revision]
        subprocess.run(command, cwd=ROOT, check=True)
        try:
            before, now = scratch / "before", scratch / "now"
            for at, out in ((tree, before), (ROOT, now)):
                _call(at, out, asked.scenario, [file.resolve() for file in asked.dialogues])
            differing = list(differences(before, now))
        finally:
            remove = ["git", "worktree", "remove", "--force", str(tree)]
            subprocess.run(remove, cwd=ROOT, check=True)
    for line in differing:
        print(line)
    compared = "; ".join(filter(None, (asked.revision, asked.scenario)))
    print(f"{len(differing)} files differ from {compared}" if differing else f"same as {compared}")
    return int(bool(differing))


def differences(before: Path, now: Path) -> Iterator[str]:
    """Yield a line for each file that only one of two folders holds, or that differs."""
    names = {
        file.relative_to(at) for at in (before, now) for file in at.rglob("*") if file.is_file()
    }
    if not names:
        yield "neither tree wrote a file"
    for name in sorted(names):
        old, new = before / name, now / name
        if not (old.is_file() and new.is_file()):
            yield f"{name}: only {'before' if old.is_file() else 'now'}"
        elif (lines := _first_difference(old.read_bytes(), new.read_bytes())) is not None:
            yield f"{name}: {lines}"


def _first_difference(old: bytes, new: bytes) -> str | None:
    old, new = _PASSING.sub(b"-", old), _PASSING.sub(b"-", new)
    if old == new:
        return None
    pairs = zip(old.splitlines(), new.splitlines(), strict=False)
    number, one, other = next(
        ((n, a, b) for n, (a, b) in enumerate(pairs, start=1) if a != b), (0, b"", b"")
    )
    if not number:
        return f"{len(old):,} bytes before, {len(new):,} now"
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    cut = slice(max(0, at - 40), at + 60)
    return f"line {number}: {one[cut]!r} before, {other[cut]!r} now"


def _call(tree: Path, out: Path, scenario: str | None, dialogues: Sequence[Path]) -> None:
    """Run the suite of a tree with its own code; write runs, and what judge-check prints."""
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    harness = [sys.executable, "-P", "-m", "harness"]
    out.mkdir()
    for fault in FAULTS:
        command = [*harness, "run", "scenarios", "--out", str(out / (fault or "good"))]
        command += ["--fault", fault] if fault else []
        command += ["--scenario", scenario] if scenario else []
        _run(command, tree, environment, allowed=(0, 1))
    for file in dialogues:
        command = [*harness, "judge-check", str(file), "--rows", "1000"]
        said = _run(command, tree, environment, allowed=(0,))
        (out / f"judge-check-{file.parent.name}-{file.stem}.txt").write_text(said, encoding="utf-8")


def _run(
    command: Sequence[str], tree: Path, environment: dict[str, str], allowed: Sequence[int]
) -> str:
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    if done.returncode not in allowed:
        sys.exit(f"{' '.join(command)} in {tree}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout
