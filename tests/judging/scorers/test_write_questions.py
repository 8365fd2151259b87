"""A write call as a question for a model judge: its transcript, its values, its span."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.judges.model import WriteQuestion
from harness.judging.labelled import LabelledDialogue, scored_call
from harness.judging.scorers.write_findings import write_question
from harness.language.language import language_named

TURNS = [
    {"who": "caller", "text": "A table, please."},
    {"tool": "look", "arguments": {"day": "today"}, "result": "x" * 600},
    {"who": "agent", "text": "For four at seven. Shall I book it?"},
    {"who": "caller", "text": "Yes."},
    {"tool": "book", "arguments": {}},
    {"who": "agent", "text": "Done."},
    {"who": "caller", "text": "No, wait."},
]


def asked(arguments: dict[str, Any], *, turns: Any = TURNS, **tool: Any) -> WriteQuestion:
    """Return the question about the last call in these turns, made with these arguments."""
    last = max(place for place, turn in enumerate(turns) if "tool" in turn)
    made = [turn | {"arguments": arguments} if n == last else turn for n, turn in enumerate(turns)]
    tools = [{"name": "look", "kind": "read"}, {"name": "book", "kind": "write", **tool}]
    row = {"id": "r", "tools": tools, "turns": made, "writes": []}
    call = scored_call(LabelledDialogue.model_validate_json(json.dumps(row)), language_named("en"))
    return write_question(call, len(call.timeline.tools) - 1)


def test_transcript_ends_at_the_call_and_has_earlier_tools() -> None:
    question = asked({"people": 4})
    assert [(turn.number, turn.who) for turn in question.turns] == [
        (1, "caller"),
        (2, "tool"),
        (3, "agent"),
        (4, "caller"),
    ]
    assert question.turns[1].text.startswith('look {"day": "today"} -> ok xxx')
    assert question.turns[1].text.endswith("x…")
    assert len(question.turns[1].text) < 600
    assert question.turns[3].text == "Yes."


def test_span_is_the_last_exchange() -> None:
    question = asked({})
    agent, caller = question.turns[2], question.turns[3]
    assert question.span_s[0] == agent.start_s
    assert question.span_s[1] >= caller.end_s


@pytest.mark.parametrize(
    "turns",
    [
        [{"tool": "book", "arguments": {}}],
        [{"who": "agent", "text": "Hello."}, {"tool": "book", "arguments": {}}],
        [{"who": "caller", "text": "Book it."}, {"tool": "book", "arguments": {}}],
    ],
)
def test_span_of_a_call_without_an_exchange(turns: Any) -> None:
    question = asked({}, turns=turns)
    assert 0.0 <= question.span_s[0] <= question.span_s[1]


@pytest.mark.parametrize(
    ("arguments", "tool", "checked"),
    [
        ({"people": 4, "name": "Malik"}, {}, {"people": 4, "name": "Malik"}),
        ({"guest": {"name": "Malik", "age": 7}}, {}, {"guest.name": "Malik", "guest.age": 7}),
        ({"seats": ["12A", {"row": 3}]}, {}, {"seats[0]": "12A", "seats[1].row": 3}),
        ({"note": "", "code": None, "window": False}, {}, {"window": False}),
        ({"key": "k1", "people": 4}, {"unspoken": ["key"]}, {"people": 4}),
        (
            {"meal": "none", "people": 4},
            {"parameters": {"type": "object", "properties": {"meal": {"default": "none"}}}},
            {"people": 4},
        ),
        ({"people": 4}, {"parameters": {"type": "object", "properties": []}}, {"people": 4}),
    ],
)
def test_values_to_check(
    arguments: dict[str, Any], tool: dict[str, Any], checked: dict[str, Any]
) -> None:
    question = asked(arguments, **tool)
    assert question.checked == checked
    assert question.arguments == arguments
