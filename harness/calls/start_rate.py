"""How many calls are started in a minute: evenly, so that no server sees them in one heap."""

from __future__ import annotations

from math import inf


class StartRate:
    """Gives calls their turns; shared by everything that must stay within one rate together.

    Times are seconds of any clock, and an argument.
    """

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._last_s = -inf

    def turn_s(self, now_s: float) -> float:
        """Return when the next call may start, not before now; that turn is then taken."""
        self._last_s = max(now_s, self._last_s + 60.0 / self.per_minute)
        return self._last_s
