"""Answers to which a server gives the same id are separated, without false barge-ins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.call_script import record

from harness.protocol.events import AudioDelta, OutputItemDone, ResponseCreated, ResponseDone
from harness.protocol.items import Response, ResponseStatus
from harness.recording.model import AgentEvent, Recording
from harness.timeline.build import build
from harness.timeline.episodes import NEAR_S, AudioTurn, Episodes
from harness.timeline.model import Span

TALK = """
0.0-1.0  caller: Hello.
1.5-2.5  agent: Hi. How may I help?
3.0-4.0  caller: Where is my order?
4.5-5.5  agent: On its way.
5.6-5.8  lookup_order order_id=ORD-4715B
6.0-7.0  caller: Thanks.
"""


def named(recording: Recording, *, response: str | None = "r", item: str | None = "i") -> Recording:
    """Give all responses the same id, and all items the same id."""

    def rename(value: Any) -> Any:
        return replace(
            value,
            **({"response_id": response} if response else {}),
            **({"item_id": item} if item else {}),
        )

    events = []
    for each in recording.events:
        event = each.event
        match event:
            case ResponseCreated(told) | ResponseDone(told) if response:
                event = replace(event, response=replace(told, id=response))
            case OutputItemDone(_, _, told):
                event = replace(event, response_id=response or event.response_id,
                                item=replace(told, id=item or told.id))  # fmt: skip
            case _:
                pass
        events.append(replace(each, event=event))
    return replace(
        recording,
        events=tuple(events),
        played=tuple(map(rename, recording.played)),
        generated=tuple(map(rename, recording.generated)),
        tools=tuple(replace(run, response_id=response) for run in recording.tools)
        if response
        else recording.tools,
    )


def counted_on(recording: Recording) -> Recording:
    """Count the samples of an id on through all its answers, as older recorders did."""
    at, spans = 0, []
    for run in recording.played:
        spans.append(replace(run, item_start=at))
        at += run.samples
    return replace(recording, played=tuple(spans))


def joined(recording: Recording) -> Recording:
    """Keep the audio of an id as one item, as a recorder does that sees no end of it."""
    first, *_ = recording.generated
    chunks = tuple(chunk for part in recording.generated for chunk in part.chunks)
    return replace(recording, generated=(replace(first, chunks=chunks),))


def ending(recording: Recording) -> Recording:
    """Say of every response that it ended, before the next begins."""
    ends = [
        AgentEvent(at_s, ResponseDone(Response("r", ResponseStatus.COMPLETED)))
        for at_s in (2.6, 5.6)
    ]
    events = sorted((*recording.events, *ends), key=lambda event: event.at_s)
    return replace(recording, events=tuple(events))


def without_events(recording: Recording) -> Recording:
    return replace(recording, events=())


WHOLE = record(TALK)
ODD = {
    "one item id": named(WHOLE, response=None),
    "one item id, counted on": counted_on(named(WHOLE, response=None)),
    "one response id, begun anew": ending(named(WHOLE)),
    "one response id, begun anew, counted on": counted_on(ending(named(WHOLE))),
    "one response id, counted on, one item": joined(counted_on(ending(named(WHOLE)))),
    "one response id, never begun": without_events(named(WHOLE)),
    "one response id, never begun, counted on": joined(counted_on(without_events(named(WHOLE)))),
    "no response events": without_events(WHOLE),
}


@pytest.mark.parametrize("name", ODD)
def test_two_answers_are_two_utterances_and_nobody_barged_in(name: str) -> None:
    found, wanted = build(ODD[name]), build(WHOLE)
    assert [u.span for u in found.agent] == [u.span for u in wanted.agent]
    assert [u.heard_s for u in found.agent] == [u.heard_s for u in wanted.agent]
    assert [u.generated_s for u in found.agent] == [u.generated_s for u in wanted.agent]
    assert [u.interrupted for u in found.agent] == [False, False]
    assert len({u.response_id for u in found.agent}) == 2
    assert found.barge_ins == ()
    assert [wait.answered_s for wait in found.waits] == [w.answered_s for w in wanted.waits]
    if ODD[name].events:
        assert [u.claimed for u in found.agent] == ["Hi. How may I help?", "On its way."]
    tool_in = found.tools[0].response_id
    assert tool_in == found.agent[1].response_id


def test_a_run_that_holds_two_answers_is_cut_between_them() -> None:
    call = record("0.0-1.0 caller: Hi.\n1.5-2.5 agent: One.\n2.5-3.5 agent: Two.")
    first, second = call.played
    run = replace(first, item_id="i", response_id="r", samples=first.samples + second.samples)
    one, two = call.generated
    part = replace(one, item_id="i", response_id="r", chunks=(*one.chunks, *two.chunks))
    created = [
        AgentEvent(at_s, kind(Response("r")))
        for at_s, kind in ((1.3, ResponseCreated), (2.3, ResponseDone))
    ]
    again = AgentEvent(2.35, created[0].event)
    odd = replace(call, played=(run,), generated=(part,), events=(*created, again))
    assert [(u.response_id, u.span) for u in build(odd).agent] == [
        ("r", build(call).agent[0].span),
        ("r (2)", build(call).agent[1].span),
    ]


def test_an_answer_whose_samples_were_counted_anew_was_heard_whole() -> None:
    call = record("0.0-1.0 caller: Hi.\n1.5-3.5 agent: One, two, three and four.")
    (run,) = call.played
    half = run.samples // 2
    rest = replace(run, start=run.start + half, samples=run.samples - half)
    (heard,) = build(replace(call, played=(replace(run, samples=half), rest))).agent
    assert heard.claimed_heard == "One, two, three and four."


def test_a_recording_as_it_should_be_stays_as_it_is() -> None:
    assert [u.response_id for u in build(WHOLE).agent] == ["resp_0", "resp_1"]
    assert build(replace(WHOLE, tools=(replace(WHOLE.tools[0], response_id=None),))).tools
    nameless = without_events(replace(WHOLE, tools=(replace(WHOLE.tools[0], response_id=None),)))
    assert build(nameless).tools[0].response_id is None


def test_names_of_one_answer_each_stay_where_no_response_was_begun() -> None:
    found = build(without_events(WHOLE))
    assert [u.response_id for u in found.agent] == ["resp_0", "resp_1"]
    first, second = build(without_events(named(WHOLE))).agent
    assert (first.response_id, second.response_id) == ("r", "r (2)")


def test_names_that_the_call_gave_itself_are_told_apart_already() -> None:
    told = AgentEvent(1.4, AudioDelta("resp_0"), assumed=("response_id",))
    found = build(replace(WHOLE, events=(told,)))
    assert found.agent[0].response_id == "resp_0"


TICKS = st.integers(0, 40).map(lambda tick: tick / 4)


@given(st.lists(TICKS, unique=True, max_size=12), TICKS)
def test_words_belong_to_the_answer_that_came_nearest_and_may_to_all_that_are_near(
    bounds_s: list[float], at_s: float
) -> None:
    bounds_s.sort()
    pairs = zip(bounds_s[::2], bounds_s[1::2], strict=False)
    turns = tuple(AudioTurn(Span(first, last), first, last) for first, last in pairs)
    found = Episodes(
        {"r": tuple(turn.first_s for turn in turns[1:])}, {"r": turns} if turns else {}
    )
    away = sorted((turn.away_s(at_s), number) for number, turn in enumerate(turns))
    names = ["r", *(f"r ({number + 1})" for number in range(1, len(turns)))]
    near = frozenset(names[number] for far_s, number in away[1:] if far_s < NEAR_S)
    assert found.of_words("r", at_s) == (names[away[0][1]] if away else "r", near)
