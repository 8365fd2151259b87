"""JSON Schemas of the three kinds of files, made from the models: for editors and for the docs."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from harness.scenario.fields import DURATION_PATTERN, Model, seconds
from harness.scenario.model import FORMAT, Suite
from harness.scenario.scenario_file import ScenarioFile
from harness.scenario.scorer_choice import OTHERS, ScorerOptions
from harness.scenario.target import Target

Kind = Literal["suite", "scenario", "target"]
"""What a file may be."""

KINDS: dict[Kind, type[Model]] = {"suite": Suite, "scenario": ScenarioFile, "target": Target}
"""The model of each kind of file."""

_ID = "https://voice-agent-harness.invalid/schema/v{format}/{kind}.json"
_DURATION: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 3600},
        {"type": "string", "pattern": DURATION_PATTERN},
    ],
    "description": "Seconds, or text with a unit: 6, 0.25, '6s', '250 ms'.",
}


_SWITCH: dict[str, Any] = {"enum": [True, False, "on", "off"]}


def schema_for(kind: Kind, scorers: ScorerOptions) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one kind of file; unknown keys do not validate.

    The schema holds what concerns single keys; ``load.py`` checks more (facts, tools, files). Of
    scorers it knows the ``scorers`` that it is told, with their options.
    """
    options = scorers if kind != "target" else {}
    wanted = dict.fromkeys((KINDS[kind], *options.values()))
    places, whole = models_json_schema(
        [(model, "validation") for model in wanted], schema_generator=_Generator
    )
    place_of = {model: place for (model, _), place in places.items()}
    body: dict[str, Any] = whole["$defs"].pop(place_of[KINDS[kind]]["$ref"].rpartition("/")[2])
    body["$defs"] = whole["$defs"]
    if options:
        choices = {name: {"anyOf": [_SWITCH, place_of[one]]} for name, one in options.items()}
        body["properties"]["scorers"] = {
            "description": body["properties"]["scorers"]["description"],
            "type": "object",
            "properties": {**choices, OTHERS: _SWITCH},
            "additionalProperties": False,
        }
    head = {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": _ID.format(format=FORMAT, kind=kind),
    }
    return head | body | {"title": f"Voice-agent harness: {kind} file"}


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, with durations as they are written and descriptions in one line.

    Pydantic would read the fields' docstrings whenever the models are imported, at a tenth of what
    a command takes to start; only a schema shows them.
    """

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """Each field is described by the text that stands below it."""
        body = super().model_schema(schema)
        model = schema["cls"]
        for name, told in _told_below_fields(model).items():
            body["properties"][model.model_fields[name].alias or name]["description"] = told
        return body

    def tagged_union_schema(self, schema: Any) -> dict[str, Any]:
        """A value that fits two shapes is valid: what is told apart by code is no ``oneOf``."""
        body = super().tagged_union_schema(schema)
        if "discriminator" not in body and "oneOf" in body:
            body["anyOf"] = body.pop("oneOf")
        return body

    def function_before_schema(self, schema: Any) -> dict[str, Any]:
        """Durations are shown as they are written."""
        if schema["function"]["function"] is seconds:
            return dict(_DURATION)
        return super().function_before_schema(schema)


def _told_below_fields(model: type[Model]) -> dict[str, str]:
    told = {}
    for one in reversed(model.__mro__):
        if not issubclass(one, Model):
            continue
        (source,) = ast.parse(inspect.getsource(one)).body
        assert isinstance(source, ast.ClassDef)
        for field, below in pairwise(source.body):
            match field, below:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(text))),
                ):
                    told[name] = inspect.cleandoc(text)
    return told
