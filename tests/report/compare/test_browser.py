"""The comparison's pages in Chromium: quiet, within the window, and both calls can be heard."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.browser import Reader, barriers, until
from support.browser import axe as axe
from support.browser import browser as browser
from support.compared_runs import write_comparison_of_two_runs

pytestmark = pytest.mark.browser

PAIR = "pairs/b/straight-lookup-0.html"
AUDIO = "document.querySelectorAll('audio')"


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_comparison_of_two_runs(tmp_path_factory.mktemp("compared #1"))


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["index.html", PAIR])
def test_pages_are_quiet_within_the_window_and_without_barriers(
    browser, compared, axe, path, scheme, width
):
    # axe-core is put into the page from outside, which the page's own policy rightly refuses
    reader = Reader(browser, compared, viewport={"width": width, "height": 900},
                    color_scheme=scheme, bypass_csp=True)  # fmt: skip
    page = reader.open(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = barriers(page, axe)
    reader.close()
    assert found == []


@pytest.fixture
def pair(browser, compared):
    reader = Reader(browser, compared, viewport={"width": 1440, "height": 900})
    page = reader.open(PAIR)
    until(page, f"[...{AUDIO}].length === 2 && [...{AUDIO}].every(a => a.readyState >= 1)")
    yield page
    reader.close()


def test_a_flip_leads_to_its_pair(browser, compared):
    reader = Reader(browser, compared)
    page = reader.open("index.html")
    page.get_by_role("row", name="straight lookup").get_by_role("link").click()
    assert page.url.endswith(PAIR)
    assert page.get_by_role("heading", level=1).inner_text() == "straight lookup, repeat 1"
    reader.close()


def test_one_call_plays_at_a_time(pair):
    pair.get_by_role("button", name="Play A").click()
    until(pair, f"!{AUDIO}[0].paused")
    pair.get_by_role("button", name="Play B").click()
    until(pair, f"!{AUDIO}[1].paused && {AUDIO}[0].paused")
    assert pair.get_by_role("button", name="Pause B").get_attribute("aria-pressed") == "true"
    pair.locator("h1").click()
    pair.keyboard.press("Space")  # the audio that was last played
    until(pair, f"{AUDIO}[1].paused")


def test_evidence_and_transcript_seek_in_their_own_call(pair):
    pair.locator(".proof[data-side='b']").first.click()
    until(pair, f"!{AUDIO}[1].paused && {AUDIO}[1].currentTime > 0")
    assert pair.evaluate(f"{AUDIO}[0].currentTime") == 0
    line = pair.locator(".line[data-side='a']").nth(2)
    line.locator(".at").click()
    start = float(line.get_attribute("data-start"))
    until(pair, f"Math.abs({AUDIO}[0].currentTime - {start}) < 0.05")
    until(pair, "document.querySelectorAll(\".line[data-side='a'].now\").length === 1")


def test_both_calls_stand_on_one_time_axis(pair):
    data = pair.evaluate("JSON.parse(document.getElementById('pair-data').textContent)")
    longest = max(side["duration"] for side in data["sides"].values())
    for key, box in zip("ab", pair.locator(".pair-wave").all(), strict=True):
        whole = pair.locator(".pair-scroll").first.bounding_box()["width"]
        share = data["sides"][key]["duration"] / longest
        assert box.bounding_box()["width"] == pytest.approx(whole * share, abs=2)
    wave = pair.locator(".pair-wave").first.bounding_box()
    pair.mouse.click(wave["x"] + wave["width"] / 2, wave["y"] + 20)
    until(pair, f"Math.abs({AUDIO}[0].currentTime - {data['sides']['a']['duration'] / 2}) < 0.2")
