"""When playback stops because the caller spoke: a table of the services' behaviour."""

from __future__ import annotations

import pytest

from harness.protocol import events as e
from harness.protocol.commands import (
    CreateResponse,
    ResponseOptions,
    SemanticVad,
    ServerVad,
    SessionConfig,
)
from harness.protocol.items import Response, ResponseStatus
from harness.protocol.openai.ga import Interruption, OpenAiGa

SPEECH, DONE, CANCELLED = "speech_started", "done", "cancelled"
ANSWER, ASKED = "a response by itself", "a response that we asked for"
RESPONSE = frozenset({"r"})


def play(rule: Interruption, what: str, open_responses: frozenset[str]) -> bool:
    match what:
        case "speech_started":
            return rule.speech_started(open_responses)
        case "done":
            return rule.response_done(Response("r", ResponseStatus.COMPLETED))
        case "cancelled":
            return rule.response_done(Response("r", ResponseStatus.CANCELLED))
    return rule.response_created(asked_for=what == ASKED)


@pytest.mark.parametrize(
    ("interrupts", "open_responses", "events", "stops_at"),
    [
        (True, frozenset(), [SPEECH], 0),
        (True, RESPONSE, [SPEECH, CANCELLED], 1),
        (True, RESPONSE, [SPEECH, DONE], None),
        (True, RESPONSE, [SPEECH], None),
        (True, RESPONSE, [SPEECH, DONE, ANSWER], 2),
        (True, RESPONSE, [SPEECH, ANSWER], 1),
        (True, RESPONSE, [SPEECH, DONE, ASKED], None),
        (True, RESPONSE, [SPEECH, ASKED, ANSWER], 2),
        (True, RESPONSE, [ANSWER, DONE, ANSWER], None),
        (True, frozenset(), [CANCELLED], 0),
        (False, frozenset(), [SPEECH, ANSWER], None),
        (False, RESPONSE, [SPEECH, DONE, ANSWER], None),
        (False, RESPONSE, [SPEECH, CANCELLED], 1),
    ],
)
@pytest.mark.parametrize("kind", [ServerVad, SemanticVad])
def test_playback_stops_where_the_service_stops_its_answer(
    kind, interrupts, open_responses, events, stops_at
):
    rule = Interruption()
    rule.configured(SessionConfig(turn_detection=kind(interrupt_response=interrupts)))
    stops = [play(rule, what, open_responses) for what in events]
    assert (stops.index(True) if any(stops) else None) == stops_at


def test_a_session_that_does_not_say_is_one_that_interrupts():
    rule = Interruption()
    assert rule.speech_started(frozenset())
    rule.configured(SessionConfig())
    assert rule.speech_started(frozenset())


def test_a_session_that_does_not_say_is_as_it_was_asked_to_be():
    rule = Interruption()
    rule.configured(SessionConfig(turn_detection=ServerVad(interrupt_response=False)))
    rule.configured(SessionConfig())
    assert not rule.speech_started(frozenset())


def test_an_interruption_that_was_answered_is_over():
    rule = Interruption()
    rule.speech_started(RESPONSE)
    assert rule.response_created(asked_for=False)
    assert not rule.response_created(asked_for=False)


def test_a_response_beside_the_conversation_interrupts_nobody_and_is_nobodys_answer():
    session = OpenAiGa().session(SessionConfig())
    beside = Response("aside", metadata={"turn": "1"})
    spoken = Response("spoken", conversation_id="conv")
    options = ResponseOptions(conversation="none", metadata={"turn": "1"})
    session.send(CreateResponse())
    session.send(CreateResponse(options))
    events = [
        e.SessionCreated("s", SessionConfig()),
        e.ResponseCreated(beside),
        e.SpeechStarted("u", 0),
        e.ResponseCreated(spoken),
        e.ResponseDone(Response("aside", ResponseStatus.CANCELLED)),
        e.ResponseDone(Response("spoken", ResponseStatus.CANCELLED)),
    ]
    stops = [session.follow(event).stops_playback for event in events]
    assert stops == [False, False, True, False, False, True]
