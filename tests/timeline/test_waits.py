"""Waits for an answer: whether a tool had a part in them."""

from __future__ import annotations

import pytest
from support.call_script import record

from harness.timeline.build import build

ASKED = "0.0-1.0 caller: Where is my order?\n"
ANSWER = "3.0-4.0 agent: It has shipped.\n"


@pytest.mark.parametrize(
    ("script", "with_tool"),
    [
        (ASKED + ANSWER, False),
        (ASKED + "1.5-2.5 lookup_order\n" + ANSWER, True),
        (ASKED + "1.0-2.5 lookup_order\n" + ANSWER, True),  # called as the wait began
        (ASKED + "1.5- lookup_order\n" + ANSWER, True),  # called, and never answered
        (ASKED + "3.0-5.0 lookup_order\n" + ANSWER, False),  # called with the answer
        (ASKED + "3.5-5.0 lookup_order\n" + ANSWER, False),
        # called before the caller had finished
        (ASKED + "0.5-2.5 lookup_order\n" + ANSWER, True),
        (ASKED + "0.5-9.0 lookup_order\n" + ANSWER, True),
        (ASKED + "0.5-1.0 lookup_order\n" + ANSWER, False),  # over as the wait began
        (ASKED + "0.5- lookup_order\n" + ANSWER, False),  # it is not known to have run
        # not answered at all
        (ASKED + "1.5-2.5 lookup_order", True),
        (ASKED + "0.0-4.0 caller: x [noise]", False),
        (ASKED + "5.0-6.0 caller: Hello?\n7.0-8.0 lookup_order", False),
    ],
)
def test_a_wait_is_one_with_a_tool_that_was_called_in_it_or_still_ran(
    script: str, with_tool: bool
) -> None:
    wait, *_ = build(record(script)).waits
    assert wait.with_tool is with_tool


def test_a_tool_of_the_first_wait_is_none_of_the_second() -> None:
    script = f"{ASKED}1.5-2.5 lookup_order\n{ANSWER}5.0-6.0 caller: Thanks.\n7.0-8.0 agent: Bye."
    assert [wait.with_tool for wait in build(record(script)).waits] == [True, False]


def test_a_tool_that_runs_on_is_in_both_waits() -> None:
    script = f"{ASKED}1.5-6.5 lookup_order\n{ANSWER}5.0-6.0 caller: Hello?\n7.0-8.0 agent: Here."
    assert [wait.with_tool for wait in build(record(script)).waits] == [True, True]
