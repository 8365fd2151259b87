"""How many turns are read to find the proposals of the writes of a call, and the most that may be.

Each write is looked for in every turn before it, and each of its proposals is compared with every
turn before that. So the work grows with writes x proposals x turns: a call of 900 turns with a
write in every sixth took minutes. The limit is a count, never a time: the same call has the same
verdict on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import Unscorable

_MOST = 300_000
"""A few seconds. Ten writes with ten proposals each in a call of 500 turns count as 50,000."""

_SEARCHED = 5
_PROPOSED = 100
"""To look at a turn for a proposal, and to read a proposal, costs as much as to compare a proposal
with so many turns."""


@dataclass(slots=True)
class TurnsRead:
    """Counts turns over all writes of one call."""

    count: int = 0

    def searched(self, turns: int) -> None:
        """Add turns that are looked at for a proposal; raises ``Unscorable`` past the limit."""
        self._add(turns * _SEARCHED)

    def compared(self, turns: int) -> None:
        """Add turns that a proposal is compared with; raises ``Unscorable`` past the limit."""
        self._add(turns + _PROPOSED)

    def _add(self, count: int) -> None:
        self.count += count
        if self.count > _MOST:
            raise Unscorable("too long to judge: too many writes, with too many turns before them")
