"""Calls whose pages a bug of the harness kept from being drawn: where it is told, and to whom."""

from __future__ import annotations

import traceback
from pathlib import Path

from harness.errors import StorageFailed
from harness.report import figures
from harness.report.pages import write
from harness.report.verdict import path_from_here
from harness.results.model import CallResult, RunResults

UNDRAWN = "undrawn.txt"
"""Where a call's folder keeps the traceback of a page that could not be drawn."""


def keep_traceback(folder: Path, error: Exception) -> str:
    """Write what broke into the call's folder and return it in one line; raises StorageFailed."""
    write(folder / UNDRAWN, "".join(traceback.format_exception(error)))
    return "".join(traceback.format_exception_only(error)).strip()


def forget_traceback(folder: Path) -> None:
    """Remove what an earlier drawing of the call has left; raises StorageFailed."""
    try:
        (folder / UNDRAWN).unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed(folder / UNDRAWN, error.strerror or str(error)) from error


def undrawn_calls(results: RunResults, run_folder: Path) -> tuple[CallResult, ...]:
    """Return the calls whose pages were not drawn when the report was last written."""
    return tuple(c for c in results.recorded if (run_folder / c.recording / UNDRAWN).is_file())


def undrawn_text(results: RunResults, run_folder: Path) -> str:
    """Return that pages could not be drawn, and where the first traceback lies; empty for none."""
    found = undrawn_calls(results, run_folder)
    if not found:
        return ""
    calls = figures.counted(len(found), "call")
    place = path_from_here(run_folder / found[0].recording / UNDRAWN)
    return (
        f"a bug in the harness broke the drawing of {calls}, whose verdicts stand: {place} holds "
        "the traceback; please report it"
    )
