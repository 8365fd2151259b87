"""A proposal of a write and its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.dialogue.exchanges import Exchange
from harness.dialogue.model import CallerAnswer
from harness.dialogue.value_finding import Standing, ValueFinding


class Consenting(Enum):
    """The outcome of a proposal."""

    AGREED = "agreed"
    REFUSED = "refused"
    CHANGED = "changed"
    INTERRUPTED = "interrupted"
    UNANSWERED = "unanswered"
    UNKNOWN = "unknown"
    """The language's phrases do not cover the caller's answer."""


@dataclass(frozen=True, slots=True)
class ProposedWrite:
    """A proposal of a write and its outcome by the time of the tool call."""

    exchange: Exchange
    consenting: Consenting
    answer: CallerAnswer | None
    """The reply that decided."""
    values: tuple[ValueFinding, ...]
    certain: bool = True
    """Whether the text is known to propose this write, and not only to ask a question."""
    before: str = ""
    """The text of the agent's turn before."""
    chosen: str = ""
    """The offer that the replies choose, if there were several."""
    direct: bool = True
    """Whether the reply that decided came before the agent said more."""
    limited: str = ""
    """Words that limit the proposal to a part which no value of the write names: "just Noah"."""

    sure: bool = True
    """Whether the outcome is certain: no other utterance of the two may contradict it."""

    announced: bool = False
    """Whether the text only announces an action."""
    complete: bool = False
    """Whether the caller certainly agreed, and it contains every date, time and number."""
    later: int = 0
    """Characters that the caller said after the reply."""

    @property
    def contradicted(self) -> tuple[ValueFinding, ...]:
        """The values of the write for which the caller agreed to another value."""
        return tuple(v for v in self.values if v.standing is Standing.CONTRADICTED)

    @property
    def same_matter(self) -> bool:
        """Whether it contains an agreed value that describes the action of the write."""
        return any(v.standing is Standing.AGREED and v.leaf.tells_what for v in self.values)
