"""The words that an agreement to a write is made of, and all that was said before them."""

from __future__ import annotations

from dataclasses import dataclass

from harness.timeline.model import ToolCall


@dataclass(frozen=True, slots=True)
class SaidWords:
    """Words of one side, in order.

    ``changes``: a caller's turn that wanted something else, ``refuses``: one that said no.
    """

    text: str
    by_caller: bool
    changes: bool = False
    refuses: bool = False


@dataclass(frozen=True, slots=True)
class AgreedWords:
    """The words that an agreement is made of, and all that was said and done before it."""

    proposal: str
    """All that the agent said from the proposal to the reply that decided."""
    own: str
    """Those of its clauses that are about the write; empty where none is about another one."""
    reply: str
    """The reply that decided; empty where none did."""
    later: tuple[str, ...]
    """What the caller said after it."""
    before: tuple[SaidWords, ...]
    replied_s: float
    """When the reply that decided was over; when the write was requested where none did."""
    tools: tuple[ToolCall, ...]
    """Calls that were over before the write."""
