"""When the harness asked for an answer, less what was refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import record

from harness.protocol.commands import CreateResponse
from harness.protocol.events import ServerError
from harness.protocol.items import ErrorInfo
from harness.recording.model import AgentEvent, SentCommand
from harness.timeline.indexed_call import IndexedCall, read_claims


def error(at_s: float, name: str | None) -> AgentEvent:
    return AgentEvent(at_s, ServerError(ErrorInfo("rate_limit_error", "Too many", event_id=name)))


@pytest.mark.parametrize(
    ("asked", "errors", "left_s"),
    [
        ([(1.0, "a"), (2.0, "b")], [], [1.0, 2.0]),
        ([(2.0, "b"), (1.0, "a")], [(1.1, "a")], [2.0]),
        ([(1.0, "a"), (2.0, "a")], [(2.0, "a")], [1.0]),  # another session, the same name
        ([(1.0, "a"), (2.0, "a")], [(1.5, "a")], [2.0]),
        ([(1.0, None)], [(1.1, None)], [1.0]),  # an error of something else
        ([(1.0, "a")], [(0.5, "a"), (1.1, "other")], [1.0]),
    ],
)
def test_what_was_refused_was_not_asked_for(
    asked: list[tuple[float, str | None]],
    errors: list[tuple[float, str | None]],
    left_s: list[float],
) -> None:
    sent = tuple(SentCommand(at_s, CreateResponse(event_id=name)) for at_s, name in asked)
    told = tuple(error(at_s, name) for at_s, name in errors)
    call = replace(record("0.0-1.0 caller: Hello."), commands=sent, events=told)
    assert IndexedCall(call, read_claims(call)).asked_s == left_s
