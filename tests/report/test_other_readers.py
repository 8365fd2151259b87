"""The report without a mouse, on paper, on a phone, and under a flood of words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright import sync_api
from support.browser import PAUSED, TIME, Reader, until
from support.synthetic_run import HOSTILE, good_call, run_results, score, three_calls

from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.report.run.html import write_report, write_single_file
from harness.results.store import write_results

BAD = "calls/barge-in-cancel-0/index.html"
GOOD = "calls/straight-lookup-0/index.html"

pytestmark = pytest.mark.browser


def test_a_call_is_found_and_opened_by_keyboard_alone(reader: Reader) -> None:
    page = reader.open("index.html")
    page.keyboard.press("/")
    page.keyboard.type("look/up")  # the slash is a character here
    assert page.input_value("#filter-text") == "look/up"
    page.keyboard.press("Control+A")
    page.keyboard.press("Backspace")
    focused = "document.activeElement.textContent"
    page.keyboard.press("Enter")
    assert page.evaluate(focused) == "straight lookup"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "barge-in cancel"
    page.keyboard.press("ArrowDown")  # the last row
    assert page.evaluate(focused) == "barge-in cancel"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    until(page, "document.getElementById('audio')")


def test_the_keyboard_skips_to_the_content_and_shows_where_it_is(reader: Reader) -> None:
    for path in ("index.html", GOOD):
        page = reader.open(path)
        page.keyboard.press("Tab")
        assert page.locator(".skip").bounding_box()["y"] >= 0
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        page.keyboard.press("Enter")
        assert page.url.endswith("#main")


def test_evidence_plays_by_keyboard(reader: Reader) -> None:
    page = reader.open(BAD)
    page.get_by_role("button", name="0:02.7–0:06.1").focus()
    page.keyboard.press("Enter")
    until(page, f"!{PAUSED} && {TIME} > 2.2")
    page.keyboard.press("Enter")
    until(page, PAUSED)


def test_the_keyboard_plays_pauses_and_steps(reader: Reader) -> None:
    page = reader.open(GOOD)
    page.keyboard.press("ArrowRight")
    until(page, f"Math.abs({TIME} - 2) < 0.01")
    page.keyboard.press(" ")
    until(page, f"!{PAUSED} && {TIME} > 2.05")
    assert page.locator("#play").get_attribute("aria-pressed") == "true"
    page.keyboard.press(" ")
    until(page, PAUSED)
    page.keyboard.press("ArrowLeft")
    until(page, f"{TIME} < 1.9")


def test_print_leaves_out_what_cannot_be_pressed(reader: Reader) -> None:
    page = reader.open(BAD)
    page.emulate_media(media="print")
    for part in (".player", ".copy >> nth=0", ".turn-page"):
        assert not page.locator(part).is_visible()
    clipped = (
        "[...document.querySelectorAll('.text')].some(t => t.scrollHeight > t.clientHeight + 1)"
    )
    assert not page.evaluate(clipped)


@pytest.mark.parametrize("path", ["index.html", BAD, GOOD])
def test_nothing_scrolls_sideways_on_a_phone(
    browser: sync_api.Browser, run_folder: Path, path: str
) -> None:
    phone = Reader(browser, run_folder, viewport={"width": 390, "height": 844}, is_mobile=True)
    page = phone.open(path)
    widths = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth]")
    phone.close()
    assert max(widths) <= 390


def test_a_line_of_100_kb_of_hostile_text_is_only_long(
    browser: sync_api.Browser, tmp_path: Path
) -> None:
    flood = "\u202e\u2067" + HOSTILE + "</script></template>" + "W" * 100_000
    talk = good_call()
    talk.answers(25.0, 2.0, flood, heard=flood)
    call = replace(three_calls()[0], scores=(score("s", "fail", flood, (25.0, 27.0)),))
    recording = talk.recording("wild", seed=7, status=CallStatus.COMPLETED)
    write_recording(tmp_path / call.recording, recording)
    write_results(tmp_path / "results.json", run_results((call,)))
    write_report(tmp_path)
    write_single_file(tmp_path, tmp_path / "one.html")
    phone = Reader(browser, tmp_path, viewport={"width": 390, "height": 844}, is_mobile=True)
    for path, fragment in (("index.html", ""), (GOOD, "#t=25"), ("one.html", "#call=0&t=25")):
        page = phone.open(path, fragment)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("window.attacked") is None
        assert "[U+202E][U+2067]<script>window.attacked = 1" in page.inner_text("body")
    phone.close()
