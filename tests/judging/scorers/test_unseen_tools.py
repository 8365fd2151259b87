"""Tools that the server runs itself: if none is seen, they may have run; if any is, all are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import SUITE, record

from harness.judging.judge import judge
from harness.judging.scorers.base import Outcome
from harness.recording.provenance import CallStatus
from harness.recording.tools import NoticeSource, RefusedNotice
from harness.timeline.build import NOT_TAKEN, build

SERVERS = {"tools": [{**tool, "run_by": "server"} for tool in SUITE["tools"]]}
PASS, FAIL, OPEN, NONE = Outcome.PASS, Outcome.FAIL, Outcome.UNSCORABLE, Outcome.NOT_APPLICABLE
HIDDEN = "by the server, which showed no call of its tools; "
READ_BACK = """
0.0-1.0 caller: Where is ORD-4715B?
1.5-3.0 agent: That's O, R, D, dash, 4, 7, 1, 5, B. Is that right?
3.3-3.8 caller: Yes.
4.0-4.9 agent: Let me look that up.
"""
LOOKUP = "5.0-5.5 lookup_order order_id=ORD-4715B\n"
CANCEL = "5.0-5.5 cancel_order order_id=ORD-4715B\n"
SLOW = "0.0-1.0 caller: Where is it?\n3.5-4.5 agent: It has shipped.\n"
SLOWER = "0.0-1.0 caller: Where is it?\n4.5-5.5 agent: It has shipped.\n"
UNANSWERED = "0.0-1.0 caller: Hm.\n6.0-7.0 caller: Hello?\n7.5-8.5 agent: Yes?\n"
HUMAN = "0.0-1.0 caller: Get me a human.\n1.5-2.5 agent: One moment.\n"
DUE = {"escalation": {"due_after_turn": 1, "tool": "escalate_to_human"}}
EITHER = {"tools": [{"one_of": [{"name": "lookup_order"}, {"name": "cancel_order"}]}]}
BEFORE = {"says": [{"phrase": "let me look", "before": "lookup_order"}]}

# the scorer, the expectation, the call, and the verdict with a part of its reason: if all tools
# are the server's and none is seen; if those of the call are seen
TABLE: dict[str, tuple[str, dict[str, Any], str, Outcome, str]] = {
    "a tool that should be called": (
        "expectations", {"tools": [{"name": "lookup_order"}]}, READ_BACK, OPEN,
        "lookup_order is run by the server, which showed no call of its tools; "
        "whether lookup_order() was called cannot be told",
    ),
    "one of several": (
        "expectations", EITHER, READ_BACK, OPEN, HIDDEN,
    ),
    "a tool that never should be": ("expectations", {"never": ["cancel_order"]}, READ_BACK, OPEN,
        HIDDEN + "whether cancel_order was called cannot be told",
    ),
    "another that is seen": (
        "expectations", {"never": ["cancel_order"]}, READ_BACK + LOOKUP, PASS, "everything",
    ),
    "the tool itself is seen": (
        "expectations", {"never": ["cancel_order"]}, READ_BACK + CANCEL, FAIL, "never should be",
    ),
    "an order": (
        "expectations", {"order": ["lookup_order", "cancel_order"]}, READ_BACK, OPEN,
        "lookup_order, cancel_order are run " + HIDDEN + "whether the order",
    ),
    "an order of what is seen": (
        "expectations", {"order": ["lookup_order", "cancel_order"]}, READ_BACK + LOOKUP, FAIL,
        "cancel_order was never called",
    ),
    "words before a tool": ("expectations", BEFORE, READ_BACK, OPEN, "when it was called cannot"),
    "words before a tool that is seen": ("expectations", BEFORE, READ_BACK + LOOKUP, PASS, ""),
    "words before a tool that was not called": (
        "expectations", BEFORE, READ_BACK + CANCEL, OPEN, "lookup_order was never called",
    ),
    "writes": ("write_confirmation", {}, READ_BACK, OPEN, "whether anything was changed cannot"),
    "no writes": ("write_confirmation", {}, READ_BACK + LOOKUP, NONE, "nothing was changed"),
    "a write that is seen": ("write_confirmation", {}, READ_BACK + CANCEL, FAIL, "cancel_order"),
    "exact values": ("entity_confirmation", {}, READ_BACK, OPEN, "whether an exact value was used"),
    "exact values that are seen": ("entity_confirmation", {}, READ_BACK + LOOKUP, PASS, ""),
    "a preamble": ("preamble", {}, SLOW, OPEN, "whether there had to be a preamble cannot"),
    "an announcement": ("preamble", {}, READ_BACK, OPEN, "whether one followed 'Let me look that"),
    "a preamble that is heard": ("preamble", {}, READ_BACK + LOOKUP, PASS, "Let me look"),
    "no hand-over": (
        "escalation", {}, READ_BACK, OPEN, HIDDEN + "whether escalate_to_human was called",
    ),
    "none among what is seen": ("escalation", {}, READ_BACK + LOOKUP, PASS, "not due"),
    "a hand-over that is due": ("escalation", DUE, HUMAN, OPEN, "whether it was called cannot"),
    "a due one not among what is seen": ("escalation", DUE, HUMAN + LOOKUP, FAIL, "never called"),
    "an answer that is late without a tool": (
        "time_to_first_audio", {}, SLOW, OPEN, "whether the answer waited for a tool",
    ),
    "one that is late with any": ("time_to_first_audio", {}, SLOWER, FAIL, "took 3.50 s"),
    "one that is late and saw none": (
        "time_to_first_audio", {}, SLOW + LOOKUP, FAIL, "took 2.50 s, limit 1.50 s",
    ),
    "silence on purpose": (
        "time_to_first_audio", {}, UNANSWERED, OPEN, "whether the agent was quiet on purpose",
    ),
    "silence where tools are seen": (
        "time_to_first_audio", {}, UNANSWERED + "8.8-8.9 lookup_order", FAIL, "no answer to 'Hm.'",
    ),
}  # fmt: skip


def judged(
    script: str,
    scorer: str,
    expect: dict[str, Any],
    *,
    suite: dict[str, Any],
    told: tuple[NoticeSource, ...] = (),
    bare: bool = False,
    **more: Any,
) -> tuple[Outcome, str]:
    call = record(script, scenario={"expect": expect}, suite=suite, **more)
    by_server = suite is SERVERS
    runs = tuple(replace(run, by_server=by_server) for run in call.tools)
    if bare:
        runs = tuple(replace(run, arguments="") for run in runs)
    seen = replace(call, tools=runs, notice_sources=told)
    found = judge(seen).judgements
    (score,) = [each.score for each in found if each.scorer.scorer_name == scorer]
    return score.outcome, score.reason


@pytest.mark.parametrize("name", TABLE)
def test_what_cannot_be_seen_is_left_open(name: str) -> None:
    scorer, expect, script, outcome, reason = TABLE[name]
    found, why = judged(script, scorer, expect, suite=SERVERS)
    assert (found, reason in why) == (outcome, True), why


@pytest.mark.parametrize("name", [name for name, row in TABLE.items() if row[3] is OPEN])
def test_what_the_harness_runs_is_seen(name: str) -> None:
    scorer, expect, script, _, _ = TABLE[name]
    found, why = judged(script, scorer, expect, suite={})
    assert "by the server" not in why
    assert found is not OPEN or "never called" in why


def test_a_call_that_the_silence_ended_is_not_excused():
    silent = {"suite": SERVERS, "status": CallStatus.AGENT_SILENT}
    found, why = judged("0.0-1.0 caller: Hm.", "time_to_first_audio", {}, **silent)
    assert (found, why) == (FAIL, "no answer to 'Hm.'")


# --- reported outside the call -----------------------------------------------------------------

SILENT, HEARD = (
    NoticeSource("webhook", "c", "", heard=False),
    NoticeSource("file", "c", "", heard=True),
)
LOST = replace(HEARD, refused=(RefusedNotice(4.0, "name: expected the tool's name"),))
OTHERS = replace(HEARD, refused=(RefusedNotice(4.0, "call: 'x' is over", counts=False),))
WANTED = {"tools": [{"name": "lookup_order", "arguments": {"order_id": "ORD-4715B"}}]}
NEVER_CANCELLED = {"never": ["cancel_order"]}
TWICE = {"tools": [{"name": "lookup_order", "times": 2}]}

# the expectation, the call, its notice sources, and the verdict with a part of its reason
BESIDE: dict[str, tuple[dict[str, Any], str, tuple[NoticeSource, ...], Outcome, str]] = {
    "it told nothing": (
        WANTED, READ_BACK, (SILENT,), OPEN,
        "showed no call of its tools, and told nothing of this call by webhook; whether",
    ),
    "it told of the call and of no tool": (WANTED, READ_BACK, (HEARD,), FAIL, "called 0 times"),
    "one of two told": (NEVER_CANCELLED, READ_BACK, (SILENT, HEARD), PASS, "everything"),
    "what it told was refused": (
        NEVER_CANCELLED, READ_BACK, (LOST,), OPEN,
        "and what it told was refused (name: expected the tool's name); whether cancel_order",
    ),
    "refused was another call's": (NEVER_CANCELLED, READ_BACK, (OTHERS,), PASS, "everything"),
    "it is seen, whatever was refused": (WANTED, READ_BACK + LOOKUP, (LOST,), PASS, "everything"),
    "it is seen once of twice": (TWICE, READ_BACK + LOOKUP, (LOST,), OPEN, "was refused"),
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_what_is_told_beside_the_call_decides_what_is_known(name: str) -> None:
    expect, script, told, outcome, reason = BESIDE[name]
    found, why = judged(script, "expectations", expect, suite=SERVERS, told=told)
    assert (found, reason in why) == (outcome, True), why


def test_what_was_refused_stands_among_what_is_shown_of_the_call() -> None:
    call = replace(record(READ_BACK), notice_sources=(LOST, OTHERS))
    assert [(each.type, each.detail, each.effect) for each in build(call).violations or ()] == [
        ("tools_from: file", "name: expected the tool's name", NOT_TAKEN),
        ("tools_from: file", "call: 'x' is over", ""),
    ]
    assert len(build(replace(call, violations=None)).violations or ()) == 2
    assert build(replace(call, violations=None, notice_sources=())).violations is None


@pytest.mark.parametrize(
    ("scorer", "expect", "script", "reason"),
    [
        ("expectations", WANTED, READ_BACK + LOOKUP, "no arguments of its call of lookup_order; "),
        ("entity_confirmation", {}, READ_BACK + LOOKUP, "which value it used is not known"),
        ("write_confirmation", {}, READ_BACK + CANCEL, "what was changed is not known"),
    ],
)
def test_a_call_whose_arguments_the_server_does_not_tell_is_left_open(
    scorer: str, expect: dict[str, Any], script: str, reason: str
) -> None:
    found, why = judged(script, scorer, expect, suite=SERVERS, bare=True)
    assert (found, reason in why) == (OPEN, True), why
