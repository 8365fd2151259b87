"""How much text is read to find the proposals of the writes of a call, and the most that may be.

Each write is looked for in every turn before it, and each of its proposals is compared with every
turn before that. So the work grows with writes x proposals x text: a call of 900 turns with a write
in every sixth took minutes. The limit is a count, never a time: the same call has the same verdict
on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import Unscorable

_MOST = 12_000_000
"""About ten seconds. Ten writes with ten proposals each in a call of 300 turns with 60 characters
count as 5,000,000; the longest real call that was tried, with 14 writes, as 8,200,000."""

_SEARCHED, _BEFORE, _AFTER = 5, 1, 6
"""What a character costs that is searched for a proposal, or said before or after a proposal."""

_TURN, _PROPOSAL = 20, 1700
"""What it costs to begin with a turn, or with a proposal."""


@dataclass(slots=True)
class TextRead:
    """Counts characters over all writes of one call."""

    count: int = 0

    def searched(self, size: int, turns: int) -> None:
        """Add characters and turns in which a proposal is looked for.

        Raises ``Unscorable`` past the limit, as ``compared`` does.
        """
        self._add(size * _SEARCHED + turns * _TURN)

    def compared(self, before: int, after: int, *, turns: int, values: int) -> None:
        """Add the characters before and after a proposal, read once for each pair of values."""
        read = before * _BEFORE + after * _AFTER + turns * _TURN + _PROPOSAL
        self._add(read * max(2, values) // 2)

    def _add(self, count: int) -> None:
        self.count += count
        if self.count > _MOST:
            raise Unscorable("too long to judge: too many writes, with too much said before them")
