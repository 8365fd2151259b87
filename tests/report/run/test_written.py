"""The page of a session that only transcribes, and of a session whose agent answers in text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import record
from support.synthetic_run import good_call, three_calls

from harness.judging.judge import judge
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus
from harness.report.pages import PageFrame, render
from harness.report.run.call_view import CallPage, call_page
from harness.runs.call_result import result_of

SCRIPT = """0.0-2.0 caller: Where is my order? [written 2.8 where is the order]
4.0-5.0 caller: Yes. [unwritten]
6.0-8.0 caller: [silence] [written 7.0 thanks]
9.0-10.0 caller: Bye. [written 10.4 bye]"""


def shown(page: CallPage) -> str:
    return render("call_body.html.j2", PageFrame(()), page=page, tracks={}, data={}, audio="a.wav")


def page_of(recording: Recording) -> CallPage:
    judged = judge(recording)
    return call_page(result_of(judged, "calls/a/001"), judged)


def test_what_was_written_down_stands_beside_what_was_said() -> None:
    page = page_of(record(SCRIPT))
    assert [(line.written, line.judged) for line in page.lines] == [
        ("where is the order", "1 of 4 words wrong (25 %), written down 0.80 s after the words"),
        ("", "1 of 1 word wrong (100 %)"),
        ("thanks", "1 word that nobody said"),
        ("bye", "0 of 1 word wrong (0 %), written down 0.40 s after the words"),
    ]
    html = shown(page)
    assert html.count('<span class="witness">written down</span>') == 4
    assert "1 of 4 words wrong (25 %), written down 0.80 s after the words" in html


def test_nobody_owes_an_answer_there_and_the_lane_shows_when_words_came() -> None:
    page = page_of(record(SCRIPT))
    assert page.lanes is not None
    drawn = [(b.kind, b.start_s, round(b.end_s, 3), b.text) for b in page.lanes.waits]
    assert drawn == [
        ("wait", 2.0, 2.8, "written down after 0.80 s"),
        ("wait", 10.0, 10.4, "written down after 0.40 s"),
    ]
    assert page.waits == ()
    assert "unanswered" not in shown(page)


def test_a_call_that_was_not_scored_shows_what_was_said_alone() -> None:
    judged = judge(record(SCRIPT))
    page = call_page(replace(result_of(judged, "calls/a/001"), scores=()), judged)
    assert {line.written for line in page.lines} == {None}
    assert "written down" not in shown(page)


@pytest.mark.parametrize("text", [True, False])
def test_that_no_recognizer_ran_is_told_once_and_of_text_not_at_all(text: bool) -> None:
    recording = good_call().recording("good", seed=7, status=CallStatus.COMPLETED)
    recording = replace(recording, recognition=None)
    page = call_page(three_calls()[0], judge(recording))
    if text:
        page = replace(page, lines=tuple(replace(one, flags=("text",)) for one in page.lines))
    html = shown(page)
    assert html.lower().count("no recognizer ran") == (0 if text else 1)
    assert "recognizer</button> heard" not in html
    assert html.count("agent’s transcript") > 1


def test_a_line_from_the_authors_file_was_spoken_by_no_voice() -> None:
    recording = good_call().recording("good", seed=7, status=CallStatus.COMPLETED)
    own = [replace(one, file="own <1>.wav", spoken="otherwise") for one in recording.utterances]
    judged = judge(replace(recording, utterances=tuple(own)))
    html = shown(call_page(three_calls()[0], judged))
    assert "spoken as" not in html
    assert html.count('from file <bdi dir="auto">own &lt;1&gt;.wav</bdi>') == len(own)
