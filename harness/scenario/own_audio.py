"""Recordings of the author's own as lines of the caller, and whether they will do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from harness.scenario.fields import Model, Text

if TYPE_CHECKING:
    from harness.audio.pcm import Pcm

LEAST_HZ, LEAST_S, MOST_S = 8_000, 0.1, 60.0
"""What a recording needs at least, and how long it may be."""

_QUIETEST_DBFS = -60.0
_FLAT_TOPS = 5
"""So many places in which several samples in a row have the largest value are no chance."""

_CLEAR_DB = 27.0
"""How far noise must lie under speech, for the end of the speech to be found in the sound."""

_EDGE_S = 0.02
_TAIL_S = 0.5
"""So long the last sound of a word may ring on behind what a voice activity model hears of it."""

Channel = Literal["left", "right", "both"]


class OwnAudio(Model):
    """A recording that is played as a line, and the words in it."""

    file: Text
    """WAV, FLAC, OGG or MP3, beside the scenario's file or in the folder of its suite."""
    transcript: Text
    """What is said in it, with ``{fact}`` where a fact is said."""
    channel: Channel | None = None
    """Of a file with two channels: which one; ``both`` mixes them."""
    level: Literal["speech", "as_recorded"] = "speech"
    """``speech`` brings it to the level of all callers; ``as_recorded`` leaves it as it is."""
    clipped: bool = False
    """Whether it is meant to be clipped; else a clipped recording is refused."""


def one_channel(path: Path, channel: Channel | None) -> Pcm:
    """Return a recording as one track, at its own rate.

    Raises RecordingDamaged for a file that is no sound, or does not have such channels.
    """
    from harness.audio.pcm import from_float  # late: it brings numpy, and --help must stay quick
    from harness.audio.wav import read_channels
    from harness.errors import RecordingDamaged

    sides = read_channels(path, most_s=MOST_S)
    if len(sides) > 2:
        raise RecordingDamaged(path, f"expected one channel or two, found {len(sides)}")
    if (len(sides) == 2) is (channel is None):
        told = "it has two channels; say 'channel: left', 'right' or 'both'"
        raise RecordingDamaged(path, told if channel is None else "it has no two channels")
    if channel == "both":
        left, right = (side.as_float() for side in sides)
        return from_float((left + right) / 2.0, sides[0].rate_hz)
    return sides[1 if channel == "right" else 0]


def sound_faults(path: Path, own: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a recording: the key that it is about, and why."""
    from harness.audio.activity import active_level_dbfs, flat_tops, snr_db, voiced_bounds
    from harness.audio.wav import shape
    from harness.errors import RecordingDamaged

    channel = own.get("channel")
    try:
        told = shape(path, most_s=MOST_S)
    except RecordingDamaged as damaged:
        yield "file", f"no sound can be read from it: {damaged.detail}"
        return
    try:
        if told.rate_hz < LEAST_HZ:
            yield "file", f"expected at least {LEAST_HZ} samples a second, got {told.rate_hz}"
            return
        if not LEAST_S <= told.length_s <= MOST_S:
            length = f"expected {LEAST_S:g} to {MOST_S:g} s of sound"
            yield "file", f"{length}, got {told.length_s:.2f} s"
            return
        sound = one_channel(path, channel if channel in ("left", "right", "both") else None)
    except RecordingDamaged as damaged:
        yield "channel" if "channel" in own else "file", damaged.detail
        return
    bounds = voiced_bounds(sound)
    if bounds is None or active_level_dbfs(sound) < _QUIETEST_DBFS:
        yield "file", f"nobody is heard in it: it is silent, or below {_QUIETEST_DBFS:g} dBFS"
        return
    tops = flat_tops(sound)
    if tops >= _FLAT_TOPS and own.get("clipped") is not True:
        told_so = f"it is clipped in {tops} places; record it lower, or write 'clipped: true'"
        yield "file", told_so
    rings_s = (len(sound) - bounds[1]) / sound.rate_hz
    if rings_s < _EDGE_S and snr_db(sound) < _CLEAR_DB and _quiet_end_s(sound) > _TAIL_S:
        yield "file", "noise goes on behind the speech, so nobody can tell where it ends; cut it"


def _quiet_end_s(sound: Pcm) -> float:
    """Return how long nobody speaks at the end of a recording."""
    from harness.audio.resample import resample
    from harness.speech.stretches import EARS_RATE_HZ, speech_stretches

    ears = resample(sound, EARS_RATE_HZ)
    spoken = speech_stretches(ears.as_float().astype("float32"))
    return (len(ears) - (spoken[-1].stop if spoken else 0)) / EARS_RATE_HZ
