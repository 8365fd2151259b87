"""Answers that did not reach the caller whole, and speech that the service noticed in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import record

from harness.protocol.events import InputCommitted, ResponseCreated
from harness.recording.model import AgentEvent
from harness.recording.provenance import Estimate, Origin, SourceKind
from harness.timeline.build import build
from harness.timeline.model import BreakCause

INCOMPLETE, FAILED, CANCELLED = BreakCause.INCOMPLETE, BreakCause.FAILED, BreakCause.CANCELLED
HUNG_UP, NO_AUDIO, FOREIGN = BreakCause.HUNG_UP, BreakCause.NO_AUDIO, BreakCause.FOREIGN
MID_SENTENCE = BreakCause.MID_SENTENCE

ASKED = "0.0-1.0 caller: Tell me.\n"
TOLD = ASKED + "4.5-6.0 agent: Your order has "
STOP = "5.5-6.5 caller: Stop! [barge-in]\n"
TURN = "cancelled turn_detected"

# script, (cause, detail) of each broken answer
ROWS: dict[str, tuple[str, list[tuple[BreakCause, str]]]] = {
    "an answer that ended by itself": (TOLD + "[done 6.0]", []),
    "an answer that nobody ended": (TOLD, []),
    # --- stopped by the service
    "too long": (TOLD + "[ended 6.0 incomplete max_output_tokens]",
                 [(INCOMPLETE, "max_output_tokens")]),
    "filtered": (TOLD + "[ended 6.0 incomplete content_filter]", [(INCOMPLETE, "content_filter")]),
    "failed": (TOLD + "[ended 6.0 failed overloaded]", [(FAILED, "overloaded")]),
    "failed without a reason": (TOLD + "[ended 6.0 failed]", [(FAILED, "")]),
    "failed without audio": (ASKED + "4.5-6.0 response: failed overloaded",
                             [(FAILED, "overloaded")]),
    "failed though the caller speaks": (TOLD + "[ended 6.0 failed overloaded]\n" + STOP,
                                        [(FAILED, "overloaded")]),
    # --- cancelled
    "cancelled on a silent line": (TOLD + f"[ended 6.0 {TURN}]", [(CANCELLED, "turn_detected")]),
    "cancelled without a reason": (TOLD + "[cancelled 6.0]", [(CANCELLED, "")]),
    "incomplete, as if interrupted": (TOLD + "[ended 6.0 incomplete interrupted]",
                                      [(CANCELLED, "interrupted")]),
    "incomplete without a reason": (TOLD + "[ended 6.0 incomplete]", [(CANCELLED, "")]),
    "cancelled without audio": (ASKED + f"4.5-6.0 response: {TURN}",
                                [(CANCELLED, "turn_detected")]),
    "cancelled as the caller interrupts": (TOLD + f"[ended 5.8 {TURN}]\n" + STOP, []),
    "cancelled shortly after the caller's end": (
        ASKED + f"1.5-3.1 agent: Your order has [ended 2.9 {TURN}]", []),
    "cancelled longer after it than an agent reacts": (
        ASKED + f"1.5-3.4 agent: Your order has [ended 3.1 {TURN}]",
        [(CANCELLED, "turn_detected")]),
    "cancelled before the caller begins": (TOLD + f"[ended 5.3 {TURN}]\n" + STOP,
                                           [(CANCELLED, "turn_detected")]),
    "cancelled as the caller murmurs": (
        TOLD + f"[ended 6.0 {TURN}]\n5.0-5.3 caller: Mm-hm. [backchannel]", []),
    "cancelled as others speak near the caller": (
        TOLD + f"[ended 6.0 {TURN}]\n5.0-5.3 caller: Not now. [noise]", []),
    "cancelled while the caller keeps silent": (
        TOLD + f"[ended 6.0 {TURN}]\n4.6-6.0 caller: [silence]", [(CANCELLED, "turn_detected")]),
    "cancelled with a noise bed on the line": (TOLD + f"[ended 6.0 {TURN}]\n0.0-7.0 bed:", []),
    "cancelled with a noise bed that was never sent": (
        TOLD + f"[ended 6.0 {TURN}]\n0.0-7.0 bed: [unsent]", [(CANCELLED, "turn_detected")]),
    "cancelled by a press of the button": (
        TOLD + "[cancels 5.5] [cancelled 5.6]\n5.5-6.5 caller: Stop! [pressed]", []),
    "cancelled by the harness": (TOLD + f"[cancels 4.1] [ended 6.0 {TURN}]", []),
    "cancelled long after the harness asked for that": (
        TOLD + f"[cancels 3.9] [ended 6.0 {TURN}]", [(CANCELLED, "turn_detected")]),
    "cancelled as a client asked": (
        TOLD + "[cancels 5.9] [ended 6.0 cancelled client_cancelled]", []),
    "cancelled as if a client had asked": (
        TOLD + "[ended 6.0 cancelled client_cancelled]", [(CANCELLED, "client_cancelled")]),
    # --- another response in its place
    "an unheard response that another one replaces": (
        ASKED + f"4.5-5.0 response: {TURN}\n6.0-7.0 agent: It has shipped. [created 5.9]", []),
    "an unheard response that another one replaces too late": (
        ASKED + f"4.5-5.0 response: {TURN}\n6.2-7.0 agent: It has shipped. [created 6.1]",
        [(CANCELLED, "turn_detected")]),
    "a failed response that was asked for again": (
        ASKED + "4.5-5.0 response: failed busy\n5.5-6.0 agent: Shipped. [created 5.3]", []),
    "an answer that was heard in part before another one replaced it": (
        TOLD + f"[ended 6.0 {TURN}]\n6.5-7.0 agent: Shipped. [created 6.2]",
        [(CANCELLED, "turn_detected")]),
    # --- an answer that has ended and still plays
    "dropped as the service noticed speech on a silent line": (
        TOLD + "[of 5.0] [truncated 1500] [done 5.0]\n5.9-6.5 vad:", [(CANCELLED, "")]),
    "dropped as the service reported an interruption, and no speech": (
        TOLD + "[of 5.0] [truncated 1500] [done 5.0]\n6.0- vad: [interrupted]", [(CANCELLED, "")]),
    "dropped before any of it was heard": (
        ASKED + "6.0-6.0 agent: It shipped. [came 5.0] [of 3.0] [truncated 0] [done 5.5]\n"
        "5.9-6.5 vad:", [(CANCELLED, "")]),
    "dropped before any of it was heard, as the caller spoke": (
        ASKED + "6.0-6.0 agent: It shipped. [came 5.0] [of 3.0] [truncated 0] [done 5.5]\n"
        "5.5-6.5 caller: Stop!\n5.9-6.5 vad:", []),
    "dropped in the silence behind it": (
        TOLD + "[of 1.58] [truncated 1500] [done 5.0]\n5.9-6.5 vad:", []),
    "dropped, though the service had cancelled it before": (
        TOLD + f"[of 5.0] [truncated 1500] [ended 5.9 {TURN}]\n5.9-6.5 vad:",
        [(CANCELLED, "turn_detected")]),
    "dropped while it was still being made": (
        TOLD + "[of 5.0] [truncated 1500] [done 8.0]\n5.9-6.5 vad:", []),
    "dropped long after the caller spoke": (
        ASKED + "4.5-12.0 agent: Your order has [of 15.0] [truncated 7500] [done 5.0]\n"
        "5.0-5.8 caller: Stop! [barge-in]\n11.9-12.5 vad:", []),
    "dropped as the caller spoke": (
        TOLD + "[of 5.0] [truncated 1500] [done 5.0]\n5.5-6.5 caller: Stop! [barge-in]\n"
        "5.9-6.5 vad:", []),
    # --- the agent hangs up
    "hung up during its own answer": (TOLD + "[of 5.0]\n6.0- hangs_up:",
                                      [(HUNG_UP, "1.5 s of 5.0 s was heard")]),
    "hung up before any of its answer was heard": (
        ASKED + "4.5-4.5 agent: Goodbye. [of 5.0]\n4.5- hangs_up:",
        [(HUNG_UP, "0.0 s of 5.0 s was heard")]),
    "hung up after the answer": (TOLD + "[done 5.0]\n6.0- hangs_up:", []),
    "hung up in the silence behind the answer": (TOLD + "[of 1.58] [trails 0.1]\n6.0- hangs_up:",
                                                 []),
    "hung up while the caller speaks": (
        TOLD + "[of 5.0] [truncated 1500]\n5.5-5.9 caller: Stop!\n6.0- hangs_up:", []),
    "a call that the caller ends": (TOLD + "[of 5.0]", []),
    # --- text without audio
    "more text than audio": (
        ASKED + "4.5-5.0 agent: I have found your order, and it has been shipped this morning.",
        [(NO_AUDIO, "12 words, 0.5 s of audio")]),
    "a fast voice": (
        ASKED + "4.5-6.5 agent: I have found your order, and it has been shipped this morning.",
        []),
    "text that was interrupted": (
        ASKED + "4.5-5.0 agent: I have found your order, and it has been shipped this morning."
        " [of 4.0]\n4.8-5.5 caller: Stop!", []),
    "text that was interrupted as it began": (
        ASKED + "4.5-5.0 agent: I have found your order, and it has been shipped this morning, and"
        " it will be there on Thursday, before six in the evening. [of 0.6]\n4.8-5.5 caller: Stop!",
        []),
    "text that the service stopped, and that is told as stopped": (
        ASKED + "4.5-5.0 agent: I have found your order, and it has been shipped this morning."
        " [ended 5.0 incomplete max_output_tokens]", [(INCOMPLETE, "max_output_tokens")]),
    "less text than audio": (ASKED + "4.5-9.5 agent: Yes.", []),
    # --- strangers
    "audio of a response that never began": (
        TOLD + "\n6.5-7.5 agent: Not yours. [stray] [response other]", [(FOREIGN, "")]),
    "a service that announces no response": (
        ASKED + "4.5-6.0 agent: A. [stray] [response x]\n6.5-7.5 agent: B. [stray] [response y]",
        []),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_answers_break_by_what_the_caller_did_not_cause(name: str) -> None:
    script, causes = ROWS[name]
    told = build(record(script))
    assert [(one.cause, one.detail) for one in told.broken] == causes


def test_the_agent_hangs_up_on_its_last_answer_alone() -> None:
    script = (
        f"{TOLD}[of 9.0]\n{STOP}7.0-8.0 agent: Goodbye. [of 3.0] [response last]\n8.0- hangs_up:"
    )
    (broken,) = build(record(script)).broken
    assert (broken.response_id, broken.cause) == ("last", HUNG_UP)


def test_an_answer_that_was_interrupted_before_is_not_what_the_agent_hung_up_on() -> None:
    script = (
        f"{TOLD}[of 9.0] [truncated 1500]\n{STOP}7.0-8.0 agent: Goodbye. [done 8.0]\n9.0- hangs_up:"
    )
    assert build(record(script)).broken == ()


def test_an_answer_that_the_line_cut_off_is_not_what_the_agent_hung_up_on() -> None:
    script = (
        f"{TOLD}[of 9.0]\n6.0-7.0 line:\n8.0-9.0 agent: Goodbye. [done 9.0] [response last]\n"
        "10.0- hangs_up:"
    )
    assert build(record(script)).broken == ()


def test_the_truncation_of_another_answer_is_no_excuse_where_all_items_have_one_id() -> None:
    call = record(
        f"{TOLD}[of 9.0] [truncated 1500]\n{STOP}"
        "7.0-8.0 agent: Goodbye. [of 3.0] [response last]\n8.0- hangs_up:"
    )
    kinds = {name: getattr(call, name) for name in ("played", "generated", "truncations")}
    one_id: dict[str, Any] = {
        name: tuple(replace(each, item_id="item") for each in rows) for name, rows in kinds.items()
    }
    assert [one.response_id for one in build(replace(call, **one_id)).broken] == ["last"]


def test_a_broken_answer_lasts_as_long_as_it_was_heard() -> None:
    script = f"4.0-5.0 agent: A. [response a]\n6.0-7.0 agent: B. [response a] [ended 7.0 {TURN}]"
    told = build(record(f"{script}\n8.0-8.5 response: failed"))
    bounds = [(one.span.start_s, one.span.end_s) for one in told.broken]
    assert bounds == [pytest.approx((4.0, 7.0), abs=1e-3), (8.5, 8.5)]


def test_answers_are_those_that_were_heard_or_broke() -> None:
    script = ASKED + f"1.5-2.0 agent: A. [response a]\n2.1-2.5 agent: B. [response a]\n{TOLD}"
    assert build(record(script)).answers == 2
    assert build(record(f"{script}\n8.0-8.5 response: failed")).answers == 3
    assert build(record(f"{script}\n8.0-8.5 response: completed")).answers == 2


def test_a_service_whose_responses_are_concluded_has_no_strangers() -> None:
    call = record(TOLD + "\n6.5-7.5 agent: B. [stray] [response other]")
    concluded = tuple(
        replace(each, inferred=isinstance(each.event, ResponseCreated)) for each in call.events
    )
    assert build(replace(call, events=concluded)).broken == ()


def test_audio_without_a_response_is_no_stranger() -> None:
    call = record(TOLD + "\n6.5-7.5 agent: B. [stray] [response other]")
    nameless: dict[str, Any] = {
        name: tuple(
            replace(each, response_id="") if each.response_id == "other" else each
            for each in getattr(call, name)
        )
        for name in ("played", "generated")
    }
    events = tuple(
        replace(each, event=replace(each.event, response_id=""))
        if getattr(each.event, "response_id", None) == "other"
        else each
        for each in call.events
    )
    assert [one.cause for one in build(call).broken] == [FOREIGN]
    assert build(replace(call, **nameless, events=events)).broken == ()


def test_a_stranger_whose_id_the_harness_made_up_is_none() -> None:
    call = record(TOLD + "\n6.5-7.5 agent: B. [stray] [response other]")
    made_up = tuple(
        replace(each, assumed=frozenset({"response_id"}))
        if getattr(each.event, "response_id", "") == "other"
        else each
        for each in call.events
    )
    assert build(replace(call, events=made_up)).broken == ()


# --- imported calls: facts missing in the source are no fault


def origin(
    kind: SourceKind = SourceKind.REALTIME, *estimated: Estimate, sound: bool = True
) -> Origin:
    return Origin(kind, "call", sound=sound, estimated=estimated)


CANCELLED_CALL = TOLD + f"[ended 6.0 {TURN}]"


@pytest.mark.parametrize(
    ("script", "where", "causes"),
    [
        (CANCELLED_CALL, origin(), [CANCELLED]),
        (CANCELLED_CALL, origin(SourceKind.AUDIO, Estimate.SIDES), []),
        (CANCELLED_CALL, origin(SourceKind.REALTIME, sound=False), []),
        (TOLD + "[ended 6.0 failed busy]", origin(SourceKind.REALTIME, sound=False), [FAILED]),
        (f"4.5-6.0 agent: Your order has [ended 6.0 {TURN}]", origin(), []),
    ],
    ids=["caller track", "one channel", "no audio", "failed without audio", "empty caller track"],
)
def test_an_answer_was_cancelled_without_cause_only_on_a_line_that_is_known(
    script: str, where: Origin, causes: list[BreakCause]
) -> None:
    assert [one.cause for one in build(record(script, origin=where)).broken] == causes


@pytest.mark.parametrize(
    ("kind", "causes"),
    [(SourceKind.REALTIME, [NO_AUDIO]), (SourceKind.AUDIO, []), (SourceKind.TAU, [])],
)
def test_the_words_of_an_imported_call_lack_audio_only_if_its_service_told_them(
    kind: SourceKind, causes: list[BreakCause]
) -> None:
    script = ROWS["more text than audio"][0]
    found = build(record(script, origin=origin(kind))).broken
    assert [one.cause for one in found] == causes


# --- turns of a caller who was silent


@pytest.mark.parametrize(
    ("script", "phantoms_s"),
    [
        (ASKED, None),
        (ASKED + "0.1-1.0 vad:", ()),
        (ASKED + "0.1-1.0 vad:\n2.4-3.0 vad:", ()),  # noticed late
        (ASKED + "0.1-1.0 vad:\n2.6-3.0 vad:", (2.6,)),
        (ASKED + "5.0-6.0 vad:\n8.0-9.0 vad:", (5.0, 8.0)),
        (ASKED + "0.0-6.0 bed:\n5.0-6.0 vad:", ()),
        (ASKED + "4.8-5.1 caller: [noise]\n5.0-6.0 vad:", ()),
        (ASKED + "4.0-6.0 caller: [silence]\n5.0-6.0 vad:", (5.0,)),
    ],
)
def test_speech_that_the_service_noticed_on_a_silent_line(
    script: str, phantoms_s: tuple[float, ...] | None
) -> None:
    found = build(record(script)).phantom_turns_s
    assert found == (None if phantoms_s is None else pytest.approx(phantoms_s))


def test_an_unknown_line_had_no_phantoms() -> None:
    script = ASKED + "5.0-6.0 vad:"
    mixed = origin(SourceKind.AUDIO, Estimate.SIDES)
    assert build(record(script, origin=mixed)).phantom_turns_s is None
    assert build(record(script, origin=origin())).phantom_turns_s == (5.0,)


@pytest.mark.parametrize(
    ("script", "since_s"),
    [
        (ASKED + "0.1-1.0 vad:\n11.0-12.0 agent: A.", None),
        (ASKED + "0.1- vad:\n11.0-12.0 agent: A.", 0.1),
        (ASKED + "0.1- vad:\n6.0-7.0 agent: A.", None),  # it may be a turn that goes on
        (ASKED + "0.1- vad:\n3.0-3.5 vad:\n11.0-12.0 agent: A.", None),
        (ASKED + "0.1-1.0 vad:\n3.0- vad:\n11.0-12.0 agent: A.", 3.0),
        (ASKED + "11.0-12.0 agent: A.", None),
    ],
)
def test_speech_whose_end_was_never_noticed(script: str, since_s: float | None) -> None:
    found = build(record(script)).unended_speech_s
    assert found == (None if since_s is None else pytest.approx(since_s))


def test_a_commit_ends_speech_too() -> None:
    call = record(ASKED + "0.1- vad:\n11.0-12.0 agent: A.")
    events = (*call.events[:1], AgentEvent(1.0, InputCommitted("a")), *call.events[1:])
    assert build(replace(call, events=events)).unended_speech_s is None


def test_errors_of_the_service_are_reported_in_its_words() -> None:
    told = build(record(ASKED + "2.0- error: Too many requests\n3.0- error: Slow down"))
    assert [(one.at_s, one.words) for one in told.errors] == [
        (2.0, "Too many requests"),
        (3.0, "Slow down"),
    ]
    assert told.error_between(1.5, 9.0) == "; the service reported: Too many requests"
    assert told.error_between(2.5, 9.0) == "; the service reported: Slow down"
    assert told.error_between(3.5, 9.0) == ""


# --- answers that stop inside a sentence

OTHER = "1.5-4.0 agent: I have found your order, and it was shipped. [done 4.0]\n"
BYE = "12.0-13.0 agent: You are welcome. [done 13.0]\n"
OPEN = "6.0-7.2 agent: It arrives on [done 7.2]\n"
LONG_TEXT = "It was shipped this morning, and you can expect it to arrive on"

STOPS: dict[str, tuple[str, list[tuple[BreakCause, str]]]] = {
    "a text without its end": (OTHER + OPEN + BYE, [(MID_SENTENCE, '"It arrives on"')]),
    "with a comma at its end": (OTHER + OPEN.replace(" on ", " on Friday, "),
                                [(MID_SENTENCE, '"arrives on Friday,"')]),
    "and too little audio for it": (
        OTHER + f"6.0-8.0 agent: {LONG_TEXT} [done 8.0]", [(NO_AUDIO, "13 words, 2.0 s of audio")]),
    "audio that stops though the text does not": (
        OTHER + f"6.0-8.0 agent: {LONG_TEXT} Friday. [done 8.0]",
        [(MID_SENTENCE, "14 words, 2.0 s of audio")]),
    "a faster answer that fades": (
        OTHER + f"6.0-8.0 agent: {LONG_TEXT} Friday. [pause 7.9-8.0] [done 8.0]", []),
    # --- harmless look-alikes
    "a text without a mark whose audio ends in silence": (
        OTHER + OPEN.replace("[done", "[trails 0.01] [done") + BYE, []),
    "a fast answer whose audio ends in silence": (
        OTHER + f"6.0-8.0 agent: {LONG_TEXT} Friday. [trails 0.01] [done 8.0]", []),
    "a call with one answer": (OPEN, []),
    "a service that writes no marks": (OTHER.replace("shipped.", "shipped") + OPEN, []),
    "a service that writes few marks": (OTHER + OPEN + BYE.replace("welcome.", "welcome"), []),
    "a short answer": (OTHER + "6.0-7.2 agent: Thank you [done 7.2]", []),
    "a spelled code": (OTHER + "6.0-9.2 agent: It is O, R, D, B [done 9.2]", []),
    "a code": (OTHER + "6.0-9.2 agent: Your number is ORD-4715B [done 9.2]", []),
    "a preamble of a tool": (
        OTHER + "6.0-7.2 agent: Let me look [done 7.2] [response r]\n"
        "7.1-8.0 lookup_order [response r]", []),
    "an agent that continues in another response": (
        OTHER + OPEN + "8.5-9.0 agent: Friday. [done 9.0]", []),
    "an agent that continues later": (
        OTHER + OPEN + "8.9-9.4 agent: Friday. [done 9.4]", [(MID_SENTENCE, '"It arrives on"')]),
    "an answer that the caller interrupted": (
        OTHER + "6.0-7.2 agent: It arrives on [of 4.0] [done 7.2]\n7.0-8.0 caller: Stop!", []),
    "an answer that nobody ended": (OTHER + OPEN.replace("[done 7.2]", ""), []),
    "figures and too little audio": (
        OTHER + f"6.0-8.0 agent: {LONG_TEXT} May 5. [done 8.0]", []),
}  # fmt: skip


@pytest.mark.parametrize("name", STOPS)
def test_a_whole_answer_that_stops_inside_a_sentence(name: str) -> None:
    script, causes = STOPS[name]
    told = build(record(ASKED + script))
    assert [(one.cause, one.detail) for one in told.broken] == causes


# --- tool calls that the agent began


def test_a_call_that_was_begun_is_no_call() -> None:
    told = build(record(ASKED + "1.5-2.0 agent: Let me look.\n2.2- lookup_order [begun]"))
    assert told.tools == ()
    assert [(one.name, one.at_s) for one in told.begun_calls] == [
        ("lookup_order", pytest.approx(2.2))
    ]


def test_an_agent_that_hangs_up_without_a_word_broke_no_answer() -> None:
    assert build(record("0.0-1.0 caller: Hi.\n2.0- hangs_up:")).broken == ()
