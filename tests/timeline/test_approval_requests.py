"""A request for approval of a tool, and the audio that the caller heard after it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import record

from harness.protocol.commands import AnswerApproval
from harness.protocol.events import ApprovalAsked
from harness.recording.model import Absence, AbsenceCause, AgentEvent, SentCommand
from harness.timeline.build import build
from harness.timeline.model import WaitEnd

ASKED = "0.0-1.0 caller: Where is it?\n1.5-3.0 agent: Let me look that up.\n"
REQUEST = AgentEvent(3.5, ApprovalAsked("a", "lookup_order", "{}", "shop"))
GIVEN = SentCommand(4.0, AnswerApproval("a", approve=True))


@pytest.mark.parametrize(
    ("script", "commands", "gone", "found"),
    [
        ("9.0-10.0 caller: Hello?", (), None, [(None, 3.5, 9.0, WaitEnd.CALLER)]),
        ("9.0-10.0 caller: Hello?", (GIVEN,), None, [(True, 4.0, 9.0, WaitEnd.CALLER)]),
        ("5.0-6.0 agent: It has shipped.", (GIVEN,), None, [(True, 4.0, 5.0, WaitEnd.HEARD)]),
        ("4.5-5.0 lookup_order [server]", (GIVEN,), None, [(True, 4.0, 4.5, WaitEnd.TOOL)]),
        ("9.0-10.0 caller: Hello?", (), (6.0, 7.0), []),
    ],
)
def test_a_request_is_waited_for(
    script: str,
    commands: tuple[SentCommand, ...],
    gone: tuple[float, float] | None,
    found: list[tuple[bool | None, float, float, WaitEnd]],
) -> None:
    stored = record(ASKED + script)
    away = () if gone is None else (Absence(*gone, AbsenceCause.DISCONNECT),)
    events = tuple(sorted((*stored.events, REQUEST), key=lambda event: event.at_s))
    stored = replace(stored, events=events, commands=(*stored.commands, *commands), absences=away)
    told = [
        (one.approved, one.from_s, round(one.until_s, 3), one.end)
        for one in build(stored).approvals
    ]
    assert told == found


def test_an_answer_that_the_service_reports_counts() -> None:
    stored = record(f"{ASKED}9.0-10.0 caller: Hello?")
    told = AgentEvent(4.2, ApprovalAsked("a", "lookup_order", "{}", "shop", approved=False))
    events = tuple(sorted((*stored.events, REQUEST, told), key=lambda event: event.at_s))
    (one,) = build(replace(stored, events=events)).approvals
    assert (one.approved, one.at_s, one.from_s) == (False, 3.5, pytest.approx(4.2))
