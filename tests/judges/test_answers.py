"""Replies as checked answers: quotes, values and majorities, in tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.judges.model import (
    AnswerKind,
    ArgumentAnswer,
    JudgeAnswer,
    JudgedTurn,
    Vote,
    prompt_for,
    prompt_hash,
    question_hash,
)
from harness.judges.model import WriteQuestion as Question
from harness.judges.verdicts import AnswerVoid, contains_quote, majority, read_answer, same_value

TURNS = (
    JudgedTurn(1, "caller", "A table, please.", 0.0, 1.0),
    JudgedTurn(2, "agent", "For four at 7 PM. Shall I book it?", 2.0, 3.0),
    JudgedTurn(3, "caller", "Yeah, that’s “perfect” — go ahead.", 4.0, 5.0),
    JudgedTurn(4, "tool", "lookup {} -> ok four", 5.0, 5.0),
)


def question(**arguments: Any) -> Question:
    return Question(0, "book", "", {}, arguments, arguments, TURNS, "en")


def value(argument: str, given: Any, turn: int | None = 2, quote: str | None = "four") -> Any:
    return {"argument": argument, "value": given, "turn": turn, "quote": quote}


def reply(*values: Any, kind: str = "agreed", turn: int | None = 3, quote: str = "Yeah") -> str:
    return json.dumps({"answer": kind, "turn": turn, "quote": quote, "values": list(values)})


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ('Yeah, that\'s "perfect" - go ahead.', True),
        ("yeah", True),
        ("  GO   ahead ", True),
        ("go ahead!", True),
        ("Yea", False),
        ("ahead now", False),
        ("that's go ahead", False),
        ("", False),
        ("…", False),
        ('"', False),
        ("-", False),
    ],
)
def test_quote_is_found_by_whole_words(quote: str, found: bool) -> None:
    assert contains_quote(TURNS[2].text, quote) is found


@pytest.mark.parametrize(
    ("said", "given", "same"),
    [
        ("4", 4, True),
        ("4.0", 4, True),
        ("1,200", 1200, True),
        ("four", 4, False),
        ("5", 4, False),
        ("Canoe.", "canoe", True),
        ("the canoe", "canoe", False),
        ("2026-05-11", "2026-05-11", True),
        ("yes", True, True),
        ("true", True, True),
        ("no", True, False),
        ("false", False, True),
        ("1", True, False),
        ("", "", True),
    ],
)
def test_values_are_compared_by_code(said: str, given: object, same: bool) -> None:
    assert same_value(said, given) is same


@pytest.mark.parametrize(
    ("given", "same"), [("4", True), (4, True), (4.0, True), ("5", False), (True, False)]
)
def test_value_may_be_a_number(given: object, same: bool) -> None:
    answer = read_answer(reply(value("people", given)), question(people=4))
    assert answer.values[0].same is same


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([], "nothing is said of people"),
        ([value("people", "4"), value("people", "4")], "people is given twice"),
        ([value("time", "19:00")], "'time' is no argument to check"),
        ([value("people", "4", 4, "four")], "quoted from a tool call"),
        ([value("people", "4", None, None)], "people has no quote"),
        ([value("people", "4", 2, "five")], "the quote 'five' is not in turn 2"),
        ([value("people", "4", 7, "four")], "turn 7 is not in the transcript"),
        ([{"argument": "people", "value": "4"}], "values.0.turn"),
    ],
)
def test_values_without_proof_are_void(values: list[Any], told: str) -> None:
    with pytest.raises(AnswerVoid, match=told):
        read_answer(reply(*values), question(people=4))


def test_value_that_was_not_said_needs_no_quote() -> None:
    answer = read_answer(reply(value("people", None, None, None)), question(people=4))
    assert answer.values == (ArgumentAnswer("people", None, None, "", same=False),)


def test_fenced_json_is_an_answer() -> None:
    answer = read_answer(f"```json\n{reply()}\n```", question())
    assert (answer.answer, answer.turn, answer.quote) == (AnswerKind.AGREED, 3, "Yeah")


def vote(kind: AnswerKind | None, *, same: bool = True) -> Vote:
    if kind is None:
        return Vote(None, "void")
    one = ArgumentAnswer("people", "4", 2, "four", same=same)
    return Vote(JudgeAnswer(kind, 3, "Yeah", (one,)))


AGREED, REFUSED = AnswerKind.AGREED, AnswerKind.REFUSED


@pytest.mark.parametrize(
    ("votes", "winner"),
    [
        ([vote(AGREED)], AGREED),
        ([vote(AGREED), vote(REFUSED)], None),
        ([vote(AGREED), vote(REFUSED), vote(REFUSED)], REFUSED),
        ([vote(AGREED), vote(None)], None),
        ([vote(AGREED), vote(AGREED), vote(None)], AGREED),
        ([vote(None)], None),
        ([vote(AGREED), vote(AGREED, same=False)], None),
        ([], None),
    ],
)
def test_majority_of_all_votes(votes: list[Vote], winner: AnswerKind | None) -> None:
    found = majority(votes)
    assert (found.answer if found else None) is winner


def test_hashes_follow_what_the_model_is_shown() -> None:
    one = question_hash(question(people=4))
    assert one == question_hash(question(people=4))
    assert one != question_hash(question(people=5))
    assert prompt_hash(audio=False) == prompt_hash(audio=False)
    assert prompt_hash(audio=False) != prompt_hash(audio=True)


def test_prompt_with_audio_says_so() -> None:
    assert "audio" not in prompt_for(question()).instructions
    assert "audio of the last exchange" in prompt_for(question(), b"RIFF").instructions
