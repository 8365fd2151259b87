"""When connections to one server may be begun, once it has said that it is full: the rule alone.

A refusal with 429 (and 503 with ``Retry-After``) means "later" for all who call the server, not
only for the call that was told. So nobody begins a connection before the time is over. Then they
come slowly: one in the first second, and one more in each second for each that was let in, until
nobody notices any more. Where the server does not say until when, the time doubles from refusal to
refusal; those of connections that were begun together are one.

Times are seconds of any clock, and an argument.
"""

from __future__ import annotations

from math import inf

FIRST_WAIT_S = 1.0
"""After the first refusal, where the server does not say; each further one is twice as long."""
MOST_WAIT_S = 60.0
"""How long a call waits in which the server lets nobody in."""
SLOWEST_PER_S = 1.0
"""Connections a second behind a refusal; each that is let in adds as many."""
FREE_PER_S = 20.0
"""From here on nothing is held back."""


class Admission:
    """Says when the next connection to one server is due."""

    def __init__(self) -> None:
        self._shut_until_s = self._began_s = self._let_in_s = -inf
        self._refusals = 0
        self._per_s = inf
        self.told = ""
        """What the server said when it was full last."""

    def due_s(self, now_s: float) -> float:
        """Return from when on a connection may be begun; not later than now if at once."""
        if self._per_s == inf:
            return now_s
        return max(self._shut_until_s, self._began_s + 1 / self._per_s)

    def is_shut(self, now_s: float) -> bool:
        """Whether the server is full by what it said last."""
        return now_s < self._shut_until_s

    def in_vain_s(self, since_s: float) -> float:
        """Return how long somebody who is here since then will have waited with nobody let in."""
        return self._shut_until_s - max(since_s, self._let_in_s)

    def began(self, now_s: float) -> None:
        """Note that a connection is begun."""
        self._began_s = now_s

    def let_in(self, now_s: float) -> None:
        """Note that one stands. What was begun before a refusal says nothing of what follows it."""
        if self.is_shut(now_s):
            return
        self._let_in_s, self._refusals = now_s, 0
        faster = self._per_s + SLOWEST_PER_S
        self._per_s = faster if faster < FREE_PER_S else inf

    def refused(self, now_s: float, again_s: float, *, longer: float = 1.0) -> float:
        """Note that the server is full for ``again_s`` (0: it does not say); return the wait.

        It is ``longer`` times what the server asks for, so that machines do not come together.
        """
        if not self.is_shut(now_s):
            self._refusals += 1
        wait_s = longer * (again_s or FIRST_WAIT_S * 2 ** (self._refusals - 1))
        self._shut_until_s = max(self._shut_until_s, now_s + wait_s)
        self._per_s = SLOWEST_PER_S
        return wait_s
