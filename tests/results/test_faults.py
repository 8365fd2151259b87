"""Faults of a run: one sentence for each kind with its number of calls, the worst harm first."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.synthetic_run import result, score

from harness.results.model import Review
from harness.results.verdicts import Fault, faults, harm_text, wrong

UNREAD = "cancel_order was called with {}, but it was never read back"
LATE = "slowest answer took {} s, limit 1.50 s"


def failed(name: str, **reasons: str):
    return result(name, *(score(scorer, "fail", why) for scorer, why in reasons.items()))


def test_faults_of_a_kind_are_counted_by_call() -> None:
    calls = (
        failed("a", time_to_first_audio=LATE.format("3.00"),
               entity_confirmation=UNREAD.format("B7") + " (2 times)"),
        failed("b", entity_confirmation=f"{UNREAD.format('C8')}; {UNREAD.format('C9')}"),
        failed("c", preamble="nothing was heard before lookup"),
        failed("d", preamble="nothing was heard before lookup",
               time_to_first_audio=LATE.format("4.00")),
        result("e", score("preamble", "pass", "spoke"), score("escalation", "review", "listen")),
        result("f", score("preamble", "fail", "not counted"), status="socket_closed"),
    )  # fmt: skip
    assert faults(calls) == (
        Fault("entity_confirmation", UNREAD.format("…"), 2),
        Fault("time_to_first_audio", LATE.format("…"), 2),
        Fault("preamble", "nothing was heard before lookup", 2),
    )
    assert faults(reversed(calls)) == faults(calls)
    assert faults(calls[:1])[1] == Fault("time_to_first_audio", LATE.format("3.00"), 1)


def test_the_more_frequent_of_equal_harm_is_first() -> None:
    calls = (
        failed("a", preamble="nothing was heard before lookup"),
        failed("b", preamble="announced, but no tool was called"),
        failed("c", preamble="announced, but no tool was called"),
        failed("d", preamble=""),
    )
    assert [(one.text, one.calls) for one in faults(calls)] == [
        ("announced, but no tool was called", 2),
        ("", 1),
        ("nothing was heard before lookup", 1),
    ]


def test_a_persons_fail_is_one_fault_and_a_confirmed_one_is_its_scorers() -> None:
    def reviewed(own: str, given: str):
        judged = score("preamble", given, f"{own}ed by preamble; and more")
        review = Review("Ana", "2026-04-25T10:03:12+00:00", "listened", "late; silent", own)
        return result(own, replace(judged, review=review))

    own = failed("c", preamble="late")
    assert [(one.text, one.calls) for one in faults((reviewed("fail", "fail"), own))] == [
        ("late", 2),
        ("silent", 1),
    ]
    (fault,) = faults((reviewed("pass", "fail"),))
    assert fault.text == "passed by preamble; and more"


def test_what_keeps_a_call_from_passing_is_ordered_by_harm_failures_first() -> None:
    call = result(
        "a",
        score("preamble", "fail", "silent"),
        score("write_confirmation", "review", "did the caller agree?"),
        score("escalation", "pass", "fine"),
        score("entity_confirmation", "fail", UNREAD),
        score("tool_use", "review", "claimed?"),
    )
    assert [one.scorer for one in wrong(call)] == [
        "entity_confirmation",
        "preamble",
        "write_confirmation",
        "tool_use",
    ]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ([{"argument": "booking_code", "problem": UNREAD.format("B7")}], "the booking code"),
        ([{"argument": "booking_code", "problem": "it was used before"}], "an exact value"),
        (
            [
                {"argument": "booking_code", "problem": UNREAD.format("B7")},
                {"argument": "phone", "problem": UNREAD.format("C8")},
            ],
            "an exact value",
        ),
        ([], "an exact value"),
    ],
)
def test_the_headline_names_the_value_that_was_not_read_back(values, name) -> None:
    found = replace(
        score("entity_confirmation", "fail", UNREAD.format("B7")), details={"values": values}
    )
    (fault,) = faults([result("a", found)])
    assert harm_text(fault, 24) == f"In 1 of 24 calls {name} was never read back."


def test_the_headline_of_other_faults_is_their_reason() -> None:
    late = LATE.format("3.00")
    (fault,) = faults([failed("a", time_to_first_audio=late)])
    assert harm_text(fault, 1) == f"In the one call: {late}."
    assert harm_text(replace(fault, text=""), 1) == ""
