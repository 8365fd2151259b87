"""The index of 2,000 calls in a browser: shown in parts, all of it sorted, filtered and printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright import sync_api
from support.browser import Reader, until
from support.synthetic_run import HOSTILE, write_large_index

pytestmark = pytest.mark.browser

CALLS = 2_000
COUNTED = 1_980  # one call in a hundred was lost


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_large_index(tmp_path_factory.mktemp("large"), CALLS)


@pytest.fixture
def reader(browser: sync_api.Browser, folder: Path) -> Iterator[Reader]:
    opened = Reader(browser, folder)
    yield opened
    opened.close()


def seeds(page: sync_api.Page) -> list[int]:
    """Return the seeds of the rows that are laid out."""
    return page.evaluate(
        "[...document.querySelectorAll('#calls-table tr[data-verdict]')]"
        ".filter(r => r.offsetHeight)"
        ".map(r => Number(r.querySelector('[data-key=seed]').dataset.value))"
    )


def test_a_part_of_the_table_is_laid_out_and_the_others_are_a_press_away(reader: Reader) -> None:
    page = reader.open("index.html")
    assert len(seeds(page)) == 100
    assert page.inner_text("#page-place") == f"1–100 of {COUNTED}"
    assert page.inner_text("#shown") == f"{COUNTED} of {COUNTED} calls"
    assert page.get_by_role("button", name="Previous").is_disabled()
    page.get_by_role("button", name="Next").press("Enter")
    assert page.inner_text("#page-place") == f"101–200 of {COUNTED}"
    for _ in range(18):
        page.get_by_role("button", name="Next").click()
    assert page.inner_text("#page-place") == f"1901–{COUNTED} of {COUNTED}"
    assert page.get_by_role("button", name="Next").is_disabled()


def test_sorting_sorts_all_and_begins_again_at_the_first_part(reader: Reader) -> None:
    page = reader.open("index.html")
    page.get_by_role("button", name="Next").click()
    heading = page.get_by_role("button", name="Seed")
    heading.click()
    assert seeds(page)[:2] == [0, 40]
    heading.click()
    page.uncheck("#by-scenario")
    assert seeds(page)[:3] == [1999, 1997, 1996]  # 1998 was lost
    assert page.inner_text("#page-place") == f"1–100 of {COUNTED}"


def test_calls_stand_under_their_scenario_whose_place_is_that_of_its_first_call(
    reader: Reader,
) -> None:
    page = reader.open("index.html")
    headings = page.locator("tr.group:visible")
    first = page.locator("tr.group:visible, tr.member:visible").all_inner_texts()
    assert first[0].startswith("scenario 00")
    assert first[1].split()[:3] == ["scenario", "00", "#1"]
    assert headings.count() == 2  # fifty calls each
    page.get_by_role("button", name="Seed").click()
    page.get_by_role("button", name="Seed").click()
    assert headings.first.inner_text().startswith("scenario 39")
    assert seeds(page)[:3] == [1999, 1959, 1919]
    page.fill("#filter-text", "scenario 07")
    assert headings.count() == 1
    page.uncheck("#by-scenario")
    assert headings.count() == 0


def test_the_view_can_be_sent(reader: Reader) -> None:
    page = reader.open("index.html")
    page.select_option("#filter-verdict", "fail")
    page.select_option("#filter-scorer", "write_confirmation")
    page.select_option("#filter-tag", "barge-in")
    page.fill("#filter-text", "scenario 1 €&=#")
    page.fill("#filter-text", "scenario 1")
    page.locator('button[data-key="worst"]').click()
    page.get_by_role("button", name="Seed").click()
    page.get_by_role("button", name="Seed").click()
    shown = seeds(page)
    assert page.inner_text("#shown") != f"{COUNTED} of {COUNTED} calls"
    page.get_by_role("button", name="Copy link to this view").click()
    page.locator("#filter-text").fill("")
    page.locator("#filter-text").press("Control+V")
    sent = page.input_value("#filter-text").partition("#")[2]
    page.goto("about:blank")
    page = reader.open("index.html", f"#{sent}")
    assert seeds(page) == shown
    assert page.input_value("#filter-text") == "scenario 1"
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Seed")
    page.click("#filter-text")
    page.evaluate("location.hash = '#verdict=review&sort=nothing&tag=nobody'")  # by hand
    until(page, "document.getElementById('filter-verdict').value === 'review'")
    assert page.input_value("#filter-tag") == ""
    page.select_option("#filter-verdict", "")
    page.evaluate("location.hash = '#main'")  # the skip link has no effect on the filter
    assert page.inner_text("#shown") == f"{COUNTED} of {COUNTED} calls"


def test_a_filter_searches_all_and_keeps_the_order(reader: Reader) -> None:
    page = reader.open("index.html")
    page.uncheck("#by-scenario")
    page.get_by_role("button", name="Seed").click()
    page.get_by_role("button", name="Seed").click()
    page.select_option("#filter-verdict", "fail")
    assert page.inner_text("#shown") == f"280 of {COUNTED} calls"
    assert page.inner_text("#page-place") == "1–100 of 280"
    assert seeds(page) == sorted(seeds(page), reverse=True)
    page.fill("#filter-text", "scenario 07")
    assert not page.locator("#pager").is_visible()
    page.fill("#filter-text", "no such call")
    assert seeds(page) == []
    assert page.locator("#none-shown").is_visible()
    page.click("#clear")
    assert len(seeds(page)) == 100


def test_the_arrow_keys_go_on_into_the_next_part(reader: Reader) -> None:
    page = reader.open("index.html")
    page.locator("#calls-table tr[data-verdict]:not(.elsewhere) th a").last.focus()
    page.keyboard.press("ArrowDown")
    assert page.inner_text("#page-place") == f"101–200 of {COUNTED}"
    assert page.evaluate("document.activeElement.closest('tr').offsetHeight") > 0
    page.keyboard.press("ArrowUp")
    assert page.inner_text("#page-place") == f"1–100 of {COUNTED}"


def test_print_shows_every_row_that_matches(reader: Reader) -> None:
    page = reader.open("index.html")
    page.select_option("#filter-verdict", "fail")
    page.emulate_media(media="print")
    shown = "[...document.querySelectorAll('tr[data-verdict]')].filter(r => r.offsetHeight)"
    until(page, f"{shown}.length === 280")  # the page learns of it with the next frame


def test_hostile_words_in_rows_that_are_still_text_are_found_and_do_nothing(reader: Reader) -> None:
    page = reader.open("index.html")
    page.fill("#filter-text", HOSTILE.split()[0])
    assert page.inner_text("#shown") == f"280 of {COUNTED} calls"
    page.get_by_role("button", name="Next").click()
    page.get_by_role("button", name="Next").click()
    assert page.inner_text("#page-place") == "201–280 of 280"
    assert page.evaluate("window.attacked") is None


def test_without_scripts_every_call_stands_in_the_page(
    browser: sync_api.Browser, folder: Path
) -> None:
    plain = Reader(browser, folder, java_script_enabled=False)
    page = plain.open("index.html")
    assert page.locator("tr[data-verdict]:visible").count() == COUNTED
    assert page.locator("tr.group:visible").count() == 40
    heads = page.locator("table.calls thead:visible").all_inner_texts()
    assert len(heads) == 2
    assert heads[1].split() == re.sub("[^ \\w-]+", "", " ".join(heads[0].split())).split()
    assert not page.locator("#pager").is_visible()
    plain.close()
