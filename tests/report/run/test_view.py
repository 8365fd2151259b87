"""The index page as data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.synthetic_run import result, run_results, score, three_calls

from harness.errors import ConnectFailed
from harness.judging.scorers.base import Better, Measure
from harness.report.pages import Link, PageFrame, render
from harness.report.run.view import index_page
from harness.report.verdict import Headline, ended, headline
from harness.results.model import CallResult, GateKind, GateResult, Quarantined

FINE = score("preamble", "pass", "")
WRONG = score("preamble", "fail", "no preamble", (1.0, 2.0))
OPEN = score("preamble", "review", "listen")
BROKE = score("preamble", "broken", "the scorer broke: KeyError: 1")
SILENT = result("s", status="agent_silent")
CLOSED = result("x", status="socket_closed")


@pytest.mark.parametrize(
    ("calls", "state", "sentence"),
    [
        ((), "none", "Nothing was judged: no call counts."),
        ((CLOSED,), "none", "Nothing was judged: no call counts. 1 call does not count."),
        ((result("a", FINE),), "pass", "The one call passed."),
        ((result("a", FINE), result("b", FINE)), "pass", "All 2 calls passed."),
        ((result("a", FINE), CLOSED, CLOSED), "review",
         "1 of 3 calls passed. 2 calls do not count."),
        ((result("a", FINE), result("b", WRONG)), "fail", "1 of 2 calls failed: preamble."),
        ((SILENT,), "fail", "1 of 1 call failed: the agent fell silent."),
        ((SILENT, result("b", WRONG)), "fail",
         "2 of 2 calls failed: preamble, the agent fell silent."),
        ((result("a", WRONG), result("b", OPEN)), "fail",
         "1 of 2 calls failed: preamble. 1 call needs a listener."),
        ((result("a", FINE), result("b", OPEN)), "review",
         "No call failed, but 1 call needs a listener."),
        ((result("a", OPEN), result("b", OPEN)), "review",
         "No call failed, but 2 calls need a listener."),
        ((result("a", FINE), result("b", BROKE)), "review",
         "No call failed, but a scorer broke in 1 call."),
        ((result("a", OPEN), result("b", BROKE)), "review",
         "No call failed, but 1 call needs a listener, and a scorer broke in 1 call."),
        ((result("a", score("x", "unscorable", "")),), "none",
         "No call failed, but none gave a verdict."),
        ((result("a", FINE), result("b", score("x", "unscorable", ""))), "none",
         "No call failed, but 1 of 2 gave no verdict."),
    ],
)  # fmt: skip
def test_the_headline_says_the_verdict(
    calls: tuple[CallResult, ...], state: str, sentence: str
) -> None:
    got = headline(run_results(calls))
    assert (got.tone, got.sentence) == (state, sentence)


@pytest.mark.parametrize(
    ("answered", "silent", "median", "p95", "slowest"),
    [
        (3, 0, ("1.00 s", ""), ("–", "needs 20 turns, has 3"), ("1.00 s", "")),
        (20, 80, *[("unanswered", "80 of 100 turns")] * 3),
        (40, 1, ("1.00 s", ""), ("1.00 s", ""), ("unanswered", "1 of 41 turns")),
    ],
)
def test_a_wait_without_an_answer_is_no_short_one(
    answered: int,
    silent: int,
    median: tuple[str, str],
    p95: tuple[str, str],
    slowest: tuple[str, str],
) -> None:
    quick = result("q", score("time_to_first_audio", "pass", "", value=1.0))
    none = result("n", score("time_to_first_audio", "fail", "", waits=[{"took_s": None}]))
    page = index_page(run_results((quick,) * answered + (none,) * silent), title="run")
    (waits,) = page.measures
    shown = {name: told for name, *told in waits.figures}
    assert (shown["median"], shown["p95"], shown["slowest"]) == (
        [*median], [*p95], [*slowest],
    )  # fmt: skip
    if answered and silent:
        assert waits.chart is not None
        assert f"{answered} turns, {silent} unanswered" in waits.chart.description


UNREAD = "book was called with {}, but it was never read back"


def unread(name: str, code: str, argument: str = "booking_code", **more: Any) -> CallResult:
    values = [{"argument": argument, "problem": UNREAD.format(code)}]
    read = score("entity_confirmation", "fail", UNREAD.format(code), (2.0, 3.0), values=values)
    return result(name, read, **more)


LATE = score("time_to_first_audio", "fail", "slowest answer took 3.00 s, limit 1.50 s")


@pytest.mark.parametrize(
    ("calls", "harm"),
    [
        ((unread("a", "B7"), unread("b", "C8"), result("c", FINE)),
         "In 2 of 3 calls the booking code was never read back."),
        ((unread("a", "B7"), unread("b", "C8", "name"), result("c", FINE)),
         "In 2 of 3 calls an exact value was never read back."),
        ((unread("a", "B7"),), "In the one call the booking code was never read back."),
        ((result("a", LATE), result("b", FINE), CLOSED),
         "In 1 of 2 calls: slowest answer took 3.00 s, limit 1.50 s."),
        ((SILENT, result("b", FINE)), "In 1 of 2 calls the agent fell silent."),
        ((result("a", score("mine", "fail", "")), result("b", LATE)),
         "In 1 of 2 calls: slowest answer took 3.00 s, limit 1.50 s."),
        ((result("a", score("mine", "fail", "")),), ""),
        ((result("a", OPEN), result("b", FINE)), ""),
    ],
)  # fmt: skip
def test_the_headline_begins_with_the_worst_harm(calls: tuple[CallResult, ...], harm: str) -> None:
    run = run_results(calls)
    assert headline(run).harm == harm
    text = render("index.html.j2", PageFrame((Link("t"),)), page=index_page(run, title="t"))
    assert text.partition("<h1 ")[2].partition("</h1>")[0].count("In ") == bool(harm)
    assert (f'<p class="lead"><bdi dir="auto">{headline(run).sentence}' in text) == bool(harm)


def test_a_known_failure_is_not_the_headline() -> None:
    known = (Quarantined("a", "", "x", "2026-06-30", 1, 1),)
    run = replace(run_results((unread("a", "B7"), result("b", LATE))), quarantined=known)
    assert headline(run).harm.startswith("In 1 of 2 calls: slowest answer")
    assert headline(replace(run_results((unread("a", "B7"),)), quarantined=known)).harm == ""


def test_failures_come_before_gates_and_rates_and_each_scenario_is_shown_first() -> None:
    calls = tuple(unread(name, "B7", repeat=n) for name in "ab" for n in range(3))
    gate = GateResult("pass_rate >= 95 %", GateKind.ABSOLUTE, False, 0.0, 0.95, "share", "0 of 6")
    run = replace(run_results(calls), gates=(gate,))
    page = index_page(run, title="t")
    (fault,) = page.faults
    assert [one.title for one in fault.places[:4]] == ["a #1", "b #1", "a #2", "b #2"]
    moment = fault.places[0].moment
    assert moment is not None
    assert (moment.from_s, moment.to_s) == (1.5, 3.5)
    assert moment.sound == f"{calls[0].recording}/call.flac"
    assert fault.places[0].href == moment.href == f"{calls[0].recording}/index.html#t=2.00"
    text = render("index.html.j2", PageFrame((Link("t"),)), page=page)
    places = [text.index(f'id="{one}"') for one in ("failures", "gates", "rates")]
    assert places == sorted(places)


@pytest.mark.parametrize("change", [{"kept": False}, {"estimated": ("times",)}])
def test_without_sound_or_times_nothing_is_played_on_the_index(change: dict[str, Any]) -> None:
    page = index_page(run_results((replace(unread("a", "B7"), **change),)), title="t")
    assert [one.sound for one in page.rows[0].reasons[0].moments] == [""] * ("kept" in change)
    assert "data-sound" not in render("index.html.j2", PageFrame((Link("t"),)), page=page)


@pytest.mark.parametrize(
    ("gate", "value", "told"),
    [
        ("pass_rate >= 95 %", 0.25, True),
        ("every call passes", 0.25, True),
        ("pass_rate >= 95 %", 0.5, False),
        ("pass_rate >= 95 % (tag x)", 0.25, False),
        ("pass_rate >= 95 %", None, False),
        ("preamble.pass_rate >= 95 %", 0.25, False),
    ],
)
def test_two_pass_rates_of_one_run_are_explained(
    gate: str, value: float | None, told: bool
) -> None:
    run = run_results((result("a", FINE), result("b", WRONG)))
    judged = GateResult(gate, GateKind.ABSOLUTE, False, value, 0.95, "share", "why")
    page = index_page(replace(run, gates=(judged,)), title="t")
    assert page.rates_note.startswith("A call fails if any scorer fails it.")
    assert (f"The gate {gate} counts 25 %" in page.rates_note) == told


def test_only_what_was_measured_is_shown_and_what_most_is_known_of_comes_first() -> None:
    assert index_page(run_results((result("a", FINE),)), title="run").measures == ()


def test_faults_of_several_calls_are_listed_once_the_worst_first():
    calls = (
        result(
            "a", score("preamble", "fail", "silent"), score("escalation", "fail", "never called")
        ),
        result("b", score("preamble", "fail", "silent")),
    )
    page = index_page(run_results(calls), title="run")
    assert [(one.scorer, one.text, one.calls) for one in page.faults] == [
        ("escalation", "never called", "1 of 2 calls"),
        ("preamble", "silent", "2 of 2 calls"),
    ]
    assert [one.scorer for one in page.rows[0].reasons] == ["escalation", "preamble"]
    shown = render("index.html.j2", PageFrame((Link("run"),)), page=page)
    assert shown.count("(2 of 2 calls)") == 1
    assert index_page(run_results(calls[:1]), title="run").faults == ()
    mood = Measure("mood", unit="points", better=Better.HIGHER)
    quick = score("time_to_first_audio", "pass", "", waits=[{"took_s": 1.0}, {"took_s": 2.0}])
    moody = replace(FINE, measurements=(mood.gave(-1, 3.5),))
    calls = (result("a", quick, moody), result("b", replace(moody, measurements=(mood.gave(2),))))
    page = index_page(run_results(calls), title="run")
    assert [(one.label, one.figures) for one in page.measures] == [
        ("mood", (("median", "2 points", ""), ("lowest", "-1 points", ""))),
        (
            "time to first audio",
            (("median", "1.50 s", ""), ("p95", "–", "needs 20 turns, has 2"),
             ("p99", "–", "needs 100 turns, has 2"), ("slowest", "2.00 s", "")),
        ),
    ]  # fmt: skip
    assert page.column == "Mood"
    assert [(row.worst, row.worst_text) for row in page.rows] == [
        (-1, "-1 points"), (2, "2 points"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        (11, "1 of 12 calls passed. 11 calls do not count, not called. "
         "The run was interrupted: 1 of 12 calls was made."),
        (1, "1 of 2 calls passed. 1 call does not count, not called. "
         "The run was interrupted: 1 of 2 calls was made."),
        (0, "The one call passed. The run was interrupted; only finished calls are here."),
    ],
)  # fmt: skip
def test_an_interrupted_run_says_how_far_it_came(left_out: int, said: str) -> None:
    missing = tuple(result(f"m{number}", status="not_called") for number in range(left_out))
    made = result("a", FINE)
    run = replace(run_results((made, *missing)), interrupted=True)
    assert headline(run) == Headline("review", said)


def test_the_headline_counts_calls_that_do_not_count_as_the_list_beneath_it_does() -> None:
    spent = "the budget of 1 USD is spent"
    missing = tuple(
        replace(result(f"m{number}", status="not_called"), status_detail=f"{spent} ({number} USD)")
        for number in range(2)
    )
    stopped = replace(result("s"), status="interrupted", passed=None)
    run = run_results((result("a", FINE), stopped, *missing))
    told = "1 of 4 calls passed. 3 calls do not count, 2 of them not called"
    assert headline(run).sentence == f"{told}: {spent}."
    others = (replace(missing[0], status_detail="no worker at tcp://h:1; start one"), missing[1])
    unlike = replace(run, calls=(*run.calls[:2], *others))
    assert headline(unlike).sentence == f"{told}."
    halted = f"{told}. The run was interrupted: 2 of 4 calls were made."
    assert headline(replace(run, interrupted=True)).sentence == halted


def test_calls_that_do_not_count_stand_apart() -> None:
    page = index_page(run_results(three_calls()), title="run")
    assert [row.name for row in page.rows] == ["straight lookup", "barge-in cancel"]
    assert [row.name for row in page.uncounted] == ["slow tool"]
    assert page.scorer_names == (
        "entity_confirmation",
        "time_to_first_audio",
        "write_confirmation",
    )
    assert page.tags == ("barge-in", "lookup", "positive", "write")


def test_a_reason_links_to_each_of_its_moments() -> None:
    page = index_page(run_results((result("a b", WRONG, recording="calls/a b#1"),)), title="run")
    (moment,) = page.rows[0].reasons[0].moments
    assert moment.href == "calls/a%20b%231/index.html#t=1.00"
    assert moment.text == "at 0:01.0"


@pytest.mark.parametrize("scores", [(), (FINE,), (WRONG,)], ids=["none", "passed", "failed"])
def test_an_agent_that_fell_silent_is_told_beside_the_call_whatever_scorers_say(scores) -> None:
    call = result("s", *scores, status="agent_silent", status_detail="no answer within 8 s")
    page = index_page(run_results((call, result("a", FINE))), title="t")
    assert [row.fell_silent for row in page.rows] == [
        "agent fell silent: no answer within 8 s", ""
    ]  # fmt: skip
    text = render("index.html.j2", PageFrame((Link("t"),)), page=page)
    failures = text.partition('<ul class="failures">')[2].partition("</section>")[0]
    assert failures.count('<li class="failure ') == 1
    assert '<span class="badge fail">agent fell silent</span>' in failures
    assert ">no answer within 8 s<" in failures
    assert 'data-reasons="agent fell silent: no answer within 8 s' in text


@pytest.mark.parametrize("failed", [20, 21, 200, 260])
def test_of_many_failures_the_first_are_told_and_the_table_has_them_all(failed) -> None:
    calls = tuple(result("a", WRONG, repeat=number) for number in range(failed))
    text = render(
        "index.html.j2", PageFrame((Link("t"),)), page=index_page(run_results(calls), title="t")
    )
    section = text.partition('id="failures"')[2].partition("</section>")[0]
    merged, _, each = section.partition(f"<summary>The same, call by call ({min(failed, 200)})")
    opened, _, folded = merged.partition(f"<summary>{failed - 4} more calls")
    assert [part.count("<li><a ") for part in (opened, folded)] == [4, min(failed, 200) - 4]
    assert opened.count('<li class="failure ') == 1
    assert each.count('<li class="failure ') == min(failed, 200)
    more = f'And {failed - 200} more: <a href="#calls">in the table of all calls</a>'
    assert (more in section) == (failed > 200)
    assert text.count('<tr class="member" data-group="0" data-verdict="fail"') == failed


@pytest.mark.parametrize("number", [150, 260])
@pytest.mark.parametrize(("heading", "where"), [("outside", "calls"), ("attempts", "attempts")])
def test_of_many_calls_that_are_in_no_rate_the_first_are_told(heading, where, number) -> None:
    ends = ("socket_closed", "not_called", "not_called")
    lost = tuple(replace(CLOSED, repeat=n, status=ends[n % 3]) for n in range(number))
    run = run_results((result("a", FINE), *(lost if where == "calls" else ())))
    run = replace(run, attempts=lost if where == "attempts" else ())
    page = index_page(run, title="t")
    text = render("index.html.j2", PageFrame((Link("t"),)), page=page)
    section = text.partition(f'id="{heading}"')[2].partition("</section>")[0]
    told = min(number, 200)
    opened, _, folded = section.partition(f"<summary>{told - 20} more</summary>")
    entry = '<li class="failure not_counted">'
    assert [part.count(entry) for part in (opened, folded)] == [20, told - 20]
    more = "connection closed during the call (20), not called (40)"
    assert (f"And 60 more, which results.json lists: {more}." in section) == (number > 200)


def test_the_picture_has_a_dot_per_measured_answer_of_calls_that_count() -> None:
    chart = index_page(run_results(three_calls()), title="run").measures[0].chart
    assert chart is not None
    assert len(chart.dots) == 5
    assert [dot.mark.kind for dot in chart.dots].count("with a tool") == 1
    assert chart.kinds == ("with a tool",)
    plain = result("p", score("time_to_first_audio", "pass", "", value=1.0))
    without = index_page(run_results((plain, CLOSED)), title="run").measures[0].chart
    assert without is not None
    assert without.dots[0].mark.href == "calls/p-0/index.html"


@pytest.mark.parametrize(
    ("failed", "entries", "said"),
    [
        (1, ("a",), "1 of 1 call failed, which is known: preamble."),
        (2, ("a",), "2 of 2 calls failed, both known: preamble."),
        (3, ("a",), "3 of 3 calls failed, all 3 known: preamble."),
        (2, (), "2 of 2 calls failed: preamble."),
    ],
)
def test_the_headline_says_how_many_failures_are_known(failed, entries, said) -> None:
    known = tuple(Quarantined(name, "preamble", "x", "2026-06-30", 1, 1) for name in entries)
    calls = tuple(result("a", WRONG) for _ in range(failed))
    assert headline(replace(run_results(calls), quarantined=known)).sentence == said
    mixed = replace(run_results((*calls, result("b", WRONG))), quarantined=known)
    assert (f", {failed} of them known:" in headline(mixed).sentence) is bool(entries)


def test_the_page_marks_a_known_failure_in_the_table_and_among_the_reasons() -> None:
    known = (Quarantined("a", "preamble", "x", "2026-06-30", 1, 1),)
    run = replace(run_results((result("a", WRONG), result("b", WRONG))), quarantined=known)
    page = index_page(run, title="run")
    assert [row.known for row in page.rows] == ["known until 2026-06-30", ""]
    assert [one.known for one in page.faults[0].places] == ["known until 2026-06-30", ""]
    # in the table, at the fault, and call by call
    assert render("index.html.j2", PageFrame(()), page=page).count("known until 2026-06-30") == 3


def test_an_agent_that_cannot_be_reached_is_no_failure_of_the_harness() -> None:
    detail = str(ConnectFailed("ws://x", "refused", "no"))
    cause = {"status_detail": detail, "end_cause": "no_connection"}
    lost = result("a", status="harness_error", **cause)
    assert ended(lost) == f"no connection to the agent: {detail}"
    # words do not decide
    assert ended(replace(lost, end_cause="")) == f"the harness failed: {detail}"
    mute = result("a", status="agent_silent", status_detail="x", end_cause="no_greeting")
    assert ended(mute) == "the agent did not greet: x"
    (row,) = index_page(run_results((lost,)), title="run").uncounted
    assert row.status_text == "no connection to the agent"
