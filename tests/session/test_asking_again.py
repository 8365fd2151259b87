"""Responses that the service refuses, as another is under way: when they are asked for again."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest
from support.call_plans import call_plan, scenario, writer
from support.scripted_server import Reply, Script, Session, scripted_server

from harness.protocol.commands import CreateResponse
from harness.protocol.events import (
    ResponseCreated,
    ResponseDone,
    SpeechStarted,
    SpeechStopped,
)
from harness.protocol.items import ErrorInfo, Response, ResponseStatus
from harness.recording.model import Recording
from harness.recording.provenance import CallStatus
from harness.recording.store import read_recording
from harness.session.agent_side import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    MOST_REFUSED,
    AgentSide,
    Refusals,
)
from harness.session.call import run_call
from harness.session.clock import VirtualClock
from harness.session.playout import Playout
from harness.session.virtual_time import run_virtual

BUSY = ErrorInfo("invalid_request_error", "busy", "conversation_already_has_active_response")
CALLS = (("lookup_order", '{"order_id": "ORD-4715B"}'),)


def held(folder: Path, server: Script) -> tuple[CallStatus, Recording, list[float]]:
    """Run one call in virtual time; return its status, recording, and when a response was asked."""

    async def main() -> CallStatus:
        async with scripted_server(server) as (url, _):
            wanted = scenario([{"say": "My order?"}])
            plan = call_plan(url, wanted)
            return await run_call(plan, clock=VirtualClock(), writer=writer(folder))

    status = run_virtual(main())
    call = read_recording(folder)
    asked = (told for told in call.commands if isinstance(told.command, CreateResponse))
    return status, call, [told.at_s for told in asked]


def test_a_service_that_always_refuses_is_asked_ever_more_rarely_and_not_for_ever(tmp_path):
    status, call, asked_s = held(tmp_path, Script([Reply(calls=CALLS)], refuse_creates=400))
    assert len(asked_s) == MOST_REFUSED
    gaps_s = [after - before for before, after in pairwise(asked_s)]
    assert gaps_s == sorted(gaps_s)
    assert gaps_s[0] >= FIRST_PAUSE_S
    assert gaps_s[-1] == pytest.approx(LONGEST_PAUSE_S, abs=0.03)
    assert status is CallStatus.AGENT_ERROR
    assert call.manifest.status_detail == (
        "an answer was refused 8 times in a row: busy (conversation_already_has_active_response)"
    )


def test_a_result_whose_answer_the_service_refuses_is_no_silence_of_the_agent(tmp_path):
    script = Script([Reply("Let me look.", calls=CALLS)], refuse_creates=400)
    status, call, asked_s = held(tmp_path, script)
    assert (status, len(asked_s)) == (CallStatus.AGENT_ERROR, MOST_REFUSED)
    assert call.manifest.status_detail.startswith("an answer was refused 8 times in a row: busy")


def test_the_answer_behind_refusals_is_that_of_the_last_request(tmp_path):
    status, call, asked_s = held(tmp_path, Script([Reply(calls=CALLS), Reply("Shipped.")],
                                                  refuse_creates=3))  # fmt: skip
    assert (status, call.manifest.status_detail, len(asked_s)) == (CallStatus.COMPLETED, "", 4)
    (begun_s,) = (
        told.at_s
        for told in call.events
        if isinstance(told.event, ResponseCreated) and told.at_s > asked_s[0]
    )
    assert begun_s == pytest.approx(asked_s[-1] + 0.3, abs=0.001)
    assert len(call.played) == 1


def test_what_was_in_the_way_is_waited_for_though_it_is_told_of_late(tmp_path):
    async def late(session: Session) -> None:
        # The tool takes 1.5 s; its response is requested 0.1 s before the other is announced.
        for name, wait_s in (("resp_tool", 0.0), ("resp_other", 1.6)):
            await asyncio.sleep(wait_s)
            response = {"object": "realtime.response", "id": name, "output": []}
            await session.send("response.created", response={**response, "status": "in_progress"})
            if name == "resp_tool":
                output = [await session.call(name, 0, *CALLS[0])]
            else:
                output = [await session.speak(name, Reply("One moment.", 2.0))]
            await session.done(name, "completed", output)

    script = Script([Reply(raw=late), Reply("Shipped.")], refuse_creates=1)
    status, call, asked_s = held(tmp_path, script)
    assert status is CallStatus.COMPLETED
    (over_s,) = (
        told.at_s
        for told in call.events
        if isinstance(told.event, ResponseDone) and told.event.response.id == "resp_other"
    )
    assert asked_s[1:] == [over_s]
    assert len(call.played) == 2


def begins(name: str) -> ResponseCreated:
    return ResponseCreated(Response(name, ResponseStatus.IN_PROGRESS))


def ends(name: str) -> ResponseDone:
    return ResponseDone(Response(name, ResponseStatus.COMPLETED))


@pytest.mark.parametrize(
    ("told", "at_s", "owed", "may_be_asked"),
    [
        ([], 1.2, True, False),
        ([], 1.25, True, True),
        ([(1.1, ends("before"))], 1.1, True, True),
        ([(1.1, begins("late"))], 9.0, True, False),
        ([(1.1, begins("late")), (5.0, ends("late"))], 5.0, True, True),
        # The caller spoke meanwhile: the next response answers that, and uses the results.
        ([(1.1, SpeechStarted("u", 1_100)), (2.0, SpeechStopped("u", 2_000)),
          (2.5, begins("new"))], 3.0, False, False),
    ],
)  # fmt: skip
def test_when_a_refused_response_may_be_asked_for_again(told, at_s, owed, may_be_asked):
    side = AgentSide(Playout())
    side.asked(0.9)
    side.refused(1.0, BUSY)
    for told_s, event in told:
        side.received(told_s, event)
    assert (side.owed, side.may_be_asked(at_s)) == (owed, may_be_asked)


def test_a_refusal_is_why_no_answer_came_until_one_is_asked_for_again():
    side = AgentSide(Playout())
    side.refused(1.0, BUSY)
    words = "an answer was refused: busy (conversation_already_has_active_response)"
    assert (side.refusal, side.failure(0.0)) == (words, words)
    side.asked(1.25)
    assert (side.refusal, side.failure(0.0)) == ("", None)
    side.refused(1.3, BUSY)
    assert side.refusal.startswith("an answer was refused 2 times in a row: ")


def test_another_session_knows_of_no_refusal():
    side = AgentSide(Playout())
    side.refused(1.0, BUSY)
    side.session_lost(1.1)
    assert side.owed
    assert side.may_be_asked(1.1)
    assert not side.refusal


def given_up() -> Refusals:
    refusals = Refusals()
    for number in range(MOST_REFUSED):
        assert refusals.refused(float(number), BUSY) is (number < MOST_REFUSED - 1)
    return refusals


def test_responses_that_end_do_not_make_asking_endless():
    refusals = Refusals()
    tries = 0
    while refusals.refused(1.0, BUSY):
        tries += 1
        assert not refusals.may_ask(1.0)
        refusals.created(1.0)
        refusals.ended()
        assert refusals.may_ask(1.0)
        refusals.asked()
    assert tries == MOST_REFUSED - 1


def test_an_answer_that_came_whole_ends_the_row():
    refusals = given_up()
    assert not refusals.created(20.0)
    refusals.ended()
    assert not refusals.words
    assert refusals.refused(21.0, BUSY)


def test_an_answer_that_is_refused_once_it_has_begun_does_not():
    refusals = given_up()
    refusals.created(20.0)
    assert not refusals.refused(20.0, BUSY)
    refusals.ended()
    assert not refusals.refused(20.0, BUSY)


def test_once_the_caller_has_said_more_it_is_tried_anew():
    refusals = given_up()
    refusals.turn_begun()
    assert refusals.refused(20.0, BUSY)
