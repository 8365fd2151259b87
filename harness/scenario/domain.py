"""The domain of the shipped reference agent: the tools that it can serve, by their names.

Names are English or German, in any language of the callers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from harness.scenario.fault_text import items, listed, mapping
from harness.scenario.model import ToolKind


class Task(Enum):
    """A task that the desk can do for a caller."""

    LOOK_UP = "look_up"
    CANCEL = "cancel"
    CHANGE_ADDRESS = "change_address"
    REFUND = "refund"

    @property
    def changes(self) -> bool:
        """Whether it changes data."""
        return self is not Task.LOOK_UP


class ToolRole(Enum):
    """The purpose of a tool that is not a task."""

    ESCALATE = "escalate"
    WAIT = "wait"


_NAMES: tuple[tuple[Task | ToolRole, str], ...] = (
    (
        ToolRole.ESCALATE,
        r"escalat|human|transfer|hand_?(?:off|over)|specialist|eskalier|mensch|weiterleit|mitarbeiter",
    ),
    (ToolRole.WAIT, r"wait|no_?op|do_?nothing|stay_?silent|warte"),
    (Task.CANCEL, r"cancel|stornier"),
    (Task.REFUND, r"refund|reimburse|erstatt"),
    (Task.CHANGE_ADDRESS, r"add?ress|anschrift"),
    (
        Task.LOOK_UP,
        r"look_?up|status|track|(?:get|find|check|fetch|search)\w*order|order_?(?:info|details)"
        r"|(?:bestellung|auftrag)_?(?:such|abfrag|prüf|pruef|find|info)|auskunft",
    ),
)


def purpose_of(name: str) -> Task | ToolRole | None:
    """Return the purpose of a tool with this name, None if no desk has such a tool."""
    # In this order: "cancel_order_status" cancels, and only what is left looks up.
    for purpose, pattern in _NAMES:
        if re.search(pattern, name, re.I):
            return purpose
    return None


_FACTS: tuple[tuple[str, str], ...] = (
    ("reason", r"reason|summary|note|message|grund|nachricht"),
    ("address", r"add?ress|destination|anschrift"),
    ("amount", r"amount|sum|value|total|betrag"),
    ("order_id", r"order|id\b|number|reference|bestell|auftrag"),
)


_KINDS = {"id": "order_id", "amount": "amount", "address": "address"}
"""The desk's value for a kind of value, if a suite gives the kind of an argument."""

_BY_NAME = ("text", "name")
"""Kinds that do not identify an argument."""


def fact_for(parameter: str, kinds: Mapping[str, str] | None = None) -> str | None:
    """Return the desk's value for a parameter of this name, None if it has no value for it.

    ``kinds`` of arguments, as a suite gives them, decide before the name does.
    """
    kind = (kinds or {}).get(parameter)
    # A kind that is given and unknown to the desk ends the search: the name could only mislead.
    if kind is not None and kind not in _BY_NAME:
        return _KINDS.get(kind)
    for fact, pattern in _FACTS:
        if re.search(pattern, parameter, re.I):
            return fact
    return None


def why_unusable(tool: Mapping[str, Any]) -> str:
    """Return why the desk cannot use a tool, empty if it can.

    ``tool`` is JSON data in a suite's format.
    """
    if purpose_of(str(tool.get("name"))) is None:
        return "does nothing that an order desk does"
    parameters, kinds = tool.get("parameters"), mapping(tool, "kinds")
    required = parameters.get("required") if isinstance(parameters, dict) else None
    names = map(str, required if isinstance(required, list) else ())
    unknown = [name for name in names if fact_for(name, kinds) is None]
    return f"it knows nothing to put into {listed(unknown)}" if unknown else ""


def trade_note(suites: Iterable[Mapping[str, Any]], url: str | None) -> str:
    """Return which tools of the suites the embedded agent (no ``url``) cannot use, and why.

    ``suites`` are suites as JSON data. Empty if it can use all: then its failures are meaningful.
    """
    if url is not None:
        return ""
    reasons: dict[str, list[str]] = {}
    for suite in suites:
        for _, tool in items(suite, "tools"):
            idle = tool.get("kind") == ToolKind.NO_OP.value
            if why := "" if idle else why_unusable(tool):
                reasons.setdefault(why, []).append(str(tool.get("name")))
    if not reasons:
        return ""
    told = "; ".join(f"{listed(dict.fromkeys(names))} ({why})" for why, names in reasons.items())
    return (
        f"the embedded reference agent is an order desk and cannot use these tools: {told}. "
        "Calls that need them say nothing about your agent, "
        "whether they pass or fail; call yours with --target"
    )
