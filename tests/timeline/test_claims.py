"""Facts from the agent's events about its answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.call_script import record

from harness.protocol import events as e
from harness.protocol.commands import ClearAudio, CommitAudio
from harness.protocol.items import (
    Content,
    ContentKind,
    Item,
    ItemKind,
    ItemStatus,
    Response,
    ResponseStatus,
    Role,
)
from harness.recording.model import AgentEvent, SentCommand
from harness.timeline.build import build
from harness.timeline.indexed_call import Claims, read_claims

KEY = ("", "item_1", 0)
NOTHING = replace(record(""), events=())


def claims(*events: e.ServerEvent) -> Claims:
    told = tuple(AgentEvent(float(n), event) for n, event in enumerate(events, start=1))
    return read_claims(replace(NOTHING, events=told))


def item(role: Role | None, **more: object) -> Item:
    said = Content(ContentKind.OUTPUT_AUDIO, transcript="Hm.")
    text = Content(ContentKind.OUTPUT_TEXT)
    return Item("item_1", ItemKind.MESSAGE, role=role, content=(said, text), **more)  # type: ignore[arg-type]


def test_the_final_transcript_replaces_the_pieces() -> None:
    pieces = [e.TranscriptDelta(item_id="item_1", delta=d) for d in ("a", " b")]
    assert claims(*pieces).transcript(KEY) == "a b"
    done = e.TranscriptDone(item_id="item_1", transcript="a b c")
    assert claims(*pieces, done).transcript(KEY) == "a b c"


@pytest.mark.parametrize(
    "kind",
    [
        lambda item: e.OutputItemAdded("", 0, item),
        lambda item: e.OutputItemDone("", 0, item),
        e.ItemAdded,
        e.ItemDone,
    ],
)
def test_items_tell_transcript_phase_and_whether_they_are_whole(kind) -> None:  # type: ignore[no-untyped-def]
    told = item(Role.ASSISTANT, status=ItemStatus.INCOMPLETE, phase="commentary")
    facts = claims(kind(told))
    assert (facts.transcript(KEY), facts.phases, facts.incomplete) == (
        "Hm.",
        {("", "item_1"): "commentary"},
        {("", "item_1")},
    )


def test_inferred_end_of_a_turn_is_no_bound_of_a_latency() -> None:
    told = AgentEvent(3.0, e.SpeechStopped(), inferred=True)
    assert read_claims(replace(NOTHING, events=(told,))).turn_ends_s == []


@pytest.mark.parametrize("role", [Role.USER, None])
def test_another_ones_item_claims_nothing_for_the_agent(role: Role | None) -> None:
    assert claims(e.ItemAdded(item(role))).transcript(KEY) == ""


def test_responses_begin_once_and_may_be_cancelled() -> None:
    over = Response("r", ResponseStatus.CANCELLED, output=(Item("i", phase="final_answer"),))
    facts = claims(
        e.ResponseCreated(Response("r")),
        e.ResponseCreated(Response("r")),
        e.ResponseDone(over),
        e.ResponseDone(Response("s", ResponseStatus.COMPLETED)),
    )
    assert (facts.created_s, facts.cancelled_s) == ({"r": 1.0}, {"r": 3.0})
    assert facts.phases == {("r", "i"): "final_answer"}


def test_a_response_that_was_stopped_has_not_finished() -> None:
    claims = Claims()
    for number, status in enumerate(ResponseStatus):
        claims.take(1.0, e.ResponseDone(Response(str(number), status)))
    stopped = (ResponseStatus.CANCELLED, ResponseStatus.INCOMPLETE)
    wanted = {str(n) for n, status in enumerate(ResponseStatus) if status not in stopped}
    assert claims.finished == wanted


def test_turns_end_with_their_vad_or_with_our_commit() -> None:
    sent = (SentCommand(2.0, CommitAudio()), SentCommand(2.5, ClearAudio()))
    heard = (AgentEvent(3.0, e.SpeechStopped()), AgentEvent(4.0, e.SpeechStarted()))
    found = read_claims(replace(NOTHING, events=heard, commands=sent))
    assert found.turn_ends_s == [2.0, 3.0]


def test_a_text_that_is_none_is_no_answer_in_text() -> None:
    assert claims(e.TextDone(response_id="r")).texts == {}
    assert claims(e.TextDone(response_id="r", text="Hi.")).texts == {("r", "", 0): [(1.0, "Hi.")]}


def test_what_an_agent_says_whose_service_says_nothing_is_not_known_and_no_fault() -> None:
    call = record("0.0-1.0 caller: A.\n2.0-3.0 agent: B. [phase commentary]")
    (utterance,) = build(replace(call, events=())).agent
    assert (utterance.claimed, utterance.phase) == ("", None)
