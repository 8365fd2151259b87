"""Answers separated by their audio: the breaks between them, and the words of each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.call_script import RATE_HZ, judged_call, record

from harness.errors import Unscorable
from harness.judging.scorers.time_to_first_audio import TimeToFirstAudio
from harness.protocol.events import (
    Interrupted,
    ResponseCreated,
    ServerEvent,
    TextDelta,
    TextDone,
    TranscriptDelta,
)
from harness.recording.model import AgentEvent, GeneratedItem, PlayedSpan, Recording
from harness.timeline.build import build
from harness.timeline.model import Timeline, Transcript

CHUNK_S = 0.1


def one_track(script: str, *events: tuple[float, ServerEvent]) -> Recording:
    """Return a call in which the agent sent a single track, and no event reports turns."""
    call = record(script)
    made = call.agent
    chunk = round(CHUNK_S * RATE_HZ)
    starts = range(0, len(made) - chunk + 1, chunk)
    chunks = tuple((start / RATE_HZ, start, chunk) for start in starts)
    heard = len(starts) * chunk
    return replace(
        call,
        events=tuple(AgentEvent(at_s, event) for at_s, event in events),
        generated=(GeneratedItem("i", 0, "r", chunks),),
        played=(PlayedSpan("i", 0, "r", 0, 0, heard),),
        agent_generated=made,
        tools=tuple(replace(run, response_id="r") for run in call.tools),
    )


def answers(timeline: Timeline) -> list[tuple[str, float, float]]:
    return [
        (u.response_id, round(u.span.start_s, 2), round(u.span.end_s, 2)) for u in timeline.agent
    ]


HELLO = "0.0-1.0 caller: Hello.\n"
TURNS = {
    "a short pause is one answer": (
        "1.5-2.5 agent: One.\n2.9-3.5 agent: Two.",
        [("r", 1.5, 3.5)],
    ),
    "a pause in which nothing happens is one answer": (
        "1.5-2.5 agent: One.\n4.4-5.5 agent: Two.",
        [("r", 1.5, 5.5)],
    ),
    "a long silence ends an answer": (
        "1.5-2.5 agent: One.\n4.5-5.5 agent: Two.",
        [("r", 1.5, 2.5), ("r (2)", 4.5, 5.5)],
    ),
    "the caller's turn ends an answer": (
        "1.5-2.5 agent: One.\n2.6-2.9 caller: Yes.\n3.1-4.0 agent: Two.",
        [("r", 1.5, 2.5), ("r (2)", 3.1, 4.0)],
    ),
    "so does one that ends a little after the next began": (
        "1.5-2.5 agent: One.\n2.6-3.5 caller: Yes.\n3.1-4.0 agent: Two.",
        [("r", 1.5, 2.5), ("r (2)", 3.1, 4.0)],
    ),
    "a barge-in that was over before the agent fell silent ends it": (
        "1.5-3.5 agent: One.\n2.6-3.0 caller: Stop! [barge-in]\n4.0-5.0 agent: Yes?",
        [("r", 1.5, 3.5), ("r (2)", 4.0, 5.0)],
    ),
    "an agent that talks on over the caller has not answered": (
        "1.5-3.0 agent: One.\n2.6-6.0 caller: Stop! [barge-in]\n3.6-5.0 agent: Two.",
        [("r", 1.5, 5.0)],
    ),
    "one that was silent for long while the caller spoke has given way": (
        "1.5-3.0 agent: One.\n2.6-6.0 caller: Stop! [barge-in]\n4.0-5.0 agent: Two.",
        [("r", 1.5, 3.0), ("r (2)", 4.0, 5.0)],
    ),
    "a pause behind the beginning of the caller's own words is one answer": (
        "0.9-1.3 agent: One.\n1.9-2.5 agent: Two.",
        [("r", 0.9, 2.5)],
    ),
    "a tool's result ends an answer": (
        "1.5-2.5 agent: One.\n2.0-2.7 lookup_order order_id=X\n3.2-4.0 agent: Two.",
        [("r", 1.5, 2.5), ("r (2)", 3.2, 4.0)],
    ),
    "a tool whose result nobody saw ends it where it is called": (
        "1.5-2.5 agent: One.\n2.6- lookup_order order_id=X\n3.2-4.0 agent: Two.",
        [("r", 1.5, 2.5), ("r (2)", 3.2, 4.0)],
    ),
    "a silence in which a tool's result came ends an answer, however short it is": (
        "1.5-2.5 agent: One.\n2.0-2.6 lookup_order order_id=X\n2.8-4.0 agent: Two.",
        [("r", 1.5, 2.5), ("r (2)", 2.8, 4.0)],
    ),
    "a result that came while the agent spoke ends the answer at its next pause": (
        "1.5-2.5 agent: One.\n1.6-2.0 lookup_order order_id=X\n3.1-4.0 agent: Two.",
        [("r", 1.5, 2.5), ("r (2)", 3.1, 4.0)],
    ),
    "a short silence behind a result is a pause": (
        "1.5-2.5 agent: One.\n1.6-2.0 lookup_order order_id=X\n2.8-4.0 agent: Two.",
        [("r", 1.5, 4.0)],
    ),
    "silence alone is no answer": ("", []),
}


@pytest.mark.parametrize("name", TURNS)
def test_what_is_said_between_two_breaks_is_one_answer(name: str) -> None:
    rows, wanted = TURNS[name]
    timeline = build(one_track(HELLO + rows))
    assert answers(timeline) == wanted
    assert {u.inferred for u in timeline.agent} <= {True}
    assert not any(u.interrupted for u in timeline.agent)
    assert bool(timeline.turn_rule) == bool(wanted)


def test_waits_and_yields_are_those_of_the_sound() -> None:
    timeline = build(
        one_track(
            HELLO + "1.5-4.4 agent: A story.\n4.0-5.0 caller: Stop! [barge-in]\n5.5-6.0 agent: Yes?"
        )
    )
    assert [wait.took_s for wait in timeline.waits] == pytest.approx([0.5, 0.5], abs=1e-4)
    (fact,) = timeline.barge_ins
    assert (fact.had_more, fact.finished, fact.yielded_s) == (False, False, None)
    parts = timeline.waits[0].parts
    assert parts is not None
    assert (parts.endpointing_s, parts.created_s) == (None, None)


CUT = HELLO + "1.5-4.4 agent: A story.\n4.0-5.0 caller: Stop! [barge-in]\n5.3-6.0 agent: Yes?"
"""Words that come at 5.0 s may be of either answer: its sound is as near."""


@pytest.mark.parametrize(
    ("first", "then", "finished"),
    [
        ("Once there was. A", "Yes?", True),  # cut inside a sentence, and the next begins anew
        ("Once there was. A", "long story. Yes?", False),  # the rest came late
        ("Once there was. A", "7 dwarfs. Yes?", False),
        ("Once there was. A", "", False),  # no mark ends a sentence anywhere
        ("Once there was.", "Yes?", False),  # the words show no cut
    ],
)
def test_words_that_the_next_answer_may_have_taken_do_not_tell_of_a_cut(
    first: str, then: str, finished: bool
) -> None:
    words = [(1.6, said(first)), *([(5.0, said(then))] if then else [])]
    timeline = build(one_track(CUT, *words))
    (fact,) = timeline.barge_ins
    assert timeline.agent[0].claimed == first
    assert (fact.finished, fact.had_more) == (finished, finished)


CALLS = {
    "while the answer sounds": ("1.5-2.5 agent: Let me look.\n2.0-3.0 lookup_order a=1", "r"),
    "behind it": ("1.5-2.5 agent: Let me look.\n2.8-3.0 lookup_order a=1", "r"),
    "before anything sounds": ("1.2-1.4 lookup_order a=1\n1.5-2.5 agent: Found.", None),
    "once the caller has spoken since": (
        "1.5-2.5 agent: Yes?\n3.0-4.0 caller: Look.\n4.1-4.3 lookup_order a=1",
        None,
    ),
    "where all is silence": ("1.2-1.4 lookup_order a=1", "r"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_tool_call_is_of_the_answer_that_sounded_last_unless_the_caller_spoke_since(
    name: str,
) -> None:
    rows, wanted = CALLS[name]
    (tool,) = build(one_track(HELLO + rows)).tools
    assert tool.response_id == wanted


def said(words: str) -> ServerEvent:
    return TranscriptDelta("r", "i", 0, 0, words)


TWO = HELLO + "1.5-2.5 agent: One.\n2.6-2.9 caller: Yes.\n3.2-4.0 agent: Two."
TOLD, PLACED, OVERLAID, ABSENT = (
    Transcript.TOLD,
    Transcript.PLACED,
    Transcript.OVERLAID,
    Transcript.ABSENT,
)
WORDS = {
    "with their sound": ([(1.5, "One."), (3.9, "Two.")], ["One.", "Two."], [TOLD, TOLD]),
    "ahead of it": ([(1.0, "One."), (2.9, "Two.")], ["One.", "Two."], [PLACED, PLACED]),
    "in between": ([(2.7, "One.")], ["One.", ""], [PLACED, PLACED]),
    "of one alone": ([(1.6, "One.")], ["One.", ""], [TOLD, ABSENT]),
    "never": ([], ["", ""], [ABSENT, ABSENT]),
}


@pytest.mark.parametrize("name", WORDS)
def test_words_are_of_the_answer_next_to_which_they_come(name: str) -> None:
    pieces, wanted, known = WORDS[name]
    agent = build(one_track(TWO, *((at_s, said(words)) for at_s, words in pieces))).agent
    assert [u.claimed for u in agent] == wanted
    assert [u.transcript for u in agent] == known


OVER = HELLO + "1.5-4.4 agent: A story.\n4.0-5.0 caller: Stop! [barge-in]"


@pytest.mark.parametrize(("words", "known"), [("A story that", OVERLAID), ("", ABSENT)])
def test_how_much_was_said_of_what_the_caller_spoke_over_is_not_known(
    words: str, known: Transcript
) -> None:
    (spoken,) = build(one_track(OVER, (2.0, said(words)))).agent
    assert spoken.transcript is known


def test_how_much_was_said_is_known_where_the_rest_was_dropped_unheard() -> None:
    call = record(OVER.replace("A story.", "A story. [of 9.0]"))
    told = tuple(each for each in call.events if not isinstance(each.event, ResponseCreated))
    (spoken,) = build(replace(call, events=told)).agent
    assert (spoken.inferred, spoken.interrupted, spoken.transcript) == (True, True, TOLD)


def test_a_stop_of_playback_ends_an_answer() -> None:
    timeline = build(
        one_track(HELLO + "1.5-2.0 agent: One.\n2.25-3.0 agent: Two.", (2.1, Interrupted()))
    )
    assert answers(timeline) == [("r", 1.5, 2.0), ("r (2)", 2.25, 3.0)]


def test_what_one_message_holds_is_one_answer_and_what_came_late_is_heard_late() -> None:
    call = one_track(HELLO + "1.5-2.0 agent: One.\n5.0-5.5 agent: Two.")
    (part,) = call.generated
    at_once = replace(part, chunks=((0.0, 0, len(call.agent)),))
    assert len(build(replace(call, generated=(at_once,))).agent) == 1
    first, second = part.chunks[:20], part.chunks[50:]
    late = replace(part, chunks=(*first, *second))
    assert [u.span.start_s for u in build(replace(call, generated=(late,))).agent] == [1.5]


def test_what_sounds_under_other_names_stays_as_it_is() -> None:
    whole = record(HELLO + "1.5-2.5 agent: One.")
    odd = replace(
        whole,
        generated=(
            *whole.generated,
            GeneratedItem("j", 0, "silent", ((2.0, 0, 0),)),
            GeneratedItem("j", 0, "nothing", ()),
        ),
        played=(*whole.played, PlayedSpan("k", 0, "resp_0", 0, 0, 10)),
        events=(),
    )
    assert [u.response_id for u in build(odd).agent] == ["resp_0"]


def test_an_answer_that_was_announced_stays_as_it_is_beside_one_that_was_not() -> None:
    whole = record(HELLO + "1.5-2.5 agent: One.\n3.5-4.5 agent: Two.")
    told = tuple(each for each in whole.events if getattr(each.event, "response", None))[:1]
    timeline = build(replace(whole, events=told))
    assert [(u.response_id, u.inferred) for u in timeline.agent] == [
        ("resp_0", False),
        ("resp_1", True),
    ]
    assert timeline.turn_rule


def test_text_that_comes_in_pieces_alone_is_an_answer_in_text() -> None:
    call = replace(record(HELLO), generated=())
    pieces = [(2.0, TextDelta("r", "i", 0, 0, "On its")), (2.1, TextDelta("r", "i", 0, 0, " way."))]
    more = [
        (3.0, TextDelta("s", "j", 0, 0, "All")),
        (3.1, TextDone("s", "j", 0, 0, "All of it.")),
        (3.2, TextDelta("t", "k", 0, 0, " ")),
    ]
    told = tuple(AgentEvent(at_s, event) for at_s, event in (*pieces, *more))
    texts = build(replace(call, events=told)).texts
    assert [(text.response_id, text.at_s, text.text) for text in texts] == [
        ("r", 2.0, "On its way."),
        ("s", 3.1, "All of it."),
    ]


def test_a_hum_that_never_stops_is_one_answer() -> None:
    call = one_track(TWO)
    hum = np.resize(np.array([400, -400], np.int16), len(call.agent))
    loud = replace(call.agent, samples=hum)
    assert len(build(replace(call, agent=loud, agent_generated=loud)).agent) == 1


@pytest.mark.parametrize(
    ("until_s", "outcome"), [(3.3, "no answer to 'Stop!'"), (5.0, "spoke on from before")]
)
def test_an_agent_that_speaks_on_through_a_turn_may_have_answered_it(
    until_s: float, outcome: str
) -> None:
    script = HELLO + f"1.5-{until_s} agent: One.\n2.0-3.0 caller: Stop! [barge-in]"
    timeline = build(one_track(script))
    call = replace(judged_call(script), timeline=timeline)
    try:
        said = TimeToFirstAudio().score(call).reason
    except Unscorable as error:
        said = str(error)
    assert outcome in said
