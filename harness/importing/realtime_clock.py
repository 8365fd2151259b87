"""The clock of a Realtime session's log, and the caller's track on it.

Zero is where the first sample of the caller's stream was spoken: a piece of it can leave at its
end at the earliest. A stream goes on without a break as long as every piece can have been spoken
before it was sent; where one was sent later than that by ``STOPPED_S``, the client had stopped
sending. Without the caller's audio zero is the log's first message.

A log without times has an order only. There the caller's audio that was sent, the server's own
audio clock, and the length of answers tell how much time went by at least.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.audio.codec import decode_any_base64
from harness.audio.pcm import Pcm
from harness.audio.resample import resample
from harness.importing.realtime_log import APPEND, DELTAS, LoggedMessage
from harness.protocol.items import AudioFormat
from harness.protocol.sound import samples_of
from harness.recording.messages import AudioRange, Direction
from harness.units import RATE_HZ

STOPPED_S = 0.3
"""A client that sends this much too late had stopped its stream; less is a busy machine."""

HELD_S = 2.0
"""Audio that came faster than it can be spoken, by this much, is a file's: nobody spoke it then."""

_ENDS = {"response.audio.done", "response.output_audio.done"}
_SERVERS_MS = ("audio_start_ms", "audio_end_ms")
_COMMITTED_S = 1.0


@dataclass(frozen=True, slots=True)
class CallerStream:
    """What the client sent of the caller, on the recording's clock."""

    track: Pcm
    """Empty where the log holds no audio."""
    ranges: tuple[AudioRange, ...]
    """Where each message's audio lies, in the order of the messages."""
    starts: tuple[tuple[float, float], ...]
    """Where pieces begin: on the server's audio clock, and on the recording's, in seconds."""
    zero_s: float
    """Zero of the recording on the log's clock."""
    held_s: float
    """How long a piece lay before it was sent, at most."""

    def spoken_s(self, server_s: float) -> float:
        """Return when something was spoken, by the server's audio clock."""
        earlier = [pair for pair in self.starts if pair[0] <= server_s + 1e-9]
        clock_s, at_s = earlier[-1] if earlier else (0.0, 0.0)
        return at_s + server_s - clock_s


def caller_stream(log: Sequence[LoggedMessage], kind: AudioFormat) -> CallerStream:
    """Return the caller's track of a log with times; what is no audio of this format is left."""
    pieces = [(each.at_s or 0.0, _sent(each, kind)) for each in log if each.type == APPEND]
    first_s = log[0].at_s or 0.0
    rate_hz = kind.rate_hz
    if not any(len(samples) for _, samples in pieces):
        silent = Pcm(np.zeros(0, np.int16), RATE_HZ)
        nowhere = tuple(AudioRange("caller", 0, 0) for _ in pieces)
        return CallerStream(silent, nowhere, ((0.0, _servers_zero(log)),), first_s, 0.0)
    latest = _latest_starts([(at_s, len(samples) / rate_hz) for at_s, samples in pieces])
    zero_s = latest[0]
    starts: list[int] = []
    clock: list[tuple[float, float]] = []
    stop = sent_before = 0
    for (_, samples), latest_s in zip(pieces, latest, strict=True):
        start = round((latest_s - zero_s) * rate_hz)
        start = start if start - stop > STOPPED_S * rate_hz else stop
        clock.append((sent_before / rate_hz, start / rate_hz))
        starts.append(start)
        stop, sent_before = start + len(samples), sent_before + len(samples)
    whole = np.zeros(stop, np.int16)
    for start, (_, samples) in zip(starts, pieces, strict=True):
        whole[start : start + len(samples)] = samples
    track = Pcm(whole, rate_hz)
    ranges = tuple(
        AudioRange("caller", start * RATE_HZ // rate_hz, len(samples) * RATE_HZ // rate_hz)
        for start, (_, samples) in zip(starts, pieces, strict=True)
    )
    held_s = max(
        at_s - len(samples) / rate_hz - latest_s
        for latest_s, (at_s, samples) in zip(latest, pieces, strict=True)
    )
    track = track if rate_hz == RATE_HZ else resample(track, RATE_HZ)
    return CallerStream(track, ranges, tuple(clock), zero_s, held_s)


def _servers_zero(log: Sequence[LoggedMessage]) -> float:
    """Return where the server's audio clock begins, by the messages that came soonest by it."""
    first_s = log[0].at_s or 0.0
    told = [
        (each.at_s or 0.0) - first_s - each.message[key] / 1000
        for each in log
        for key in _SERVERS_MS
        if each.direction is Direction.RECEIVED and isinstance(each.message.get(key), int)
    ]
    return min(told, default=0.0)


def _latest_starts(pieces: Sequence[tuple[float, float]]) -> list[float]:
    """Return until when each piece must have begun, so that all behind it were sent in time."""
    latest: list[float] = []
    following = float("inf")
    for at_s, duration_s in reversed(pieces):
        following = min(at_s, following) - duration_s
        latest.append(following)
    return latest[::-1]


def _sent(message: LoggedMessage, kind: AudioFormat) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Return the samples of an append; none where its audio was left out of the log."""
    return samples_of(_whole(message.message.get("audio"), kind), kind)


def _whole(audio: object, kind: AudioFormat) -> bytes:
    if not isinstance(audio, str):
        return b""
    try:
        data = decode_any_base64(audio)
    except ValueError:
        return b""
    return data[: len(data) // kind.sample_bytes * kind.sample_bytes]


def in_order(
    log: Sequence[LoggedMessage], kind: AudioFormat, answers: AudioFormat
) -> tuple[LoggedMessage, ...]:
    """Return a log without times with times that its order and its audio tell."""
    placed: list[LoggedMessage] = []
    at_s = answered_s = 0.0
    streams = any(len(_sent(each, kind)) for each in log if each.type == APPEND)
    for each in log:
        message = each.message
        if each.type == APPEND:
            at_s += len(_sent(each, kind)) / kind.rate_hz
        elif each.direction is Direction.RECEIVED:
            told = [message[key] for key in _SERVERS_MS if isinstance(message.get(key), int)]
            at_s = max([at_s, *(ms / 1000 for ms in told)]) if not streams else at_s
        if each.type in DELTAS:
            data = _whole(message.get("delta"), answers)
            answered_s += len(data) / answers.sample_bytes / answers.rate_hz
        placed.append(replace(each, at_s=at_s))
        if not streams and each.type in _ENDS:
            at_s, answered_s = at_s + answered_s, 0.0
        elif not streams and each.type == "input_audio_buffer.committed":
            at_s += _COMMITTED_S
    return tuple(placed)
