"""What a caller says in words, and where a cut-off line stops."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.caller.lines import answer_lines, turn_lines
from harness.scenario.model import Scenario

FACTS = {
    "order_id": {"value": "ORD-6079R", "kind": "id"},
    "phone": {"value": "555-0123", "kind": "phone"},
    "amount": {"value": "20", "kind": "amount", "spoken": "twenty dollars and no cents"},
    "name": {"value": "Anna Smith", "kind": "name"},
}


def scenario(*turns: dict[str, Any], answers: tuple[dict[str, Any], ...] = ()) -> Scenario:
    return Scenario.model_validate_json(
        json.dumps({"format": 1, "name": "x", "facts": FACTS, "turns": turns, "answers": answers})
    )


def test_a_line_has_values_as_written_and_as_spoken() -> None:
    (line,) = turn_lines(scenario({"say": "It's {order_id}."}))
    assert line is not None
    assert line.text == line.intended == "It's ORD-6079R."
    assert line.spoken == "It's O, R, D, dash, six, zero, seven, nine, R."
    assert not line.cut_off


def test_turns_without_words_have_no_line() -> None:
    noise = {"noise_only": {"bed": "tv", "for": 1}}
    assert turn_lines(scenario({"silence": 1}, noise)) == (None, None)


@pytest.mark.parametrize(
    ("say", "cut", "text", "spoken"),
    [
        (
            "It's {order_id}.",
            {"after_chars": 6},
            "It's ORD-607",
            "It's O, R, D, dash, six, zero, seven,",
        ),
        ("It's {order_id}.", {"after_chars": 3}, "It's ORD", "It's O, R, D,"),
        ("It's {order_id}.", {"after_chars": 1}, "It's O", "It's O,"),
        ("{name} here.", {"after_chars": 6}, "Anna Sm", "Anna Sm,"),
        ("Refund {amount}.", {"after_chars": 1}, "Refund 2", "Refund twenty dollars,"),
        ("Where is {order_id}?", {"after_word": 2}, "Where is", "Where is,"),
        ("Where are you?", {"after_word": 9}, "Where are you?", "Where are you,"),
    ],
)
def test_a_cut_line_stops_in_the_text_and_in_the_words(
    say: str, cut: dict[str, int], text: str, spoken: str
) -> None:
    (line,) = turn_lines(scenario({"say": say, "cut_off": cut}))
    assert line is not None
    assert (line.text, line.spoken, line.cut_off) == (text, spoken, True)
    assert line.intended.startswith(text[:3])
    assert line.stop_s is None


def test_a_cut_by_time_leaves_the_words_to_the_audio() -> None:
    (line,) = turn_lines(scenario({"say": "It's {order_id}.", "cut_off": {"after_s": 1.5}}))
    assert line is not None
    assert (line.stop_s, line.cut_off, line.text) == (1.5, True, "It's ORD-6079R.")


def test_answers_are_lines_too() -> None:
    rule = {"if_agent_asks": "right", "say": "Yes, {name}."}
    (line,) = answer_lines(scenario({"say": "Hi"}, answers=(rule,)))
    assert line.text == "Yes, Anna Smith."
