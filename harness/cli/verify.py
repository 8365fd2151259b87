"""``harness verify``: whether the files of a run are as they were written."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.main import Exit
from harness.cli.run_output import say
from harness.runs.verify import Verified
from harness.runs.verify import verify as verified
from harness.text import counted


@click.command(
    epilog="\b\nExamples:\n  harness verify reports/20260425-101500\n  harness verify history\n",
)
@click.argument(
    "folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True)
)
def verify(folder: Path) -> int:
    """Look at every file in DIR: a run, a comparison, or the history of many nights.

    Names what is damaged, cut short, missing or foreign, one line per file; nothing is changed.
    Results, plan and manifests have checksums of their own, tracks and events theirs in the
    manifests. A run that is not over yet, or was killed, is whole if what it has written is. Of one
    that goes on right now, the calls that are over are looked at.

    \b
    Exit codes: 0 whole, 1 something is not, 2 wrong usage
    """
    found = verified(folder)
    for fault in found.faults:
        say(f"{fault}\n")
    seen = _seen(found)
    if found.below:
        say(f"{folder}: no run, comparison or history itself; those below were looked at\n")
    if found.holder:
        say(f"{folder}: in use by {found.holder}; what is under way is not looked at\n")
    if not found.faults:
        say(f"{folder}: whole{' so far' if found.holder else ''}, {seen}\n")
        return Exit.OK
    # Faults are the answer to the question, not a failure of the command: 1, not 3.
    say(f"{folder}: {counted(len(found.faults), 'fault')}, {seen}\n")
    return Exit.GATE_FAILED


def _seen(found: Verified) -> str:
    """Return what was checked: "1 run with 2 of 26 calls made, 24 not called"."""
    runs, left = counted(found.runs, "run"), found.planned - found.calls
    seen = f"{runs} with {counted(found.calls, 'call')}"
    if left:
        made = f"{found.calls} of {counted(found.planned, 'call')} made"
        seen = f"{runs} with {made}, {left} {'not over yet' if found.holder else 'not called'}"
    if not found.removed:
        return seen
    gone = "all" if found.removed == found.calls else f"{found.removed}"
    return f"{seen}; the recordings of {gone} were removed on purpose (--keep, history prune)"
