"""The lines of what the caller's stream was sent in: fifty a second, and all but two numbers alike.

The first message of a kind is written like any other. What stands before and behind its sound is
kept, so that a further one, which begins and ends so and is as long as its sound makes it, costs no
more than two numbers.
"""

from __future__ import annotations

from typing import NamedTuple

import orjson

from harness.audio.codec import encode_base64
from harness.recording.lines import to_line, wire_line
from harness.recording.messages import AudioRange, Direction, WireMessage
from harness.recording.payloads import binary_row, without_payloads

_TRACK = "caller"
_AT, _START = 0.125, 987_654_321


class AppendedAudio(NamedTuple):
    """A message with a frame of the caller's stream: ``sound`` as sent, and where it lies."""

    at_s: float
    message: str | bytes
    sound: bytes
    start: int
    samples: int


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

    def line(self, sent: AppendedAudio) -> bytes:
        """Return a message as a line of the recording, its place on the track for its sound."""
        message, like = sent.message, self._pattern
        if (
            like is not None
            and isinstance(message, str)
            and len(message) == like.length
            and sent.samples == like.samples
            and message.startswith(like.before)
            and message.endswith(like.behind)
        ):
            head, middle, tail = like.line
            return b"%b%b%b%d%b" % (head, orjson.dumps(sent.at_s), middle, sent.start, tail)
        self._pattern = _pattern_of(sent)
        return _written(sent)


def _written(sent: AppendedAudio) -> bytes:
    payloads = ((sent.sound, AudioRange(_TRACK, sent.start, sent.samples)),)
    if isinstance(sent.message, str):
        bare = without_payloads(sent.message, payloads)
        return wire_line(sent.at_s, Direction.SENT, bare)
    row = binary_row(sent.message, payloads)
    return to_line(WireMessage(sent.at_s, Direction.SENT, row, binary=True))


def _pattern_of(sent: AppendedAudio) -> _Pattern | None:
    """Return what further messages may be like; None where it cannot be told from this one."""
    if not isinstance(sent.message, str) or not sent.sound:
        return None
    before, found, behind = sent.message.partition(encode_base64(sent.sound))
    if not found:
        return None
    line = _written(sent._replace(at_s=_AT, start=_START))
    head, at, rest = line.partition(orjson.dumps(_AT))
    middle, start, tail = rest.partition(str(_START).encode())
    if not at or not start or str(_START).encode() in tail:
        return None
    return _Pattern(before, behind, sent.samples, len(sent.message), (head, middle, tail))
