"""The session's tools as an order desk sees them: what each is for, and arguments that fit it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from harness.agent.talk import ToolCall
from harness.protocol.settings import Tool


class Task(Enum):
    """What the desk can do for a caller."""

    LOOK_UP = "look_up"
    CANCEL = "cancel"
    CHANGE_ADDRESS = "change_address"
    REFUND = "refund"

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return self is not Task.LOOK_UP


class Role(Enum):
    """What a tool that is no task is for."""

    ESCALATE = "escalate"
    WAIT = "wait"


_NAMES: tuple[tuple[Task | Role, str], ...] = (
    (Role.ESCALATE, r"escalat|human|transfer|hand_?(?:off|over)|specialist"),
    (Role.WAIT, r"wait|no_?op|do_?nothing|stay_?silent"),
    (Task.CANCEL, r"cancel"),
    (Task.REFUND, r"refund|reimburse"),
    (Task.CHANGE_ADDRESS, r"address"),
    (
        Task.LOOK_UP,
        r"look_?up|status|track|(?:get|find|check|fetch|search)\w*order|order_?(?:info|details)",
    ),
)


class Toolbox:
    """The tools of one response, by purpose; a purpose without a tool is simply not there."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        self._tools: dict[Task | Role, Tool] = {}
        for tool in tools:
            purpose = purpose_of(tool.name)
            if purpose is not None:
                self._tools.setdefault(purpose, tool)

    def has(self, purpose: Task | Role) -> bool:
        """Whether some tool serves this purpose."""
        return purpose in self._tools

    def call(self, purpose: Task | Role, facts: Mapping[str, Any]) -> ToolCall | None:
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
            value = _fact_for(name, facts)
            if value is not None:
                arguments[name] = _as_type(value, schema if isinstance(schema, dict) else {})
        return ToolCall(tool.name, arguments) if _fits(arguments, tool.parameters) else None


def purpose_of(name: str) -> Task | Role | None:
    """Return what a tool of that name is for, None for none that a desk has."""
    for purpose, pattern in _NAMES:
        if re.search(pattern, name, re.I):
            return purpose
    return None


def _fact_for(name: str, facts: Mapping[str, Any]) -> Any:
    lowered = name.lower()
    for key, pattern in (
        ("reason", r"reason|summary|note|message"),
        ("address", r"address|destination"),
        ("amount", r"amount|sum|value|total"),
        ("order_id", r"order|id\b|number|reference"),
    ):
        if re.search(pattern, lowered):
            return facts.get(key)
    return None


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
