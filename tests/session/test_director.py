"""The caller's decisions, without a connection: agent events by second, and the actions."""

from __future__ import annotations

import random

import numpy as np
import pytest
from support.call_plans import scenario
from support.english import ENGLISH

from harness.protocol.events import ResponseCreated, ResponseDone, TranscriptDone
from harness.protocol.items import ContentKey, ErrorInfo, Response, ResponseStatus
from harness.recording.model import UtteranceKind
from harness.recording.provenance import CallStatus, EndCause
from harness.session.agent_side import AgentSide
from harness.session.caller_actions import ClipTimes, HangUp, Invite, React, Say
from harness.session.caller_stream import kind_of
from harness.session.director import Director, DirectorState
from harness.session.playout import Playout

SPEECH = ClipTimes(UtteranceKind.SPEECH, 0.9, 1.0)
SILENCE = ClipTimes(UtteranceKind.SILENCE, 1.0, 1.0)
NOD = ClipTimes(UtteranceKind.BACKCHANNEL, 0.3, 0.4)
NOISE = ClipTimes(UtteranceKind.NOISE, 1.0, 1.0)
KEYS = ClipTimes(UtteranceKind.KEYS, 0.2, 0.2)
CLIPS = {clip.kind: clip for clip in (SPEECH, SILENCE, NOD, NOISE, KEYS)}
FRAME_S = 0.02


COUNTED = "One two three four five six, then ten, and seven eight nine ten."
"""15.4 syllables and pauses; the first "ten" ends after 8.7."""
COUNTED_ON = "One two three four five six seven eight nine ten."
"""11 syllables."""


class Score:
    """Events of the agent by second; ``play`` runs them against a director."""

    def __init__(self, turns, *, answers=(), agent_opens=False, **more):
        wanted = scenario(turns, answers=answers, **more)
        clips = tuple(CLIPS[kind_of(turn)] for turn in wanted.turns)
        spare = (SPEECH,) * len(answers)
        self.director = Director(
            wanted, ENGLISH, turns=clips, answers=spare, agent_opens=agent_opens
        )
        self.agent = AgentSide(Playout())
        self.steps: list = []
        self.asked_always, self.asked = False, 0

    def at(self, at_s, do):
        self.steps.append((at_s, do))
        return self

    def event(self, at_s, event):
        return self.at(at_s, lambda: self.agent.received(at_s, event))

    def reply(self, at_s, seconds, text="Well.", *, name="r1", done=True):
        """A response created at a time, all its audio at once, and done."""
        self.event(at_s, ResponseCreated(Response(name, ResponseStatus.IN_PROGRESS)))
        samples = np.full(round(seconds * 24_000), 5000, np.int16)
        if seconds:
            key = ContentKey(name, f"item_{name}", 0)
            self.at(at_s, lambda: self.agent.sounded(at_s, name, audible=True))
            self.at(at_s, lambda: self.agent.playout.arrived(at_s, key, samples))
            self.event(at_s, TranscriptDone(name, key.item_id, 0, 0, text))
        if done:
            self.event(at_s, ResponseDone(Response(name, ResponseStatus.COMPLETED)))
        return self

    def tool(self, at_s, ends_s, *, name="lookup_order", answers=True):
        """A mocked tool that runs; the caller is owed an answer if it ``answers`` anything."""
        self.at(at_s, lambda: self.agent.tool_started(1))
        self.at(ends_s, lambda: self.agent.tool_ended(ends_s, 1))
        told = name if answers else ""
        return self.at(ends_s, lambda: self.agent.result_came(ends_s, told))

    def play(self, until_s=40.0):
        """Return (time, action) of everything the caller does.

        As in a call, it is not asked at borders at which it says that it has no decision to make.
        """
        actions, frame, steps = [], 0, sorted(self.steps, key=lambda step: step[0])
        idle_s = float("-inf")
        while frame * FRAME_S < until_s:
            border_s = frame * FRAME_S
            while steps and steps[0][0] <= border_s:
                steps.pop(0)[1]()
                idle_s = float("-inf")
            if self.asked_always or border_s >= idle_s:
                action = self.director.decide(border_s, self.agent)
                assert action is None or border_s >= idle_s
                if action is not None:
                    actions.append((round(border_s, 2), action))
                idle_s = self.director.idle_until(border_s, self.agent)
            frame += 1
            self.asked += border_s >= idle_s
        return actions


def test_the_caller_speaks_waits_listens_and_hangs_up():
    score = Score([{"say": "Hi."}, {"say": "Bye."}]).reply(2, 2).reply(6, 1, name="r2")
    assert score.play() == [
        (0.5, Say(0)),
        (4.6, Say(1)),
        (8.0, HangUp(CallStatus.COMPLETED)),
    ]
    assert score.director.state is DirectorState.HUNG_UP


def test_an_agent_that_greets_is_heard_out_first():
    score = Score([{"say": "Hi."}]).reply(0.2, 3)
    assert score.play(5)[0] == (3.2, Say(0))


def test_the_rest_of_an_older_answer_is_no_answer():
    score = Score([{"say": "A."}, {"say": "B.", "barge_in": {"after_s": 1}}, {"say": "C."}])
    score.reply(2, 6).reply(10, 1, name="r2")
    assert score.play(13) == [(0.5, Say(0)), (3.0, Say(1, barge_in=True)), (11.6, Say(2))]


def test_a_running_tool_and_an_owed_response_keep_the_caller_waiting():
    score = Score([{"say": "A."}, {"say": "B."}]).reply(2, 1)
    score.at(2.1, lambda: score.agent.tool_started(1))
    score.at(20, lambda: score.agent.tool_ended(20, 1))
    score.at(20, lambda: score.agent.asked(20))
    score.reply(21, 1, name="r2")
    assert score.play(25)[1] == (22.6, Say(1))


NEVER_TOLD = "the result of lookup_order never reached the caller: no answer within 5 s"
FIVE = {"answer_timeout_s": 5}


@pytest.mark.parametrize(
    ("answer", "actions"),
    [
        ({}, [(9.5, HangUp(CallStatus.AGENT_SILENT, NEVER_TOLD))]),
        ({"seconds": 0}, [(10.0, HangUp(CallStatus.AGENT_SILENT, f"{NEVER_TOLD}; its answer was"
                                                                 " empty"))]),
        ({"seconds": 1}, [(6.6, Say(1)), (12.6, HangUp(CallStatus.AGENT_SILENT, "no answer within"
                                                       " 5 s"))]),
    ],
    ids=["no response", "an empty response", "an answer"],
)  # fmt: skip
def test_a_preamble_leaves_the_result_of_its_tool_owed(answer, actions):
    score = Score([{"say": "A."}, {"say": "B."}], limits=FIVE).reply(2, 1).tool(2.1, 4.5)
    if answer:
        score.reply(5, **answer, name="r2")
    assert score.play() == [(0.5, Say(0)), *actions]


def test_a_tool_that_owes_nothing_lets_the_caller_go_on():
    score = Score([{"say": "A."}, {"say": "B."}]).reply(2, 1).tool(2.1, 4.5, answers=False)
    assert score.play(6)[1] == (5.1, Say(1))


def test_a_preamble_that_still_plays_when_the_result_comes_is_no_answer():
    score = Score([{"say": "A."}, {"say": "B."}], limits=FIVE).reply(2, 6).tool(2.1, 4.5)
    assert score.play() == [(0.5, Say(0)), (13.0, HangUp(CallStatus.AGENT_SILENT, NEVER_TOLD))]
    score = Score([{"say": "A."}, {"say": "B."}], limits=FIVE).reply(2, 6).tool(2.1, 4.5)
    assert score.reply(5, 1, name="r2").play(12)[1] == (9.6, Say(1))


def test_a_caller_who_breaks_in_is_owed_both_and_one_answer_is_enough():
    turns = [{"say": "A."}, {"say": "B.", "start": {"after_silence_s": 3}}, {"say": "C."}]
    score = Score(turns, limits=FIVE).reply(2, 1).tool(2.1, 4.5).reply(10, 1, name="r2")
    assert score.play(13) == [(0.5, Say(0)), (7.5, Say(1)), (11.6, Say(2))]


def test_a_caller_who_asks_whether_anybody_is_there_is_owed_the_result_still():
    answers = ({"if_silent_for": 3, "say": "Hello?", "times": 1},)
    score = Score([{"say": "A."}], answers=answers, limits=FIVE).reply(2, 1).tool(2.1, 4.5)
    assert score.play()[1:] == [
        (7.5, React(0)),
        (13.5, HangUp(CallStatus.AGENT_SILENT, NEVER_TOLD)),
    ]


def test_a_call_that_the_agent_ends_is_done_though_a_result_is_owed():
    score = Score([{"say": "A."}]).reply(2, 1).tool(2.1, 4.5)
    score.play(6)
    assert score.director.is_done(6.0, score.agent)
    score = Score([{"say": "A."}]).tool(2.1, 4.5)
    score.play(6)
    assert not score.director.is_done(6.0, score.agent)


def test_an_agent_that_seems_busy_forever_after_answering_is_taken_to_be_done():
    score = Score([{"say": "A."}, {"say": "B."}], limits={"answer_timeout_s": 5})
    score.reply(2, 1, done=False)
    assert score.play(10)[1] == (8.0, Say(1))


def test_a_response_without_a_sound_is_no_answer():
    score = Score([{"say": "A."}], limits={"answer_timeout_s": 5}).reply(2, 0)
    assert score.play() == [
        (0.5, Say(0)),
        (7.0, HangUp(CallStatus.AGENT_SILENT, "no answer within 5 s; its answer was empty")),
    ]


def test_choosing_to_say_nothing_is_an_answer():
    score = Score([{"say": "A."}, {"say": "B."}]).reply(2, 0)
    score.at(2.4, lambda: score.agent.tool_started(1))
    score.at(2.5, lambda: score.agent.tool_ended(2.5, 1))
    score.at(2.5, lambda: score.agent.answered_silently(2.5, "r1"))
    assert score.play(5)[1] == (3.5, Say(1))


def test_a_failed_response_is_waited_out_and_then_named():
    failed = Response("r1", ResponseStatus.FAILED, error=ErrorInfo("server_error", "overloaded"))
    score = Score([{"say": "A."}], limits={"answer_timeout_s": 5}).event(2, ResponseDone(failed))
    assert score.play()[-1] == (7.0, HangUp(CallStatus.AGENT_ERROR, "overloaded"))


def test_a_failed_response_followed_by_a_good_one_is_forgotten():
    failed = Response("r1", ResponseStatus.FAILED)
    score = Score([{"say": "A."}]).event(2, ResponseDone(failed)).reply(3, 1, name="r2")
    assert score.play()[-1] == (5.0, HangUp(CallStatus.COMPLETED))


def test_after_silence_no_answer_is_owed_but_an_agent_that_speaks_is_heard_out():
    assert Score([{"silence": 1}, {"say": "B."}]).play(5) == [(0.5, Say(0)), (3.5, Say(1))]
    score = Score([{"silence": 1}, {"say": "B."}]).reply(2, 4)
    assert score.play(8) == [(0.5, Say(0)), (6.6, Say(1))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Is THAT right?", (4.6, React(0))),
        ("I have O R D dash 4 7 1 5 C.", (4.6, React(1))),
        ("I have O R D dash 4 7 1 5 B.", (4.6, Say(1))),
        ("Nothing of the kind.", (4.6, Say(1))),
    ],
)
def test_answers_come_before_the_script(text, said):
    answers = (
        {"if_agent_asks": "is that right", "say": "Yes."},
        {"if_agent_says_wrong": "order", "say": "No."},
    )
    facts = {"order": {"value": "ORD-4715B", "kind": "id"}}
    score = Score([{"say": "A."}, {"say": "B."}], answers=answers, facts=facts)
    assert score.reply(2, 2, text).play(5)[1] == said


def test_an_answer_is_used_no_more_often_than_allowed():
    answers = ({"if_agent_asks": "right", "say": "Yes.", "times": 1},)
    score = Score([{"say": "A."}, {"say": "B."}], answers=answers)
    score.reply(2, 1, "Right?").reply(6, 1, "Right?", name="r2")
    assert score.play(8)[1:] == [(3.6, React(0)), (7.6, Say(1))]


def test_answers_still_come_when_the_script_is_exhausted():
    answers = ({"if_agent_asks": "right", "say": "Yes."},)
    score = Score([{"say": "A."}], answers=answers).reply(2, 1, "Right?").reply(6, 1, name="r2")
    assert score.play(9)[1:] == [(3.6, React(0)), (8.0, HangUp(CallStatus.COMPLETED))]


def test_words_that_were_not_heard_yet_do_not_set_off_a_barge_in():
    turns = [{"say": "A."}, {"say": "B.", "barge_in": {"on_text": "ten"}}]
    score = Score(turns).reply(2, 10, COUNTED)
    at_s, say = score.play(14)[1]
    assert say == Say(1, barge_in=True)
    assert at_s == pytest.approx(2 + 10 * 8.7 / 15.4, abs=0.03)


def test_a_barge_in_whose_trigger_never_fires_is_a_normal_turn():
    turns = [{"say": "A."}, {"say": "B.", "barge_in": {"on_text": "never said"}}]
    assert Score(turns).reply(2, 1).play(5)[1] == (3.6, Say(1))


def test_the_call_ends_at_its_limit_even_in_mid_sentence():
    score = Score([{"say": "A."}], limits={"call_s": 1.0})
    limit = HangUp(CallStatus.COMPLETED, "the call reached its limit of 1 s")
    assert score.play(3) == [(0.5, Say(0)), (1.0, limit)]


@pytest.mark.parametrize("agent_opens", [False, True])
def test_a_caller_who_was_never_let_in_proves_nothing(agent_opens):
    score = Score([{"say": "A."}], agent_opens=agent_opens, limits={"call_s": 20}).reply(0.1, 60)
    why = (
        "the call reached its limit of 20 s: the agent was never quiet, so the caller did not begin"
    )
    assert score.play(25) == [(20.0, HangUp(CallStatus.AGENT_ERROR, why))]


def test_a_result_before_the_first_turn_that_nothing_follows_ends_the_call():
    score = Score([{"say": "A."}], limits=FIVE).tool(0.1, 0.3)
    score.at(0.3, lambda: score.agent.asked(0.3))
    assert score.play() == [(5.3, HangUp(CallStatus.AGENT_SILENT, NEVER_TOLD))]


def test_a_tool_that_runs_long_before_the_first_turn_keeps_the_caller_waiting():
    score = Score([{"say": "A."}], limits=FIVE).tool(0.1, 9, answers=False)
    assert score.play(9.5)[0] == (9.0, Say(0))


def test_an_expression_without_end_ends_the_call_as_the_callers_fault():
    rule = {"if_agent_asks": r"^(a|aa)+$", "say": "Yes."}
    score = Score([{"say": "Hi."}], answers=[rule]).reply(2, 1, "a" * 60 + "!")
    ((_, first), (_, last)) = score.play(8)
    assert first == Say(0)
    assert last.status is CallStatus.CALLER_INVALID
    assert "was not done after" in last.detail


NODDING = [{"say": "A."}, {"backchannel": "mm-hm"}, {"say": "B."}]


def test_a_backchannel_comes_a_second_into_the_answer_and_wants_none():
    score = Score(NODDING).reply(2, 5).reply(9, 1, name="r2")
    assert score.play() == [
        (0.5, Say(0)),
        (3.0, Say(1)),
        (7.6, Say(2)),
        (11.0, HangUp(CallStatus.COMPLETED)),
    ]


def test_several_backchannels_nod_to_the_same_answer():
    turns = [{"say": "A."}, *({"backchannel": "yes", "over": {"after_s": s}} for s in (1, 3))]
    assert Score(turns).reply(2, 6).play() == [
        (0.5, Say(0)),
        (3.0, Say(1)),
        (5.0, Say(2)),
        (9.0, HangUp(CallStatus.COMPLETED)),
    ]


def test_a_backchannel_may_wait_for_words():
    turns = [{"say": "A."}, {"backchannel": "yes", "over": {"on_text": "ten"}}]
    at_s, say = Score(turns).reply(2, 10, COUNTED).play()[1]
    assert say == Say(1)
    assert at_s == pytest.approx(2 + 10 * 8.7 / 15.4, abs=0.03)


def test_an_interruption_after_a_backchannel_counts_from_the_same_answer():
    turns = [*NODDING[:2], {"say": "B.", "barge_in": {"after_s": 3}}]
    assert Score(turns).reply(2, 9).play(6)[1:] == [(3.0, Say(1)), (5.0, Say(2, barge_in=True))]


def test_an_answer_to_a_backchannel_that_came_too_late_is_heard_out():
    # The answer is over before the cue; the agent takes "mm-hm" for a turn and answers it.
    score = Score(NODDING).reply(2, 0.5).reply(5, 3, name="r2")
    assert score.play(10)[1:] == [(3.0, Say(1)), (8.6, Say(2))]


def test_a_backchannel_that_nobody_answers_leaves_the_floor_free_after_a_while():
    assert Score(NODDING).reply(2, 0.5).play(8)[1:] == [(3.0, Say(1)), (5.4, Say(2))]


def test_an_agent_that_never_answers_is_silent_with_or_without_a_backchannel():
    score = Score(NODDING, limits={"answer_timeout_s": 5})
    assert score.play()[-1][1].status is CallStatus.AGENT_SILENT


# --- an agent that speaks first --------------------------------------------------------------

HI = [{"say": "A."}]


def opened(turns=HI, **more):
    return Score(turns, agent_opens=True, **more)


def test_an_agent_that_opens_is_invited_and_heard_to_the_end_of_its_greeting():
    score = opened().reply(1.5, 4).reply(8, 1, name="r2")
    assert score.play() == [
        (0.5, Invite()),
        (6.1, Say(0)),
        (10.0, HangUp(CallStatus.COMPLETED)),
    ]


def test_an_agent_that_begins_by_itself_is_not_invited():
    assert opened().reply(0.3, 2).play(4) == [(2.9, Say(0))]
    # Some greet before the line is open.
    assert opened().reply(-0.2, 2).play(4) == [(2.6, Say(0))]


def test_a_greeting_without_a_sound_or_none_at_all_ends_the_call():
    never = (5.0, HangUp(CallStatus.AGENT_SILENT, "no greeting within 5 s", EndCause.NO_GREETING))
    assert opened(limits={"answer_timeout_s": 5}).play() == [(0.5, Invite()), never]
    empty = "no greeting within 5 s; its answer was empty"
    assert opened(limits={"answer_timeout_s": 5}).reply(0.2, 0).play() == [
        (5.2, HangUp(CallStatus.AGENT_SILENT, empty, EndCause.NO_GREETING))
    ]


def test_a_greeting_that_fails_is_the_agents_fault():
    failed = Response("r1", ResponseStatus.FAILED, error=ErrorInfo("server_error", "overloaded"))
    score = opened(limits={"answer_timeout_s": 5}).event(1, ResponseDone(failed))
    assert score.play()[-1] == (6.0, HangUp(CallStatus.AGENT_ERROR, "overloaded"))


def test_a_tool_that_the_greeting_needs_is_waited_for():
    score = opened().reply(1, 1)
    score.at(1.1, lambda: score.agent.tool_started(1))
    score.at(4, lambda: score.agent.tool_ended(4, 1))
    score.reply(4, 1, name="r2")
    assert score.play(6)[1:] == [(5.6, Say(0))]


def test_answer_rules_are_not_for_greetings():
    rule = {"if_agent_asks": "help", "say": "Yes."}
    score = opened(answers=[rule]).reply(1, 1, "How may I help?").reply(4, 1, "Help?", name="r2")
    assert score.play(6)[1:] == [(2.6, Say(0)), (5.6, React(0))]


@pytest.mark.parametrize(
    ("turn", "at_s", "barge_in"),
    [
        ({"say": "A.", "barge_in": {"after_s": 1}}, 2.0, True),
        ({"say": "A.", "barge_in": {"on_text": "four five"}}, 1 + 10 * 5 / 11, True),
        ({"say": "A.", "barge_in": {"on_text": "never said"}}, 11.6, False),
        ({"backchannel": "mm-hm"}, 2.0, False),
    ],
)
def test_a_greeting_may_be_spoken_over(turn, at_s, barge_in):
    score = opened([turn, {"say": "B."}], opening="agent").reply(1, 10, COUNTED_ON)
    found_s, say = score.play(14)[1]
    assert (found_s, say) == (pytest.approx(at_s, abs=0.03), Say(0, barge_in=barge_in))


def test_after_a_nod_to_the_greeting_the_next_turn_needs_no_answer():
    score = opened([{"backchannel": "mm-hm"}, {"say": "B."}], opening="agent").reply(1, 4)
    assert score.play(6) == [(0.5, Invite()), (2.0, Say(0)), (5.6, Say(1))]


SECOND = {"say": "B."}
"""The turn that waits for a moment."""

MOMENTS = [
    ({"after_s": 1}, 3.0),
    ({"after_words": 2}, 3.0),
    ({"on_text": "two"}, 3.0),
    ({"on_tool": "lookup_order"}, 3.4),
    ({"on_event": "response.output_item.added"}, 3.6),
    ({"at_s": 2.5}, 2.5),
    ({"after_silence_s": 2}, 6.0),
    ({"after_answer_s": 3}, 7.0),
]


def moments_score(turn, **more):
    """An answer from 2 s to 4 s, in which a tool is called and a message comes."""
    score = Score([{"say": "A."}, turn], **more).reply(2, 2, "One two three four.")
    score.at(3.4, lambda: score.agent.calls(3.4, "call_1", "lookup_order"))
    return score.at(3.6, lambda: score.agent.sends(3.6, "response.output_item.added"))


@pytest.mark.parametrize(("moment", "at_s"), MOMENTS, ids=lambda value: str(value))
def test_a_turn_begins_when_the_moment_comes_that_it_waits_for(moment, at_s):
    actions = moments_score({**SECOND, "start": moment}).play(9)
    assert actions[1] == (at_s, Say(1, barge_in=at_s < 4.0))


@pytest.mark.parametrize(("moment", "at_s"), MOMENTS[:6], ids=lambda value: str(value))
def test_a_caller_interrupts_at_each_of_these_moments(moment, at_s):
    assert moments_score({**SECOND, "barge_in": moment}).play(9)[1] == (at_s, Say(1, barge_in=True))


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ({"on_tool": "cancel_order"}, "on_tool: 'cancel_order'"),
        ({"on_event": "response.nothing"}, "on_event: 'response.nothing'"),
        ({"on_text": "five"}, "on_text: 'five'"),
        ({"after_words": 5}, "after_words: 5"),
        ({"after_s": 20}, "after_s: 20"),
    ],
)
@pytest.mark.parametrize(
    ("within", "ends_s"), [({}, 9.0), ({"within": 3}, 4.5), ({"within": 9}, 10.5)]
)
def test_a_moment_that_never_comes_ends_the_call_and_says_so(moment, told, within, ends_s):
    score = moments_score({**SECOND, "start": {**moment, **within}}, limits={"answer_timeout_s": 5})
    assert score.play() == [
        (0.5, Say(0)),
        (
            ends_s,
            HangUp(
                CallStatus.COMPLETED,
                f"turn 2 was never said: it waits for {told}",
                EndCause.CUE_NEVER_CAME,
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("start", "actions"),
    [
        ({"at_s": 3}, [(3.0, Say(0))]),
        ({"after_silence_s": 2}, [(2.0, Say(0))]),
        ({"on_event": "session.updated"}, [(1.2, Say(0))]),
        (
            {"on_event": "nothing", "within": 2},
            [
                (
                    2.0,
                    HangUp(
                        CallStatus.COMPLETED,
                        "turn 1 was never said: it waits for on_event: 'nothing'",
                        EndCause.CUE_NEVER_CAME,
                    ),
                )
            ],
        ),
    ],
    ids=str,
)
def test_the_first_turn_may_wait_too(start, actions):
    score = Score([{"say": "A.", "start": start}])
    score.at(1.2, lambda: score.agent.sends(1.2, "session.updated"))
    assert score.play(4) == actions


def test_a_caller_who_waits_for_silence_is_not_left_by_an_agent_that_says_nothing():
    turns = [{"say": "A."}, {"say": "Hello?", "start": {"after_silence_s": 8}}]
    score = Score(turns, limits={"answer_timeout_s": 5})
    assert score.play() == [
        (0.5, Say(0)),
        (9.5, Say(1)),
        (15.5, HangUp(CallStatus.AGENT_SILENT, "no answer within 5 s")),
    ]


def test_while_a_turn_waits_what_the_agent_asks_is_answered_once():
    turns = [{"say": "A."}, {"say": "B.", "start": {"on_tool": "lookup_order"}}]
    answers = ({"if_agent_asks": "right", "say": "Yes."},)
    score = Score(turns, answers=answers).reply(2, 1, "Is that right?").reply(6, 1, name="r2")
    score.at(8, lambda: score.agent.calls(8.0, "call_1", "lookup_order"))
    assert score.play(9) == [(0.5, Say(0)), (3.6, React(0)), (8.0, Say(1))]


@pytest.mark.parametrize(
    ("when", "taken"),
    [
        ({"heard": "shipped"}, True),
        ({"heard": "lost"}, False),
        ({"not_heard": "lost"}, True),
        ({"not_heard": "shipped"}, False),
        ({"called": "lookup_order"}, True),
        ({"called": "cancel_order"}, False),
        ({"not_called": "cancel_order"}, True),
        ({"not_called": "lookup_order"}, False),
        ({"heard": "shipped", "called": "cancel_order"}, False),
    ],
    ids=str,
)
@pytest.mark.parametrize("start", [{}, {"start": {"after_answer_s": 1}}], ids=str)
def test_a_turn_is_left_out_where_what_it_asks_for_did_not_happen(when, taken, start):
    score = Score([{"say": "A."}, {"say": "B.", "when": when, **start}, {"say": "C."}])
    score.reply(2, 2, "It has shipped.")
    score.at(3, lambda: score.agent.calls(3.0, "call_1", "lookup_order"))
    pause_s = 1.0 if start else 0.6
    assert score.play(6)[1] == (4.0 + pause_s, Say(1 if taken else 2))
    assert score.director.take_left_out() == (() if taken else (1,))
    assert score.director.take_left_out() == ()


def test_an_interruption_waits_until_what_it_asks_for_has_happened():
    turn = {"say": "B.", "barge_in": {"after_s": 0.5}, "when": {"called": "lookup_order"}}
    score = Score([{"say": "A."}, turn]).reply(2, 4)
    score.at(4, lambda: score.agent.calls(4.0, "call_1", "lookup_order"))
    assert score.play(6)[1] == (4.0, Say(1, barge_in=True))


def test_turns_that_may_be_left_out_are_no_turns_unsaid():
    turns = [{"say": "A."}, {"say": "B.", "when": {"heard": "x"}}, {"say": "C."}]
    score = Score(turns)
    assert score.director.unsaid == 2


def test_an_agent_that_keeps_silent_is_asked_whether_it_is_there():
    answers = ({"if_silent_for": 3, "say": "Hello?", "times": 2},)
    score = Score([{"say": "A."}], answers=answers, limits={"answer_timeout_s": 5})
    assert score.play() == [
        (0.5, Say(0)),
        (4.5, React(0)),
        (8.5, React(0)),
        (14.5, HangUp(CallStatus.AGENT_SILENT, "no answer within 5 s")),
    ]


def test_an_agent_that_has_answered_is_not_asked_whether_it_is_there():
    answers = ({"if_silent_for": 0.3, "say": "Hello?"},)
    score = Score([{"say": "A."}], answers=answers).reply(1.6, 1)
    assert [action for _, action in score.play()] == [Say(0), HangUp(CallStatus.COMPLETED)]


ASIDE = {"aside": {"say": "Not now."}, "start": {"after_s": 1}}


def test_an_aside_over_the_agent_takes_no_floor_and_its_answer_is_heard_out():
    score = Score([{"say": "A."}, ASIDE, {"say": "B."}]).reply(2, 6)
    assert score.play(12) == [(0.5, Say(0)), (3.0, Say(1)), (8.6, Say(2))]


def test_a_cough_over_the_agent_takes_no_floor_either():
    cough = {"sound": "cough", "over": {"after_s": 1}}
    score = Score([{"say": "A."}, cough, {"say": "B."}]).reply(2, 6)
    assert score.play(12) == [(0.5, Say(0)), (3.0, Say(1)), (8.6, Say(2))]


def test_keys_take_the_floor_and_are_owed_no_answer():
    score = Score([{"say": "A."}, {"dtmf": "12"}, {"say": "B."}]).reply(2, 1)
    assert [action for _, action in score.play(12)][:3] == [Say(0), Say(1), Say(2)]


def test_an_answer_to_an_aside_is_heard_out_too():
    score = Score([{"say": "A."}, ASIDE, {"say": "B."}]).reply(2, 1.5).reply(5, 2, name="r2")
    assert score.play(12) == [(0.5, Say(0)), (3.0, Say(1)), (7.6, Say(2))]


CALLS = [
    ([{"say": "A."}, {"say": "B."}], {}),
    ([{"say": "A."}, {"silence": 3}, {"say": "B."}], {}),
    ([{"say": "A."}, {"backchannel": "mm-hm"}, {"say": "B."}], {}),
    ([{"say": "A."}, {"say": "B.", "barge_in": {"after_s": 1}}, {"say": "C."}], {}),
    ([{"say": "A."}, {"say": "B."}], {"agent_opens": True}),
    ([{"say": "A."}, {"say": "B."}], {"limits": {"answer_timeout_s": 3, "call_s": 20}}),
    ([{"say": "A."}], {"answers": ({"if_silent_for": 1.5, "say": "Hello?"},)}),
]


@pytest.mark.parametrize(("turns", "more"), CALLS)
@pytest.mark.parametrize("seed", range(12))
def test_where_nothing_is_to_be_decided_it_does_not_matter_who_asks(turns, more, seed):
    """Random agents: late, early, silent, cut in pieces, with tools; both callers do the same."""

    def score(asked_always):
        chance, call = random.Random(seed), Score(turns, **more)
        at_s = chance.uniform(0.0, 3.0)
        for number in range(chance.randrange(5)):
            done = chance.random() < 0.8
            call.reply(at_s, chance.choice([0, 0.3, 2, 5]), "Is it?", name=f"r{number}", done=done)
            if chance.random() < 0.4:
                ends_s = at_s + chance.uniform(0.1, 6.0)
                call.at(at_s, lambda number=number: call.agent.tool_started(number))
                call.at(ends_s, lambda n=number, at=ends_s: call.agent.tool_ended(at, n))
                if chance.random() < 0.6:
                    call.at(ends_s, lambda at=ends_s: call.agent.result_came(at, "lookup_order"))
            at_s += chance.uniform(0.1, 6.0)
        call.asked_always = asked_always
        return call, call.play(30.0)

    (_, always), (call, seldom) = score(True), score(False)
    assert always == seldom
    assert call.asked < 30.0 / FRAME_S
