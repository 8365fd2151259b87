"""Changes to a tool call of the desk by faults and quirks: its tool and its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from harness.agent.desk.talk import DeskToolCall
from harness.agent.faults import AgentFault, AgentQuirk, AgentSwitch
from harness.scenario.trade import Task, purpose_of

INVENTED = "search_orders"
"""The tool of ``INVENTS_TOOL``: a look-up in name."""

_Arguments = dict[str, Any]


def _as_text(arguments: _Arguments) -> _Arguments:
    return {name: str(value) for name, value in arguments.items()}


def _in_decimals(arguments: _Arguments) -> _Arguments:
    return {n: float(v) if isinstance(v, int) else v for n, v in arguments.items()}


_CHANGED: Mapping[AgentSwitch, Callable[[_Arguments], _Arguments]] = {
    AgentFault.SENDS_WRONG_TYPE: _as_text,
    AgentFault.ADDS_ARGUMENT: lambda arguments: {**arguments, "priority": "high"},
    AgentFault.LEAVES_ARGUMENT_OUT: lambda arguments: dict(list(arguments.items())[1:]),
    AgentQuirk.WRITES_DECIMALS: _in_decimals,
}
"""The change to the arguments of each call, by switch."""


def changed_call(call: DeskToolCall, switch: AgentSwitch | None) -> DeskToolCall:
    """Return the call as it is made with a switch on; unchanged for any other switch."""
    if switch is AgentFault.INVENTS_TOOL and purpose_of(call.name) is Task.LOOK_UP:
        return replace(call, name=INVENTED)
    if switch is None or switch not in _CHANGED:
        return call
    return replace(call, arguments=_CHANGED[switch](call.arguments))
