"""What the shipped reference agent does for a living: which tools it can serve, by their names.

Names are English or German, whatever the callers speak.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from harness.scenario.model import ToolKind
from harness.scenario.pieces import items
from harness.scenario.wording import listed


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


class ToolRole(Enum):
    """What a tool that is no task is for."""

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
    """Return what a tool of that name is for, None for none that a desk has."""
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


def fact_for(parameter: str) -> str | None:
    """Return what the desk knows to put into a parameter of that name, None for nothing."""
    for fact, pattern in _FACTS:
        if re.search(pattern, parameter, re.I):
            return fact
    return None


def usable(tool: Mapping[str, Any]) -> bool:
    """Whether the desk knows what a tool is for, and what to put into all that it requires.

    ``tool`` is JSON data, as it stands in a suite.
    """
    if purpose_of(str(tool.get("name"))) is None:
        return False
    parameters = tool.get("parameters")
    required = parameters.get("required") if isinstance(parameters, dict) else None
    return all(fact_for(str(name)) for name in (required if isinstance(required, list) else ()))


def trade_note(suites: Iterable[Mapping[str, Any]], url: str | None) -> str:
    """Say which tools of the suites the embedded agent (no ``url``) cannot use.

    ``suites`` are suites as JSON data. Empty where it can use all: then its failures say something.
    """
    if url is not None:
        return ""
    strange = [
        str(tool.get("name"))
        for suite in suites
        for _, tool in items(suite, "tools")
        if tool.get("kind") != ToolKind.NO_OP.value and not usable(tool)
    ]
    if not strange:
        return ""
    return (
        "the embedded reference agent is an order desk and cannot use these tools: "
        f"{listed(dict.fromkeys(strange))}. Calls that need them say nothing about your agent, "
        "whether they pass or fail; call yours with --target"
    )
