"""A time in which the caller had no line to the agent, as the recording keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class AbsenceCause(Enum):
    """Why the line was gone."""

    DISCONNECT = "disconnect"
    """The script wanted it."""
    EXPIRED = "expired"
    """The longest time of a session had passed, and the target says to begin another."""


@dataclass(frozen=True, slots=True)
class Absence:
    """From the end of one session to the moment at which the next knew what was said before.

    What came before ``left_s`` is of the session before, what came behind it of the next: its
    handshake, too.
    """

    left_s: float
    back_s: float | None
    """None if the call ended before."""
    cause: AbsenceCause
    turn: int | None = None
    """Index into the scenario's turns; None where no turn wanted it."""

    def touches(self, from_s: float, until_s: float) -> bool:
        """Return whether the line was gone at any moment between two times."""
        return self.left_s < until_s and (self.back_s is None or self.back_s > from_s)
