"""Writes a recording while the call runs, without secrets; a crash loses no earlier data.

Noting is cheap and never touches the disk; ``flush`` does, and may run in another thread during the
call. Messages are converted to JSON lines there too, off the hot path.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import orjson

from harness.audio.codec import encode_base64
from harness.audio.pcm import Int16Array
from harness.audio.wav import WavWriter
from harness.errors import StorageFailed
from harness.files import write_whole
from harness.protocol.commands import Difference
from harness.recording.lines import (
    Neutral,
    Record,
    binary_row,
    to_line,
    wire_line,
    without_payloads,
)
from harness.recording.manifest import Tally, store_manifest
from harness.recording.model import AudioRange, Direction, WireMessage
from harness.recording.provenance import CallStatus, EndCause, Lateness, Manifest
from harness.units import RATE_HZ

# The lines of the caller's audio messages: fifty a second, and identical except for two numbers.
#
# The first message of a kind is written like any other. The text around its audio is kept, so that
# a later message with the same beginning, end and length costs no more than two numbers.

_TRACK = "caller"
_AT, _START = 0.125, 987_654_321


class AppendedAudio(NamedTuple):
    """Messages with frames of the caller's stream that are adjacent on the track."""

    at_s: Sequence[float]
    """The send time of each."""
    messages: Sequence[str | bytes]
    sounds: Sequence[bytes]
    """The audio of each, as it was sent."""
    start: int
    samples: int
    """Samples of each frame."""

    def part(self, first: int, stop: int) -> AppendedAudio:
        """Return some of them, by their numbers from 0."""
        some = slice(first, stop)
        parts = self.at_s[some], self.messages[some], self.sounds[some]
        return AppendedAudio(*parts, self.start + first * self.samples, self.samples)


class _Pattern(NamedTuple):
    """The form of messages of a kind: text before and after the audio, and the line."""

    before: str
    behind: str
    samples: int
    length: int
    line: tuple[bytes, bytes, bytes]


class AppendLines:
    """Makes the lines of a recording."""

    def __init__(self) -> None:
        self._pattern: _Pattern | None = None

    def lines(self, sent: AppendedAudio) -> list[bytes]:
        """Return messages as lines of the recording, with track positions for their audio."""
        lines: list[bytes] = []
        start = sent.start
        last: str | bytes | None = None
        for at_s, message, sound in zip(sent.at_s, sent.messages, sent.sounds, strict=True):
            # Silence is the same message object, over and over.
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
    """Return the pattern for later messages; None if this message does not determine it."""
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


# Removes secrets from the recording that a server sent in pieces, over several messages.
#
# Each line is concealed when it is written (``writer``). A key that is spread over deltas is in
# none of them, but whole on the page, which joins them. So at the end of a call the texts of a kind
# are joined, and secrets that are found only then are removed, too.

_MOST_CHARACTERS = 4096
"""Most characters over which the pieces of a secret may be spread."""


class _Place(NamedTuple):
    """A text in a line."""

    line: int
    holder: Any
    """The dict or list that contains it."""
    key: Any

    @property
    def text(self) -> str:
        return str(self.holder[self.key])


def without_split_secrets(data: bytes, concealed: Callable[[bytes], bytes]) -> bytes:
    """Return the lines of a recording without secrets that are split over several of them.

    ``concealed`` removes secrets from a line; JSON stays JSON.
    """
    lines = data.splitlines(keepends=True)
    rows = [orjson.loads(line) for line in lines]
    channels: dict[tuple[str, ...], list[_Place]] = {}
    for number, row in enumerate(rows):
        ids = tuple(sorted(_ids(row)))
        for path, holder, key in _texts(row, ""):
            channels.setdefault((path, *ids), []).append(_Place(number, holder, key))
    changed: set[int] = set()
    for places in channels.values():
        if len(places) > 1 and _hides(places, concealed):
            changed.update(_cleaned(places, concealed))
    for number in changed:
        lines[number] = orjson.dumps(rows[number], option=orjson.OPT_APPEND_NEWLINE)
    return b"".join(lines)


def _ids(value: Any) -> Iterator[str]:
    """Yield the ids that distinguish the texts of different items."""
    if isinstance(value, dict):
        for key, inner in value.items():
            is_id = key in ("id", "kind", "type") or (key.endswith("_id") and key != "event_id")
            if is_id and isinstance(inner, str):
                yield f"{key}={inner}"
            yield from _ids(inner)


def _texts(value: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inner:
            name = f"{path}.{key}" if isinstance(value, dict) else path
            if isinstance(one, str):
                yield name, value, key
            else:
                yield from _texts(one, name)


def _without(text: str, concealed: Callable[[bytes], bytes]) -> str:
    """Return a text as it is stored; as JSON, since a bare text may look like another value."""
    return str(orjson.loads(concealed(orjson.dumps(text))))


def _joined(places: list[_Place]) -> str:
    return "".join(place.text for place in places)


def _hides(places: list[_Place], concealed: Callable[[bytes], bytes]) -> bool:
    text = _joined(places)
    return _without(text, concealed) != text


def _cleaned(places: list[_Place], concealed: Callable[[bytes], bytes]) -> Iterator[int]:
    """Remove each secret from its texts; yield the lines that change."""
    first = last = 0
    while last < len(places):
        last += 1
        while len(_joined(places[first:last])) > _MOST_CHARACTERS and first < last - 1:
            first += 1
        if last - first < 2 or not _hides(places[first:last], concealed):
            continue
        while last - first > 1 and _hides(places[first + 1 : last], concealed):
            first += 1
        kept = _without(_joined(places[first:last]), concealed)
        while last < len(places):
            more = _without(_joined(places[first : last + 1]), concealed)
            if len(more) >= len(kept) + len(places[last].text):
                break  # the secret has ended
            kept, last = more, last + 1
        for place in places[first:last]:
            place.holder[place.key] = ""
            yield place.line
        places[first].holder[places[first].key] = kept
        first = last


EVENTS = "events.jsonl"
CALLER, CALLER_CLEAN = "caller.wav", "caller_clean.wav"
AGENT, AGENT_GENERATED = "agent.wav", "agent_generated.wav"
TRACKS = (CALLER, CALLER_CLEAN, AGENT, AGENT_GENERATED)

_Line: TypeAlias = Callable[[], bytes] | AppendedAudio


class RecordingWriter:
    """A recording folder, growing.

    Raises StorageFailed from the constructor, ``flush`` and ``finish``; data that was written
    before stays readable.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._concealed: Callable[[bytes], bytes] = bytes
        self._has_secrets: Callable[[], bool] = bool
        self.before_noting: Callable[[], None] = _nothing
        """Called before any record except frames is noted, to note delayed records first."""
        self._lines: list[_Line] = []
        self._appended = AppendLines()
        self._audio: dict[str, list[Int16Array]] = {name: [] for name in TRACKS}
        self._tallies = {name: Tally() for name in (*TRACKS, EVENTS)}
        self._refused: StorageFailed | None = None
        self._swap = threading.Lock()
        self._disk = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._events = (folder / EVENTS).open("wb")
        except OSError as error:
            raise StorageFailed(folder, error.strerror or str(error)) from error
        store_manifest(folder, manifest)
        self._tracks = {name: WavWriter(folder / name, RATE_HZ) for name in TRACKS}

    def conceal(
        self, concealed: Callable[[bytes], bytes], has_secrets: Callable[[], bool] = bool
    ) -> None:
        """Pass every line through this function before it is written: it removes secrets.

        Its result must be JSON again. If there are secrets at the end, texts in pieces are joined
        and searched as well.
        """
        self._concealed, self._has_secrets = concealed, has_secrets

    def wire(
        self,
        at_s: float,
        direction: Direction,
        message: str | bytes,
        *,
        json: bool = True,
        payloads: Sequence[tuple[bytes, AudioRange]] = (),
        then: Sequence[Neutral] = (),
    ) -> None:
        """Note a message, a JSON object or (if not ``json``) anything, and its decoded records.

        Of its audio, the ``payloads``, only the position on a track is kept.
        """

        def line() -> bytes:
            if json:
                return wire_line(at_s, direction, without_payloads(message, payloads))
            if isinstance(message, bytes):
                row = binary_row(message, payloads)
                return to_line(WireMessage(at_s, direction, row, binary=True))
            text = message.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            return to_line(WireMessage(at_s, direction, {}, text))

        self._add(line, *(partial(to_line, record) for record in then))

    def note(self, *records: Record) -> None:
        """Note records of the call, in sequence."""
        self._add(*(partial(to_line, record) for record in records))

    def appended(self, sent: AppendedAudio) -> None:
        """Note messages that carry frames of the caller's stream: the most frequent messages."""
        with self._swap:
            self._lines.append(sent)

    def frame(self, caller: Int16Array, clean: Int16Array, agent: Int16Array) -> None:
        """Append the audio that both sides heard in a frame to their tracks."""
        with self._swap:
            audio = self._audio
            audio[CALLER].append(caller)
            audio[CALLER_CLEAN].append(clean)
            if len(agent):
                audio[AGENT].append(agent)

    def audio(self, name: str, samples: Int16Array) -> None:
        """Append samples to a track (``CALLER`` and so on)."""
        if len(samples):
            with self._swap:
                self._audio[name].append(samples)

    def flush(self) -> None:
        """Write everything noted so far to the disk; may run in another thread.

        Data that the disk refused is lost, and would be a hole in the recording: no data is written
        after it, and every further flush raises the same error, as ``finish`` does.
        """
        with self._disk:
            if self._refused is not None:
                raise self._refused
            with self._swap:
                lines, self._lines = self._lines, []
                audio, self._audio = self._audio, {name: [] for name in TRACKS}
            try:
                self._bring(lines, audio)
            except StorageFailed as error:
                self._refused = error
                raise

    def finish(
        self,
        status: CallStatus,
        *,
        detail: str,
        duration_s: float,
        lateness: Lateness | None,
        cause: EndCause | None = None,
        differences: tuple[Difference, ...] = (),
    ) -> None:
        """Write the remaining data, close the files, and set the end in the manifest.

        The manifest is written even if the disk refused the rest.
        """
        self.manifest = replace(
            self.manifest,
            status=status,
            status_detail=self._plain(detail),
            differences=tuple(
                Difference(each.setting, self._plain(each.asked), self._plain(each.served))
                for each in differences
            ),
            end_cause=cause,
            duration_s=duration_s,
            lateness=lateness,
        )
        try:
            self.flush()
        finally:
            try:
                self.close()
                self._join_texts()
            finally:
                contents = {name: tally.content() for name, tally in self._tallies.items()}
                self.manifest = replace(self.manifest, contents=contents)
                store_manifest(self.folder, self.manifest)

    def _join_texts(self) -> None:
        if not self._has_secrets():
            return
        path = self.folder / EVENTS
        data = path.read_bytes()
        clean = without_split_secrets(data, self._concealed)
        if clean != data:
            write_whole(path, clean)
            self._tallies[EVENTS] = Tally()
            self._tallies[EVENTS].add(clean.count(b"\n"), clean)

    def _plain(self, text: str) -> str:
        """Return a text on a single line, without secrets."""
        return self._concealed(" ".join(text.split()).encode()).decode()

    def close(self) -> None:
        """Close the files; has no effect if already closed. Raises StorageFailed."""
        self.before_noting = _nothing  # breaks the reference cycle: the callback holds this writer
        with self._disk:
            try:
                self._events.close()
            except OSError as error:
                raise StorageFailed(self.folder / EVENTS, _reason(error)) from error
            finally:
                for track in self._tracks.values():
                    track.close()

    def _add(self, *lines: _Line) -> None:
        self.before_noting()
        with self._swap:
            self._lines.extend(lines)

    def _bring(self, lines: list[_Line], audio: dict[str, list[Int16Array]]) -> None:
        for name, parts in audio.items():
            if parts:
                self._append(name, parts[0] if len(parts) == 1 else np.concatenate(parts))
            self._tracks[name].flush()
        self._write(list(chain.from_iterable(map(self._written, lines))))

    def _append(self, name: str, samples: Int16Array) -> None:
        self._tracks[name].append(samples)
        data = samples.astype("<i2", order="C", copy=False).data
        self._tallies[name].add(len(samples), data)

    def _written(self, line: _Line) -> Sequence[bytes]:
        return self._appended.lines(line) if isinstance(line, AppendedAudio) else (line(),)

    def _write(self, lines: list[bytes]) -> None:
        data = b"".join(lines)
        if self._concealed(data) != data:  # a secret lies within a line
            lines = [self._concealed(line) for line in lines]
            data = b"".join(lines)
        try:
            self._events.write(data)
            self._events.flush()
        except OSError as error:
            raise StorageFailed(self.folder / EVENTS, _reason(error)) from error
        self._tallies[EVENTS].add(len(lines), data)


def _nothing() -> None:
    pass


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
