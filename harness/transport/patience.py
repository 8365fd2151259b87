"""Opening a connection at a server that is full: again when it says, and not for ever.

A refusal with 429 (and 503 with ``Retry-After``) means "later", not "no" (RFC 6585, 4; RFC 9110,
15.6.4). So it is asked MOST_TRIES times in all, MOST_WAIT_S seconds at the longest, and whoever
watches is told: a silent wait looks like a hang. The time that the server names is a least one, and
every call waits a share longer that is its own, so that those that were refused together do not
come back together.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from random import Random

from harness.errors import ConnectFailed
from harness.transport.base import Connect, Connection

MOST_TRIES = 4
MOST_WAIT_S = 60.0
FIRST_WAIT_S = 1.0
"""Before the second try, where the server does not say; each further one is twice as long."""
JITTER = 0.5
"""The longest share that is added to a wait."""


async def open_patiently(
    connect: Connect, url: str, *, headers: Mapping[str, str], open_timeout_s: float, seed: int
) -> tuple[Connection, str]:
    """Open a connection; return it with what was waited for, in words (empty: nothing).

    ``seed`` decides the call's own share of each wait. Cancelling is safe.

    Raises:
        ConnectFailed: as ``connect`` does; a server that stayed full is said to have.
        UsageError: as ``connect`` does.
    """
    chance, waited_s = Random(seed), 0.0
    for tried in range(1, MOST_TRIES + 1):
        try:
            wire = await connect(url, headers=headers, open_timeout_s=open_timeout_s)
        except ConnectFailed as refusal:
            if refusal.again_s is None:
                raise
            wait_s = refusal.again_s or FIRST_WAIT_S * 2 ** (tried - 1)
            wait_s *= 1 + JITTER * chance.random()
            if tried == MOST_TRIES or waited_s + wait_s > MOST_WAIT_S:
                raise _gave_up(refusal, tried, waited_s) from None
            _tell(refusal, wait_s, tried)
            await asyncio.sleep(wait_s)
            waited_s += wait_s
        else:
            return wire, _waited(tried, waited_s)
    raise AssertionError("the last try returns or raises")


def _gave_up(refusal: ConnectFailed, tried: int, waited_s: float) -> ConnectFailed:
    if tried == 1:
        longer = f"; longer than the {MOST_WAIT_S:g} s that a call waits"
        return ConnectFailed(refusal.url, refusal.kind, f"{refusal.detail}{longer}")
    told = f"{refusal.detail}; asked {tried} times in {waited_s:.0f} s"
    return ConnectFailed(refusal.url, refusal.kind, told)


def _tell(refusal: ConnectFailed, wait_s: float, tried: int) -> None:
    again = f"asking again in {wait_s:.1f} s ({tried} of {MOST_TRIES - 1})"
    sys.stderr.write(f"harness: {refusal.url}: {refusal.detail}; {again}\n")


def _waited(tried: int, waited_s: float) -> str:
    if tried == 1:
        return ""
    return f"the server was full at first: let in at try {tried}, after {waited_s:.0f} s"
