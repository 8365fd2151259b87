"""The text and spoken form of caller utterances, and the place at which a cut-off line stops."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.english import ENGLISH

from harness.caller.utterances import answer_utterances, turn_utterances
from harness.language.values import ValueKind
from harness.scenario.model import Scenario

FACTS = {
    "order_id": {"value": "ORD-6079R", "kind": "id"},
    "phone": {"value": "555-0123", "kind": "phone"},
    "amount": {"value": "20", "kind": "amount", "spoken": "twenty dollars and no cents"},
    "name": {"value": "Anna Smith", "kind": "name"},
}


def scenario(
    *turns: dict[str, Any],
    answers: tuple[dict[str, Any], ...] = (),
    facts: dict[str, dict[str, str]] = FACTS,
) -> Scenario:
    return Scenario.model_validate_json(
        json.dumps({"format": 1, "name": "x", "facts": facts, "turns": turns, "answers": answers})
    )


def test_a_line_has_values_as_written_and_as_spoken() -> None:
    (line,) = turn_utterances(scenario({"say": "It's {order_id}."}), ENGLISH)
    assert line is not None
    assert line.text == line.intended == "It's ORD-6079R."
    assert line.spoken == "It's O, R, D, dash, six, zero, seven, nine, R."
    assert not line.cut_off


def test_turns_without_words_have_no_line() -> None:
    noise = {"noise_only": {"bed": "tv", "for": 1}}
    assert turn_utterances(scenario({"silence": 1}, noise), ENGLISH) == (None, None)


# kind of value, its written form, and the text and spoken form after
# (four of its letters and digits, three words, half of the line's time)
CUTS: dict[str, tuple[str, tuple[str, str], tuple[str, str], tuple[str, str]]] = {
    "id": (
        "ORD-6079R",
        ("It's ORD-6", "It's O, R, D, dash, six,"),
        ("It's OR", "It's O, R,"),
        ("It's ORD-", "It's O, R, D, dash,"),
    ),
    "phone": (
        "+1 555-0123",
        ("It's +1 555", "It's plus one, five five five,"),
        ("It's +1", "It's plus one,"),
        ("It's +1 5", "It's plus one, five"),
    ),
    "amount": (
        "$20.50",
        ("It's $20.50", "It's twenty dollars and fifty cents,"),
        ("It's twenty dollars", "It's twenty dollars,"),
        ("It's twenty dollars", "It's twenty dollars"),
    ),
    "email": (
        "jo.x@example.com",
        ("It's j o", "It's j o,"),
        ("It's j o", "It's j o,"),
        ("It's j o dot x", "It's j o dot x"),
    ),
    "date": (
        "2026-04-05",
        ("It's April fifth", "It's April fifth,"),
        ("It's April fifth", "It's April fifth,"),
        ("It's April fifth", "It's April fifth,"),
    ),
    "time": (
        "17:30",
        ("It's 17:30", "It's five thirty p.m,"),
        ("It's five thirty", "It's five thirty,"),
        ("It's five", "It's five"),
    ),
    "datetime": (
        "2026-04-25T17:30",
        ("It's April twenty-fifth", "It's April twenty-fifth,"),
        ("It's April twenty-fifth", "It's April twenty-fifth,"),
        ("It's April twenty-fifth", "It's April twenty-fifth,"),
    ),
    "count": (
        "12500",
        ("It's twelve thousand five", "It's twelve thousand five,"),
        ("It's twelve thousand", "It's twelve thousand,"),
        ("It's twelve", "It's twelve"),
    ),
    "name": (
        "Anna Smith",
        ("It's Anna", "It's Anna,"),
        ("It's Anna Smith,", "It's Anna Smith,"),
        ("It's Anna", "It's Anna"),
    ),
    "address": (
        "12 Oak Street",
        ("It's 12 Oa", "It's 12 Oa,"),
        ("It's 12 Oak", "It's 12 Oak,"),
        ("It's 12", "It's 12"),
    ),
    "text": (
        "blue shoes",
        ("It's blue", "It's blue,"),
        ("It's blue shoes,", "It's blue shoes,"),
        ("It's blue", "It's blue"),
    ),
}


@pytest.mark.parametrize("kind", [kind.value for kind in ValueKind])
def test_what_is_told_of_a_cut_line_is_what_was_spoken_of_it(kind: str) -> None:
    value, after_chars, after_word, after_s = CUTS[kind]
    facts = {"it": {"value": value, "kind": kind}}
    told = []
    for cut in ({"after_chars": 4}, {"after_word": 3}, {"after_s": 1.0}):
        turn = {"say": "It's {it}, thanks.", "cut_off": cut}
        (line,) = turn_utterances(scenario(turn, facts=facts), ENGLISH)
        assert line is not None
        assert line.cut_off
        told.append((line.text, line.spoken) if line.stop_s is None else line.said_by(0.5, ENGLISH))
    assert told == [after_chars, after_word, after_s]


@pytest.mark.parametrize(
    ("say", "cut", "text", "spoken"),
    [
        ("It's {order_id}.", 3, "It's ORD", "It's O, R, D,"),
        ("It's {order_id}.", 1, "It's O", "It's O,"),
        ("{name} here.", 6, "Anna Sm", "Anna Sm,"),
        # no prefix of its spoken form is a prefix of the value: the text is the spoken form
        ("Refund {amount}.", 1, "Refund twenty dollars", "Refund twenty dollars,"),
    ],
)
def test_characters_are_those_of_the_first_fact(say: str, cut: int, text: str, spoken: str) -> None:
    (line,) = turn_utterances(scenario({"say": say, "cut_off": {"after_chars": cut}}), ENGLISH)
    assert line is not None
    assert (line.text, line.spoken, line.cut_off, line.stop_s) == (text, spoken, True, None)


@pytest.mark.parametrize(
    ("say", "words", "text", "cut_off"),
    [
        ("Where is {order_id}?", 2, "Where is", True),
        ("Where is {order_id}?", 3, "Where is O", True),
        ("{amount} for {name} please", 6, "20 for", True),
        ("{amount} for {name} please", 8, "20 for Anna Smith", True),
        ("Where are you?", 9, "Where are you?", False),
    ],
)
def test_words_are_counted_as_they_are_spoken(
    say: str, words: int, text: str, cut_off: bool
) -> None:
    (line,) = turn_utterances(scenario({"say": say, "cut_off": {"after_word": words}}), ENGLISH)
    assert line is not None
    assert (line.text, line.cut_off) == (text, cut_off)
    assert line.intended.startswith(text[:3])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_a_cut_by_time_tells_only_a_beginning(share: float) -> None:
    turn = {"say": "It's {order_id}, for {name}.", "cut_off": {"after_s": 1}}
    (line,) = turn_utterances(scenario(turn), ENGLISH)
    assert line is not None
    text, spoken = line.said_by(share, ENGLISH)
    assert line.intended.startswith(text)
    assert line.spoken.startswith(spoken)
    assert (spoken == line.spoken) is (text == line.intended) is (share == 1.0)


def test_a_cut_by_time_leaves_the_words_to_the_audio() -> None:
    (line,) = turn_utterances(
        scenario({"say": "It's {order_id}.", "cut_off": {"after_s": 1.5}}), ENGLISH
    )
    assert line is not None
    assert (line.stop_s, line.cut_off, line.text) == (1.5, True, "It's ORD-6079R.")


def test_answers_are_lines_too() -> None:
    rule = {"if_agent_asks": "right", "say": "Yes, {name}."}
    (line,) = answer_utterances(scenario({"say": "Hi"}, answers=(rule,)), ENGLISH)
    assert line.text == "Yes, Anna Smith."
