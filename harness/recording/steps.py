"""Steps of the script that no caller hears, as the recording keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class StepKind(Enum):
    """What was done to the session; the value is the scenario file's key."""

    INJECT = "inject"
    SESSION_UPDATE = "session_update"


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step that was sent. The command itself stands among the commands, at the same time."""

    at_s: float
    turn: int
    """Index into the scenario's turns."""
    step: StepKind
    text: str
    """What was told, in words: the item with its values, or which settings were changed."""
