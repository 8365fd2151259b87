"""The calls of the desk as faults and quirks change them: their tools and arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from harness.agent.desk.talk import DeskToolCall
from harness.agent.faults import AgentFault, AgentQuirk, AgentSwitch
from harness.protocol.commands import Tool
from harness.scenario.trade import Task, purpose_of

INVENTED = "search_orders"
"""The tool of ``INVENTS_TOOL``: a look-up in name."""

_Changes = Callable[[DeskToolCall, Mapping[str, Any]], DeskToolCall]
"""Takes a call and the schema of its tool."""


def _invents_tool(call: DeskToolCall, schema: Mapping[str, Any]) -> DeskToolCall:
    return replace(call, name=INVENTED) if purpose_of(call.name) is Task.LOOK_UP else call


def _sends_wrong_type(call: DeskToolCall, schema: Mapping[str, Any]) -> DeskToolCall:
    arguments = call.arguments.items()
    return replace(call, arguments={n: v if isinstance(v, str) else str(v) for n, v in arguments})


def _adds_argument(call: DeskToolCall, schema: Mapping[str, Any]) -> DeskToolCall:
    return replace(call, arguments={**call.arguments, "priority": "high"})


def _leaves_argument_out(call: DeskToolCall, schema: Mapping[str, Any]) -> DeskToolCall:
    return replace(call, arguments=dict(list(call.arguments.items())[1:]))


def _leaves_optional_out(call: DeskToolCall, schema: Mapping[str, Any]) -> DeskToolCall:
    required = schema.get("required") or ()
    return replace(call, arguments={n: v for n, v in call.arguments.items() if n in required})


_CHANGED: Mapping[AgentSwitch, _Changes] = {
    AgentFault.INVENTS_TOOL: _invents_tool,
    AgentFault.SENDS_WRONG_TYPE: _sends_wrong_type,
    AgentFault.ADDS_ARGUMENT: _adds_argument,
    AgentFault.LEAVES_ARGUMENT_OUT: _leaves_argument_out,
    AgentQuirk.LEAVES_OPTIONAL_OUT: _leaves_optional_out,
}


def changed_calls(
    calls: tuple[DeskToolCall, ...], tools: Iterable[Tool], switch: AgentSwitch | None
) -> tuple[DeskToolCall, ...]:
    """Return the calls that are made in place of these."""
    change = None if switch is None else _CHANGED.get(switch)
    if change is None:
        return calls
    schemas = {tool.name: tool.parameters for tool in tools}
    return tuple(change(call, schemas.get(call.name) or {}) for call in calls)
