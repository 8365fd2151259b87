"""The report in a real browser, from file://, as a reader uses it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright import sync_api
from support.browser import PAUSED, TIME, Reader, until
from support.synthetic_run import result, run_results, score

from harness.report.run.html import write_report
from harness.results.model import GateKind, GateResult, Quarantined
from harness.results.store import write_results

BAD = "calls/barge-in-cancel-0/index.html"
GOOD = "calls/straight-lookup-0/index.html"

pytestmark = pytest.mark.browser


def names(page: sync_api.Page) -> list[str]:
    return page.locator("#calls-table tbody tr:visible th a").all_inner_texts()


def test_the_table_sorts_by_mouse_and_by_keyboard(reader: Reader) -> None:
    page = reader.open("index.html")
    assert names(page) == ["straight lookup", "barge-in cancel"]
    button = page.locator('button[data-key="worst"]')
    button.click()
    assert names(page) == ["straight lookup", "barge-in cancel"]
    button.press("Enter")
    assert names(page) == ["barge-in cancel", "straight lookup"]
    header = page.locator("th", has=button)
    assert header.get_attribute("aria-sort") == "descending"


def test_the_table_filters_by_text_verdict_scorer_and_tag(reader: Reader) -> None:
    page = reader.open("index.html")
    page.fill("#filter-text", "without asking")
    assert names(page) == ["barge-in cancel"]
    page.select_option("#filter-verdict", "pass")
    assert names(page) == []
    page.click("#clear")
    assert len(names(page)) == 2
    page.select_option("#filter-scorer", "write_confirmation")
    assert names(page) == ["barge-in cancel"]
    page.select_option("#filter-scorer", "")
    page.select_option("#filter-tag", "lookup")
    assert names(page) == ["straight lookup"]
    assert page.inner_text("#shown") == "1 of 2 calls"


def test_a_failure_links_to_its_moment_in_the_call(reader: Reader) -> None:
    page = reader.open("index.html")
    page.click(".failure h3 a")
    until(page, f"Math.abs({TIME} - 12) < 0.01")
    assert page.url.endswith("#t=12.00")


def test_evidence_is_played_on_the_index(reader: Reader) -> None:
    page = reader.open("index.html")
    playing = "document.querySelectorAll('.proof.playing').length"
    proof = page.get_by_role("link", name="at 0:02.7")
    proof.click()
    until(page, f"{playing} === 1")
    proof.click()
    until(page, f"{playing} === 0")
    proof.evaluate("link => { link.dataset.sound = 'calls/gone.flac'; }")
    proof.click()
    until(page, "location.hash === '#t=2.70'")
    assert any("gone.flac" in one for one in reader.complaints)
    reader.complaints.clear()


def test_the_theme_is_switched_and_kept(reader: Reader) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page = reader.open(GOOD)
    light, seen = page.evaluate(ground), []
    for _ in range(3):
        page.click("#theme")
        seen.append((page.inner_text("#theme"), page.evaluate(ground) == light))
    assert seen == [("Theme: light", True), ("Theme: dark", False), ("Theme: auto", True)]
    page.click("#theme")
    page.click("#theme")
    assert reader.open("index.html").evaluate(ground) != light
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light only"


def test_a_deep_link_seeks(reader: Reader) -> None:
    page = reader.open(GOOD, "#t=12.3")
    until(page, f"Math.abs({TIME} - 12.3) < 0.01")
    assert page.inner_text("#now") == "0:12.3"


def test_a_deep_link_brings_its_line_into_view_below_the_player(reader: Reader) -> None:
    reader.page.set_viewport_size({"width": 1000, "height": 420})
    page = reader.open(GOOD, "#t=23.0")
    until(page, f"Math.abs({TIME} - 23) < 0.01")
    until(
        page, "document.querySelector('.line.linked').getBoundingClientRect().bottom < innerHeight"
    )
    assert page.locator(".line.linked .text").first.inner_text() == "goodbye"
    edges = page.evaluate(
        "[document.querySelector('.player').getBoundingClientRect().bottom,"
        " document.querySelector('.line.linked').getBoundingClientRect().top]"
    )
    assert 0 < edges[0] <= edges[1]
    page.evaluate("location.hash = '#t=4.6'")
    until(page, f"Math.abs({TIME} - 4.6) < 0.01")
    assert "four seven one five" in page.locator(".line.linked").inner_text()


@pytest.mark.parametrize(
    ("clipboard", "line", "moment"),
    [("newer", "agent at 0:10.9", "10.90"), ("none", "caller at 0:08.8", "8.80")],
)
def test_the_link_to_a_moment_can_be_copied(
    reader: Reader, clipboard: str, line: str, moment: str
) -> None:
    page = reader.open(GOOD)
    if clipboard == "none":
        page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    button = page.get_by_role("button", name=f"Copy the link to {line}")
    button.focus()
    page.keyboard.press("Enter")
    until(page, "document.getElementById('said').textContent.endsWith('copied')")
    assert page.url.endswith(f"#t={moment}")
    assert page.evaluate("document.activeElement.className") == "copy"
    page.evaluate("document.body.prepend(document.createElement('textarea'))")
    page.locator("textarea").focus()
    page.keyboard.press("Control+V")
    assert page.locator("textarea").input_value() == page.url


def test_a_call_leads_to_the_next_one_and_back_to_the_run(reader: Reader) -> None:
    page = reader.open(GOOD)
    page.get_by_role("link", name="Next failed").click()
    assert page.locator("h1").inner_text().startswith("barge-in cancel")
    page.get_by_role("link", name="Next", exact=True).click()
    assert page.locator("h1").inner_text().startswith("slow tool")
    assert page.get_by_role("link", name="Next").count() == 0
    page.get_by_role("navigation").get_by_role("link", name="Run ").click()
    assert page.locator("#calls-table").is_visible()


def test_a_click_in_the_transcript_seeks_and_marks_the_line(reader: Reader) -> None:
    page = reader.open(GOOD)
    page.locator(".line.agent .text").nth(2).click()
    until(page, f"Math.abs({TIME} - 10.9) < 0.05")
    assert page.locator(".line.now").count() == 1
    assert "look that up" in page.locator(".line[aria-current]").inner_text()


def test_a_click_on_the_waveform_seeks(reader: Reader) -> None:
    page = reader.open(GOOD)
    box = page.locator("#wave").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 30)
    until(page, f"Math.abs({TIME} - 14) < 0.1")


def test_evidence_plays_with_what_is_around_it_and_stops_there(reader: Reader) -> None:
    page = reader.open(BAD)
    page.evaluate(
        "const a = document.getElementById('audio'); window.seen = [];"
        "a.addEventListener('playing', () => window.seen.push(a.currentTime));"
    )
    page.get_by_role("button", name="0:12.0–0:12.6").click()
    until(page, f"window.seen.length && {PAUSED}")
    assert page.evaluate("window.seen[0]") == pytest.approx(11.5, abs=0.2)
    until(page, f"Math.abs({TIME} - 13.1) < 0.001")
    assert page.locator(".proof.playing").count() == 0


def test_both_waveforms_are_drawn_with_the_players_own_style(reader: Reader) -> None:
    page = reader.open(GOOD)
    until(
        page,
        "document.querySelector('#wave > div').shadowRoot.querySelectorAll('canvas').length >= 2",
    )
    painted = page.evaluate(
        """[...document.querySelector('#wave > div').shadowRoot.querySelectorAll('canvas')]
        .map(c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0))"""
    )
    assert painted
    assert all(painted)


def test_markup_in_the_agents_words_is_only_text(reader: Reader) -> None:
    for path in (BAD, "index.html"):
        page = reader.open(path)
        assert "<script>window.attacked = 1</script>" in page.inner_text("body")
        assert page.evaluate("window.attacked") is None
        assert page.locator("img").count() == 0


def test_the_event_log_filters_and_seeks(reader: Reader) -> None:
    page = reader.open(GOOD)
    page.locator("#event-log > summary").click()
    page.fill("#event-filter", "function_call")
    rows = page.locator("#events > li:visible")
    assert rows.count() == 1
    rows.locator("button").click()
    until(page, f"Math.abs({TIME} - 12.3) < 0.01")


def test_zoom_widens_the_time_axis_inside_its_own_scroller(reader: Reader) -> None:
    page = reader.open(GOOD)
    width = "document.getElementById('lane-inner').clientWidth"
    before = page.evaluate(width)
    page.click("#zoom-in")
    assert page.evaluate(width) > before * 1.5
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#zoom-out")
    assert page.evaluate(width) == before


TICKS = "[...document.querySelectorAll('#ticks .tick')].map((t) => t.textContent)"
COVERED = """[...document.querySelectorAll('.lane-row')].flatMap((row) => {
  const shown = [...row.querySelectorAll('text:not(.no-room)')];
  const boxes = shown.map((text) => text.getBoundingClientRect());
  return boxes.filter((a) => boxes.some((b) => a.left < b.left && a.right > b.left + 1)).length;
}).reduce((a, b) => a + b, 0)"""


def test_ticks_become_finer_with_the_zoom_and_labels_never_cover_each_other(reader: Reader) -> None:
    page = reader.open(GOOD)
    before = page.evaluate(TICKS)
    assert before[:2] == ["0:00", "0:02"]
    for _ in range(6):
        page.click("#zoom-in")
        assert page.evaluate(COVERED) == 0
    assert page.evaluate(TICKS)[:2] == ["0:00.0", "0:00.2"]
    page.evaluate("document.getElementById('lane-scroll').scrollLeft = 4000")
    until(page, f"Number.parseFloat(({TICKS}).at(-1).split(':')[1]) > 8")
    for _ in range(6):
        page.click("#zoom-out")
    assert page.evaluate(TICKS) == before


def test_keys_and_buttons_lead_from_problem_to_problem(reader: Reader) -> None:
    page = reader.open(BAD)
    place = page.locator("#problem-place")
    assert place.inner_text() == "4 problems"
    for key, at_s, told in [("n", 2.7, "1 of 4"), ("n", 6.1, "2 of 4"), ("n", 8.9, "3 of 4"),
                            ("p", 6.1, "2 of 4"), ("p", 2.7, "1 of 4"), ("p", 12.0, "4 of 4"),
                            ("n", 2.7, "1 of 4")]:  # fmt: skip
        page.keyboard.press(key)
        until(page, f"Math.abs({TIME} - {at_s}) < 0.01")
        assert place.inner_text() == told
    assert "One moment." in page.locator(".line.linked").inner_text()  # it ended the silence
    page.get_by_role("button", name="Next problem").click()
    assert place.inner_text() == "2 of 4"


def test_a_problem_is_drawn_on_the_axis_and_marked_in_the_transcript(reader: Reader) -> None:
    page = reader.open(BAD)
    boxes = page.locator(".lane-row .problem")
    assert boxes.count() == page.locator(".evidence").count() == 4
    box = boxes.first.bounding_box()
    inner = page.locator("#lane-inner").bounding_box()
    assert box
    assert inner
    assert box["x"] - inner["x"] == pytest.approx(inner["width"] * 2.7 / 21, abs=4)
    boxes.first.click()
    until(page, f"Math.abs({TIME} - 2.7) < 0.01")
    marks = page.locator(".line.marked").all_inner_texts()
    assert [(text.split("\n")[0], "write confirmation" in text) for text in marks] == [
        ("0:06.1", False), ("0:08.9", True), ("0:12.0", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "name", "file"), [("2", "Caller", "caller"), ("3", "Agent", "agent")]
)
def test_one_side_can_be_heard_alone(reader: Reader, key: str, name: str, file: str) -> None:
    page = reader.open(GOOD, "#t=4.0")
    until(page, f"Math.abs({TIME} - 4) < 0.01")
    page.keyboard.press(key)
    until(page, f"document.getElementById('audio').currentSrc.includes('/{file}.')")
    until(page, f"Math.abs({TIME} - 4) < 0.01")
    assert page.get_by_role("button", name=name, exact=True).get_attribute("aria-pressed") == "true"
    page.keyboard.press(" ")
    until(page, f"!{PAUSED} && {TIME} > 4.1")
    page.get_by_role("button", name="Both").click()
    until(page, f"!{PAUSED} && document.getElementById('audio').currentSrc.includes('/call.')")
    assert page.evaluate(TIME) > 4


@pytest.mark.parametrize("path", ["index.html", BAD])
def test_the_keys_of_a_page_are_a_press_away(reader: Reader, path: str) -> None:
    page = reader.open(path)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    assert dialog.is_visible()
    page.keyboard.press("n")  # has no meaning now
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    page.get_by_role("button", name="Keys").click()
    dialog.get_by_role("button", name="Close").click()
    assert not dialog.is_visible()


def test_a_term_is_explained_by_pointing_by_focus_and_by_touch(
    browser: sync_api.Browser, run_folder: Path
) -> None:
    options = {"has_touch": True, "viewport": {"width": 390, "height": 800}}
    reader = Reader(browser, run_folder, **options)
    page = reader.open(BAD)
    term = page.locator("h3 .term").first
    told = page.locator(f"#{term.get_attribute('popovertarget')}")
    assert not told.is_visible()
    term.tap()
    assert told.is_visible()
    box = told.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    assert not told.is_visible()
    page.evaluate("document.activeElement.blur()")
    term.hover()
    until(page, "document.querySelector(':popover-open')")
    page.mouse.move(5, 5)
    until(page, "!document.querySelector(':popover-open')")
    page.keyboard.press("Tab")
    term.focus()
    until(page, "document.querySelector(':popover-open')")
    reader.close()


def test_a_term_needs_no_script(browser: sync_api.Browser, run_folder: Path) -> None:
    reader = Reader(browser, run_folder, java_script_enabled=False)
    reader.page.goto((run_folder / "index.html").as_uri())
    term = reader.page.locator(".term").first
    term.click()
    assert reader.page.locator(f"#{term.get_attribute('popovertarget')}").is_visible()
    reader.close()


def test_the_command_is_copied(reader: Reader) -> None:
    page = reader.open(BAD)
    page.get_by_role("button", name="Copy", exact=True).click()
    until(page, "document.querySelector('[data-copy]').textContent === 'Copied'")
    page.evaluate("document.body.prepend(document.createElement('textarea'))")
    page.locator("textarea").focus()
    page.keyboard.press("Control+V")
    assert page.locator("textarea").input_value() == page.inner_text("#again-command")


@pytest.mark.parametrize(("width", "path"), [(716, "index.html"), (716, BAD), (720, GOOD)])
def test_paper_holds_the_whole_page_light_and_nothing_to_press(
    browser: sync_api.Browser, run_folder: Path, width: int, path: str
) -> None:
    # A4 and Letter less their margins, in the pixels of print.
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": "dark"}
    reader = Reader(browser, run_folder, **options)
    page = reader.open(path)
    if path != "index.html":
        page.click("#zoom-in")
    page.emulate_media(media="print", color_scheme="dark")
    outside = """[...document.querySelectorAll('main *')].filter((e) => e.checkVisibility()
        && !e.closest('svg svg') && e.getBoundingClientRect().right > innerWidth + 1)
        .map((e) => e.outerHTML.slice(0, 80))"""
    assert page.evaluate(outside) == []
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).color").startswith(
        "rgb(2"
    )
    pressed = page.locator(".player, .pager, .filters, #event-log, .copy, #show-keys")
    assert not any(one.is_visible() for one in pressed.all())
    reader.close()


def test_a_call_without_recording_still_has_a_page(reader: Reader) -> None:
    reader.page.goto((reader.folder / "calls/slow-tool-0/index.html").as_uri())
    assert "There is no recording to show" in reader.page.inner_text("main")
    assert "connection closed during the call" in reader.page.inner_text("header")


def test_dark_mode_follows_the_reader(browser: sync_api.Browser, run_folder: Path) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        reader = Reader(browser, run_folder, color_scheme=scheme)
        page = reader.open(GOOD)
        colours = page.evaluate(
            "(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))"
        )
        grounds[scheme] = [sum(map(int, re.findall(r"\d+", c)[:3])) / 3 for c in colours]
        reader.close()
    assert grounds["light"][0] > 220
    assert grounds["light"][1] < 60
    assert grounds["dark"][0] < 40
    assert grounds["dark"][1] > 200


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["index.html", BAD])
def test_every_text_has_enough_contrast(
    browser: sync_api.Browser, run_folder: Path, path: str, scheme: str
) -> None:
    reader = Reader(browser, run_folder, color_scheme=scheme)
    page = reader.open(path)
    poor = page.evaluate(CONTRAST)
    reader.close()
    assert poor == []


def test_on_a_phone_every_cell_of_a_table_is_on_screen_and_named(
    browser: sync_api.Browser, tmp_path: Path
) -> None:
    name = "a_rather_long_name_of_a_scenario_of_a_desk"
    why = "time_to_first_audio"
    calls = (result(name, score("x", "pass", "")), result(name, score(why, "fail", "late " * 20)))
    gate = GateResult("pass_rate >= 0.95", GateKind.ABSOLUTE, False, 0.5, 1.0, "share", "why " * 30)
    known = Quarantined(name, why, "ticket 7", "2026-06-30", 2, 1)
    write_results(
        tmp_path / "results.json", replace(run_results(calls), gates=(gate,), quarantined=(known,))
    )
    write_report(tmp_path)
    reader = Reader(browser, tmp_path, viewport={"width": 390, "height": 900})
    page = reader.open("index.html")
    page.get_by_role("button", name="Failing").click()  # still sorts
    assert page.locator(".calls td[data-key=failing]").all_inner_texts()[0].endswith("–")
    sideways = (
        "[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth)"
    )
    tables, outside = page.evaluate(
        f"""[document.querySelectorAll('.scroll').length, [...{sideways},
            ...[...document.querySelectorAll('td, tbody th')].filter(
                (cell) => cell.getBoundingClientRect().right > innerWidth)].length]"""
    )
    named = page.evaluate(
        """[...document.querySelectorAll('td.num, td[data-key=failing]')].every(
            (cell) => getComputedStyle(cell, '::before').content.includes(cell.dataset.label))"""
    )
    reader.close()
    assert (tables, outside, named) == (4, 0, True)


CONTRAST = """() => {
  const curve = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const channel = (v) => curve(v / 255);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const c = numbers(getComputedStyle(n).backgroundColor);
      if (c.length < 4 || c[3] === 1) return c;
    }
  };
  const poor = [];
  for (const node of document.querySelectorAll("body *:not(svg *):not(script)")) {
    const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !node.checkVisibility() || node.disabled) continue;
    const [a, b] = [light(numbers(getComputedStyle(node).color)), light(ground(node))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${node.className || node.tagName}: ${ratio.toFixed(2)}`);
  }
  return poor;
}"""
