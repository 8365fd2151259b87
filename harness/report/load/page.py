"""``load.html``: the page of a load test, beside the report of its calls."""

from __future__ import annotations

from pathlib import Path

from harness.load.findings import LoadFindings, findings
from harness.load.model import LOAD, LoadTest, read_load
from harness.report.load.view import COLUMNS, load_page
from harness.report.pages import LOAD_PAGE, Link, PageFrame, copy_assets, render, write
from harness.results.model import RunResults
from harness.results.store import RESULTS, read_results


def write_load_page(folder: Path) -> Path:
    """Write the page of a stored load test and return it.

    Raises:
        RecordingDamaged: ``load.json`` or ``results.json`` cannot be read.
        StorageFailed: the page cannot be written.
    """
    test, results = read_load(folder / LOAD), read_results(folder / RESULTS)
    return write_page(folder, test, results, findings(test, results))


def write_page(folder: Path, test: LoadTest, results: RunResults, found: LoadFindings) -> Path:
    """Write the page of what a load test found; raises StorageFailed."""
    copy_assets(folder)
    page = load_page(test, results, found)
    frame = PageFrame(trail=(Link("Load test"),), version=results.harness_version)
    write(folder / LOAD_PAGE, render("load.html.j2", frame, page=page, columns=COLUMNS))
    return folder / LOAD_PAGE
