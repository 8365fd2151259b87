"""The review page in Chromium: heard and answered by keys, at hand for everybody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright import sync_api
from support.browser import barriers, until
from support.synthetic_run import good_call, result, run_results, score

from harness.recording.provenance import CallStatus
from harness.recording.saving import write_recording
from harness.report.review.page import review_page
from harness.report.review.server import ReviewServer
from harness.results.reviews import ReviewAnswer, ReviewQuestion, questions
from harness.results.store import write_results

pytestmark = pytest.mark.browser


class Session:
    """A served page of three questions: two with sound, one whose recording is gone."""

    def __init__(self, folder: Path) -> None:
        asks = score("entity_confirmation", "review", "heard B: listen", (14.4, 18.6))
        calls = tuple(result(name, asks, recording=f"calls/{name}/001") for name in "abc")
        write_results(folder / "results.json", run_results(calls))
        recording = good_call().recording("a", seed=7, status=CallStatus.COMPLETED)
        for name in "ab":
            write_recording(folder / f"calls/{name}/001", recording)
        self.given: list[tuple[int, ReviewAnswer, str]] = []
        asked: tuple[ReviewQuestion, ...] = questions(calls, ())
        page, sounds = review_page(folder, asked)
        self.server = ReviewServer(page, sounds, self._give)

    def _give(self, number: int, answer: ReviewAnswer, note: str) -> dict[str, object]:
        self.given.append((number, answer, note))
        withdrawn = answer is ReviewAnswer.WITHDRAWN
        return {"tone": "review" if withdrawn else answer.value, "said": "by Ana"}


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    one = Session(tmp_path)
    thread = threading.Thread(target=one.server.serve_forever, args=(0.02,))
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


def test_questions_are_heard_and_answered_by_keys(browser: sync_api.Browser, session) -> None:
    context = browser.new_context()
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(session.server.url)
    sound = "document.querySelector('#q0 audio')"
    until(page, f"{sound}.readyState >= 1")
    page.keyboard.press(" ")
    until(page, f"!{sound}.paused && {sound}.currentTime > 14")
    page.keyboard.press("n")
    page.keyboard.type("pf j")
    page.keyboard.press("Enter")
    page.keyboard.press("p")
    until(page, "document.activeElement.id === 'q1'")
    assert page.evaluate(f"{sound}.paused")
    page.keyboard.press("f")
    until(page, "document.activeElement.id === 'q2'")
    page.keyboard.press("p")  # nothing can be heard here
    page.keyboard.press("k")
    page.keyboard.press("u")
    until(page, "document.getElementById('left').textContent === '2 still open'")
    assert session.given == [
        (0, ReviewAnswer.PASS, "pf j"),
        (1, ReviewAnswer.FAIL, ""),
        (1, ReviewAnswer.WITHDRAWN, ""),
    ]
    page.click("#done")
    until(page, "document.getElementById('left').textContent.startsWith('Done.')")
    context.close()
    assert complaints == []


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_barrier_and_nothing_wider_than_the_window(
    browser: sync_api.Browser, session, axe: str, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 900}
    context = browser.new_context(color_scheme=scheme, viewport=size, bypass_csp=True)
    page = context.new_page()
    page.goto(session.server.url)
    assert barriers(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
