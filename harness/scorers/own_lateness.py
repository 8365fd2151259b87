"""When the harness itself was so late that a verdict hangs on it: then nobody can tell.

A time that was measured is never shorter than the true one, and longer by its uncertainty at most
(``timeline/own_lateness.py``). So what keeps its limit keeps it for sure, and what exceeds it by no
more than that may have kept it.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.errors import Unscorable
from harness.units import with_uncertainty


class HarnessTooLate(Unscorable):
    """Our own lateness decides: the call's timing is invalid, and says nothing about the agent."""


TimeAgainstLimit = tuple[float, float, float | None]
"""A time, its limit, and by how much the time may be too long; None where nobody knows."""


def within_own_lateness(took_s: float, limit_s: float, uncertainty_s: float | None) -> bool:
    """Return whether a time that exceeds its limit may have kept it, had we not been late."""
    return 0.0 < took_s - limit_s <= (uncertainty_s or 0.0)


def unless_too_late(times: Iterable[TimeAgainstLimit], what: str) -> None:
    """Raise HarnessTooLate where our own lateness may be all that made every one of them too long.

    Without any time it never does.
    """
    late = tuple(times)
    if late and all(within_own_lateness(*each) for each in late):
        took_s, limit_s, uncertainty_s = max(late, key=lambda each: each[0] - each[1])
        told = with_uncertainty(f"{took_s:.3f} s", uncertainty_s)
        raise HarnessTooLate(f"{what} took {told}, limit {limit_s:.2f} s: too near to tell")
