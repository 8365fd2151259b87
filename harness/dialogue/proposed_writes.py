"""One proposal of a write, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.dialogue.exchanges import Exchange
from harness.dialogue.model import CallerAnswer
from harness.dialogue.value_finding import Standing, ValueFinding


class Consenting(Enum):
    """What became of a proposal."""

    AGREED = "agreed"
    REFUSED = "refused"
    CHANGED = "changed"
    INTERRUPTED = "interrupted"
    UNANSWERED = "unanswered"
    UNKNOWN = "unknown"
    """The caller answered in words of which nobody here knows what they mean."""


@dataclass(frozen=True, slots=True)
class ProposedWrite:
    """One proposal of a write and what became of it by the time of the call."""

    exchange: Exchange
    consenting: Consenting
    answer: CallerAnswer | None
    """The reply that decided."""
    values: tuple[ValueFinding, ...]
    certain: bool = True
    """Whether the words are known to propose this write, and not only to ask something."""
    before: str = ""
    """What the agent said in the turn before."""
    chosen: str = ""
    """Which of several offers the replies name."""
    direct: bool = True
    """Whether the reply that decided came before the agent said more."""
    limited: str = ""
    """Words that limit the proposal to a part which no value of the write names: "just Noah"."""

    sure: bool = True
    """Whether what became of it is certain: no other words of the two may say otherwise."""

    announced: bool = False
    """Whether its words only announce what is about to be done."""
    complete: bool = False
    """Whether it was surely agreed to, with every date, time and number of the write in it."""

    @property
    def contradicted(self) -> tuple[ValueFinding, ...]:
        """The values of the write of which something else was agreed to."""
        return tuple(v for v in self.values if v.standing is Standing.CONTRADICTED)

    @property
    def same_matter(self) -> bool:
        """Whether it holds a value of the write that tells what is done."""
        return any(v.standing is Standing.AGREED and v.leaf.tells_what for v in self.values)
