"""Function tools and how one is chosen, as the GA Realtime API writes them, both ways."""

from __future__ import annotations

from harness.protocol.commands import Tool
from harness.protocol.fields import Fields
from harness.protocol.items import Json
from harness.protocol.wire import JsonObject

_TOOL_KEYS = frozenset({"type", "name", "description", "parameters"})
_CHOICES = ("none", "auto", "required")


def read_tools(fields: Fields) -> tuple[Tool, ...] | None:
    """Return the function tools, None where none are said."""
    entries = fields.each("tools")
    if entries is None:
        return None
    return tuple(_read_tool(each) for each in entries if _is_function(each))


def _is_function(fields: Fields) -> bool:
    # Tools of remote MCP servers run at the service: a client has nothing to answer for them.
    return (
        fields.choice("type", ("function", "mcp")) == "function"
        if fields.strict
        else (fields.raw.get("type", "function") == "function")
    )


def _read_tool(fields: Fields) -> Tool:
    fields.only(_TOOL_KEYS)
    return Tool(
        name=fields.text("name"),
        description=fields.optional_text("description") or "",
        parameters=fields.mapping("parameters") or {},
    )


def write_tools(tools: tuple[Tool, ...] | None) -> list[JsonObject] | None:
    """Return tools as a client tells of them."""
    if tools is None:
        return None
    return [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        }
        for tool in tools
    ]


def read_tool_choice(fields: Fields) -> str | Json | None:
    """Return ``tool_choice``: a word, or the object that names a tool."""
    return read_text_or_object(fields, "tool_choice", _CHOICES)


def read_text_or_object(fields: Fields, key: str, allowed: tuple[str, ...]) -> str | Json | None:
    """Return a setting that is one of some words, or an object as it stands."""
    if isinstance(fields.raw.get(key), dict):
        return fields.mapping(key)
    if fields.strict and fields.raw.get(key) is not None:
        return fields.choice(key, allowed)
    return fields.optional_text(key)
