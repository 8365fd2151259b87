"""The lines of what the caller's stream was sent in: fifty a second, and all but two numbers alike.

The first message of a kind is written like any other. What stands before and behind its sound is
kept, so that a further one, which begins and ends so and is as long as its sound makes it, costs no
more than two numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from harness.audio.codec import encode_base64
from harness.recording.lines import to_line, wire_line
from harness.recording.messages import AudioRange, Direction, WireMessage
from harness.recording.payloads import binary_row, without_payloads

_TRACK = "caller"
_AT, _START = 0.125, 987_654_321


class AppendedAudio(NamedTuple):
    """Messages with frames of the caller's stream that lie end to end on the track."""

    at_s: Sequence[float]
    """When each was sent."""
    messages: Sequence[str | bytes]
    sounds: Sequence[bytes]
    """What each carries, as it was sent."""
    start: int
    samples: int
    """Of each frame."""

    def part(self, first: int, stop: int) -> AppendedAudio:
        """Return some of them, by their numbers from 0."""
        some = slice(first, stop)
        parts = self.at_s[some], self.messages[some], self.sounds[some]
        return AppendedAudio(*parts, self.start + first * self.samples, self.samples)


class _Pattern(NamedTuple):
    """How messages of one kind look: on the wire before and behind the sound, and as a line."""

    before: str
    behind: str
    samples: int
    length: int
    line: tuple[bytes, bytes, bytes]


class AppendLines:
    """Makes the lines of one recording."""

    def __init__(self) -> None:
        self._pattern: _Pattern | None = None

    def lines(self, sent: AppendedAudio) -> list[bytes]:
        """Return messages as lines of the recording, with places on the track for their sound."""
        lines: list[bytes] = []
        start = sent.start
        last: str | bytes | None = None
        for at_s, message, sound in zip(sent.at_s, sent.messages, sent.sounds, strict=True):
            # Silence is one and the same message, over and over.
            if message is last or self._is_alike(message, sent.samples):
                assert self._pattern is not None
                head, middle, tail = self._pattern.line
                line = b"%b%b%b%d%b" % (head, orjson.dumps(at_s), middle, start, tail)
                last = message
            else:
                line = _written(at_s, message, sound, start, sent.samples)
                self._pattern, last = _pattern_of(message, sound, sent.samples), None
            lines.append(line)
            start += sent.samples
        return lines

    def _is_alike(self, message: str | bytes, samples: int) -> bool:
        like = self._pattern
        return (
            like is not None
            and isinstance(message, str)
            and len(message) == like.length
            and samples == like.samples
            and message.startswith(like.before)
            and message.endswith(like.behind)
        )


def _written(at_s: float, message: str | bytes, sound: bytes, start: int, samples: int) -> bytes:
    payloads = ((sound, AudioRange(_TRACK, start, samples)),)
    if isinstance(message, str):
        return wire_line(at_s, Direction.SENT, without_payloads(message, payloads))
    row = binary_row(message, payloads)
    return to_line(WireMessage(at_s, Direction.SENT, row, binary=True))


def _pattern_of(message: str | bytes, sound: bytes, samples: int) -> _Pattern | None:
    """Return what further messages may be like; None where it cannot be told from this one."""
    if not isinstance(message, str) or not sound:
        return None
    before, found, behind = message.partition(encode_base64(sound))
    if not found:
        return None
    line = _written(_AT, message, sound, _START, samples)
    head, at, rest = line.partition(orjson.dumps(_AT))
    middle, start, tail = rest.partition(str(_START).encode())
    if not at or not start or str(_START).encode() in tail:
        return None
    return _Pattern(before, behind, samples, len(message), (head, middle, tail))
