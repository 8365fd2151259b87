"""The report in a real browser, from file://, as a reader uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.synthetic_run import write_run

from harness.report.html import write_report

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
BAD = "calls/barge-in-cancel-0/index.html"
GOOD = "calls/straight-lookup-0/index.html"
TIME = "document.getElementById('audio').currentTime"
PAUSED = "document.getElementById('audio').paused"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="needs /usr/bin/chromium (Debian: chromium)"),
]


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_run(tmp_path_factory.mktemp("run #1 with spaces"))
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


class Reader:
    """A page that remembers everything which must not happen."""

    def __init__(self, browser: sync_api.Browser, folder: Path, **options: object) -> None:
        self.folder = folder
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(f"{m.type}: {m.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfailed", self._failed)

    def _failed(self, request: sync_api.Request) -> None:
        # A browser drops the rest of an audio file when it seeks or leaves: that is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    def open(self, path: str, fragment: str = "") -> sync_api.Page:
        self.page.goto((self.folder / path).as_uri() + fragment)
        if "calls/" in path:
            until(self.page, "document.getElementById('audio')?.readyState >= 1")
        return self.page


@pytest.fixture
def reader(browser: sync_api.Browser, run_folder: Path) -> Iterator[Reader]:
    opened = Reader(browser, run_folder)
    yield opened
    opened.context.close()
    assert opened.complaints == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in opened.requests)


def until(page: sync_api.Page, expression: str) -> None:
    """Wait for a condition; playwright's own wait needs eval, which the policy forbids."""
    for _ in range(1500):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"never became true: {expression}")


def names(page: sync_api.Page) -> list[str]:
    return page.locator("#calls-table tbody tr:visible th a").all_inner_texts()


def test_the_table_sorts_by_mouse_and_by_keyboard(reader: Reader) -> None:
    page = reader.open("index.html")
    assert names(page) == ["straight lookup", "barge-in cancel"]
    button = page.get_by_role("button", name="Slowest answer")
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
    page.get_by_role("link", name="at 0:02.7").click()
    until(page, f"Math.abs({TIME} - 2.7) < 0.01")
    assert page.url.endswith("#t=2.70")


def test_a_deep_link_seeks(reader: Reader) -> None:
    page = reader.open(GOOD, "#t=12.3")
    until(page, f"Math.abs({TIME} - 12.3) < 0.01")
    assert page.inner_text("#now") == "0:12.3"


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


def test_a_call_without_recording_still_has_a_page(reader: Reader) -> None:
    reader.page.goto((reader.folder / "calls/slow-tool-0/index.html").as_uri())
    assert "There is no recording to show" in reader.page.inner_text("main")
    assert "connection closed during the call" in reader.page.inner_text("header")


@pytest.mark.parametrize("path", ["index.html", BAD, GOOD])
def test_nothing_scrolls_sideways_on_a_phone(
    browser: sync_api.Browser, run_folder: Path, path: str
) -> None:
    phone = Reader(browser, run_folder, viewport={"width": 390, "height": 844}, is_mobile=True)
    page = phone.open(path)
    widths = page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth]")
    phone.context.close()
    assert max(widths) <= 390
    assert phone.complaints == []


def test_dark_mode_follows_the_reader(browser: sync_api.Browser, run_folder: Path) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        reader = Reader(browser, run_folder, color_scheme=scheme)
        page = reader.open(GOOD)
        colours = page.evaluate(
            "(s => [s.backgroundColor, s.color])(getComputedStyle(document.body))"
        )
        grounds[scheme] = [sum(map(int, re.findall(r"\d+", c)[:3])) / 3 for c in colours]
        reader.context.close()
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
    reader.context.close()
    assert poor == []


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
