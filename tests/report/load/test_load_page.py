"""The page of a load test: its text for an overloaded agent, and for an agent that is not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from playwright import sync_api
from support.browser import Reader
from support.browser import browser as browser
from support.late_results import late_results
from support.queue_agent import QueueAgent, load_test

from harness.report.load_page import LoadPage, load_page, write_load_page
from harness.report.run.html import write_report
from harness.results.load.findings import findings
from harness.results.load.model import LOAD, Arrivals, LoadTest, OwnLimit, write_load
from harness.results.model import RunResults
from harness.results.store import RESULTS, write_results


def page_of(test: LoadTest, results: RunResults) -> LoadPage:
    return load_page(test, results, findings(test, results))


def test_an_overrun_agent_has_its_knee_in_sentence_picture_and_table() -> None:
    limit = OwnLimit(40, 2, 0.004, 50)
    page = page_of(*load_test(QueueAgent(4), Arrivals(3.0, 240.0, 240.0), seed=1, limit=limit))
    told = re.fullmatch(
        r"Answers get slower from (\d+) calls under way on \(95 % interval (\d+) to (\d+)\): "
        r"from (\d\.\d\d) s to (\d\.\d\d) s on average at \d+; "
        r"calls fail more often from (\d+) .*: from 0 % to \d+ % on average at \d+\.",
        page.headline,
    )
    assert told is not None
    assert int(told[2]) <= int(told[1]) <= int(told[3])
    assert 0.4 < float(told[4]) < 1.5 < float(told[5])
    slow, failed, over_time = page.charts
    assert slow.knee is not None
    assert failed.knee is not None
    assert over_time.knee is None
    assert slow.knee.low <= slow.knee.x <= slow.knee.high
    assert slow.limit_x is not None
    assert any("this machine holds 40" in notice for notice in page.notices)
    assert (
        "This machine holds",
        "40 calls at a time in 2 processes, p99 4.0 ms late, not 50",
    ) in page.facts
    assert page.tone == "fail"
    assert [row[0] for row in page.rows] == sorted((row[0] for row in page.rows), key=_first)


@pytest.mark.parametrize(
    ("limit", "light", "fact", "notice"),
    [
        (None, False, "not measured", ""),
        (
            OwnLimit(3, 1, 0.002), False,
            "3 calls at a time in 1 process, p99 2.0 ms late; more were not tried",
            "this machine was tried with 3 calls only: beyond that see our own lateness.",
        ),
        (
            OwnLimit(1, 1, 0.002, 3), True,
            "1 call at a time in 1 process, p99 2.0 ms late, not 3; without the light agent, "
            "which takes the same cores",
            "this machine holds 1: beyond that the agent is not told from the harness.",
        ),
        (
            OwnLimit(1, 1, None, 5), False, "not even 5 calls at a time within 5 ms",
            "this machine does not hold even 5 calls at a time: beyond that the agent is not told "
            "from the harness.",
        ),
    ],
)  # fmt: skip
def test_what_this_machine_holds_is_told_as_far_as_it_was_found(
    limit: OwnLimit | None, light: bool, fact: str, notice: str
) -> None:
    test, results = load_test(QueueAgent(40), Arrivals(2.0, 60.0, 30.0), seed=1, limit=limit)
    page = page_of(replace(test, light=light), results)
    assert dict(page.facts)["This machine holds"] == fact
    assert [one for one in page.notices if "this machine" in one][:1] == (
        [one for one in page.notices if one.endswith(f"at once, and {notice}")] if notice else []
    )
    drawn = limit is not None and limit.beyond is not None
    assert (page.charts[0].limit_x is not None) is drawn


def _first(load: str) -> int:
    return int(load.partition("–")[0])


def test_an_agent_with_room_gets_no_slower_and_one_that_was_hardly_called_is_not_known() -> None:
    test, results = load_test(QueueAgent(40), Arrivals(2.0, 200.0, 100.0), seed=1)
    page = page_of(test, results)
    assert page.headline.startswith("Answers get no slower up to ")
    assert page.tone == "pass"
    few = replace(test, calls=test.calls[:5])
    unknown = page_of(few, results)
    assert unknown.headline.startswith("Too little was seen to tell")
    assert unknown.tone == "review"
    broken = replace(results.calls[0], status="socket_closed", status_detail="gone", passed=None)
    one = page_of(few, replace(results, calls=(broken, *results.calls[1:])))
    assert one.headline.endswith("; 1 call failed, at any load.")
    assert one.causes == (("connection closed during the call: gone", "1 call"),)
    assert one.charts[1].description == "connection closed during the call: gone: 1 call"
    assert one.notices[-1].endswith(
        "are needed; a longer test (--for) or a higher --rate sees more."
    )


def test_an_agent_that_is_not_there_is_told_in_the_words_of_other_pages() -> None:
    test, results = load_test(QueueAgent(40), Arrivals(1.0, 30.0), seed=1)
    gone = (replace(
        one, status="harness_error", end_cause="no_connection", status_detail="refused",
        scores=(), passed=None,
    ) for one in results.calls)  # fmt: skip
    times = tuple(replace(one, ended_s=one.began_s) for one in test.calls)
    page = page_of(replace(test, calls=times), replace(results, calls=tuple(gone)))
    calls = len(times)
    assert page.causes == (("no connection to the agent: refused", f"{calls} calls"),)
    told = f"{calls} of {calls} calls failed, so nothing is known of the agent under load."
    assert page.headline == told
    assert [row[:4] for row in page.rows] == [("1", str(calls), str(calls), "0")]
    assert page.tone == "fail"


def test_a_call_that_ended_well_and_lacks_an_answer_says_so() -> None:
    test, results = load_test(QueueAgent(1), Arrivals(3.0, 30.0), seed=1)
    ended = tuple(replace(call, status="completed") for call in results.calls)
    page = page_of(test, replace(results, calls=ended))
    assert [told for told, _ in page.causes] == ["a turn of the caller got no answer"]


@pytest.mark.parametrize("for_s", [3.0, 8.0, 60.0, 240.0])
def test_an_axis_of_calls_has_whole_numbers(for_s: float) -> None:
    page = page_of(*load_test(QueueAgent(40), Arrivals(1.0, for_s), seed=1))
    slow, failed, over_time = page.charts
    for text in (tick.text for tick in (*slow.columns, *failed.columns, *over_time.rows)):
        assert text.isdigit()


def test_nothing_is_known_of_calls_in_which_we_were_late() -> None:
    test, results = load_test(QueueAgent(40), Arrivals(1.0, 30.0), seed=1)
    late = replace(test, calls=tuple(replace(one, late_p99_s=0.02) for one in test.calls))
    page = page_of(replace(late, light=True), results)
    assert page.headline == "No call took place on time, so nothing is known."
    assert page.notices[0].startswith("The light reference agent was called")
    assert any("left more than 5 ms late" in notice for notice in page.notices)


def test_calls_that_we_were_late_to_begin_are_told() -> None:
    test, results = load_test(QueueAgent(40), Arrivals(1.0, 30.0), seed=1)
    calls = [replace(one, due_s=one.due_s - 1.5) for one in test.calls[:3]]
    page = page_of(replace(test, calls=(*calls, *test.calls[3:])), results)
    assert any(notice.startswith("3 calls began more than 1 s after") for notice in page.notices)


def test_a_stored_test_is_drawn_again_and_one_without_a_call_has_no_picture(tmp_path: Path) -> None:
    test, results = load_test(QueueAgent(40), Arrivals(1.0, 30.0), seed=1)
    write_load(tmp_path / LOAD, test)
    write_results(tmp_path / RESULTS, results)
    text = write_load_page(tmp_path).read_text()
    assert text.count("<svg") == 3
    write_load(tmp_path / LOAD, replace(test, calls=()))
    assert "<svg" not in write_load_page(tmp_path).read_text()


def test_the_index_of_a_load_test_leads_to_it_and_says_what_failed_means(tmp_path: Path) -> None:
    test, results = load_test(QueueAgent(40), Arrivals(1.0, 3.0), seed=1)
    gone = tuple(replace(call, kept=False) for call in results.calls)
    write_results(tmp_path / RESULTS, replace(results, calls=gone))
    link = 'calls of a <a href="load.html">load test</a> of '
    assert link not in write_report(tmp_path).read_text()
    write_load(tmp_path / LOAD, test)
    other = write_report(tmp_path).read_text()
    assert f'{link}<bdi dir="auto">{results.target}</bdi>, which says' in other
    assert "light" not in other.replace('content="light dark"', "")
    (tmp_path / LOAD).write_text("{")
    assert f'{link}<bdi dir="auto">{results.target}</bdi>' in write_report(tmp_path).read_text()
    write_load(tmp_path / LOAD, replace(test, light=True))
    light = write_report(tmp_path).read_text()
    assert f"{link}the light reference agent, which says" in light
    assert "recognizes nothing, so only times are scored" in light


def test_each_page_of_a_load_test_leads_to_it_and_names_who_was_called(tmp_path: Path) -> None:
    test, results = load_test(QueueAgent(40), Arrivals(1.0, 3.0), seed=1)
    gone = tuple(replace(call, kept=False) for call in results.calls)
    write_results(tmp_path / RESULTS, replace(results, calls=gone))
    write_load(tmp_path / LOAD, test)
    write_report(tmp_path)
    assert '<a href="load.html"><bdi dir="auto">Load test<' in (tmp_path / "index.html").read_text()
    up = "../" * len(Path(results.calls[0].recording).parts)
    call = tmp_path / results.calls[0].recording / "index.html"
    assert f'<a href="{up}load.html"><bdi dir="auto">Load test<' in call.read_text()
    for light, called in ((False, results.target), (True, "the light reference agent")):
        assert dict(page_of(replace(test, light=light), results).facts)["Target"] == called


def test_a_dash_in_the_table_is_explained() -> None:
    short = page_of(*load_test(QueueAgent(40), Arrivals(1.0, 30.0), seed=1))
    assert short.few == "–: too few to tell; p95 needs 20 answers, p99 needs 100 answers"
    long = page_of(*load_test(QueueAgent(40), Arrivals(0.02, 2000.0, even=True), seed=1))
    assert long.few == ""


@pytest.mark.browser
def test_a_narrow_window_shows_the_whole_table(browser: sync_api.Browser, tmp_path: Path) -> None:
    test, results = load_test(QueueAgent(40), Arrivals(1.0, 60.0), seed=1)
    write_load(tmp_path / LOAD, test)
    write_results(tmp_path / RESULTS, results)
    write_load_page(tmp_path)
    reader = Reader(browser, tmp_path, viewport={"width": 400, "height": 900})
    page = reader.open("load.html")
    outside, unnamed = page.evaluate(
        """(() => {
            const cells = [...document.querySelectorAll('td, tbody th')];
            return [
                cells.filter((cell) => cell.getBoundingClientRect().right > innerWidth).length,
                cells.filter((cell) => !getComputedStyle(cell, '::before').content
                    .includes(cell.dataset.label)).length,
            ];
        })()"""
    )
    reader.close()
    assert (outside, unnamed) == (0, 0)


def test_a_rise_that_may_be_our_own_lateness_is_told_as_that_with_what_helps() -> None:
    test, results = load_test(QueueAgent(4, patience_s=600.0), Arrivals(3.0, 240.0, 240.0), seed=1)
    page = page_of(test, late_results(results, 600.0))
    assert page.headline.startswith(
        "The harness was too late itself to tell whether answers get slower up to "
    )
    assert page.tone == "review"
    assert page.notices[0].startswith("No knee in the answers: answers rose with the load, and our")
    assert page.notices[0].endswith("or take a machine with less other work.")
