"""What the caller did in a turn, in a word: the scenario names what a recording calls noise."""

from __future__ import annotations

from harness.recording.caller import UtteranceKind
from harness.report import figures

_SOUNDS = {"throat": "throat cleared"}
"""Where a reader needs another word than the scenario's."""


def called(kind: UtteranceKind, *, side_speech: bool = False, sound: str | None = None) -> str:
    """Return what was done, for readers; ``sound`` is that of the turn in the scenario."""
    if kind is not UtteranceKind.NOISE:
        return figures.label(kind.value)
    if side_speech:
        return "aside"
    return "noise" if sound is None else _SOUNDS.get(sound, sound)
