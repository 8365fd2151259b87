"""Seeded identifiers shaped like the service's own: a prefix, a one-second clock, random base62.

Same seed, same times, same ids. The first five characters after the prefix count seconds, as in
recordings of the service, so that a log without timestamps still tells the time.
"""

from __future__ import annotations

import random
import string

_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits
_CLOCK_CHARS = 5
_LENGTH = 21
_CALL_LENGTH = 16


class Ids:
    """Makes ids for one connection; ``seed`` decides all of them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(f"ids {seed}")

    def new(self, prefix: str, now_s: float) -> str:
        """Return e.g. ``item_AAAsK8f…`` (prefix ``item``): clock first, then random characters."""
        return f"{prefix}_{_clock(now_s)}{self._tail(_LENGTH - _CLOCK_CHARS)}"

    def call(self) -> str:
        """Return the id of a function call: ``call_`` and 16 random characters."""
        return f"call_{self._tail(_CALL_LENGTH)}"

    def _tail(self, count: int) -> str:
        return "".join(self._random.choices(_ALPHABET, k=count))


def _clock(now_s: float) -> str:
    seconds, digits = int(now_s), []
    for _ in range(_CLOCK_CHARS):
        seconds, digit = divmod(seconds, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
