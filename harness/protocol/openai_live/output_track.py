"""The output of a GPT-Live server on the clock of the caller's audio: one track, usage.

It is driven by the caller's audio: for every tenth of a second received, a tenth is sent. Times are
samples of that clock, ``sent`` is the start of the next delta. Transcript text is sent as it is
spoken: at a usual pace until all of an item is known, then in proportion to its audio.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import orjson

from harness.audio.activity import audible_spans
from harness.audio.codec import encode_base64
from harness.audio.pcm import Pcm
from harness.protocol import commands as c
from harness.protocol.audio_bytes import bytes_of, samples_of
from harness.protocol.fields import JsonObject
from harness.protocol.items import AudioFormat, OfContent
from harness.protocol.server_half import Served

_CHARS_PER_S = 15.0


@dataclass(slots=True)
class _SpokenItem(OfContent):
    """An item of the agent: the place of its audio on the track, and its text."""

    response_id: str
    item_id: str
    content_index: int
    runs: list[tuple[int, int]] = field(default_factory=list)
    """Its audio on the track: first sample and end (exclusive)."""
    audio: bytearray = field(default_factory=bytearray)
    words: deque[tuple[int, str]] = field(default_factory=deque)
    """Text still to be sent, each piece with the characters before it."""
    chars: int = 0
    whole: bool = False
    cut: bool = False

    @property
    def samples(self) -> int:
        return sum(stop - start for start, stop in self.runs)

    def played(self, at: int) -> int:
        """Return how many of its samples lie before a position on the track."""
        return sum(max(0, min(stop, at) - start) for start, stop in self.runs)


@dataclass(frozen=True, slots=True)
class Unplayed:
    """An item that was cut, and how many milliseconds of it were played."""

    item_id: str
    content_index: int
    audio_end_ms: int


class OutputTrack:
    """The agent's track: add audio and text as they are made, and take them piece by piece."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._silence = bytes_of(np.zeros(1, np.int16), audio_format)
        self._ahead = bytearray()
        """Audio to be sent, starting at ``sent``."""
        self._items: list[_SpokenItem] = []
        self._told = False
        self.sent = 0

    @property
    def rate_hz(self) -> int:
        """Samples in a second."""
        return self._format.rate_hz

    @property
    def queued_to(self) -> int:
        """The end of the audio that is queued so far."""
        return self.sent + len(self._ahead) // self._format.sample_bytes

    def silence(self, samples: int) -> bytes:
        """Return this many samples of silence in the session's format."""
        return self._silence * samples

    def sound(self, part: tuple[str, str, int], audio: bytes, at: int) -> None:
        """Queue audio of an item (response, item, part), not before ``at``."""
        item = self._item(part)
        start = max(at, self.queued_to)
        self._ahead += self._silence * (start - self.queued_to)
        self._ahead += audio
        stop = self.queued_to
        if item.runs and item.runs[-1][1] == start:
            start = item.runs.pop()[0]
        item.runs.append((start, stop))
        item.audio += audio

    def words(self, part: tuple[str, str, int], text: str) -> None:
        """Note text of an item; it may come before its audio."""
        item = self._item(part)
        if not item.chars and self._told:
            text = f" {text}"  # clients join all text, so answers need a space between them
        self._told = True
        item.words.append((item.chars, text))
        item.chars += len(text)

    def whole(self, part: tuple[str, str, int]) -> None:
        """Note that all audio and all text of an item has arrived."""
        self._item(part).whole = True

    def take(self, samples: int) -> bytes:
        """Return the next piece of the track."""
        count = samples * self._format.sample_bytes
        piece = bytes(self._ahead[:count])
        del self._ahead[:count]
        self.sent += samples
        return piece + self._silence * ((count - len(piece)) // self._format.sample_bytes)

    def spoken(self) -> str:
        """Return the text whose speech has begun since the last call."""
        return "".join(word for item in self._items for word in self._begun(item))

    def cut(self, at: int) -> tuple[Unplayed, ...]:
        """Drop the audio from ``at`` on; return the items that it belonged to."""
        kept = max(0, at - self.sent) * self._format.sample_bytes
        del self._ahead[kept:]
        unplayed = [item for item in self._items if item.runs and item.runs[-1][1] > at]
        for item in unplayed:
            item.audio = item.audio[: item.played(at) * self._format.sample_bytes]
            item.runs = [(start, min(stop, at)) for start, stop in item.runs if start < at]
            item.words.clear()
            item.cut = item.whole = True
        return tuple(
            Unplayed(item.item_id, item.content_index, item.samples * 1000 // self.rate_hz)
            for item in unplayed
        )

    def over(self) -> Iterator[dict[str, Any]]:
        """Yield the truth of every played item, once: its audible span on the track."""
        for item in [each for each in self._items if each.whole and not each.words]:
            if item.runs and item.runs[-1][1] > self.sent:
                continue
            self._items.remove(item)
            bounds = self._audible(item)
            if bounds is not None:
                yield {
                    "kind": "answer",
                    "response_id": item.response_id,
                    "item_id": item.item_id,
                    "begins_s": bounds[0] / self.rate_hz,
                    "ends_s": bounds[1] / self.rate_hz,
                    "cut": item.cut,
                }

    def _audible(self, item: _SpokenItem) -> tuple[int, int] | None:
        track = Pcm(samples_of(bytes(item.audio), self._format), self.rate_hz)
        spans = audible_spans(track)
        if not spans:
            return None
        return self._place(item, spans[0][0]), self._place(item, spans[-1][1] - 1) + 1

    def _place(self, item: _SpokenItem, sample: int) -> int:
        """Return the position on the track of an item's sample."""
        start, stop = item.runs[0]
        for next_run in item.runs[1:]:
            if sample < stop - start:
                break
            sample -= stop - start
            start, stop = next_run
        return start + sample

    def _begun(self, item: _SpokenItem) -> Iterator[str]:
        while item.words and item.runs and item.runs[0][0] < self.sent:
            chars = item.words[0][0]
            if item.whole:
                at = chars / item.chars * item.samples
            else:
                at = chars / _CHARS_PER_S * self.rate_hz
            if at > item.played(self.sent):
                return
            yield item.words.popleft()[1]

    def _item(self, part: tuple[str, str, int]) -> _SpokenItem:
        for item in self._items:
            if item.key == part:
                return item
        self._items.append(_SpokenItem(*part))
        return self._items[-1]


# The output of a GPT-Live session per caller audio: the track, transcripts, usage, the clock.
#
# For a tenth of a second of the caller, a tenth of the track is sent; without any the session
# pauses. Times are those of the caller's audio.

DELTA_S = 0.1
STEP_MS = 200
"""Time grid of transcript text."""

USAGE_EVERY_S = 15.0


class MessageWriter(Protocol):
    """Writes a server's message with an id of its own."""

    def __call__(self, kind: str, /, **fields: Any) -> str:
        """Return the message; fields that are None are left out."""
        ...


class SessionFlow:
    """The output of a session in its audio format."""

    def __init__(self, audio_format: AudioFormat, write: MessageWriter) -> None:
        self.track = OutputTrack(audio_format)
        self.received = 0
        """Samples received from the caller."""
        self._sample_bytes = audio_format.sample_bytes
        self._write = write
        self._usage_s = 0.0
        self._turns: dict[str, tuple[int, int]] = {}
        self._heard_any = False

    @property
    def now_ms(self) -> int:
        """The session's clock."""
        return self.received * 1000 // self.track.rate_hz

    @property
    def usage(self) -> JsonObject:
        """The usage billed so far."""
        return {"seconds": self.now_ms / 1000}

    def append(self, audio: bytes) -> Served:
        """Take caller audio; return the messages that are due with it."""
        self.received += len(audio) // self._sample_bytes
        messages: list[str] = []
        truth: list[dict[str, Any]] = []
        track, count = self.track, round(DELTA_S * self.track.rate_hz)
        while track.sent + count <= self.received:
            delta = {
                "type": "session.output_audio.delta",
                "delta": encode_base64(track.take(count)),
            }
            messages.append(orjson.dumps(delta).decode())
            sent_ms = track.sent * 1000 // track.rate_hz
            if sent_ms % STEP_MS == 0 and (words := track.spoken()):
                messages.append(self._words("output", words, sent_ms - STEP_MS))
            truth.extend(track.over())
            if track.sent / track.rate_hz - self._usage_s >= USAGE_EVERY_S:
                self._usage_s = track.sent / track.rate_hz
                messages.append(self._write("session.usage.updated", usage=self.usage))
        return Served(tuple(messages), truth=tuple(truth))

    def cut(self) -> Served:
        """Drop audio that was not played yet, and report to the agent how much was played."""
        unplayed = self.track.cut(self.received)
        return Served(
            commands=tuple(
                c.TruncateItem(each.item_id, each.content_index, each.audio_end_ms)
                for each in unplayed
            )
        )

    def turn(self, item_id: str, *, start_ms: int | None = None, end_ms: int | None = None) -> None:
        """Note when the caller began or ended to speak."""
        begun_ms, ended_ms = self._turns.get(item_id, (end_ms or 0, 0))
        begun_ms = begun_ms if start_ms is None else start_ms
        self._turns[item_id] = begun_ms, ended_ms if end_ms is None else end_ms

    def heard(self, item_id: str, text: str) -> Iterator[str]:
        """Yield the caller's transcript in fragments, spread over the time of the speech."""
        words = [f" {word}" for word in text.split()]
        first, last = self._turns.get(item_id, (self.now_ms, self.now_ms))
        steps = max(1, (last - first) // STEP_MS)
        marks = [round(step * len(words) / steps) for step in range(steps + 1)]
        for step, (start, stop) in enumerate(pairwise(marks)):
            if start < stop:
                start_ms = first // STEP_MS * STEP_MS + step * STEP_MS
                spoken = "".join(words[start:stop])
                yield self._words("input", spoken if self._heard_any else spoken[1:], start_ms)
                self._heard_any = True

    def _words(self, side: str, words: str, start_ms: int) -> str:
        """Return a fragment, which carries its own spaces."""
        kind, end_ms = f"session.{side}_transcript.delta", start_ms + STEP_MS
        return self._write(kind, delta=words, start_ms=start_ms, end_ms=end_ms)
