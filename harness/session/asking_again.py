"""When a response is asked for again that the service refused, as another is under way.

Real services tell of that other response before they refuse, and say when it has ended: then it is
asked again at once. Where nothing tells of it, or it had ended before, nothing would: so it is also
asked again after a pause, which doubles each time.

::

    what comes                   what was asked for
    a refusal                    waits for the response that is in the way, or for the pause
    a response within the pause  it is the one in the way: what was asked for waits for its end
    a response ends              may be asked for again
    the pause is over            may be asked for again, if no response is known to be open
    MOST_REFUSED refusals        is given up, until the caller has said more

What the response in the way says of a tool's result nobody can know: it may have begun before.
"""

from __future__ import annotations

import math

from harness.protocol.items import ErrorInfo

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 4.0

MOST_REFUSED = 8
"""So many refusals in a row, and no further response is asked for; where the service never told of
the one in the way, the pauses between them come to 16 s."""


class Refusals:
    """Counts them, and says when to ask. Pure: fed with (time, event), asked with (time)."""

    def __init__(self) -> None:
        self.words = ""
        """What was refused, and why; empty where what was asked for last was not."""
        self._in_a_row = 0
        self._again_s = -math.inf
        self._waits = self._accepted = False

    def refused(self, at_s: float, error: ErrorInfo) -> bool:
        """Note a refusal; return whether a response is to be asked for again."""
        self._in_a_row += 1
        times = "" if self._in_a_row == 1 else f" {self._in_a_row} times in a row"
        self.words = f"an answer was refused{times}: {error.words}"
        self._accepted = False
        self._waits = self._in_a_row < MOST_REFUSED
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (self._in_a_row - 1))
        self._again_s = at_s + pause_s
        return self._waits

    def may_ask(self, at_s: float) -> bool:
        """Return whether no refusal is in the way of asking."""
        return not self._waits or at_s >= self._again_s

    def asked(self) -> None:
        """Note that a response was asked for."""
        self.words, self._waits = "", False

    def created(self, at_s: float) -> bool:
        """Note a response; return whether it is the one that was in the way."""
        in_the_way = not self.may_ask(at_s)
        self._accepted = not in_the_way
        if self._accepted:
            self.asked()
        return in_the_way

    def ended(self) -> None:
        """Note that a response ended."""
        self._waits = False
        if self._accepted:
            self._in_a_row = 0

    def turn_begun(self) -> None:
        """Note that the caller says more, which may be answered."""
        self._in_a_row = 0
