"""Steps of the script that no caller hears, as the recording keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.protocol.items import Response, ResponseStatus

ASKED = "harness_turn"
"""Metadata of a response that a step asks for: which turn of the script it was."""


class StepKind(Enum):
    """What was done to the session; the value is the scenario file's key."""

    INJECT = "inject"
    SESSION_UPDATE = "session_update"
    OUT_OF_BAND = "out_of_band"


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step that was sent. The command itself stands among the commands, at the same time."""

    at_s: float
    turn: int
    """Index into the scenario's turns."""
    step: StepKind
    text: str
    """What was told, in words: the item with its values, or which settings were changed."""


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """The answer to an out-of-band question, as it ended."""

    at_s: float
    turn: int
    status: ResponseStatus
    text: str


def turn_asked_in(response: Response) -> int | None:
    """Return the turn of the script that asked for an out-of-band response, if any."""
    named = (response.metadata or {}).get(ASKED)
    return int(named) if isinstance(named, str) and named.isdecimal() else None
