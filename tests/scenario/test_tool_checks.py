"""Arguments, answers and voices that cannot be meant: found when files are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.english import ENGLISH

from harness.scenario.argument_checks import expected_argument_faults
from harness.scenario.checks import answer_faults
from harness.scenario.document import key_text
from harness.scenario.tool_checks import known_tools, tool_faults
from harness.scenario.turn_checks import recognizer_faults, voice_faults

FACTS = {
    "due": {"value": "2026-04-05", "kind": "date"},
    "open": {"kind": "date"},
    "mail": {"value": "jo@example.com", "kind": "email"},
    "pace": {"value": "Express"},
    "pair": {"value": "two", "kind": "count"},
}
SPEED = {"type": "string", "enum": ["standard", "express"]}
COUNT = {"type": "integer", "minimum": 1, "exclusiveMaximum": 10}
PRICE = {"type": "number", "exclusiveMinimum": 0, "maximum": 50}

# the argument's schema, the value that a scenario expects, and the fault of that value
ARGUMENTS: list[tuple[dict[str, Any], Any, str | None]] = [
    (SPEED, "express", None),
    (SPEED, "{pace}", None),
    (SPEED, "exprss", "expected one of standard, express (did you mean 'express'?), got 'exprss'"),
    ({"const": 7}, 7, None),
    ({"const": 7}, 8, "expected one of 7, got 8"),
    ({"enum": [1, 2]}, "2.0", None),
    (COUNT, 3, None),
    (COUNT, "3", None),
    (COUNT, 2.5, "expected a whole number, got 2.5"),
    (COUNT, 0, "expected at least 1, got 0"),
    (COUNT, 10, "expected less than 10, got 10"),
    (COUNT, "many", "expected integer, got 'many'"),
    (COUNT, "two", "expected integer, in digits, got 'two'"),
    (COUNT, "{pair}", None),
    (COUNT, {"one_of": [1, "two"]}, "one_of[1]: the tool cannot take it: expected integer, in di"),
    (COUNT, {"min": "two"}, "min: expected a number or a date with its year, got 'two'"),
    ({"type": ["number", "null"]}, "two", "expected number, in digits, got 'two'"),
    (PRICE, "$40", None),
    (PRICE, "60", "expected at most 50, got '60'"),
    (PRICE, 0, "expected more than 0, got 0"),
    ({"type": "boolean"}, "true", None),
    ({"type": "boolean"}, True, None),
    ({"type": "boolean"}, "yes", "expected boolean, got 'yes'"),
    ({"type": ["number", "null"]}, "1", None),
    ({"type": ["string", "number"]}, "any", None),
    ({"type": "string", "format": "date"}, "{due}", None),
    ({"type": "string", "format": "date"}, "April 5, 2026", None),
    ({"type": "string", "format": "date"}, "2026-02-30", "expected a date of 1900 to 2099"),
    ({"type": "string", "format": "email"}, "{mail}", None),
    ({"type": "string", "format": "email"}, "{due}", "got '2026-04-05' from '{due}'"),
    ({"type": "string", "format": "uuid"}, "x", "expected the format uuid, got 'x'"),
    ({"type": "string", "format": "no such"}, "x", None),
    ({"type": "string"}, "{open}", None),
    ({"type": "array"}, "a", None),
    (SPEED, {"one_of": ["standard", "slow"]}, "one_of[1]: the tool cannot take it"),
    (SPEED, {"matches": "^exp"}, None),
    (SPEED, {"matches": "^slow"}, "matches nothing that the tool can take: standard, express"),
    (PRICE, {"min": 0, "max": 60}, None),
    (PRICE, {"min": 60}, "min: the tool takes nothing there: its maximum is 50, got 60"),
    (COUNT, {"between": [-5, 0]}, "between[1]: the tool takes nothing there: its minimum is 1"),
    (PRICE, {"max": "2026-04-02"}, "max: the tool cannot take it: expected number"),
    ({"type": "string", "format": "date"}, {"max": 5}, "max: the tool cannot take it"),
]


@pytest.mark.parametrize(("schema", "wanted", "problem"), ARGUMENTS)
def test_an_expected_argument_is_one_that_the_tool_can_take(
    schema: dict[str, Any], wanted: Any, problem: str | None
) -> None:
    found = [
        f"{key_text(key)}: {said}"
        for key, said in expected_argument_faults(wanted, schema, FACTS, ENGLISH, ("x",))
    ]
    assert len(found) == (problem is not None), found
    assert problem is None or problem in found[0]


def asks(expression: str, **more: Any) -> dict[str, Any]:
    return {"if_agent_asks": expression, "say": "Yes.", **more}


# the answers of a file, and the numbers of those that can never be given
ANSWERS: list[tuple[list[dict[str, Any]], list[int]]] = [
    ([asks("right"), asks("correct")], []),
    ([asks("right"), asks("right")], [1]),
    ([asks("right"), asks("RIGHT")], [1]),
    ([asks("right", times=1), asks("right")], []),
    ([asks(".*"), asks("correct")], [1]),
    ([asks("is that"), asks("is that right")], [1]),
    ([asks("is that right"), asks("is that")], []),
    ([asks("right|correct"), asks("is that (right|correct)")], [1]),
    ([asks("right"), asks("is that (right|correct)")], []),
    ([asks("right|correct"), asks("is that (?:right|correct)")], [1]),
    ([asks("^right"), asks("is that right")], []),
    ([asks(r"right\\b"), asks("right or wrong")], []),
    ([asks("right"), asks("rights?")], []),
    ([asks("("), asks("(")], []),
    ([{"if_agent_says_wrong": "a", "say": "No."}, {"if_agent_says_wrong": "a", "say": "No!"}], [1]),
    ([{"if_agent_says_wrong": "a", "say": "No."}, {"if_agent_says_wrong": "b", "say": "No!"}], []),
    ([{"if_agent_says_wrong": "a", "say": "No."}, asks("a")], []),
    ([asks("a"), asks("b"), asks("a"), asks("b")], [2, 3]),
]


@pytest.mark.parametrize(("answers", "hidden"), ANSWERS)
def test_an_answer_that_another_always_goes_before_is_told(
    answers: list[dict[str, Any]], hidden: list[int]
) -> None:
    found = list(answer_faults({"answers": answers}))
    assert [key[1] for key, _ in found] == hidden
    assert all("is always given first" in problem for _, problem in found)


VOICES: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"engine": "pyttsx3", "name": "en-us+f3"}, None),
    ({"name": "en-us+f3"}, None),
    ({"name": "en-us+zz"}, "name: eSpeak has no variant 'zz'"),
    ({"engine": "pyttsx3", "name": "klingon"}, "name: eSpeak has no voice 'klingon'"),
    (
        {"engine": "pyttsx3", "name": "?"},
        "name: expected a voice like 'en-us+f3', or one of woman, man, "
        "young_woman, deep_man, old_woman, old_man, british_woman, british_man, scottish_woman, "
        "scottish_man, caribbean_woman, new_york_man, got '?'",
    ),
    ({"engine": "fixture", "rate": 1.2}, "rate: recorded lines have one pace, 1.0"),
    ({"engine": "fixture", "name": "rms"}, "name: expected one of none, got 'rms'"),
    ({"engine": "pytsx3"}, "engine: expected one of default, pyttsx3, fixture, got 'pytsx3'"),
    ({"engine": 3}, None),
]


@pytest.mark.parametrize(("voice", "problem"), VOICES)
def test_a_voice_is_there_before_anybody_is_called(
    tmp_path: Path, voice: dict[str, Any], problem: str | None
) -> None:
    found = [
        f"{key[-1]}: {said}"
        for key, said in voice_faults({"caller": {"voice": voice}}, tmp_path / "x.yaml")
    ]
    assert len(found) == (problem is not None), found
    assert problem is None or problem in found[0]


def test_recorded_voices_are_known_near_their_fixtures() -> None:
    desk = Path(__file__).parents[2] / "scenarios" / "order_desk" / "x.yaml"
    for engine in ("fixture", "default"):
        voice = {"engine": engine, "name": "rms"}
        assert not list(voice_faults({"caller": {"voice": voice}}, desk))


def test_a_recognizer_that_nobody_has_is_a_fault_of_the_suite() -> None:
    ((key, problem),) = recognizer_faults({"recognizer": "moonshin"})
    assert key == ("recognizer",)
    assert problem == "expected one of moonshine, got 'moonshin' (did you mean 'moonshine'?)"


NESTED = {
    "seats": {"type": "array", "items": {"type": "string", "enum": ["1A", "1B"]}},
    "price": {"type": "object", "properties": {"min": {"type": "number"}, "speed": SPEED}},
    "extra": {"type": ["object", "null"]},
    "count": {"type": ["integer", "null"]},
    "other": True,
}
TOOLS = known_tools(
    {
        "tools": [
            {"name": "a", "kind": "read", "parameters": {"properties": {"speed": SPEED, **NESTED}}},
            {"name": "b", "kind": "write"},
            {"name": "broken", "kind": "read", "parameters": {"type": "nonsense"}},
            {"name": "human", "kind": "escalate"},
        ]
    }
)


def _arguments(**wanted: object) -> dict[str, Any]:
    return {"tools": [{"name": "a", "arguments": wanted}]}


EXPECTED: list[tuple[dict[str, Any], list[str]]] = [
    ({"order": ["a", "b"]}, []),
    ({"order": ["a"]}, ["expect.order: expected at least two tools"]),
    ({"order": ["a", "x"]}, ["expect.order[1]: unknown tool 'x'"]),
    ({"order": ["a", "b", "a"]}, ["expect.order[2]: a stands in this order twice"]),
    ({"order": ["a", "b"], "never": ["b"]}, ["expect.order[1]: b is expected here and stands"]),
    ({"tools": [{"name": "broken", "arguments": {"any": "x"}}]}, []),
    ({"tools": [{"one_of": [{"name": "a"}, {"name": "x"}]}]}, ["expect.tools[0].one_of[1].name: "]),
    (
        {"tools": [{"one_of": [{"name": "a"}, {"name": "human"}]}]},
        ["expect.tools[0].one_of[1].name: hands over"],
    ),
    (
        {"tools": [{"name": "a", "arguments": {"speed": "slow", "no": 1}}]},
        [
            "expect.tools[0].arguments.speed: the tool cannot take it",
            "expect.tools[0].arguments.no: a has no argument 'no'",
        ],
    ),
    (
        _arguments(
            seats=["1A", {"one_of": ["1B"]}],
            price={"speed": "express"},
            extra={"a": [1]},
            other={"b": ["x"]},
        ),
        [],
    ),
    (_arguments(price={"fields": {"min": 3}, "optional": True}, seats={"contains": ["1A"]}), []),
    (
        _arguments(seats=["1A", "2C"]),
        ["expect.tools[0].arguments.seats[1]: the tool cannot take it: expected one of 1A, 1B"],
    ),
    (
        _arguments(seats={"any_order": ["2C"]}),
        ["expect.tools[0].arguments.seats.any_order[0]: the tool cannot take it"],
    ),
    (
        _arguments(count=[1]),
        ["expect.tools[0].arguments.count: the tool cannot take it: expected integer or null"],
    ),
    (_arguments(seats="1A"), []),  # a list of one item
    (
        _arguments(price="x"),
        ["expect.tools[0].arguments.price: the tool cannot take it: expected fields, {...}, got"],
    ),
    (
        _arguments(price={"min": 3}),
        ["expect.tools[0].arguments.price: the tool takes an object here: write {fields: {…}}"],
    ),
    (
        _arguments(price={"sped": "express"}),
        ["expect.tools[0].arguments.price.sped: expected a field of min, speed (did you mean 's"],
    ),
    (
        _arguments(price={"fields": {"speed": "slow"}}),
        ["expect.tools[0].arguments.price.fields.speed: the tool cannot take it"],
    ),
    (
        _arguments(count={"one_off": [1]}),
        ["expect.tools[0].arguments.count: unknown rule 'one_off' (did you mean 'one_of'?); rul"],
    ),
    (
        _arguments(count={"half": [1]}),
        ["expect.tools[0].arguments.count: expected integer or null, or a rule (any_order, betw"],
    ),
    ({"says": [{"phrase": "hi", "before": "x"}]}, ["expect.says[0].before: unknown tool 'x'"]),
    ({"never_says": ["hi", {"phrase": "x", "after": "a"}]}, []),
]


@pytest.mark.parametrize(("expect", "faults"), EXPECTED)
def test_what_is_expected_of_tools_can_happen(expect: dict[str, Any], faults: list[str]) -> None:
    found = [
        f"{key_text(key)}: {said}" for key, said in tool_faults({"expect": expect}, TOOLS, ENGLISH)
    ]
    assert len(found) == len(faults), found
    assert all(said.startswith(fault) for said, fault in zip(found, faults, strict=True)), found


def test_a_mock_for_a_value_that_the_tool_cannot_get_is_told() -> None:
    data = {"mocks": {"a": [{"fails": "error", "when": {"speed": "slow"}}]}}
    ((key, problem),) = tool_faults(data, TOOLS, ENGLISH)
    assert key_text(key) == "mocks.a[0].when.speed"
    assert "expected one of standard, express" in problem


WORLD = {"orders": {"key": "id"}}
LOOK = {"name": "a", "parameters": {"properties": {"id": {}, "n": {}}}, "kind": "read"}
WORLDS: list[tuple[dict[str, Any], list[str]]] = [
    ({"find": "orders"}, []),
    ({"find": "orders", "by": {"id": "{n}"}}, []),
    ({"add": "orders", "set": {"x": ["{n}", "{m}"]}}, ["world.set.x[1]: a has no argument 'm'"]),
    ({"change": "order"}, ["world.change: unknown table 'order'; known: orders, trips (did"]),
    ({"remove": "trips"}, ["world.remove: a has no argument 'trip': say 'by' what it is found"]),
    ({"find": 3}, []),
]


@pytest.mark.parametrize(("mock", "faults"), WORLDS)
def test_what_a_mock_does_in_the_world_can_be_done(mock: dict[str, Any], faults: list[str]) -> None:
    world = {**WORLD, "trips": {"key": "trip"}}
    data = {"mocks": {"a": {"world": mock, "returns": {"what": "{any}"}}}, "world": world}
    found = [
        f"{key_text(key)}: {told}"
        for key, told in tool_faults(data, known_tools({"tools": [LOOK]}), ENGLISH)
    ]
    assert [
        one.removeprefix("mocks.a.")[: len(each)] for one, each in zip(found, faults, strict=True)
    ] == faults


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        ({"expect": {"world": {"orders": []}}}, ["expect.world: there is no world"]),
        (
            {"expect": {"world": {"order": []}}, "world": WORLD},
            ["expect.world.order: unknown table"],
        ),
        ({"expect": {"world": "unchanged"}, "world": WORLD}, []),
        (
            {"expect": {"world": "unchanged"}, "stored": {}},
            ["expect.world: stored calls have no world: leave expect.world out"],
        ),
        ({"expect": {}, "world": WORLD}, []),
    ],
)
def test_an_end_state_is_of_tables_that_there_are(data: dict[str, Any], faults: list[str]) -> None:
    found = [f"{key_text(key)}: {told}" for key, told in tool_faults(data, TOOLS, ENGLISH)]
    assert len(found) == len(faults)
    assert all(one.startswith(each) for one, each in zip(found, faults, strict=True))
