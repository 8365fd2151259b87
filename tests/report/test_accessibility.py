"""Every kind of page, checked by axe-core: no serious or critical finding, light and dark."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright import sync_api
from support.browser import Reader, barriers
from support.call_script import record
from support.imported_run import write_imported_run
from support.queue_agent import QueueAgent, load_test
from support.synthetic_run import bad_call, run_results, three_calls, write_large_index, write_run

from harness.judging.judge import judge
from harness.recording.model import Absence, AbsenceCause, ImpairedSpan, Impairment
from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.report.load_page import write_page
from harness.report.pages import Link, PageFrame, render, write
from harness.report.run.html import write_report
from harness.report.run.view import index_page
from harness.results.load.findings import findings
from harness.results.load.model import Arrivals, OwnLimit
from harness.results.store import write_results
from harness.runs.call_result import result_of

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    write_report(write_run(folder / "run"))
    write_large_index(folder / "large", 250)
    write_imported_run(folder)
    write_told_run(folder / "told")
    write_load_test(folder / "load")
    return folder


def write_told_run(folder: Path) -> None:
    """Write a run of a matrix: words written down, a lost line and late sound, and an undrawn page.

    Its index says that the page was not drawn.
    """
    written = record("0.0-2.0 caller: Where is my order? [written 2.8 where is the order]")
    late = tuple(ImpairedSpan(Impairment.LATE, n * 24_000, 480, 0.1) for n in range(3))
    gone = (Absence(9.0, 9.5, AbsenceCause.DISCONNECT, 1),)
    staged = bad_call().recording("bad", seed=8, status=CallStatus.COMPLETED)
    staged = replace(staged, absences=gone, impaired=late)
    calls = (
        result_of(judge(written), "calls/written"),
        replace(three_calls()[1], condition="server_vad pcmu", cell="server_vad pcmu"),
    )
    for call, recording in zip(calls, (written, staged), strict=True):
        write_recording(folder / call.recording, recording)
    write_results(folder / "results.json", run_results(calls))
    write_report(folder)
    page = index_page(run_results(calls), title="told", undrawn=calls)
    write(folder / "undrawn.html", render("index.html.j2", PageFrame((Link("told"),)), page=page))


def write_load_test(folder: Path) -> None:
    """Write the page of an agent that is overrun."""
    limit = OwnLimit(40, 2, 0.004)
    test, results = load_test(QueueAgent(4), Arrivals(3.0, 200.0, 200.0), seed=1, limit=limit)
    folder.mkdir()
    write_page(folder, test, results, findings(test, results))


PAGES = [
    "load/load.html",
    "run/index.html",
    "large/index.html",
    "run/calls/straight-lookup-0/index.html",
    "run/calls/barge-in-cancel-0/index.html#t=9.0",
    "run/calls/slow-tool-0/index.html",
    "imported/index.html",
    "imported/calls/chat/001/index.html",
    "imported/calls/call/001/index.html",
    "told/undrawn.html",
    "told/calls/written/index.html",
    "told/calls/barge-in-cancel-0/index.html",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_no_barrier_for_assistive_technology(
    browser: sync_api.Browser, pages: Path, axe: str, path: str, scheme: str
) -> None:
    # axe-core is put into the page from outside, which the page's own policy rightly refuses.
    reader = Reader(browser, pages, color_scheme=scheme, bypass_csp=True)
    file, _, fragment = path.partition("#")
    page = reader.open(file, fragment and f"#{fragment}")
    for log in page.locator("#event-log > summary").all():
        log.click()
    found = barriers(page, axe)
    reader.close()
    assert found == []


def test_axe_would_find_a_barrier(browser: sync_api.Browser, pages: Path, axe: str) -> None:
    reader = Reader(browser, pages, bypass_csp=True)
    page = reader.open("run/index.html")
    page.evaluate("document.getElementById('filter-text').closest('label').replaceWith("
                  "document.getElementById('filter-verdict'))")  # fmt: skip
    assert [line for line in barriers(page, axe) if "select-name" in line]
    reader.close()
