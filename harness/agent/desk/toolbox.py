"""The session's tools as an order desk sees them: what each is for, and arguments that fit it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from harness.agent.desk.talk import DeskToolCall
from harness.protocol.settings import Tool
from harness.scenario.trade import Task, ToolRole, fact_for, purpose_of


class Toolbox:
    """The tools of one response, by purpose; a purpose without a tool is simply not there."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[Task | ToolRole, Tool] = {}
        for tool in tools:
            purpose = purpose_of(tool.name)
            if purpose is not None:
                self._tools.setdefault(purpose, tool)

    def has(self, purpose: Task | ToolRole) -> bool:
        """Whether some tool serves this purpose."""
        return purpose in self._tools

    def call(self, purpose: Task | ToolRole, facts: Mapping[str, Any]) -> DeskToolCall | None:
        """Return a call with arguments taken from ``facts``, None if no valid call can be made.

        Facts are matched with the schema's property names (``order_id`` also serves ``order`` and
        ``id``, ``amount`` also ``refund_amount``) and turned into the type that it asks for.
        """
        tool = self._tools.get(purpose)
        if tool is None:
            return None
        properties = tool.parameters.get("properties") or {}
        arguments: dict[str, Any] = {}
        for name, schema in properties.items():
            fact = fact_for(name)
            value = None if fact is None else facts.get(fact)
            if value is not None:
                arguments[name] = _as_type(value, schema if isinstance(schema, dict) else {})
        return DeskToolCall(tool.name, arguments) if _fits(arguments, tool.parameters) else None


def _as_type(value: Any, schema: Mapping[str, Any]) -> Any:
    kind = schema.get("type")
    if kind == "number" and isinstance(value, float):
        return int(value) if value.is_integer() else value
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "string" and isinstance(value, float):
        return f"{value:g}"
    return value


def _fits(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> bool:
    if not schema:
        return True
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return False
    return bool(Draft202012Validator(schema).is_valid(arguments))
