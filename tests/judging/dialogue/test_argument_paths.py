"""Values of a tool call: their kind, choices and search form, by schema and name."""

from __future__ import annotations

from typing import Any

import pytest
from support.english import ENGLISH

from harness.judging.dialogue.argument_paths import Leaf, leaves
from harness.judging.dialogue.conflicting_values import value_stands
from harness.language.values import ValueKind
from harness.recording.tools import ToolOutcome
from harness.scenario.model import Scenario, ToolKind, ToolSpec
from harness.scenario.script import Turn
from harness.timeline.model import ToolCall

SCENARIO = Scenario(format=1, name="x", turns=(Turn(say="Hi."),))
REASONS = {"enum": ["BREAK_SUSPECTED", "R_LOST"]}
SPEEDS = {"enum": ["slow", "fast"], "type": "string"}


def leaf(name: str, given: Any, schema: Any, defs: Any = None) -> Leaf:
    parameters = {"type": "object", "properties": {name: schema}, "$defs": defs or {}}
    spec = ToolSpec(name="ship_box", kind=ToolKind.WRITE, parameters=parameters)
    call = ToolCall(
        call_id="c1", name=spec.name, arguments={name: given}, raw_arguments="",
        requested_s=1.0, answered_s=2.0, outcome=ToolOutcome.OK, output="", response_id="r1",
    )  # fmt: skip
    return leaves(call, spec, SCENARIO, ENGLISH)[0]


@pytest.mark.parametrize(
    ("schema", "defs"),
    [
        (SPEEDS, {}),
        ({"$ref": "#/$defs/Speed"}, {"Speed": SPEEDS}),
        (
            {"anyOf": [{"$ref": "#/$defs/Speed"}, {"type": "null"}], "default": None},
            {"Speed": SPEEDS},
        ),
        ({"allOf": [{"$ref": "#/$defs/Speed"}]}, {"Speed": SPEEDS}),
        ({"allOf": [{"enum": ["slow", "fast", "now"]}, {"enum": ["fast", "slow", "late"]}]}, {}),
        ({"allOf": [{"enum": ["slow", "fast", "now"]}], "enum": ["slow", "fast"]}, {}),
        ({"oneOf": [{"const": "slow"}, {"const": "fast"}]}, {}),
        ({"type": ["string", "null"], "enum": ["slow", "fast"]}, {}),
        ({"$ref": "#/$defs/A~1B"}, {"A/B": SPEEDS}),
    ],
)
def test_choices_are_read_however_a_generator_writes_them(schema: Any, defs: Any) -> None:
    assert leaf("speed", "fast", schema, defs).choices == ("slow", "fast")


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/Round"},
        {"$ref": "#/$defs/Missing"},
        {"$ref": "https://example.com/speed.json"},
        {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"anyOf": "nonsense"},
        {"properties": ["nonsense"]},
        "nonsense",
    ],
)
def test_a_schema_that_tells_nothing_leaves_the_value_as_text(schema: Any) -> None:
    found = leaf("speed", "fast", schema, {"Round": {"$ref": "#/$defs/Round"}})
    assert (found.kind, found.choices) == (ValueKind.TEXT, ())


@pytest.mark.parametrize(
    ("name", "given", "schema", "said", "stands"),
    [
        ("amount_cents", 18900, {"type": "integer"}, "I would refund $189.00.", True),
        ("amount_cents", 18900, {"type": "integer"}, "I would refund $18,900.", False),
        ("amount", 2050, {"type": "integer", "description": "In cents."}, "that is $20.50", True),
        ("amount", 2050, {"type": "integer"}, "that is $20.50", False),
        ("day_of_month", 15, {"type": "integer"}, "on the fifteenth of every month", True),
        ("due_day", 3, {"type": "integer"}, "It would be due on the 3rd.", True),
        ("due_day", 3, {"type": "integer"}, "It would be due on the 13th.", False),
        ("seats", 3, {"type": "integer"}, "the 3rd of May", False),
        ("unit", "9", {"type": "string"}, "for Unit 9 at the mill", True),
        ("unit", "9", {"type": "string"}, "for Unit 19 at the mill", False),
        ("state", "NY", {"type": "string"}, "Albany, New York", True),
        ("reference", "Rent for May", {"type": "string"}, "with the words rent for May", True),
        ("why", "BREAK_SUSPECTED", REASONS, "for a suspected break", True),
        ("why", "BREAK_SUSPECTED", REASONS, "if you suspect a break", False),
        ("why", "R_LOST", REASONS, "as it was lost", True),
        ("plan_minutes", 300, {"type": "integer"}, "a plan of 300 minutes", True),
    ],
)  # fmt: skip
def test_a_value_of_a_program_is_found_as_people_say_it(
    name: str, given: Any, schema: Any, said: str, stands: bool
) -> None:
    assert value_stands(leaf(name, given, schema), said, ENGLISH, None) is stands


def test_schemas_of_inner_values_are_followed() -> None:
    schema = {"type": "array", "items": {"$ref": "#/$defs/Box"}}
    box = {"type": "object", "properties": {"speed": {"$ref": "#/$defs/Speed"}}}
    found = leaf("boxes", [{"speed": "slow"}], schema, {"Box": box, "Speed": SPEEDS})
    assert (found.path, found.choices) == ("boxes[0].speed", ("slow", "fast"))
