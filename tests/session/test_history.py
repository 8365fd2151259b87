"""The history before the call: sent to the agent first, shown, refused with a message."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.call_plans import call_plan, scenario, writer
from support.scripted_server import Reply, Script, scripted_server

from harness.recording.model import Recording
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.report.run.transcript import earlier
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.virtual_time import run_virtual
from harness.timeline.build import build

HISTORY: list[dict[str, Any]] = [
    {"role": "system", "text": "A member."},
    {"role": "user", "text": "Where is {order_id}?"},
    {"role": "assistant", "text": "One moment."},
    {"tool": "lookup_order", "arguments": {"ids": ["{order_id}", 2]}, "returns": {"sent": True}},
]
FACTS = {"order_id": {"value": "ORD-7"}}


def held(folder: Path, server: Script) -> tuple[Recording, list[dict[str, Any]]]:
    """Make a call with a history; return its recording, and the messages that the server got."""
    wanted = scenario([{"say": "Well?"}], facts=FACTS, history=HISTORY)

    async def main() -> list[dict[str, Any]]:
        async with scripted_server(server) as (url, sessions):
            await run_call(call_plan(url, wanted), clock=VirtualClock(), writer=writer(folder))
            return sessions[0].received

    received = run_virtual(main())
    return read_recording(folder), received


def test_the_agent_is_told_before_the_call_begins_and_the_page_shows_it(tmp_path):
    call, received = held(tmp_path, Script([Reply("It has shipped.", 1.0)]))
    assert [message["type"] for message in received] == [
        "session.update",
        *["conversation.item.create"] * 5,
    ]
    system, user, agent, asked, returned = (message["item"] for message in received[1:])
    words = {"type": "message", "role": "user"}
    assert user == {**words, "content": [{"type": "input_text", "text": "Where is ORD-7?"}]}
    assert system["content"] == [{"type": "input_text", "text": "A member."}]
    assert agent["content"] == [{"type": "output_text", "text": "One moment."}]
    assert (asked["name"], json.loads(asked["arguments"])) == (
        "lookup_order",
        {"ids": ["ORD-7", 2]},
    )
    assert returned["call_id"] == asked["call_id"]
    assert json.loads(returned["output"]) == {"sent": True}
    assert max(sent.at_s for sent in call.commands) <= 0
    assert earlier(call) == (
        ("system", "A member."),
        ("caller", "Where is ORD-7?"),
        ("agent", "One moment."),
        ("tool", 'lookup_order({"ids":["ORD-7",2]})'),
        ("tool", 'gave back {"sent":true}'),
    )
    facts = build(call)
    assert [turn.text for turn in facts.caller] == ["Well?"]
    assert (facts.tools, facts.texts) == ((), ())


def test_an_entry_that_the_server_refuses_ends_the_call_in_words(tmp_path):
    server = Script([Reply("It has shipped.", 1.0)], refuse_role="assistant")
    call, _ = held(tmp_path, server)
    assert call.manifest.status is CallStatus.AGENT_ERROR
    assert call.manifest.status_detail == "history[2] was refused: No such role. (invalid_value)"
