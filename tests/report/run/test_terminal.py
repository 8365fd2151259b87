"""The run in a terminal."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from support.synthetic_run import result, run_results, score, three_calls

from harness.cli.progress import outcome_line
from harness.report.terminal import cost_line, run_table, verdict_line
from harness.report.verdict import headline, worse_text
from harness.results.model import GateKind, GateResult, Quarantined, RunResults
from harness.timeline.usage import Usage


def printed(results: RunResults, *, terminal: bool = False) -> str:
    console = Console(
        file=io.StringIO(),
        width=200,
        force_terminal=terminal,
        color_system="standard" if terminal else "auto",
    )
    console.print(run_table(results))
    console.print(verdict_line(results))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_rates_failing_calls_and_the_verdict_are_printed_plain_outside_a_terminal() -> None:
    text = printed(run_results(three_calls()))
    assert "\x1b" not in text
    assert "entity confirmation" in text
    assert "at 0:12.0, write confirmation: cancelled without asking" in text
    assert "(also time to first audio, entity confirmation)" in text
    assert "calls/barge-in-cancel-0/index.html" in text
    assert "connection closed during the call: 1006 after 4.2 s" in text
    assert "50 % of judged calls passed (95 % interval 9–91 %)." in text


READ = "entity_confirmation"
UNREAD = "cancel_order was called with {}, but it was never read back"


def test_faults_of_several_calls_are_listed_once_with_their_number() -> None:
    calls = (
        result(
            "a", score("preamble", "fail", "too late"), score(READ, "fail", UNREAD.format("B7"))
        ),
        result("b", score(READ, "fail", UNREAD.format("C8"))),
        result("c", score("preamble", "pass", "spoke first")),
    )
    lines = [line.strip() for line in printed(run_results(calls)).splitlines()]
    at = lines.index(f"entity confirmation: {UNREAD.format('…')} (2 of 3 calls)")
    assert lines[at + 1] == "preamble: too late (1 of 3 calls)"
    assert "2 of 3 calls failed: entity confirmation, preamble." in printed(run_results(calls))
    assert "(1 of 2 calls)" not in printed(run_results(calls[1:]))


def test_of_many_kinds_of_faults_the_first_are_listed() -> None:
    calls = tuple(result(f"c{n}", score("x", "fail", "a" * (n + 1))) for n in range(12))
    assert "\n2 more in the report\n" in printed(run_results(calls))


def test_a_run_that_judged_nothing_has_no_table_without_rows() -> None:
    lost = result("a", status="harness_error", status_detail="interrupted")
    text = printed(run_results((lost,)))
    assert "95 % interval" not in text
    assert text.startswith("does not count  a #1")


def test_sessions_that_are_not_as_they_were_asked_for_are_told_in_one_line_each() -> None:
    other = ("voice: asked marin, served alloy", "speed: asked 1.2, served 1")
    calls = tuple(replace(call, differences=other) for call in three_calls()[:2])
    text = printed(run_results((*calls, three_calls()[2])))
    line = (
        "served otherwise in 2 calls: voice: asked marin, served alloy; speed: asked 1.2, served 1"
    )
    assert f"\n{line}\n" in text
    assert "served otherwise" not in printed(run_results(three_calls()))


def test_a_terminal_gets_colour() -> None:
    assert "\x1b[" in printed(run_results(three_calls()), terminal=True)


def test_words_of_an_agent_are_neither_markup_nor_control_characters() -> None:
    hostile = score("x", "fail", "[bold]said[/bold] \x1b[2J")
    text = printed(run_results((result("[red]a", hostile),)))
    assert "[bold]said[/bold] [U+001B][2J" in text
    assert "[red]a #1" in text


HOSTILE_LOG = "fine\n::error::broken\n  ##[stop-commands]x"


@pytest.mark.parametrize(
    "call",
    [
        result("a", score("x", "fail", HOSTILE_LOG)),
        result("a", status="socket_closed", status_detail=HOSTILE_LOG),
        result(HOSTILE_LOG, score("x", "fail", "no")),
        result("a", score("x", "fail", "no"), recording=f"calls/{HOSTILE_LOG}"),
        result("a", score(HOSTILE_LOG, "fail", "no")),
    ],
)
def test_no_line_of_a_log_is_a_command_of_an_agents(call) -> None:
    gate = GateResult("g", GateKind.ABSOLUTE, False, 0.0, 1.0, "share", HOSTILE_LOG)
    known = Quarantined(HOSTILE_LOG, "x", HOSTILE_LOG, "2026-06-30", 1, 1)
    run = replace(run_results((call,)), gates=(gate,), quarantined=(known,))
    text = printed(run) + outcome_line(call)
    assert ": :error: :broken" in text
    assert not re.search(r"^\s*::", text, re.M)
    assert "##[" not in text


def test_calls_that_one_cause_kept_from_taking_place_are_told_together() -> None:
    refused = {"status": "harness_error", "status_detail": "refused", "duration_s": None}
    other = {**refused, "status_detail": "no such host"}
    spoilt = {"status": "socket_closed", "status_detail": "1011"}
    calls = (
        result("a", **refused), result("b", **other), result("c", **refused),
        result("d", **spoilt), result("e", **spoilt),
    )  # fmt: skip
    text = printed(run_results(calls))
    assert text.count("refused") == 1
    assert "a #1, seed 7, and 1 more" in text
    assert "b #1, seed 7\n" in text
    assert text.count("1011") == 2


def test_every_call_that_did_not_pass_says_why() -> None:
    text = printed(
        run_results(
            (result("a", status="agent_silent"), result("b"), result("c", status="interrupted"),
             result("d", score("x", "review", "listen to this")))
        )
    )  # fmt: skip
    assert "agent fell silent" in text
    assert "nothing was judged" in text
    assert "interrupted" in text
    assert "x: listen to this" in text


def test_a_failed_scorer_does_not_hide_that_the_agent_fell_silent() -> None:
    silent = {"status": "agent_silent", "status_detail": "no answer within 8 s"}
    late = score("x", "fail", "late", (1.0, 2.0))
    text = printed(run_results((result("a", late, score("y", "fail", "no"), **silent),)))
    assert "  at 0:01.0, agent fell silent: no answer within 8 s; x: late (also y)\n" in text
    assert "1 of 1 call failed: x, y, the agent fell silent." in text


def test_a_clean_run_prints_no_list_of_calls() -> None:
    text = printed(run_results((result("a", score("x", "pass", "")),)))
    assert "index.html" not in text
    assert "The one call passed." in text


def test_an_empty_run_has_a_verdict_and_no_rate() -> None:
    text = printed(run_results(()))
    assert "Nothing was judged" in text
    assert "judged calls passed" not in text


def test_gates_flaky_scenarios_and_known_failures_are_printed_where_there_are_any() -> None:
    calls = (result("a", score("x", "pass", "")), result("a", score("x", "fail", "late")))
    run = run_results(calls)
    assert "flaky scenario" in (text := printed(run))
    assert re.search(r"^a +1/2 +50 % +9–91 %", text, re.M)
    assert "pass^2 0 %, pass@2 100 % (1 scenario)." in text
    assert "gate" not in text
    gates = (
        GateResult("pass_rate >= 1", GateKind.ABSOLUTE, None, None, 1.0, "share", "nothing"),
        GateResult("no worse: x", GateKind.BASELINE, None, None, 0.05, "share", "2 pairs"),
    )
    known = (Quarantined("a", "time_to_first_audio", "ticket 7", "2026-06-30", 2, 1),)
    lines = printed(replace(run, gates=gates, quarantined=known)).splitlines()
    assert ["pass_rate >= 1", "not judged", "nothing"] in [re.split(r" {2,}", x) for x in lines]
    assert "no worse: x     no evidence  2 pairs" in [line.rstrip() for line in lines]
    assert "a, time to first audio  1/2     2026-06-30  ticket 7" in [x.rstrip() for x in lines]
    assert "1 of 2 calls failed: x. 1 of 2 gates did not hold." in lines[-1]


@pytest.mark.parametrize(
    ("outcome", "passed", "state", "sentence"),
    [
        ("pass", True, "pass", "The one call passed."),
        ("fail", True, "review", "1 of 1 call failed: x. 1 gate let it pass."),
        ("fail", False, "fail", "1 of 1 call failed: x. 1 of 1 gate did not hold."),
        ("pass", False, "fail", "No call failed. 1 of 1 gate did not hold."),
        ("review", False, "fail",
         "No call failed. 1 call needs a listener. 1 of 1 gate did not hold."),
        ("review", True, "review", "No call failed, but 1 call needs a listener."),
    ],
)  # fmt: skip
def test_the_headline_says_what_the_gates_say(
    outcome: str, passed: bool, state: str, sentence: str
) -> None:
    run = run_results((result("a", score("x", outcome, "")),))
    gate = GateResult("pass_rate >= 0", GateKind.ABSOLUTE, passed, 1.0, 0.0, "share", "")
    summary = replace(run.summary, gates_passed=passed)
    found = headline(replace(run, gates=(gate,), summary=summary))
    assert (found.tone, found.sentence) == (state, sentence)


def test_a_failed_call_says_when_where_and_whether_it_is_known(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    calls = (
        result("a", score("x", "fail", "no", (10.3, 10.3)), score("y", "fail", "no", (1.0, 2.0))),
        result("b", score("x", "fail", "no")),
    )
    known = Quarantined("b", "x", "ticket 7", "2026-06-30", 1, 1)
    console = Console(file=io.StringIO(), width=200)
    run = replace(run_results(calls), quarantined=(known,))
    console.print(run_table(run, Path("reports/new")))
    assert isinstance(console.file, io.StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().splitlines()]
    assert lines[-6:] == [
        "failed  a #1, seed 7",
        "  at 0:10.3, x: no (also y)",
        "  reports/new/calls/a-0/index.html",
        "failed, known until 2026-06-30  b #1, seed 7",
        "  x: no",
        "  reports/new/calls/b-0/index.html",
    ]


def test_tokens_of_the_embedded_agent_are_no_bill() -> None:
    used = Usage(caller_s=90.0, output_text_tokens=1200)
    run = run_results((replace(result("a"), usage=used),))
    own, service = ({"url": None}, {"url": "wss://api.example.com"})
    assert (
        str(cost_line(replace(run, target_settings=service))) == "used: 1,200 tokens, 1.5 minutes"
    )
    assert str(cost_line(replace(run, target_settings=own))) == (
        "used: 1,200 tokens (made up by the reference agent), 1.5 minutes"
    )


def test_the_headline_names_what_is_worse_and_what_confirms_it():
    def gate(name: str, short: str, *, passed: bool | None = False) -> GateResult:
        return GateResult(f"no worse: {name}", GateKind.BASELINE, passed, None, None, "share", "",
                          short=short)  # fmt: skip

    gates = (gate("calls", "calls 3 of 3 → 0 of 3"), gate("x", "x y 3 of 3 → 0 of 3"),
             gate("z", "z 1 of 3 → 0 of 3", passed=None))  # fmt: skip
    again = result("a", score("x", "fail", ""), repeat=9)
    run = replace(run_results((result("a", score("x", "fail", "")),)), gates=gates)
    run = replace(run, attempts=(replace(again, confirms=True),) * 2)
    run = replace(run, summary=replace(run.summary, gates_passed=False))
    assert headline(run).sentence == (
        "1 of 1 call failed: x. Worse than the baseline: x y 3 of 3 → 0 of 3. "
        "2 of 3 gates did not hold. 2 further calls made to confirm what looked worse."
    )
    assert worse_text(gates[:1]) == "Worse than the baseline: calls 3 of 3 → 0 of 3."
    assert worse_text(gates[2:]) == ""
    changed = replace(run, changes=("the prompt changed in 4 lines",))
    assert "x y 3 of 3 → 0 of 3. The prompt changed in 4 lines. 2 of" in headline(changed).sentence
