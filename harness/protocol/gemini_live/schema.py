"""The parameters of a tool as Gemini takes them: the OpenAPI subset of its ``Schema``.

A function declaration may also contain JSON Schema as it is (``parametersJsonSchema``). Models up
to 2.5 ignored it, and called their tools without arguments (googleapis/python-genai #1147,
livekit/agents #2940 and its fix, PR 3135); 3.1 and 3.8 are reported to accept it (livekit/agents
#7302, September 2026). Every model takes the subset, so a schema is written anew. What the subset
has no word for is told to the model in the description; what only matters to who checks arguments
is left out. Our judges check them against the suite's own schema in any case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from harness.protocol.wire import JsonObject

_KEPT = frozenset(
    {
        *("title", "nullable", "pattern", "required", "default", "example"),
        *("maxItems", "minItems", "maxLength", "minLength", "maxProperties", "minProperties"),
        *("maximum", "minimum", "propertyOrdering"),
    }
)
"""Keywords that both have, with the same meaning."""

_FOR_CHECKERS = frozenset(
    {"additionalProperties", "$schema", "$id", "$comment", "$defs", "definitions", "examples"}
)
_FORMATS = frozenset({"date-time", "float", "double", "int32", "int64"})
"""Formats that the service knows; it refuses others."""
_MOST_NESTED = 12
"""References to a schema inside of itself have no end."""


def openapi(schema: Mapping[str, Any]) -> JsonObject:
    """Return a JSON Schema as a ``Schema`` of the Gemini API."""
    return _Writer(schema).written(schema, 0)


class _Writer:
    """Writes one schema; references are to places in the whole."""

    def __init__(self, whole: Mapping[str, Any]) -> None:
        self._whole = whole

    def written(self, schema: Any, depth: int) -> JsonObject:
        """Return the counterpart of one place in the schema."""
        if not isinstance(schema, Mapping):
            return {}
        found: JsonObject = {}
        words: list[str] = [schema["description"]] if schema.get("description") else []
        for key, value in self._resolved(schema, depth).items():
            if key in _KEPT:
                found[key] = value
            elif key in ("type", "enum", "const", "format"):
                found |= _plain(key, value)
            elif key in ("properties", "items", "anyOf", "oneOf"):
                found |= self._inner(key, value, depth + 1)
            elif key not in _FOR_CHECKERS and key != "description":
                words.append(_told(key, value))
        words += _unwritten(schema, found)
        return found | ({"description": " ".join(words)} if words else {})

    def _resolved(self, schema: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        """Return a schema with what it refers to in it; deep down, without."""
        pointer = schema.get("$ref")
        if not isinstance(pointer, str) or not pointer.startswith("#/") or depth > _MOST_NESTED:
            return {key: value for key, value in schema.items() if key != "$ref"}
        place: Any = self._whole
        for name in pointer[2:].split("/"):
            place = place.get(name) if isinstance(place, Mapping) else None
        inner = place if isinstance(place, Mapping) else {}
        own = {key: value for key, value in schema.items() if key != "$ref"}
        return self._resolved({**inner, **own}, depth + 1)

    def _inner(self, key: str, value: Any, depth: int) -> JsonObject:
        if key == "properties" and isinstance(value, Mapping):
            return {key: {name: self.written(each, depth) for name, each in value.items()}}
        if key == "items":
            return {key: self.written(value, depth)}
        return {"anyOf": [self.written(each, depth) for each in value]}


def _plain(key: str, value: Any) -> JsonObject:
    if key == "type" and isinstance(value, list):
        named = [each for each in value if each != "null"]
        nullable = {"nullable": True} if len(named) < len(value) else {}
        if len(named) == 1:
            return {"type": str(named[0]).upper(), **nullable}
        return {"anyOf": [{"type": str(each).upper()} for each in named], **nullable}
    if key == "type":
        return {"type": str(value).upper()}
    if key == "format":
        return {"format": value} if value in _FORMATS else {}
    values = [value] if key == "const" else value
    # The service takes lists of texts alone.
    return {"enum": values} if all(isinstance(each, str) for each in values) else {}


def _unwritten(schema: Mapping[str, Any], found: JsonObject) -> Iterator[str]:
    """Yield in words what has a counterpart in the subset, but not for such values."""
    for key in ("enum", "const"):
        if key in schema and "enum" not in found:
            yield _told(key, schema[key])
    if "format" in schema and "format" not in found:
        yield _told("format", schema["format"])


def _told(key: str, value: Any) -> str:
    return f"({key}: {orjson.dumps(value).decode()})"


def json_schema(schema: Any) -> Any:
    """Return a ``Schema`` of the Gemini API as JSON Schema, as far as our agent reads it."""
    if isinstance(schema, list):
        return [json_schema(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: json_schema(value) for key, value in schema.items() if key != "nullable"}
    if isinstance(kind := found.get("type"), str):
        found["type"] = kind.lower()
    return found
