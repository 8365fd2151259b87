"""The lines of a transcript without audio, by their own times, and what its page says of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from harness.importing.model import StoredLine
from harness.units import clock

NO_AUDIO = "The transcripts have no audio: words and tools are judged, and no times."

WENT_BACK = "of the transcript has an earlier time than the line in front of it"

_BACK_S = 1.0
"""So far a time may go back: some logs count whole seconds."""


def in_order(lines: Iterable[StoredLine]) -> tuple[tuple[StoredLine, ...], tuple[str, ...]]:
    """Return the lines of a transcript without audio and the notes on it for its page.

    Times that go back are no times of these lines, and none is kept.
    """
    found = tuple(lines)
    for number, (before, line) in enumerate(pairwise(found), 2):
        if (before.start_s or 0.0) - (line.start_s or 0.0) > _BACK_S:
            times = f"{clock(line.start_s or 0.0)} after {clock(before.start_s or 0.0)}"
            note = f"Line {number} {WENT_BACK} ({times}): its times are not shown."
            bare = tuple(replace(line, start_s=None, end_s=None) for line in found)
            return bare, (NO_AUDIO, note)
    return found, (NO_AUDIO,)
