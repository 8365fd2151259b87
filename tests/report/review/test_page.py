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
from harness.report.review_server import AnswerShown, ReviewServer, answer_shown, review_page
from harness.results.reviews import ReviewAnswer, ReviewQuestion, questions
from harness.results.store import write_results

pytestmark = pytest.mark.browser


class Session:
    """A served page of three open questions (one has no recording), and a failed verdict."""

    def __init__(self, folder: Path) -> None:
        asks = score("entity_confirmation", "review", "heard B: listen", (14.4, 18.6))
        failed = score("entity_confirmation", "fail", "B was never read back", (14.4, 18.6))
        calls = tuple(result(name, asks, recording=f"calls/{name}/001") for name in "abc")
        calls += (result("d", failed, recording="calls/a/001"),)
        write_results(folder / "results.json", run_results(calls))
        recording = good_call().recording("a", seed=7, status=CallStatus.COMPLETED)
        for name in "ab":
            write_recording(folder / f"calls/{name}/001", recording)
        self.given: list[tuple[int, ReviewAnswer, str]] = []
        self.asked: tuple[ReviewQuestion, ...] = questions(calls, ())
        page, sounds = review_page(folder, self.asked)
        self.server = ReviewServer(page, sounds, self._give)

    def _give(self, number: int, answer: ReviewAnswer, note: str) -> AnswerShown:
        self.given.append((number, answer, note))
        question = self.asked[number]
        given = question.answered(answer, by="Ana", at="2026-04-25T10:03:12+00:00", note=note)
        return answer_shown(questions((question.call,), (given,))[0])


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
    page.keyboard.press("p")  # no audio to play here
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


def test_a_fail_is_overturned_with_a_note_only(browser: sync_api.Browser, session) -> None:
    page = browser.new_page()
    page.goto(session.server.url)
    badge = "document.querySelector('#q3 .badge').textContent"
    by = "document.querySelector('#q3 .by').textContent"
    assert (page.evaluate(badge), page.evaluate(by)) == ("fail", "by the scorer")
    assert page.locator("#q3 [data-verdict=withdrawn]").is_disabled()
    page.click("#q3 [data-verdict=pass]")
    until(page, "document.getElementById('left').textContent.startsWith('The scorer said fail:')")
    assert page.evaluate("document.activeElement.className") == "note"
    page.keyboard.type("it says B")
    page.keyboard.press("Enter")
    page.keyboard.press("p")
    until(page, f"{badge} === 'pass' && {by} === 'by Ana, 2026-04-25; the scorer: fail'")
    assert session.given == [(3, ReviewAnswer.PASS, "it says B")]
    page.click("#q3 [data-verdict=withdrawn]")
    until(page, f"{badge} === 'fail' && {by} === 'by the scorer'")
    assert page.locator("#left").text_content() == "3 still open"
    page.close()


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
