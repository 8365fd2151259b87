"""The page of one call as data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.synthetic_run import bad_call, good_call, manifest, result, score, three_calls

from harness.audio.pcm import Pcm
from harness.judging.judge import judge
from harness.protocol.commands import Difference
from harness.protocol.events import ToolCallCancelled
from harness.protocol.items import ResponseStatus
from harness.recording.model import (
    Absence,
    AbsenceCause,
    AgentEvent,
    StepAnswer,
    StepKind,
    StepTaken,
    UtteranceKind,
)
from harness.recording.provenance import CallStatus
from harness.report.run.call_timeline import lanes
from harness.report.run.call_view import call_page, scores_page, transcript_page, wait_bars
from harness.report.run.score_cards import score_cards
from harness.report.run.setup_view import origin, protocol
from harness.report.run.transcript import lines, tool_cards
from harness.timeline.build import build
from harness.timeline.model import (
    BargeInFact,
    CallerTurn,
    LatencyParts,
    Span,
    Timeline,
    Violation,
    Wait,
)

GOOD = good_call().recording("good", seed=7, status=CallStatus.COMPLETED)
BAD = bad_call().recording("bad", seed=8, status=CallStatus.COMPLETED)


def turn(start_s: float, end_s: float, **more: object) -> CallerTurn:
    values: dict[str, object] = {
        "index": 0, "turn": 0, "kind": UtteranceKind.SPEECH, "span": Span(start_s, end_s),
        "text": "hello", "spoken": "hello", "intended": "hello", "cut_off": False,
        "barge_in": False, "answer": None,
    }  # fmt: skip
    return CallerTurn(**{**values, **more})  # type: ignore[arg-type]


def timeline(turns: tuple[CallerTurn, ...], waits: tuple[Wait, ...] = ()) -> Timeline:
    return Timeline(10.0, CallStatus.COMPLETED, turns, (), (), waits, ())


def wait(from_s: float, **more: object) -> Wait:
    values: dict[str, object] = {
        "caller": 0, "from_s": from_s, "answered_s": None, "utterance": None,
        "talk_over_s": None, "with_tool": False, "parts": None,
    }  # fmt: skip
    return Wait(**{**values, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("session", "told", "kept"),
    [
        ({}, "Be kind.", ""),
        ({"prompt": "suite"}, "Be kind.", ""),
        ({"prompt": "keep"}, "", "The agent kept its own prompt"),
        ({"prompt": {"id": "pmpt_1"}}, "", "The prompt pmpt_1 is stored at the service"),
        (
            {"prompt": {"id": "pmpt_1", "version": "3"}},
            "",
            "The prompt pmpt_1, version 3 is stored at the service",
        ),
        (
            {"type": "transcription"},
            "",
            "A session that writes down what is said has no prompt",
        ),
    ],
)
def test_a_page_shows_the_prompt_only_where_it_was_sent(
    session: dict[str, Any], told: str, kept: str
) -> None:
    target = {**GOOD.manifest.target, "session": session}
    of = replace(GOOD, manifest=replace(GOOD.manifest, target=target, instructions="Be kind."))
    page = call_page(three_calls()[0], judge(of))
    assert (page.prompt, page.kept_prompt) == (told, kept)


def test_a_page_puts_both_tracks_on_one_axis() -> None:
    page = call_page(three_calls()[0], judge(GOOD))
    assert page.lanes is not None
    assert page.lanes.duration_s == 28.0
    assert len(page.peaks) == 2
    assert len(page.peaks[0]) == len(page.peaks[1]) == 28 * 50
    assert page.has_audio
    assert page.description == "The caller asks where an order is."


def test_a_recording_without_sound_has_a_page_without_player() -> None:
    empty = Pcm(np.zeros(0, np.int16), 24_000)
    silent = replace(GOOD, caller=empty, caller_clean=empty, agent=empty, played=())
    page = call_page(three_calls()[0], judge(silent))
    assert not page.has_audio
    assert page.lines


def test_an_unreadable_recording_keeps_its_scores() -> None:
    page = scores_page(three_calls()[1], "manifest.json: gone")
    assert (page.problem, page.lanes, len(page.scores)) == ("manifest.json: gone", None, 4)


def test_a_call_without_sound_says_why_it_cannot_be_played() -> None:
    full = call_page(three_calls()[0], judge(GOOD))
    lost = scores_page(three_calls()[1], "manifest.json: gone")
    short = transcript_page(full, "left at home")
    assert [page.mute for page in (full, short, lost, replace(full, has_audio=False))] == [
        "", "the sound of this call is not in this file", "there is no recording",
        "the recording holds no audio",
    ]  # fmt: skip
    assert (short.lines, short.scores, short.left_out) == (full.lines, full.scores, "left at home")
    assert (short.lanes, short.waits, short.events, short.has_audio) == (None, (), (), False)
    assert transcript_page(lost, "left at home") == lost


def test_what_failed_comes_first_and_details_are_split_into_values_and_the_rest() -> None:
    cards = score_cards(
        result(
            "a",
            score("b", "not_applicable", ""),
            score("c", "pass", "", (1.0, 2.5), n=3, share=0.25, ok=True, no=None, many=[1]),
            score("d", "broken", ""),
            score("e", "fail", ""),
        )
    )
    assert [card.scorer for card in cards] == ["e", "d", "c", "b"]
    assert cards[2].plain == (("n", "3"), ("share", "0.25"), ("ok", "yes"))
    assert '"many"' in cards[2].nested
    assert cards[2].proofs[0].text == "0:01.0–0:02.5"
    assert cards[3].nested == ""


def test_the_parts_of_a_wait_add_up_on_one_scale() -> None:
    parts = LatencyParts(0.5, None, 0.3, None, 0.0, 0.2, 1.0)
    slow, fast = wait(1.0, answered_s=3.0), wait(4.0, answered_s=5.0, parts=parts)
    bars = wait_bars(timeline((turn(0, 1),), (slow, fast, wait(8.0))))
    assert [bar.took for bar in bars] == ["2.00 s", "1.00 s"]
    assert [(p.name, p.width) for p in bars[0].parts] == [("whole", 100.0)]
    assert [(p.name, p.left, p.width) for p in bars[1].parts] == [
        ("endpointing", 0.0, 25.0), ("created", 25.0, 15.0), ("lead_in", 40.0, 10.0),
    ]  # fmt: skip


def test_an_answer_that_took_no_time_is_drawn_without_dividing_by_it() -> None:
    (bar,) = wait_bars(timeline((turn(0, 1),), (wait(1.0, answered_s=1.0),)))
    assert (bar.took, bar.parts[0].width) == ("0.00 s", 0.0)


def test_the_transcript_tells_said_heard_and_claimed_apart() -> None:
    told = lines(build(BAD))
    assert [line.who for line in told] == ["caller", "agent", "caller", "tool", "agent"]
    agent = told[1]
    assert agent.recognized == "one moment I will now tell you all about our cancellation"
    assert agent.claimed.startswith("One moment.")
    assert "and then some." in agent.unheard
    assert agent.flags == ("interrupted",)
    assert told[2].flags == ("barge-in",)
    assert told[3].outcome == "never answered"


def test_what_a_cut_off_turn_did_not_say_is_kept_apart() -> None:
    cut = turn(0, 1, text="It's ORD-4", intended="It's ORD-4715B.", cut_off=True, spoken="four")
    music = turn(2, 3, kind=UtteranceKind.NOISE, answer=1, text="", intended="", spoken="")
    first, second = lines(timeline((cut, music)))
    assert (first.said, first.unsaid, first.spoken) == ("It's ORD-4", "715B.", "four")
    assert first.flags == ("cut off",)
    assert second.flags == ("reaction", "noise")


def test_tool_cards_show_arguments_as_sent_where_they_are_no_json() -> None:
    broken = replace(BAD, tools=(replace(BAD.tools[0], arguments="{oops"),))
    (card,) = tool_cards(build(broken))
    assert (card.arguments, card.output, card.outcome) == ("{oops", "", "never answered")
    assert "{oops" in next(line.tool for line in lines(build(broken)) if line.who == "tool")
    cancelled = AgentEvent(9.5, ToolCallCancelled(BAD.tools[0].call_id))
    (card,) = tool_cards(build(replace(BAD, events=(*BAD.events, cancelled))))
    assert card.outcome == "taken back by the agent"
    (good,) = tool_cards(build(GOOD))
    assert '"order_id": "ORD-4715B"' in good.arguments
    assert good.outcome == "ok after 1.50 s"


def test_marks_lie_on_the_axis_in_percent() -> None:
    drawn = lanes(build(BAD), duration_s=21.0)
    (barge,) = drawn.barge_ins
    assert barge.left == pytest.approx(100 * 8.9 / 21, abs=0.01)
    assert "fell silent after 0.60 s" in barge.text
    (tool,) = drawn.tools
    assert (tool.left + tool.width, tool.anchor) == (pytest.approx(100), "end")
    assert [w.label for w in drawn.waits] == ["3.40 s", "1.60 s"]
    assert drawn.ticks[0].text == "0:00"


def test_waits_without_an_answer_and_talk_over_are_marked_as_what_they_are() -> None:
    waits = (wait(2.0, answered_s=1.5, talk_over_s=0.5), wait(0.5))
    drawn = lanes(timeline((turn(0, 1),), waits), duration_s=10.0)
    assert [(w.kind, w.label) for w in drawn.waits] == [
        ("talk_over", "talk-over"), ("unanswered", "unanswered"),
    ]  # fmt: skip
    assert drawn.waits[1].anchor == "middle"


def test_an_agent_that_only_finished_did_not_yield() -> None:
    fact = BargeInFact(0, 0, 2.0, None, had_more=False, audio_end_ms=None)
    drawn = lanes(replace(timeline((turn(0, 1),)), barge_ins=(fact,)), duration_s=10.0)
    assert (drawn.barge_ins[0].width, drawn.barge_ins[0].text) == (
        0.0,
        "the agent had nothing more to say",
    )


def test_provenance_names_versions_and_our_own_lateness() -> None:
    told = dict(origin(manifest("a", seed=7, status=None, duration_s=None)))
    assert told["Own send lateness"] == "p99 0.60 ms, max 1.10 ms over 900 frames"
    assert told["Ended"] == "not finished (crashed or running)"
    assert told["Engines"] == "caller fixture 1, recognizer moonshine 0.0.73"
    nested = {"model": "m", "session": {"voice": None, "vad": {"type": "server_vad"}}, "auth": None}
    told = dict(origin(replace(manifest("a", seed=7, status=None, duration_s=None), target=nested)))
    assert told["Target"] == "model m, session.vad.type server_vad"
    bare = replace(manifest("a", seed=7, status=CallStatus.COMPLETED, duration_s=1), lateness=None)
    assert dict(origin(bare))["Own send lateness"] == "–"


def test_provenance_tells_what_was_served_otherwise() -> None:
    made = manifest("a", seed=7, status=None, duration_s=None)
    assert "Served otherwise" not in dict(origin(made))
    found = (Difference("voice", "marin", "alloy"), Difference("speed", "1.2", "1"))
    told = dict(origin(replace(made, differences=found)))["Served otherwise"]
    assert told == "voice: asked marin, served alloy; speed: asked 1.2, served 1"


def test_the_page_says_whether_the_server_kept_to_its_protocol() -> None:
    plain = timeline((turn(0, 1),))
    once = (Violation(1.5, "response.done", "response r1 was not created"),)
    assert protocol(plain) == "not looked at: the dialect is not known here"
    assert protocol(replace(plain, violations=())) == "no violation"
    assert protocol(replace(plain, violations=once)) == "1 violation, listed above the event log"
    odd = judge(GOOD)
    odd.timeline = replace(odd.timeline, violations=once)
    page = call_page(three_calls()[0], odd)
    assert [(row.clock, row.type) for row in page.violations] == [("0:01.5", "response.done")]
    assert dict(page.origin)["Protocol"] == "1 violation, listed above the event log"


def test_the_transcript_tells_what_was_done_beside_the_words() -> None:
    facts = replace(
        timeline((turn(1.0, 2.0),)),
        steps=(
            StepTaken(3.0, 1, StepKind.INJECT, "system: Be kind."),
            StepTaken(0.5, 0, StepKind.OUT_OF_BAND, "Mood?"),
        ),
        step_answers=(StepAnswer(0.9, 0, ResponseStatus.COMPLETED, "calm"),),
        absences=(
            Absence(4.0, 6.5, AbsenceCause.DISCONNECT, 2),
            Absence(8.0, None, AbsenceCause.EXPIRED),
        ),
    )
    facts = replace(facts, lost=(turn(7.2, 8.0, text="And then"),))
    (line,) = (line for line in lines(facts) if line.said == "And then")
    assert (line.clock, line.flags) == ("0:07.2", ("broken off: the line was lost",))
    told = [(line.who, line.clock, line.tool) for line in lines(facts) if line.who == "step"]
    assert told == [
        ("step", "0:00.5", "out_of_band Mood? -> calm"),
        ("step", "0:03.0", "inject system: Be kind."),
        ("step", "0:04.0", "no line to the agent for 2.50 s (disconnect)"),
        ("step", "0:08.0", "the service ended the session: no line to the agent (expired)"),
    ]
