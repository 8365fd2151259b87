"""What a recognizer heard after the call: of the agent, and of an imported call's caller."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecognizedWords:
    """What a recognizer heard in one stretch of the played agent track.

    ``pace`` other than 1.0 tells that the same audio was listened to again, played so much faster;
    the times are those of the track.
    """

    start_s: float
    end_s: float
    text: str
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class WeighedValue:
    """How sure a recognizer is that an exact value was said in one stretch of the played track.

    It was asked to choose between the value that the agent's transcript claims and all values that
    differ from it in one character. ``sure`` is the share of such claims that are right where every
    second one is wrong (0 to 1), ``rival`` the likeliest of the others.
    """

    start_s: float
    end_s: float
    kind: str
    value: str
    """As values are compared."""
    sure: float
    rival: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """A recognizer's account of the agent's played audio."""

    engine: str
    version: str
    lines: tuple[RecognizedWords, ...]
    weighed: tuple[WeighedValue, ...] = ()
    """Empty where the engine cannot be asked, and in recordings that are older."""
    caller: tuple[RecognizedWords, ...] = ()
    """Replies of a caller whose words only a transcription tells; one without text was heard, and
    no word in it. Empty for a scripted caller, and in recordings that are older."""
