"""The JSON Schema of a tool's arguments in its plain form: references followed, one choice left.

Generators of schemas write a list of choices that may be missing as ``anyOf`` of a reference and
``null``. All that is asked here is what a value may be; the schema itself stays as it was written.
Source: JSON Schema 2020-12, sections 8.2.3 ($ref), 8.2.4 ($defs) and 10.2.1 (allOf, anyOf, oneOf).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.scenario.model import ToolSpec

Schema = Mapping[str, Any]

_DEEPEST = 8
"""References may go in a circle."""

_NULL = "null"


def argument_schema(tool: ToolSpec, argument: str) -> Schema:
    """Return the plain schema of an argument of a tool, empty where it has none."""
    return inner_schema(plain_schema(tool.parameters, tool), argument, tool)


def inner_schema(schema: Schema, key: str, tool: ToolSpec) -> Schema:
    """Return the plain schema of what an object holds under a key."""
    return plain_schema(_mapping(schema.get("properties")).get(key), tool)


def item_schema(schema: Schema, tool: ToolSpec) -> Schema:
    """Return the plain schema of what a list holds."""
    return plain_schema(schema.get("items"), tool)


def plain_schema(schema: Any, tool: ToolSpec, depth: int = 0) -> Schema:
    """Return a schema with its own references followed, and without the choice of nothing.

    Of several forms, the lists of choices become one; forms that differ otherwise tell nothing.
    """
    found = _mapping(schema)
    if depth > _DEEPEST:
        return {}
    if isinstance(found.get("$ref"), str):
        rest = {key: value for key, value in found.items() if key != "$ref"}
        return {**plain_schema(_referred(found["$ref"], tool), tool, depth + 1), **rest}
    if isinstance(found.get("type"), list):
        types = [one for one in found["type"] if one != _NULL]
        found = {**found, "type": types[0] if len(types) == 1 else types}
    if "const" in found and "enum" not in found:
        found = {**found, "enum": [found["const"]]}
    for key in ("allOf", "anyOf", "oneOf"):
        if isinstance(found.get(key), list):
            forms = [plain_schema(one, tool, depth + 1) for one in found[key]]
            rest = {name: value for name, value in found.items() if name != key}
            found = {**_joined([one for one in forms if one.get("type") != _NULL]), **rest}
    return found


def _joined(forms: list[Schema]) -> Schema:
    if len(forms) == 1:
        return forms[0]
    if forms and all(isinstance(one.get("enum"), list) for one in forms):
        return {"enum": [choice for one in forms for choice in one["enum"]]}
    return {}


def _referred(reference: str, tool: ToolSpec) -> Any:
    """Return what a reference within the schema points to, nothing for any other reference."""
    found: Any = tool.parameters
    for key in _steps(reference):
        found = _mapping(found).get(key)
    return found if reference.startswith("#") else None


def _steps(reference: str) -> Iterator[str]:
    for step in reference.removeprefix("#").split("/"):
        if step:
            yield step.replace("~1", "/").replace("~0", "~")


def _mapping(value: Any) -> Schema:
    return value if isinstance(value, Mapping) else {}
