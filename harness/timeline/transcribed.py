"""What the service wrote down of the caller's words, and of which turn.

A stretch of speech belongs to the turn in which it was heard to begin, or, where nobody tells that,
in which it was committed: the service parts a turn where the caller pauses in it.
"""

from __future__ import annotations

from harness.protocol.events import (
    InputCommitted,
    InputTranscriptDone,
    InputTranscriptFailed,
    SpeechStarted,
)
from harness.recording.model import Recording
from harness.recording.provenance import Manifest
from harness.timeline.intervals import on_grid
from harness.timeline.model import CallerTurn, TranscribedTurn


def is_transcription(manifest: Manifest) -> bool:
    """Return whether the target asked for sessions that write down what is said, and no more."""
    session = manifest.target.get("session")
    return isinstance(session, dict) and session.get("type") == "transcription"


def transcribed(
    recording: Recording, caller: tuple[CallerTurn, ...]
) -> tuple[TranscribedTurn, ...]:
    """Return what was written down, in the order in which it came."""
    heard_s: dict[str, float] = {}
    found: list[TranscribedTurn] = []
    for each in recording.events:
        match each.event:
            case SpeechStarted(item_id) | InputCommitted(item_id):
                heard_s.setdefault(item_id, each.at_s)
            case InputTranscriptDone(item_id, _, words):
                turn = _turn(caller, heard_s.get(item_id, each.at_s))
                found.append(TranscribedTurn(turn, on_grid(each.at_s), words.strip()))
            case InputTranscriptFailed(item_id, _, error):
                turn = _turn(caller, heard_s.get(item_id, each.at_s))
                found.append(TranscribedTurn(turn, on_grid(each.at_s), "", error.words))
            case _:
                pass
    return tuple(found)


def _turn(caller: tuple[CallerTurn, ...], at_s: float) -> int | None:
    """Return the index of the last turn that had begun by then."""
    begun = [index for index, turn in enumerate(caller) if turn.span.start_s <= at_s]
    return begun[-1] if begun else None
