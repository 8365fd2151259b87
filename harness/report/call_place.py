"""Where a call is to be heard: the path of its page from where one stands, and the moment in it."""

from __future__ import annotations

import os
from pathlib import Path

from harness.report import figures
from harness.report.verdict import wrong
from harness.results.model import CallResult, EvidenceSpan


def page_path(call: CallResult, run_folder: Path | None) -> str:
    """Return the path of a call's page from the working directory.

    Without ``run_folder`` it is the one inside the run's folder.
    """
    inside = Path(call.recording, "index.html")
    if run_folder is None:
        return inside.as_posix()
    whole = Path(os.path.abspath(run_folder / inside))  # noqa: PTH100  # links stay as they are
    try:
        return Path(os.path.relpath(whole)).as_posix()
    except ValueError:  # another drive
        return whole.as_posix()


def page_link(call: CallResult, run_folder: Path | None) -> str:
    """Return ``page_path`` with the moment of what went wrong, where one is known."""
    at_s = moment_s(call)
    fragment = "" if at_s is None else f"#t={max(at_s, 0.0):.1f}"
    return f"{page_path(call, run_folder)}{fragment}"


def moment_s(call: CallResult) -> float | None:
    """Return when the evidence of the worst verdict begins, in seconds of the recording."""
    worst = wrong(call)[:1]
    return next((span.start_s for score in worst for span in score.evidence), None)


def span_text(span: EvidenceSpan) -> str:
    """Return "0:02.7–0:06.1", and a stretch too short to be told from a point as one point."""
    first, last = figures.clock(span.start_s), figures.clock(span.end_s)
    return first if first == last else f"{first}–{last}"
