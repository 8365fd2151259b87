"""What of a GPT-Live session flows as the caller's audio comes: the track, words, usage, the clock.

With a tenth of a second of the caller a tenth of the track goes out; without any the session stands
still. Times are those of the caller's audio.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Protocol

import orjson

from harness.audio.codec import encode_base64
from harness.protocol import commands as c
from harness.protocol.items import AudioFormat
from harness.protocol.openai_live.output_track import OutputTrack
from harness.protocol.serving import Served
from harness.protocol.wire import JsonObject

DELTA_S = 0.1
STEP_MS = 200
"""Words of a transcript lie on steps of so much."""

USAGE_EVERY_S = 15.0


class MessageWriter(Protocol):
    """Writes a server's message with an id of its own."""

    def __call__(self, kind: str, /, **fields: Any) -> str:
        """Return the message; fields that are None are left out."""
        ...


class SessionFlow:
    """The flow of one session in one audio format."""

    def __init__(self, audio_format: AudioFormat, write: MessageWriter) -> None:
        self.track = OutputTrack(audio_format)
        self.received = 0
        """Samples that came of the caller."""
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
        """What is billed so far."""
        return {"seconds": self.now_ms / 1000}

    def append(self, audio: bytes) -> Served:
        """Take caller audio; return what leaves with it."""
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
        """Drop what was not played yet, and tell the agent how much was."""
        unplayed = self.track.cut(self.received)
        return Served(
            commands=tuple(
                c.TruncateItem(each.item_id, each.content_index, each.audio_end_ms)
                for each in unplayed
            )
        )

    def turn(self, item_id: str, *, start_ms: int | None = None, end_ms: int | None = None) -> None:
        """Note where the caller began or ended to speak."""
        begun_ms, ended_ms = self._turns.get(item_id, (end_ms or 0, 0))
        begun_ms = begun_ms if start_ms is None else start_ms
        self._turns[item_id] = begun_ms, ended_ms if end_ms is None else end_ms

    def heard(self, item_id: str, text: str) -> Iterator[str]:
        """Yield what the caller said in fragments, spread over the time in which it was said."""
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
