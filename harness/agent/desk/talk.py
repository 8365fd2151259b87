"""The desk's own data: what comes in, what it says and does about it, what it remembers between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias

from harness.scenario.trade import Task


@dataclass(frozen=True, slots=True)
class Said:
    """The caller's words, as the recognizer heard them; empty when sound held no words.

    ``audio_s`` is how long the turn's audio was, None for typed text.
    """

    text: str
    audio_s: float | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """A tool came back; ``output`` is the text that the client sent."""

    name: str
    arguments: Mapping[str, Any]
    output: str


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody spoke for the session's idle time."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The caller sent a picture."""


Input: TypeAlias = Said | Returned | Idle | Shown


@dataclass(frozen=True, slots=True)
class LastWords:
    """What the agent said last, and how much of it the caller can have heard."""

    text: str
    heard: str

    @property
    def whole(self) -> bool:
        """Whether all of it was heard."""
        return len(self.heard) >= len(self.text.rstrip())


@dataclass(frozen=True, slots=True)
class DeskToolCall:
    """A tool to call, with arguments that fit its schema."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeskReply:
    """What a response holds: words first, then calls. Both empty is a response without output."""

    say: str = ""
    calls: tuple[DeskToolCall, ...] = ()
    farewell: bool = False
    """Whether it says goodbye."""

    @property
    def phase(self) -> str | None:
        """ "commentary" for words before a call, "final_answer" for others, None without words."""
        if not self.say:
            return None
        return "commentary" if self.calls else "final_answer"


class Due(Enum):
    """Why a call is handed over to a human."""

    REQUEST = "request"
    DANGER = "danger"
    ANGER = "anger"
    LIMIT = "limit"
    FAILURES = "failures"
    NONE = "none"
    """Nothing asks for it: what only an agent with a fault does."""


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
    orders: tuple[str, ...] = ()
    """All that were asked about at once, the first of them ``order``; else nothing."""
    confirmed: bool = False
    address: str | None = None
    amount: float | None = None
    asked: Asked = Asked.NOTHING
    running: DeskToolCall | None = None
    """The call whose result is awaited."""
    awaited: tuple[DeskToolCall, ...] = ()
    """Lookups of several orders whose results are not there."""
    unmade: tuple[DeskToolCall, ...] = ()
    """Those that wait for the result of another."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What is to be told of those that are there, by order."""
    failures: int = 0
    """Failed calls in a row on the task at hand."""
    anger: int = 0
    unclear: int = 0
    """Turns in a row that were not understood."""
    escalated: bool = False
    greeted: bool = False
    record: Mapping[str, Any] | None = None
    """The order record that was found last."""
    used: frozenset[str] = frozenset()
    """Ways of saying things that were used."""

    @property
    def asked_about(self) -> tuple[str, ...]:
        """The orders that were asked about, at least one once a number is known."""
        if self.order is None:
            return ()
        return self.orders if self.orders[:1] == (self.order,) else (self.order,)

    @property
    def facts(self) -> dict[str, Any]:
        """What tools may take as arguments."""
        return {"order_id": self.order, "address": self.address, "amount": self.amount}
