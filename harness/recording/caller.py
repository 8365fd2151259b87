"""What the caller did, and what their line and their room did to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class UtteranceKind(Enum):
    """What the caller did."""

    SPEECH = "speech"
    TYPED = "typed"
    """Words that were sent as text, or a picture: no sound, and an answer is wanted."""
    AUDIO_ITEM = "audio_item"
    """Words that were sent as sound in one piece, and never were on the line."""
    BACKCHANNEL = "backchannel"
    """A sign of listening, which takes no floor and wants no answer."""
    KEYS = "keys"
    """Keys of a telephone, as tones; their signs are the text."""
    NOISE = "noise"
    SILENCE = "silence"

    @property
    def is_sent_whole(self) -> bool:
        """Whether it was sent in one piece: without length, and an answer is asked for."""
        return self in (UtteranceKind.TYPED, UtteranceKind.AUDIO_ITEM)


@dataclass(frozen=True, slots=True)
class CallerUtterance:
    """One thing that the caller did, placed to the sample on the caller track.

    ``text`` is what the script says with facts as values, ``spoken`` what the synthesizer was
    given, both cut where a cut-off turn stops (``intended`` is the whole text). ``voiced_start``
    and ``voiced_stop`` bound the clean voiced audio (first voiced sample, one past the last).
    """

    index: int
    """Position among everything that the caller did in this call, from 0."""
    turn: int | None
    """Index into the scenario's turns; None for a reaction from ``answers``."""
    kind: UtteranceKind
    text: str
    spoken: str
    intended: str
    start: int
    samples: int
    voiced_start: int | None
    voiced_stop: int | None
    cut_off: bool = False
    barge_in: bool = False
    answer: int | None = None
    """Index into the scenario's answers."""
    pauses: tuple[tuple[int, int], ...] = ()
    """Samples of the track (first, one past the last) in which the caller paused amid a line."""
    file: str = ""
    """The author's file that was played or sent, as the scenario names it; empty where none was."""
    sha256: str = ""
    """Of that file."""
    lost: bool = False
    """Whether the line went amid it: nobody heard the whole, and the caller says it again."""


@dataclass(frozen=True, slots=True)
class TurnLeftOut:
    """A turn of the script that the caller did not take: what it asks for had not happened."""

    at_s: float
    turn: int
    """Index into the scenario's turns."""


class Impairment(Enum):
    """What the caller's line did to a stretch of the sound, as the scenario wanted it."""

    LOST = "lost"
    """Packets went missing; what is heard there is the sound before, fading."""
    DROPPED = "dropped"
    """The line was gone: silence."""
    LATE = "late"
    """The network held it up; the sound is whole."""


@dataclass(frozen=True, slots=True)
class ImpairedSpan:
    """A stretch of the track ``caller`` that the line spoiled; ``caller_clean`` has it whole."""

    what: Impairment
    start: int
    samples: int
    late_s: float = 0.0
    """How late it came, at most; 0 for what was not held up."""


@dataclass(frozen=True, slots=True)
class OtherSpeech:
    """Words of somebody near the caller, on the track ``caller`` alone: no speech of theirs."""

    start: int
    samples: int
    text: str
