"""Logs of Realtime sessions: of our own calls, audio put back, and of small ones by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from harness.audio.codec import encode_base64
from harness.recording.lines import is_range
from harness.recording.model import Direction, Recording, UtteranceKind

TRANSCRIBED = "conversation.item.input_audio_transcription.completed"


def sound(seconds: float, level: int = 4000, rate_hz: int = 24_000) -> str:
    """Return so much of a tone as a message carries it."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    samples = (level * np.sin(2 * np.pi * 200 * times)).astype("<i2")
    return encode_base64(samples.tobytes())


def log_rows(
    recording: Recording, *, transcribed: bool = True, timed: bool = True
) -> list[dict[str, Any]]:
    """Return the messages of a call of ours as a session log.

    Our agent sends no transcripts; ``transcribed`` adds a service's transcripts of the caller.
    """
    tracks = {
        "caller": recording.caller.samples,
        "agent_generated": recording.agent_generated.samples,
    }
    unsaid = [
        said
        for said in recording.utterances
        if said.kind is UtteranceKind.SPEECH and said.voiced_stop
    ]
    rows: list[dict[str, Any]] = []
    for message in recording.messages:
        at = {"ts": message.at_s + 1234.5} if timed else {}
        served = with_sound(message.message, tracks)
        rows.append({**at, "direction": message.direction.value, "event": served})
        if transcribed and message.message.get("type") == "input_audio_buffer.committed":
            over = [s for s in unsaid if (s.voiced_stop or 0) / 24_000 <= message.at_s + 0.5]
            words = {
                "type": TRANSCRIBED,
                "item_id": message.message["item_id"],
                "content_index": 0,
                "transcript": over[-1].text if over else "",
            }
            unsaid = [s for s in unsaid if s not in over[-1:]]
            rows.append({**at, "direction": Direction.RECEIVED.value, "event": words})
    return rows


def with_sound(value: Any, tracks: Mapping[str, Any]) -> Any:
    """Return a stored message with audio in place of its references to a track."""
    if is_range(value):
        samples = tracks[value["track"]][value["start"] : value["start"] + value["samples"]]
        return encode_base64(samples.astype("<i2").tobytes())
    if isinstance(value, Mapping):
        return {key: with_sound(each, tracks) for key, each in value.items()}
    return [with_sound(each, tracks) for each in value] if isinstance(value, list) else value


def write_log(path: Path, rows: Sequence[object]) -> Path:
    """Write a log, a row per line."""
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    return path
