"""JSON Schemas of the three kinds of files, made from the models: for editors and for the docs."""

from __future__ import annotations

import ast
import inspect
from itertools import pairwise
from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema

from harness.scenario.fields import DURATION_PATTERN, Model
from harness.scenario.model import FORMAT, Suite
from harness.scenario.scenario_file import ScenarioFile
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


def schema_for(kind: Kind) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of one kind of file; unknown keys do not validate.

    The schema holds what concerns single keys; ``load.py`` checks more (facts, tools, files).
    """
    body = KINDS[kind].model_json_schema(schema_generator=_Generator)
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

    def function_before_schema(self, schema: Any) -> dict[str, Any]:
        """Durations are the only values that are read before they are checked."""
        return dict(_DURATION)


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
