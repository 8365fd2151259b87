"""Earlier tool calls in an agent's history: checked against the tools of the suite."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import FaultyFiles
from harness.scenario.load import load_scenario

SUITE = """\
format: 1
suite: desk
instructions: prompt.md
tools:
  - name: book
    kind: write
    exact: [day]
    parameters:
      type: object
      required: [day]
      properties:
        day: {type: string, format: date}
        people: {type: integer, minimum: 1, maximum: 12}
        room: {enum: [hall, garden]}
        code: {type: string, pattern: "^[A-Z]{2}$", maxLength: 2}
        extras: {type: array, maxItems: 2, items: {type: string}}
        guest: {type: object, required: [name], properties: {name: {type: string}}}
        vip: {type: [boolean, "null"]}
        size: {multipleOf: 5}
        what: {const: table}
"""
SCENARIO = """\
format: 1
name: one
facts: {{day: {{value: "2026-05-12", kind: date}}, count: {{value: "4", kind: count}}}}
turns: [{{say: "On {{day}}, for {{count}}."}}]
history:
  - role: user
    text: Hi.
  - tool: book
    arguments: {{{arguments}}}
    returns: {{ok: true}}
"""
DAY = 'day: "{day}"'


def faults_of(folder: Path, arguments: str, suite: str = SUITE) -> list[str]:
    (folder / "suite.yaml").write_text(suite)
    (folder / "prompt.md").write_text("Be kind.\n")
    path = folder / "one.yaml"
    path.write_text(SCENARIO.format(arguments=arguments))
    try:
        load_scenario(path)
    except FaultyFiles as faulty:
        return [
            str(fault).replace(f"{path}:9: history[1].arguments", "") for fault in faulty.faults
        ]
    return []


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        (DAY, []),
        (f"{DAY}, people: 4, room: hall, vip: true, guest: {{name: Jo}}, extras: [cake]", []),
        (f'{DAY}, people: "{{count}}"', []),  # a fact is a text; a number in it will do
        (f'{DAY}, guest: {{name: "{{count}}"}}, extras: ["{{count}}"]', []),
        ("", [": book needs 'day'"]),
        (f"{DAY}, peopel: 4", [".peopel: book has no argument 'peopel'; it has: day, people, room, "
         "code, extras, guest, vip, size, what (did you mean 'people'?)"]),
        ("day: soon", [".day: book cannot take it: expected the format date, got 'soon'"]),
        ("day: 20260512", [".day: book cannot take it: expected text, got 20260512"]),
        (f"{DAY}, people: four",
         [".people: book cannot take it: expected a whole number, got 'four'"]),
        (f'{DAY}, people: "{{day}}"',
         [".people: book cannot take it: expected a whole number, got '2026-05-12'"]),
        (f"{DAY}, people: 0", [".people: book cannot take it: expected at least 1, got 0"]),
        (f"{DAY}, people: 13", [".people: book cannot take it: expected at most 12, got 13"]),
        (f"{DAY}, room: cellar",
         [".room: book cannot take it: expected one of hall, garden, got 'cellar'"]),
        (f"{DAY}, code: a1",
         [".code: book cannot take it: expected text of the form ^[A-Z]{2}$, got 'a1'"]),
        (f"{DAY}, extras: [a, b, c]",
         [".extras: book cannot take it: expected at most 2 items, got a list"]),
        (f"{DAY}, extras: [3]", [".extras[0]: book cannot take it: expected text, got 3"]),
        (f"{DAY}, guest: {{}}", [".guest: book needs 'name'"]),
        (f"{DAY}, vip: maybe",
         [".vip: book cannot take it: expected true or false or nothing, got 'maybe'"]),
        (f"{DAY}, size: 7", [".size: book cannot take it: its schema says multipleOf: 5, got 7"]),
        (f"{DAY}, what: bed", [".what: book cannot take it: expected 'table', got 'bed'"]),
        ('day: "{dya}"', [".day: unknown fact 'dya'; known: day, count (did you mean 'day'?)"]),
    ],
)  # fmt: skip
def test_the_arguments_of_an_earlier_call_must_fit_its_tool(
    tmp_path: Path, arguments: str, faults: list[str]
) -> None:
    assert faults_of(tmp_path, arguments) == faults


@pytest.mark.parametrize("place", ["#/$defs/none", "https://nowhere.invalid/schema.json"])
def test_a_schema_that_leads_elsewhere_is_looked_at_for_its_names_alone(
    tmp_path: Path, place: str
) -> None:
    suite = SUITE.replace("size: {multipleOf: 5}", f'size: {{$ref: "{place}"}}')
    assert faults_of(tmp_path, f"{DAY}, size: 7", suite) == []
    (fault,) = faults_of(tmp_path, f"{DAY}, sise: 7", suite)
    assert fault.startswith(".sise: book has no argument 'sise'")
