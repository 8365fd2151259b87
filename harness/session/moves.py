"""What a caller may do next: the words between its mind and the line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from harness.recording.caller import UtteranceKind
from harness.recording.provenance import CallStatus, EndCause


@dataclass(frozen=True, slots=True)
class ClipTimes:
    """How long one clip takes: to its last voiced sample (its end where it has none), and whole."""

    kind: UtteranceKind
    voiced_end_s: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Say:
    """Put a turn of the script on the line from this border on."""

    turn: int
    barge_in: bool = False


@dataclass(frozen=True, slots=True)
class React:
    """Put an answer that the script keeps ready on the line from this border on."""

    answer: int


@dataclass(frozen=True, slots=True)
class TakeStep:
    """Do what a turn of the script does to the session; the caller goes on at once."""

    turn: int


@dataclass(frozen=True, slots=True)
class Invite:
    """Ask the agent to speak first, if its dialect needs that."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""

    status: CallStatus
    detail: str = ""
    cause: EndCause | None = None


Action: TypeAlias = Say | React | TakeStep | Invite | HangUp
