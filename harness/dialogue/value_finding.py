"""The status of one value of a write at the time of the agreement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from harness.dialogue.leaves import Leaf


class Standing(Enum):
    """The status of a value at the time of the agreement."""

    AGREED = "agreed"
    CARRIED = "carried"
    IMPLIED = "implied"
    """It is empty, only tools know it, or the suite lists it as ``unspoken``."""
    CONTRADICTED = "contradicted"
    REPLACED = "replaced"
    """It was said, but the caller later made a change that no argument reflects; or it was said
    only to be excluded, or only for a part of the write."""
    OPEN = "open"
    """It was in one of several offers, and the caller did not choose one."""
    UNCLEAR = "unclear"
    """The speaker corrected a value, and it is ambiguous whether this value is meant."""
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class ValueFinding:
    """The status of a value; ``instead`` quotes the value that was agreed to in its place."""

    leaf: Leaf
    standing: Standing
    instead: str = ""
