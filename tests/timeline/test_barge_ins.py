"""Barge-ins: which utterances count, and the moment the agent's old answer was last heard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from support.call_script import record

from harness.protocol.events import AudioDelta
from harness.recording.model import AgentEvent
from harness.recording.provenance import Origin, SourceKind
from harness.timeline.build import build

ASKED = "0.0-1.0 caller: A.\n"


def test_a_barge_in_ends_with_the_last_sample_of_the_old_answer() -> None:
    script = (
        ASKED + "1.5-4.4 agent: B. [of 9.0] [truncated 2900]\n"
        "4.0-5.0 caller: Stop. [barge-in]\n5.5-6.0 agent: Sorry."
    )
    (fact,) = build(record(script)).barge_ins
    assert (fact.caller, fact.utterance, fact.had_more, fact.audio_end_ms) == (1, 0, True, 2900)
    assert fact.yielded_s == pytest.approx(4.4)
    assert fact.heard_ms == pytest.approx(2900)
    assert fact.unplayed_s == pytest.approx(6.1)


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        ("1.5-5.0 agent: B.", [(False, None)]),
        ("1.5-7.0 agent: B.", [(True, 7.0)]),
        ("1.5-5.0 agent: B. [of 6.0]", [(True, 5.0)]),
        ("1.5-5.0 agent: B. [cancelled 4.5]", [(True, 5.0)]),
        ("1.5-5.0 agent: B. [cancelled 3.5]", [(False, None)]),
        ("1.5-4.0 agent: B.", []),
        ("4.0-5.0 agent: B.", []),
        ("1.5-5.0 agent: B. [trails 1.5]", []),
        ("1.5-5.0 agent: B. [trails 1.5] [cancelled 4.5]", [(True, 4.0)]),
    ],
    ids=[
        "finishes its last words",
        "goes on for three seconds",
        "stops with audio unplayed",
        "is cancelled after the onset",
        "was cancelled before the onset",
        "ended at the onset",
        "begins at the onset",
        "silence behind its last word",
        "silence, and then it is cancelled",
    ],
)
def test_what_counts(answer: str, facts: list[tuple[bool, float | None]]) -> None:
    timeline = build(record(f"{ASKED}{answer}\n4.0-9.0 caller: Stop."))
    found = [(fact.had_more, fact.yielded_s) for fact in timeline.barge_ins]
    assert found == [
        (had_more, None if yielded_s is None else pytest.approx(yielded_s, abs=1e-3))
        for had_more, yielded_s in facts
    ]


@pytest.mark.parametrize(("gone_s", "facts"), [(4.4, 0), (4.45, 0), (4.6, 1), (3.9, 0)])
def test_who_falls_silent_as_the_line_goes_did_not_yield(gone_s: float, facts: int) -> None:
    script = (
        f"{ASKED}1.5-4.4 agent: B. [of 9.0]\n4.0-4.3 caller: Stop. [barge-in]\n"
        f"{gone_s}-7.0 line:\n7.5-8.0 caller: Stop. [barge-in]"
    )
    assert len(build(record(script)).barge_ins) == facts


def test_a_button_that_was_pressed_again_belongs_to_what_is_said_again() -> None:
    script = (
        "0.0-1.0 caller: A. [lost] [pressed]\n1.0-2.0 line:\n2.5-3.5 caller: A. [pressed]\n"
        "4.0-9.0 agent: B. [of 9.0]\n6.0-7.0 caller: C. [pressed]"
    )
    facts = build(record(script)).barge_ins
    assert [(fact.caller, fact.onset_s) for fact in facts] == [(1, 6.0)]


@pytest.mark.parametrize(
    ("options", "refused"),
    [
        ("[truncated 2900]", ""),
        ("[truncated 2900] [untaken 4.5 Audio is shorter]", "Audio is shorter"),
        ("[truncated 2900] [untaken 9.5 Item not found]", "Item not found"),
        ("", ""),
    ],
)
def test_a_truncation_may_be_refused(options: str, refused: str) -> None:
    script = f"{ASKED}1.5-4.4 agent: B. [of 9.0] {options}\n4.0-5.0 caller: Stop. [barge-in]"
    (fact,) = build(record(script + "\n9.0-9.1 error: Too many requests")).barge_ins
    assert fact.refused == refused


NEVER = "it never confirmed the truncation"


@pytest.mark.parametrize(
    ("options", "more", "refused"),
    [
        ("[confirmed 4.5]", "9.0-10.0 agent: C.", ""),
        ("[confirmed 7.0]", "9.0-10.0 agent: C.", ""),
        ("[confirmed]", "9.0-10.0 agent: C.", NEVER),
        ("[confirmed 4.3]", "9.0-10.0 agent: C.", NEVER),  # of another truncation
        ("[confirmed]", "", ""),  # the call was over
        ("[confirmed]", "6.0-7.0 line:\n9.0-10.0 agent: C.", ""),
    ],
)
def test_a_truncation_may_never_be_confirmed(options: str, more: str, refused: str) -> None:
    script = (
        f"{ASKED}1.5-4.4 agent: B. [of 9.0] [truncated 2900] {options}\n"
        f"4.0-5.0 caller: Stop. [barge-in]\n{more}"
    )
    (fact,) = build(record(script)).barge_ins
    assert fact.refused == refused


def test_a_service_that_names_no_item_confirms_no_truncation() -> None:
    call = record(
        f"{ASKED}1.5-4.4 agent: B. [of 9.0] [truncated 2900] [confirmed]\n"
        "4.0-5.0 caller: Stop. [barge-in]\n9.0-10.0 agent: C."
    )
    item = call.truncations[0].item_id
    made_up = AgentEvent(1.6, AudioDelta("r", item), assumed=frozenset({"item_id"}))
    (fact,) = build(replace(call, events=(*call.events, made_up))).barge_ins
    assert fact.refused == ""


def test_an_imported_log_need_not_have_the_confirmation_of_a_truncation() -> None:
    script = (
        f"{ASKED}1.5-4.4 agent: B. [of 9.0] [truncated 2900] [confirmed]\n"
        "4.0-5.0 caller: Stop. [barge-in]\n9.0-10.0 agent: C."
    )
    (fact,) = build(
        record(script, origin=Origin(SourceKind.REALTIME, "call", sound=True))
    ).barge_ins
    assert fact.refused == ""


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        ("4.5-4.6 error: Cannot truncate the audio", "Cannot truncate the audio"),
        ("4.5-4.6 error: Too many requests", ""),
        ("8.5-8.6 error: Cannot truncate the audio", ""),  # of something else
    ],
)
def test_a_refusal_may_name_no_message(error: str, refused: str) -> None:
    script = f"{ASKED}1.5-4.4 agent: B. [of 9.0] [truncated 2900]\n4.0-5.0 caller: Stop. [barge-in]"
    (fact,) = build(record(f"{script}\n{error}")).barge_ins
    assert fact.refused.startswith(refused)
    assert bool(fact.refused) is bool(refused)


def test_the_refusal_of_one_truncation_is_none_of_another() -> None:
    script = (
        f"{ASKED}1.5-4.4 agent: B. [of 9.0] [truncated 2900] [untaken 4.5 No such item]\n"
        "4.0-5.0 caller: Stop. [barge-in]\n5.5-8.4 agent: C. [of 9.0] [truncated 2900]\n"
        "8.0-9.0 caller: Stop. [barge-in]"
    )
    facts = build(record(script)).barge_ins
    assert [fact.refused for fact in facts] == ["No such item", ""]


def test_of_two_items_that_are_truncated_at_once_one_may_be_refused() -> None:
    script = (
        f"{ASKED}1.5-4.4 agent: B. [of 9.0] [truncated 2900] [untaken 4.5 No such item]\n"
        "2.0-4.4 agent: C. [of 9.0] [truncated 2400]\n4.0-5.0 caller: Stop. [barge-in]"
    )
    facts = build(record(script)).barge_ins
    assert [fact.refused for fact in facts] == ["No such item", ""]


def test_a_refusal_belongs_to_its_moment_where_all_items_have_one_id() -> None:
    script = (
        f"{ASKED}1.5-4.4 agent: B. [of 9.0] [truncated 2900]\n4.0-5.0 caller: Stop. [barge-in]\n"
        "5.5-8.4 agent: C. [of 9.0] [truncated 2900] [untaken 8.5 No such item]\n"
        "8.0-9.0 caller: Stop. [barge-in]"
    )
    call = record(script)
    kinds = {name: getattr(call, name) for name in ("played", "generated", "truncations")}
    one_id: dict[str, Any] = {
        name: tuple(replace(each, item_id="item") for each in rows) for name, rows in kinds.items()
    }
    commands = tuple(
        replace(each, command=replace(each.command, item_id="item")) for each in call.commands
    )
    facts = build(replace(call, **one_id, commands=commands)).barge_ins
    assert [fact.refused for fact in facts] == ["", "No such item"]
