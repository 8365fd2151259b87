"""A call in words: the rule, the moment, the utterance, and the weight of a verdict."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from support.synthetic_run import bad_call, good_call, result, score, write_recording

from harness.errors import UnknownName
from harness.pytest_plugin.outcome import CallOutcome, NotCounted
from harness.recording.provenance import CallStatus
from harness.results.model import CallResult
from harness.scenario.load import LoadedScenario, load_scenario

DESK = Path(__file__).parents[2] / "scenarios/order_desk"


@pytest.fixture(scope="module")
def loaded() -> LoadedScenario:
    return load_scenario(DESK / "lookup/straight.yaml")


def outcome(call: CallResult, loaded: LoadedScenario, folder: Path, **more: str) -> CallOutcome:
    return CallOutcome(
        result=call, loaded=loaded, folder=folder, target="reference", asked=lambda _: None, **more
    )


READ_BACK = {
    "tool": "lookup_order",
    "argument": "order_id",
    "value": "ORD4715B",
    "read_back": "ORD4015B",
    "problem": "read back wrongly",
}
FINE = READ_BACK | {"argument": "other", "read_back": "ORD4715B", "problem": ""}


def test_a_failure_names_the_rule_the_moment_the_difference_and_the_words(tmp_path, loaded):
    write_recording(tmp_path, good_call().recording("x", seed=7, status=CallStatus.COMPLETED))
    call = result(
        "straight lookup",
        score("preamble", "review", "heard something else", (12.3, 13.8)),
        score(
            "entity_confirmation", "fail", "read back wrongly", (4.5, 8.1), values=[READ_BACK, FINE]
        ),
        score("escalation", "pass", "not due"),
    )
    text = outcome(call, loaded, tmp_path, note="a busy machine").explanation()
    assert text.splitlines() == [
        "straight lookup: failed: entity_confirmation, preamble",
        "  scenarios/straight lookup.yaml, seed 7, target reference",
        "  entity_confirmation failed at 0:04.5: read back wrongly",
        "      rule: Pass when every exact argument equals the caller's value and was read back "
        "and accepted.",
        "      lookup_order.order_id (-) and what was read back (+):",
        "      - ORD4715B",
        "      ?     ^",
        "      + ORD4015B",
        "      ?     ^",
        "      0:00.4 caller Hi, where is my order? It's ORD-4715B.",
        "      0:04.5 agent  I have O, R, D, dash, 4, 7, 1, 5, B. Is that right?",
        "  preamble needs review at 0:12.3: heard something else",
        "      rule: Pass when every tool that requires a preamble has a proper one, and nothing "
        "else has.",
        "      0:08.8 caller Yes, that's right.",
        "      0:10.9 agent  Let me look that up for you.",
        "      0:12.3 tool   lookup_order(order_id: ORD-4715B): ok after 1.50 s",
        "  passed: escalation",
        "  note: a busy machine",
        f"  open {tmp_path}/index.html",
    ]


@pytest.mark.parametrize(
    "values",
    [[1.2], 1.2, "read back", {"problem": 1}, [{"problem": "x"}], [None, {"tool": "t"}]],
    ids=str,
)
def test_another_scorers_values_are_not_taken_for_read_backs(tmp_path, loaded, values):
    call = result("x", score("ours", "fail", "too loud", (1.0, 2.0), values=values))
    lines = outcome(call, loaded, tmp_path).explanation().splitlines()
    assert lines[2:] == ["  ours failed at 0:01.0: too loud", f"  open {tmp_path}/index.html"]


def test_hostile_words_of_an_agent_are_cut_and_made_visible(tmp_path, loaded):
    write_recording(tmp_path, bad_call().recording("x", seed=7, status=CallStatus.COMPLETED))
    call = result("x", score("write_confirmation", "fail", "no\u202e consent", (12.6, 14.8)))
    text = outcome(call, loaded, tmp_path).explanation()
    assert "no[U+202E] consent" in text
    assert "It is done.[U+202E] dekcirt" in text
    assert all(len(line) < 130 for line in text.splitlines()[3:-1])


def test_no_line_is_a_command_of_an_agents(tmp_path, loaded):
    reason = "fine\n::error::broken\n##[error]x"
    call = result("x", score("preamble", "fail", reason))
    failed = outcome(call, loaded, tmp_path)
    for text in (failed.explanation(), failed.passed().reason, failed.passed("preamble").reason):
        assert "fine : :error: :broken # #[error]x" in text
        assert not any(line.lstrip().startswith("::") for line in text.splitlines())


# scores, status and other fields of the result; the head, and the line that says why
@pytest.mark.parametrize(
    ("scores", "more", "head", "why"),
    [
        ((), {}, "x: no verdict", "  nothing was judged"),
        (
            (),
            {"status": "agent_silent", "status_detail": "no answer within 8 s"},
            "x: failed",
            "  agent fell silent: no answer within 8 s",
        ),
        (
            (),
            {"status": "socket_closed", "status_detail": "1006"},
            "x: does not count",
            "  no verdict on the agent: connection closed during the call: 1006",
        ),
        (
            (score("preamble", "broken", "ZeroDivisionError"),),
            {},
            "x: needs review: preamble",
            "  preamble broke: ZeroDivisionError",
        ),
        ((score("preamble", "pass", "fine"),), {}, "x: passed", "  passed: preamble"),
        (
            (score("a_scorer_of_ours", "fail", "no", (1.0, 2.0)),),
            {},
            "x: failed: a_scorer_of_ours",
            "  a_scorer_of_ours failed at 0:01.0: no",
        ),
    ],
)
def test_each_way_to_end_is_said_also_without_a_recording(
    tmp_path, loaded, scores, more, head, why
):
    lines = outcome(result("x", *scores, **more), loaded, tmp_path).explanation().splitlines()
    assert lines[0] == head
    assert lines[2:4] == [why, f"  open {tmp_path}/index.html"]


FAILED = score("preamble", "fail", "no word before lookup_order", (12.3, 12.3))
OPEN = score("entity_confirmation", "review", "witnesses disagree", (4.5, 8.1))
PASSED = score("escalation", "pass", "not due")
MOOT = score("write_confirmation", "not_applicable", "nothing was changed")


# the question, the answers to passed() and failed(), and the text of the first
@pytest.mark.parametrize(
    ("asked", "passed", "failed", "text"),
    [
        (("preamble",), False, True, "<preamble failed at 0:12.3: no word before lookup_order>"),
        (
            ("entity_confirmation",),
            False,
            False,
            "<entity_confirmation needs review at 0:04.5: witnesses disagree>",
        ),
        (("escalation",), True, False, "<escalation passed: not due>"),
        (
            ("write_confirmation",),
            False,
            False,
            "<write_confirmation is not applicable: nothing was changed>",
        ),
        (
            ("escalation", "preamble", "write_confirmation"),
            False,
            False,
            "<preamble failed at 0:12.3: no word before lookup_order; "
            "write_confirmation is not applicable: nothing was changed>",
        ),
        (
            (),
            False,
            True,
            "<call failed: preamble failed at 0:12.3: no word before lookup_order "
            "(also entity_confirmation)>",
        ),
    ],
)
def test_verdicts_say_yes_or_no_and_why(tmp_path, loaded, asked, passed, failed, text):
    one = outcome(result("x", FAILED, OPEN, PASSED, MOOT), loaded, tmp_path)
    assert bool(one.passed(*asked)) is passed
    assert bool(one.failed(*asked)) is failed
    assert repr(one.passed(*asked)) == text


@pytest.mark.parametrize(
    ("scores", "more", "text"),
    [
        ((PASSED,), {}, "<call passed: completed>"),
        ((MOOT,), {}, "<call no verdict: nothing was judged>"),
        ((), {"status": "agent_silent"}, "<call failed: agent fell silent>"),
        ((OPEN,), {}, "<call needs review: entity_confirmation needs review at 0:04.5: *"),
    ],
)
def test_a_call_as_a_whole_says_why(tmp_path, loaded, scores, more, text):
    one = outcome(result("x", *scores, **more), loaded, tmp_path)
    assert repr(one.passed()).startswith(text.rstrip("*"))
    assert bool(one.passed()) is (one.result.passed is True)
    assert bool(one.failed()) is (one.result.passed is False)


def test_a_call_that_does_not_count_has_no_verdict_in_either_direction(tmp_path, loaded):
    call = result("x", status="socket_closed", status_detail="1006\nand a traceback")
    one = outcome(call, loaded, tmp_path)
    for ask in (one.passed, one.failed, lambda: one.score("preamble"), one.assert_passed):
        with pytest.raises(NotCounted, match=r"no verdict on the agent: connection .*: 1006$"):
            ask()
    assert repr(one) == "<call 'x': does not count>"


def test_asking_for_an_unknown_scorer_lists_the_known_ones(tmp_path, loaded):
    one = outcome(result("x", PASSED), loaded, tmp_path)
    with pytest.raises(UnknownName, match="'confirmation'; known: escalation"):
        one.passed("confirmation")


def test_assert_passed_raises_the_whole_explanation_and_tells_who_asked(tmp_path, loaded):
    told: list[CallOutcome] = []
    one = replace(outcome(result("x", FAILED), loaded, tmp_path), asked=told.append)
    with pytest.raises(AssertionError, match="x: failed: preamble\n"):
        one.assert_passed()
    assert told == [one]
    replace(one, result=result("x", PASSED)).assert_passed()
