"""The clock is an argument: what a live call and the reference agent may ask of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clock(Protocol):
    """Monotonic seconds, and slow engines that must not disturb them."""

    @property
    def name(self) -> str:
        """ "real" or "virtual", as stored in the manifest."""
        ...

    def now(self) -> float:
        """Return monotonic seconds (the running loop's time)."""
        ...

    async def engine(self, job: Callable[[], T], charged_s: float) -> T:
        """Run a slow, blocking job and return its result.

        Real time: in a thread, as long as it takes. Virtual time: at once while the clock stands
        still, then exactly ``charged_s`` pass. Cancelling is safe; the job itself runs to its end.
        """
        ...
