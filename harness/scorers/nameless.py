"""Tool calls that came without a name: each may have been of any tool, so none is ruled out."""

from __future__ import annotations

from harness.errors import Unscorable
from harness.scorers.base import ScoredCall
from harness.timeline.model import NamelessCall
from harness.units import clock


def nameless_calls(call: ScoredCall, *, before_s: float = float("inf")) -> tuple[NamelessCall, ...]:
    """Return the tool calls without a name that came before a moment."""
    return tuple(one for one in call.timeline.nameless if one.requested_s < before_s)


def untold(came: tuple[NamelessCall, ...], what: str) -> str:
    """Return why something ("whether it was called") cannot be told."""
    at = clock(came[0].requested_s)
    if len(came) == 1:
        return f"a tool call came without a name at {at}; {what} cannot be told"
    return f"{len(came)} tool calls came without a name, the first at {at}; {what} cannot be told"


def unless_nameless(call: ScoredCall, what: str, *, before_s: float = float("inf")) -> None:
    """Raise Unscorable where something cannot be told, as a tool call came without a name."""
    came = nameless_calls(call, before_s=before_s)
    if came:
        raise Unscorable(untold(came, what))
