"""The characters in which two values differ."""

from __future__ import annotations

import pytest
from support.english import ENGLISH
from support.synthetic_run import good_call, result, score

from harness.recording.provenance import CallStatus
from harness.report.run.transcript import TranscriptLine, compared_values, differing, lines
from harness.timeline.build import build


def bracketed(pieces) -> str:
    return "".join(f"[{text}]" if differs else text for text, differs in pieces)


@pytest.mark.parametrize(
    ("given", "expected", "shown"),
    [
        ("ORD-4715B", "ORD-4715B", "ORD-4715B"),
        ("ORD-4785B", "ORD-4715B", "ORD-47[8]5B"),
        ("ord 4718 b", "ORD-4715B", "ord 471[8] b"),
        ("ORD-4751B", "ORD-4715B", "ORD-47[51]B"),  # two that changed places
        ("ORD-475B", "ORD-4715B", "ORD-475B"),  # a missing word cannot be marked
        ("ORD-4715B", "ORD-475B", "ORD-47[1]5B"),
        ("", "A", ""),
        ("Ä-1", "ä1", "Ä-1"),
    ],
)
def test_letters_and_digits_are_compared_one_by_one(given, expected, shown) -> None:
    assert bracketed(differing(given, expected)) == shown


SCENARIO = {
    "facts": {"order_id": {"value": "ORD-4715B", "kind": "id"}, "other": {"value": "ORD-9999Z"}},
    "expect": {"tools": [{"name": "cancel_order", "arguments": {"order_id": "{order_id}"}}]},
}


def compared(spoken: tuple[TranscriptLine, ...] = (), scenario: object = None, **value: object):
    values = {"tool": "cancel_order", "argument": "order_id", "value": "ORD4715B",
              "read_back": None, "witness": None, **value}  # fmt: skip
    verdict = score("entity_confirmation", "fail", "", values=[values, values, "odd"])
    span = score("entity_confirmation", "review", "", (4.5, 8.1), values=[values])
    span = type(span)(**{**{k: getattr(span, k) for k in span.__slots__},
                         "evidence": tuple(type(e)(e.start_s, e.end_s, "read-back")
                                           for e in span.evidence)})  # fmt: skip
    call = result("x", span if spoken else verdict)
    found = compared_values(call, SCENARIO if scenario is None else scenario, spoken, ENGLISH)
    return [
        (bracketed(one.expected), *((w.who, bracketed(w.pieces)) for w in one.witnesses))
        for one in found
    ]


def test_a_wrong_value_stands_beside_the_callers_once() -> None:
    assert compared(value="ORD4785B") == [
        ("ORD-47[1]5B", ("cancel_order was called with", "ORD-47[8]5B"))
    ]
    assert compared(read_back="ORD4785B") == [
        ("ORD-47[1]5B", ("agent read back", "ORD-47[8]5B"),
         ("cancel_order was called with", "ORD-4715B"))
    ]  # fmt: skip
    assert compared(value="ORD475B") == [
        ("ORD-47[1]5B", ("cancel_order was called with", "ORD475B"))
    ]


def test_what_was_read_back_instead_stands_there_too() -> None:
    assert compared(read_back="ORD4785B", instead=["ORD4785B", "ORD4716B"]) == [
        (
            "ORD-47[1]5B",
            ("agent read back", "ORD-47[8]5B"),
            ("agent read back", "ORD-471[6]B"),
            ("cancel_order was called with", "ORD-4715B"),
        )
    ]


def test_nothing_is_compared_where_all_is_right_or_nothing_is_known() -> None:
    assert compared() == []
    assert compared(value="") == []
    assert compared(value="ORD9", scenario={}) == []
    assert compared(value="ORD9", scenario={"facts": [], "expect": {"tools": ["odd"]}}) == []


def test_the_fact_of_the_arguments_name_is_what_is_wanted_where_no_call_is_expected() -> None:
    alone = {"facts": SCENARIO["facts"]}
    assert compared(value="ORD4716B", scenario=alone)[0][0] == "ORD-471[5]B"


def test_what_the_recognizer_heard_is_shown_where_it_contradicts_the_transcript() -> None:
    recording = good_call().recording("good", seed=7, status=CallStatus.COMPLETED)
    spoken = tuple(
        line if line.recognized is None else type(line)(
            **{**{k: getattr(line, k) for k in line.__slots__},
               "recognized": line.recognized.replace("one five B", "eight five B")})
        for line in lines(build(recording))
    )  # fmt: skip
    (one,) = compared(spoken, read_back="ORD4715B", witness="disagree")
    assert one == (
        "ORD-47[1]5B",
        ("agent read back", "ORD-4715B"),
        ("recognizer heard", "ORD-47[8]5B"),
        ("cancel_order was called with", "ORD-4715B"),
    )
