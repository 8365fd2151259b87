"""What an imported call's source does not tell decides nothing: its times, the caller's words."""

from __future__ import annotations

import pytest
from support.call_plans import manifest
from support.english import ENGLISH

from harness.importing.assemble import assemble
from harness.importing.model import SourceKind, Speaker, StoredCall, StoredLine, StoredTool
from harness.judging.judge import judge
from harness.scorers.base import Score

TOOLS = [
    {
        "name": "book_boat",
        "kind": "write",
        "description": "Book a boat",
        "exact": ["number"],
        "parameters": {"type": "object", "properties": {"number": {"type": "string"}}},
    }
]
ASKED = (
    StoredLine(Speaker.CALLER, "Book a boat, my number is 4711."),
    StoredLine(Speaker.AGENT, "Shall I book the boat for number 4 7 1 1?"),
)
BOOKED = StoredTool("book_boat", '{"number": "4711"}', 3, '{"ok": true}')


def scores(*lines: StoredLine, tools: tuple[StoredTool, ...] = (BOOKED,)) -> dict[str, Score]:
    call = StoredCall("c", SourceKind.CHAT, "c.json", lines, tools)
    suite = {"format": 1, "suite": "boats", "instructions": "-", "tools": TOOLS}
    scenario = {"format": 1, "name": "c", "turns": [{"silence": 0.0}]}
    recording = assemble(call, manifest(scenario=scenario, suite=suite), ENGLISH)
    return {one.scorer.scorer_name: one.score for one in judge(recording).judgements}


def test_a_call_of_text_is_judged_by_its_words_and_not_timed() -> None:
    found = scores(*ASKED, StoredLine(Speaker.CALLER, "Yes, please."))
    assert found["write_confirmation"].outcome.value == "pass"
    assert found["entity_confirmation"].outcome.value == "pass"
    reason = "the source does not tell when anything was said: there is nothing to time"
    for name in ("time_to_first_audio", "barge_in_yield"):
        assert (found[name].outcome.value, found[name].reason) == ("unscorable", reason)
        assert found[name].measurements == ()


@pytest.mark.parametrize("reply", [None, ""])
def test_a_caller_whose_words_nobody_told_may_have_agreed(reply: str | None) -> None:
    found = scores(*ASKED, StoredLine(Speaker.CALLER, reply))
    for name in ("write_confirmation", "entity_confirmation"):
        assert found[name].outcome.value == "unscorable"
        assert found[name].reason == (
            "what the caller said at 0:08.2 is not known: the source does not tell its words"
        )


def test_a_caller_who_is_known_to_have_said_nothing_agreed_to_nothing() -> None:
    late = StoredTool("book_boat", '{"number": "4711"}', 2, '{"ok": true}')
    found = scores(*ASKED, StoredLine(Speaker.CALLER, None), tools=(late,))
    assert found["write_confirmation"].outcome.value == "fail"
    assert scores(*ASKED, tools=())["write_confirmation"].outcome.value == "not_applicable"
