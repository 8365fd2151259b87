"""The sound that the player of a call's page plays."""

from __future__ import annotations

from pathlib import Path

from harness.audio import wav
from harness.recording.model import Recording
from harness.recording.store import track_path
from harness.recording.writer import AGENT, CALLER

AUDIO = "call.flac"


def write_audio(folder: Path, recording: Recording, path: Path | None = None) -> None:
    """Write what the player plays, unless it is there and no older than both tracks.

    It goes into the call's folder, or where ``path`` says. Raises StorageFailed.
    """
    path = path or folder / AUDIO
    tracks = [track_path(folder, name).stat().st_mtime_ns for name in (CALLER, AGENT)]
    if not path.exists() or path.stat().st_mtime_ns < max(tracks):
        wav.write_stereo(path, recording.caller, recording.agent)
