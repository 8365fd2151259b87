"""The history page in Chromium: quiet, quick, and usable on a phone and with a keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.browser import Reader, barriers
from support.browser import axe as axe
from support.browser import browser as browser
from support.nights import Nights, night_name, regressed

from harness.report.history.view import RunPages, write_history

pytestmark = pytest.mark.browser

QUICK_MS = 10_000
"""Far above the usual time (about 100 ms): only a page that grew out of hand is this slow."""


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ninety nights at two targets; the reports of the last night are there."""
    folder = tmp_path_factory.mktemp("nights")
    simulated = Nights(
        chance=regressed, targets=("staging", "live"), repeats=2,
        prompt=lambda night: ("a" if night < 61 else "b") * 64,
    )  # fmt: skip
    for target in simulated.targets:
        report = folder / night_name(90) / f"order-desk.{target}" / "index.html"
        report.parent.mkdir(parents=True)
        report.write_text("<!doctype html><title>the night's report</title>")
    write_history(simulated.history(), RunPages(folder), prices=None)
    return folder


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ninety_nights_are_shown_quietly_and_within_the_window(browser, nights, width, scheme):
    reader = Reader(browser, nights, viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = reader.open("history.html")
    took_ms = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert 0 < took_ms < QUICK_MS
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("figure.trend").count() == 2 * (1 + 7 + 2)
    for chart in page.locator("figure.trend svg").all()[:3]:
        assert chart.bounding_box()["width"] > 200
    reader.close()


def test_the_keyboard_reaches_every_night_through_the_table(browser, nights):
    reader = Reader(browser, nights)
    page = reader.open("history.html")
    summary = page.locator("#group-1 ~ details summary", has_text="Every night as a table")
    summary.focus()
    page.keyboard.press("Enter")
    link = page.locator("#group-1 ~ details tbody a").first
    assert link.is_visible()
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/index.html")
    assert page.title() == "the night's report"
    reader.close()


def test_the_dots_are_no_stops_for_the_keyboard_but_lead_to_the_night(browser, nights):
    reader = Reader(browser, nights)
    page = reader.open("history.html")
    dots = page.locator("figure.trend a")
    assert {dot.get_attribute("tabindex") for dot in dots.all()} == {"-1"}
    dots.first.click()
    page.wait_for_url("**/index.html")
    assert page.title() == "the night's report"
    reader.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier_for_assistive_technology(browser, nights, axe, scheme):
    # axe-core is put into the page from outside, which the page's own policy rightly refuses.
    reader = Reader(browser, nights, color_scheme=scheme, bypass_csp=True)
    page = reader.open("history.html")
    for summary in page.locator("details > summary").all():
        summary.click()
    found = barriers(page, axe)
    reader.close()
    assert found == []
