"""Long calls: lookup by key and by bisection gives the same results as a full scan.

The rules are written here in their shortest form; the calls are drawn on a coarse grid, so that
bounds meet.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from support.call_script import record

from harness.judging.judge import judge
from harness.recording.model import CLICK_S, PlayedSpan, Recording
from harness.timeline.indexed_call import IndexedCall, read_claims
from harness.timeline.intervals import covered_s, overlap
from harness.timeline.model import AgentUtterance, CallerTurn, Span, Timeline, ToolCall
from harness.timeline.waits import ALONE_S

TICKS = st.integers(0, 40)


@st.composite
def calls(draw) -> Recording:
    """Draw a call of a few turns and answers, over each other or not."""
    rows = []
    at = 0
    for number in range(draw(st.integers(1, 4))):
        at += draw(st.integers(0, 6))
        stop = at + draw(st.integers(1, 4))
        said = draw(st.sampled_from(("A.", "A. [barge-in]", "A. [pressed]", "A. [backchannel]")))
        rows.append(f"{at / 2}-{stop / 2} caller: {said}")
        at = stop
        begin = draw(st.integers(max(0, at - 4), at + 6))
        length = draw(st.integers(1, 8))
        options = draw(
            st.sampled_from(
                (
                    "",
                    " [of 9.0]",
                    " [trails 0.5]",
                    f" [response r{number // 2}]",
                    " [truncated 500]",
                )
            )
        )
        rows.append(f"{begin / 2}-{(begin + length) / 2} agent: B. Go on{options}")
        if draw(st.booleans()):
            ran = draw(st.integers(0, at + 8))
            end = draw(st.sampled_from(("", f"{(ran + draw(st.integers(0, 4))) / 2}")))
            rows.append(f"{ran / 2}-{end} lookup_order order_id={number}")
    return record("\n".join(rows))


def onset_s(said: AgentUtterance, agent: tuple[AgentUtterance, ...]) -> float | None:
    starts = [s.start_s for u in agent if u.response_id == said.response_id for s in u.sounds]
    for sound in said.sounds:
        followed = any(sound.end_s <= at <= sound.end_s + ALONE_S for at in starts)
        if sound.duration_s >= CLICK_S or followed:
            return sound.start_s
    return None


def answer(turn: CallerTurn, until_s: float, told: Timeline, call: IndexedCall) -> int | None:
    return next(
        (
            index
            for index, said in enumerate(told.agent)
            if (begun_s := onset_s(said, told.agent)) is not None
            and turn.span.start_s <= begun_s < until_s
            and said.span.end_s > turn.span.end_s
            and call.claims.created_s.get(said.response_id, said.span.start_s) >= turn.span.start_s
        ),
        None,
    )


def worked(tool: ToolCall, from_s: float, until_s: float) -> bool:
    if from_s <= tool.requested_s < until_s:
        return True
    return tool.answered_s is not None and tool.requested_s <= from_s < tool.answered_s


def indexed(recording: Recording) -> IndexedCall:
    return IndexedCall(recording, read_claims(recording))


@settings(max_examples=40, deadline=None)
@given(calls())
def test_a_wait_ends_with_the_first_answer_that_was_begun_for_it(recording: Recording) -> None:
    told, call = judge(recording).timeline, indexed(recording)
    words = [turn for turn in told.caller if turn.has_words]
    for wait in told.waits:
        turn = told.caller[wait.caller]
        later = words[words.index(turn) + 1 :]
        until_s = later[0].span.start_s if later else float("inf")
        assert wait.utterance == answer(turn, until_s, told, call)
        end_s = until_s if wait.answered_s is None else wait.answered_s
        assert wait.with_tool == any(worked(t, wait.from_s, end_s) for t in told.tools)


@settings(max_examples=40, deadline=None)
@given(calls())
def test_a_barge_in_is_every_turn_that_begins_while_an_answer_plays(recording: Recording) -> None:
    told = judge(recording).timeline
    rate_hz = recording.agent.rate_hz
    for fact in told.barge_ins:
        said = told.agent[fact.utterance]
        runs = [r for r in recording.played if r.response_id == said.response_id]
        mine = [r for r in runs if r.item_id == said.item_id]
        played_s = max(r.start + r.samples for r in mine) / rate_hz
        stopped = fact.heard_ms is not None
        assert said.span.start_s < fact.onset_s
        assert stopped or fact.onset_s < max(said.span.end_s, played_s)
        made = [g for g in recording.generated if g.response_id == said.response_id]
        left = sum(g.samples for g in made) - sum(r.samples for r in runs)
        assert fact.unplayed_s == max(0, left) / rate_hz
    begun = {(fact.onset_s, fact.utterance) for fact in told.barge_ins}
    spoken = [turn for turn in told.caller if turn.has_words]
    over = {
        (turn.span.start_s, number)
        for turn in spoken
        for number, said in enumerate(told.agent)
        if said.span.start_s < turn.span.start_s < said.span.end_s
    }
    pressed = len(recording.commands) > 0  # then a turn begins at the press of the button
    assert pressed or over <= begun


@settings(max_examples=40, deadline=None)
@given(calls(), TICKS, TICKS)
def test_what_is_indexed_is_what_stands_in_the_recording(
    recording: Recording, one: int, other: int
) -> None:
    call = indexed(recording)
    for key, item in call.items.items():
        assert item.runs == [r for r in recording.played if (r.response_id, r.item_id) == key]
        assert item.parts == [g for g in recording.generated if (g.response_id, g.item_id) == key]
        assert item.runs_of(0) == [run for run in item.runs if run.content_index == 0]
    nothing = call.item(("nobody", "nothing"))
    assert (nothing.came_s, nothing.first, nothing.stop) == (None, None, 0)
    assert call.unplayed_s("nobody") == 0.0
    stretch = Span(*sorted((one / 2, other / 2)))
    ran = [
        Span(run.requested_s, run.answered_s)
        for run in recording.tools
        if run.answered_s is not None
    ]
    found_s = covered_s(overlap(call.tools_in(stretch), (stretch,)))
    assert abs(found_s - covered_s(overlap(ran, (stretch,)))) < 1e-6
    assert call.commanded_s == sorted(each.at_s for each in recording.commands)


def test_items_come_in_the_order_in_which_they_were_first_played() -> None:
    runs = (("b", 5), ("a", 1), ("b", 9))
    played = tuple(PlayedSpan(name, 0, "r", 0, start, 1) for name, start in runs)
    call = indexed(replace(record("0-1 caller: A.\n2-3 agent: B."), played=played))
    assert [key[1] for key in call.items] == ["b", "a", "item_0"]
    assert (call.item(("r", "b")).first, call.item(("r", "b")).stop) == (5, 10)
    assert call.items[("resp_0", "item_0")].runs == []
