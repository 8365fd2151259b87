"""Expectations, in lines, each with the cause of its verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.synthetic_run import manifest, result, score

from harness.recording.provenance import CallStatus
from harness.report.run.expectations import expected, flow
from harness.results.model import ScoreResult

SCENARIO = {
    "format": 1,
    "name": "cancel",
    "facts": {"order_id": {"value": "ORD-4715B", "kind": "id"}},
    "turns": [{"say": "Cancel {order_id}."}, {"silence": 4.0}],
    "answers": [
        {
            "if_agent_asks": "(repeat|say (it|that)|spell|again|catch)",
            "say": "It's {order_id}, as I said.",
        }
    ],
    "expect": {
        "tools": [
            {"name": "lookup_order", "arguments": {"order_id": "{order_id}"}},
            {"name": "cancel_order", "arguments": {"order_id": "{order_id}"}},
        ],
        "never": ["refund_order"],
    },
}  # fmt: skip
SUITE = {
    "suite": "desk",
    "tools": [
        {"name": "cancel_order", "kind": "write", "preamble": "optional", "exact": ["order_id"]},
        {"name": "cancel", "kind": "read", "preamble": "required"},
    ],
}


def shown(*scores: ScoreResult, scenario: dict = SCENARIO, reached: tuple[int, ...] = (0, 1)):
    held = replace(
        manifest("cancel", seed=1, status=CallStatus.COMPLETED, duration_s=1.0),
        scenario=scenario, suite=SUITE,
    )  # fmt: skip
    return expected(result("cancel", *scores), held, reached)


def marked(*scores: ScoreResult) -> list[tuple[str, str]]:
    return [(line.text.split(":")[0], line.tone) for line in shown(*scores) if line.marks]


def test_the_scenario_is_written_as_by_hand_without_what_is_by_default() -> None:
    assert [f"{'  ' * line.indent}{line.text}" for line in shown()] == [
        "facts:",
        "  order_id: {value: ORD-4715B, kind: id}",
        "turns:",
        '  - {say: "Cancel {order_id}."}',
        "  - {silence: 4.0}",
        "answers:",
        '  - if_agent_asks: "(repeat|say (it|that)|spell|again|catch)"',
        '    say: "It\'s {order_id}, as I said."',
        "expect:",
        "  tools:",
        '    - {name: lookup_order, arguments: {order_id: "{order_id}"}}',
        '    - {name: cancel_order, arguments: {order_id: "{order_id}"}}',
        "  never: [refund_order]",
    ]


def test_what_the_suite_tells_of_a_tool_in_question_and_of_all_calls_is_shown() -> None:
    told = {"says": ["cancel"], "unspoken": ["key"], "consequence": {"required": True, "words": []}}
    tools = [SUITE["tools"][0] | told, SUITE["tools"][1] | {"consequence": "optional"}]
    held = replace(
        manifest("cancel", seed=1, status=CallStatus.COMPLETED, duration_s=1.0),
        scenario=SCENARIO | {"today": "2026-04-25"},
        suite=SUITE | {"tools": tools, "today": "2026-05-11", "digit_by_digit": "required"},
    )
    failed = score("write_confirmation", "fail", "cancel_order was called unasked")
    lines = [line.text for line in expected(result("cancel", failed), held, (0, 1))]
    assert lines[0] == 'today: "2026-04-25"'
    at = lines.index("suite:")
    assert lines[at + 1 : at + 4] == ['today: "2026-05-11"', "digit_by_digit: required", "tools:"]
    shown_rules = " ".join(lines[at + 4 :])
    assert "says: [cancel]" in shown_rules
    assert "unspoken: [key]" in shown_rules
    assert "consequence: {required: true" in shown_rules
    assert "consequence: optional" not in shown_rules


def test_a_turn_that_the_call_did_not_come_to_says_so() -> None:
    told = {line.text: line.note for line in shown(reached=(0,)) if line.note}
    assert told == {"- {silence: 4.0}": "the call did not come to this"}


def test_a_turn_that_was_left_out_says_so() -> None:
    held = replace(
        manifest("cancel", seed=1, status=CallStatus.COMPLETED, duration_s=1.0), scenario=SCENARIO
    )
    lines = expected(result("cancel"), held, (0,), left_out=(1,))
    told = {line.text: line.note for line in lines if line.note}
    assert told == {"- {silence: 4.0}": "left out: what it asks for had not happened"}


CANCELLED = "cancel_order(order_id=ORD-4715B) was called 0 times, expected 1"
TOLD = [
    {"what": "x", "outcome": "pass", "reason": "x", "place": ["tools", 0]},
    {"what": "x", "outcome": "fail", "reason": "x", "place": ["never"]},
]
WORDED = {
    **SCENARIO,
    "expect": {
        "never": ["refund_order", "cancel_all"],
        "says": ["{order_id}", {"one_of": ["cancelled", "gone"], "after": "cancel_order"}],
        "never_says": ["refund", {"matches": "robot"}],
    },
}
WORDS = [
    {"what": "x", "outcome": "pass", "reason": "x", "place": ["says", 0]},
    {"what": "x", "outcome": "fail", "reason": "x", "place": ["says", 1]},
    {"what": "x", "outcome": "fail", "reason": "x", "place": ["never_says", 1]},
    {"what": "x", "outcome": "fail", "reason": "x", "place": ["never", 0]},
]


def test_of_several_words_only_those_are_marked_that_a_verdict_hangs_on() -> None:
    lines = shown(score("expectations", "fail", "x", expected=WORDS), scenario=WORDED)
    start = [line.text for line in lines].index("expect:")
    assert [(line.indent, line.text, line.tone) for line in lines[start + 1 :]] == [
        (1, "never:", ""),
        (2, "- refund_order", "fail"),
        (2, "- cancel_all", ""),
        (1, "says:", ""),
        (2, '- "{order_id}"', ""),
        (2, "- {one_of: [cancelled, gone], after: cancel_order}", "fail"),
        (1, "never_says:", ""),
        (2, "- refund", ""),
        (2, "- {matches: robot}", "fail"),
    ]


VALUES = [{"tool": "cancel_order", "argument": "order_id", "problem": "never read back"}]


LATE = {"value": 3.4, "waits": [{"took_s": 3.2, "with_tool": False},
                                {"took_s": 3.4, "with_tool": True}]}  # fmt: skip
UNANSWERED = {"waits": [{"took_s": 3.2, "with_tool": True}, {"took_s": None, "with_tool": False}]}


@pytest.mark.parametrize(
    ("scorer", "reason", "details", "lines"),
    [
        ("expectations", CANCELLED, {}, ["- {name"]),
        ("expectations", "refund_order was called and never should be", {}, ["never"]),
        ("expectations", "the agent spoke 2 times and should stay quiet", {}, ["reply"]),
        ("expectations", "something else", {}, ["expect"]),
        ("expectations", "in its own words", {"expected": TOLD}, ["never"]),
        ("escalation", "escalate_to_human was called unasked", {}, ["escalation"]),
        ("time_to_first_audio", "took 3.40 s, limit 1.50 s", {}, ["time_to_first_audio_s"]),
        ("time_to_first_audio", "late", LATE, ["time_to_first_audio_with_tool_s"]),
        ("time_to_first_audio", "no answer to 'Hi.'", UNANSWERED, ["time_to_first_audio_s"]),
        ("barge_in_yield", "slowest yield took 4 s", {}, ["barge_in_yield_s"]),
        ("write_confirmation", "cancel_order was called unasked", {}, ["cancel_order"]),
        ("entity_confirmation", "cancel_order", {"values": VALUES}, ["- {name", "cancel_order"]),
        ("somebody_elses", "no", {}, []),
    ],
)  # fmt: skip
def test_a_verdict_marks_what_it_hangs_on(scorer, reason, details, lines) -> None:
    assert [text for text, _ in marked(score(scorer, "fail", reason, **details))] == lines


def test_the_options_of_a_scorer_are_shown_and_marked_by_its_verdict() -> None:
    choices = {"preamble": {"max_words": 3}, "escalation": False, "somebody_elses": {"x": 1}}
    scenario = {**SCENARIO, "scorers": choices}
    lines = shown(
        score("preamble", "fail", "4 words"),
        score("somebody_elses", "fail", "x"),
        scenario=scenario,
    )
    start = [line.text for line in lines].index("scorers:")
    assert [(line.text, line.tone) for line in lines[start:]] == [
        ("scorers:", ""),
        ("preamble: {max_words: 3}", "fail"),
        ("escalation: false", ""),
        ("somebody_elses: {x: 1}", "fail"),
    ]


def test_a_limit_that_nobody_wrote_is_shown_as_by_default_where_a_verdict_hangs_on_it() -> None:
    lines = shown(score("time_to_first_audio", "fail", "took 3.40 s, limit 1.50 s"))
    assert [(line.text, line.note) for line in lines][-2:] == [
        ("limits:", ""), ("time_to_first_audio_s: 1.5", "by default"),
    ]  # fmt: skip


def test_only_what_is_open_or_failed_is_marked_and_the_gravest_colours_the_line() -> None:
    both = (
        score("entity_confirmation", "review", "cancel_order", values=VALUES),
        score("expectations", "fail", CANCELLED),
        score("escalation", "pass", "not due"),
    )
    assert marked(*both) == [("- {name", "fail"), ("cancel_order", "review")]


@pytest.mark.parametrize(
    "scenario", [{}, {"name": "x", "turns": [{"say": "a", "new": 1}], "expect": {"tools": [{}]}}]
)
def test_a_scenario_of_another_version_is_shown_as_it_is(scenario) -> None:
    verdicts = (
        score("expectations", "fail", "x"),
        score("entity_confirmation", "fail", "x", values=[{}]),
    )
    text = [line.text for line in shown(*verdicts, scenario=scenario)]
    assert text == (
        [] if not scenario else ["turns:", "- {say: a, new: 1}", "expect:", "tools: [{}]"]
    )


def test_values_are_written_as_yaml_reads_them() -> None:
    values = ("on", "two words", "a: b", "{x}", "Hi,", 3, 1.5, True, ["a", "b c"], {})
    assert [flow(value) for value in values] == [
        '"on"', "two words", '"a: b"', '"{x}"', '"Hi,"', "3", "1.5", "true", "[a, b c]", "{}",
    ]  # fmt: skip
