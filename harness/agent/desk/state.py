"""What the desk remembers between two things it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from harness.agent.desk.talk import DeskToolCall
from harness.scenario.trade import Task


class Asked(Enum):
    """The question that is open."""

    NOTHING = "nothing"
    ORDER = "order"
    READ_BACK = "read_back"
    PROPOSAL = "proposal"
    ADDRESS = "address"
    AMOUNT = "amount"
    RETRY = "retry"
    ANYTHING_ELSE = "anything_else"


@dataclass(frozen=True, slots=True)
class DeskState:
    """One moment of a call; never changed, only replaced, so that a false start can be undone."""

    task: Task | None = None
    order: str | None = None
    confirmed: bool = False
    address: str | None = None
    amount: float | None = None
    asked: Asked = Asked.NOTHING
    running: DeskToolCall | None = None
    """The call whose result is awaited."""
    failed_call: DeskToolCall | None = None
    failures: int = 0
    """Failed calls in a row on the task at hand."""
    anger: int = 0
    unclear: int = 0
    """Turns in a row that were not understood."""
    escalated: bool = False
    greeted: bool = False
    tried_again: bool = False
    record: Mapping[str, Any] | None = None
    """The order record that was found last."""
    used: frozenset[str] = frozenset()
    """Ways of saying things that were used."""

    @property
    def facts(self) -> dict[str, Any]:
        """What tools may take as arguments."""
        return {"order_id": self.order, "address": self.address, "amount": self.amount}
