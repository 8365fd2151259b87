"""The generated JSON Schemas accept the shipped files and refuse files that the loader refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from harness.judging.scorers.registry import known_options
from harness.scenario.document import read_document
from harness.scenario.scenario_file import KINDS, Kind, schema_for

DESK = Path(__file__).parents[2] / "scenarios" / "order_desk"


def kind_of(path: Path) -> Kind:
    if path.name == "suite.yaml":
        return "suite"
    return "target" if path.parent.name == "targets" else "scenario"


@pytest.mark.parametrize("path", sorted(DESK.rglob("*.yaml")), ids=lambda path: str(path.stem))
def test_every_shipped_file_validates(path: Path) -> None:
    validator = Draft202012Validator(schema_for(kind_of(path), known_options()))
    assert [error.message for error in validator.iter_errors(read_document(path).data)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_valid_names_itself_and_refuses_unknown_keys(kind: Kind) -> None:
    schema = schema_for(kind, known_options())
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(f"/v1/{kind}.json")
    assert schema["description"]
    models = [schema, *schema["$defs"].values()]
    assert all(m["additionalProperties"] is False for m in models if m.get("type") == "object")


@pytest.mark.parametrize(
    ("turn", "valid"),
    [
        ({"silence": "6s"}, True),
        ({"silence": "250 ms"}, True),
        ({"silence": 6}, True),
        ({"silence": "soon"}, False),
        ({"silence": -1}, False),
        ({"noise_only": {"bed": "tv", "for": "5s"}}, True),
        ({"noise_only": {"bed": "tv", "for_s": 5}}, False),
        ({"say": "   "}, False),
        ({"dtmf": "1"}, True),
        ({"dtmf": {"keys": "12#", "tone_ms": 100, "pause_ms": 50}}, True),
        ({"dtmf": {"keys": "12#", "as": "event"}}, False),
        ({"sound": "cough"}, True),
        ({"sound": "yodel"}, False),
        ({"say": ["So", {"sound": "laugh"}, "yes."]}, True),
    ],
)
def test_durations_and_turns_are_checked_by_the_schema(turn: dict[str, Any], valid: bool) -> None:
    data = {"format": 1, "name": "n", "turns": [turn]}
    assert Draft202012Validator(schema_for("scenario", known_options())).is_valid(data) is valid


@pytest.mark.parametrize(
    ("wanted", "valid"),
    [
        ("x", True),
        ({"min": 3}, True),
        (["x", {"name": {"one_of": ["y"]}}], True),
        ({"fields": {"min": [1]}, "optional": True}, True),
        (None, False),
        ({"name": None}, False),
    ],
)
def test_expected_arguments_are_checked_by_the_schema(wanted: object, valid: bool) -> None:
    expect = {"tools": [{"name": "t", "arguments": {"a": wanted}}]}
    data = {"format": 1, "name": "n", "turns": [{"say": "Hi."}], "expect": expect}
    assert Draft202012Validator(schema_for("scenario", known_options())).is_valid(data) is valid


def test_keys_are_described_from_the_docstrings_of_the_models() -> None:
    barge_in = schema_for("scenario", known_options())["$defs"]["Cue"]
    assert barge_in["description"].startswith("When a turn comes")
    assert "first audible sample" in barge_in["properties"]["after_s"]["description"]


@pytest.mark.parametrize(
    ("scorers", "valid"),
    [
        ({"preamble": "off", "others": "on"}, True),
        ({"preamble": False, "barge_in_yield": {"truncation_limit_s": "20 ms"}}, True),
        ({"preamble": {"max_words": 12}}, True),
        ({"preamble": {"max_word": 12}}, False),
        ({"preamble": {"max_words": 0}}, False),
        ({"preamble": "loud"}, False),
        ({"expectations": {"max_words": 12}}, False),
        ({"others": {"max_words": 12}}, False),
        ({"preambel": False}, False),
    ],
)
@pytest.mark.parametrize("kind", ["suite", "scenario"])
def test_scorers_and_their_options_are_checked_by_the_schema(
    kind: Kind, scorers: dict[str, Any], valid: bool
) -> None:
    data = {"format": 1, "scorers": scorers}
    data |= {"suite": {"suite": "s", "instructions": "p.md"}, "scenario": {"name": "n"}}[kind]
    data |= {"turns": [{"say": "Hi."}]} if kind == "scenario" else {}
    assert Draft202012Validator(schema_for(kind, known_options())).is_valid(data) is valid


def test_the_options_of_scorers_are_described() -> None:
    words = schema_for("suite", known_options())["$defs"]["PreambleOptions"]["properties"]
    assert words["max_words"]["description"].startswith("A short sentence")
