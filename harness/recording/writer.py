"""Writes a recording while the call runs, so that a crash leaves everything up to that moment.

Noting is cheap and never touches the disk; ``flush`` does, and may run in another thread while
the call goes on. Messages are made JSON lines there too, off the hot path.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeAlias

import numpy as np

from harness.audio.growing_wav import WavWriter
from harness.audio.pcm import Int16Array
from harness.errors import StorageFailed
from harness.protocol.differences import Difference
from harness.recording.appended import AppendedAudio, AppendLines
from harness.recording.lines import Neutral, Record, to_line, wire_line
from harness.recording.manifest import Tally, store_manifest
from harness.recording.messages import AudioRange, Direction, WireMessage
from harness.recording.payloads import binary_row, without_payloads
from harness.recording.provenance import CallStatus, EndCause, Lateness, Manifest
from harness.recording.split_secrets import without_split_secrets
from harness.storage import write_whole
from harness.units import RATE_HZ

EVENTS = "events.jsonl"
CALLER, CALLER_CLEAN = "caller.wav", "caller_clean.wav"
AGENT, AGENT_GENERATED = "agent.wav", "agent_generated.wav"
TRACKS = (CALLER, CALLER_CLEAN, AGENT, AGENT_GENERATED)

_Line: TypeAlias = Callable[[], bytes] | AppendedAudio


class RecordingWriter:
    """One recording folder, growing.

    Raises StorageFailed from the constructor, ``flush`` and ``finish``; what was written before
    stays readable.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._concealed: Callable[[bytes], bytes] = bytes
        self._has_secrets: Callable[[], bool] = bool
        self.before_noting: Callable[[], None] = _nothing
        """Asked before anything is noted but frames: whoever notes those later does so now."""
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
        """Pass every line through this before it is written: it takes out what is secret.

        What it returns must be JSON again. If there are secrets at the end, texts in pieces are
        joined and looked through as well.
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
        """Note a message, a JSON object or (if not ``json``) anything, and what it was taken for.

        Of its audio, the ``payloads``, only the place on a track is kept.
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
        """Note records of the call, one behind the other."""
        self._add(*(partial(to_line, record) for record in records))

    def appended(self, sent: AppendedAudio) -> None:
        """Note messages that carry frames of the caller's stream: the most frequent ones."""
        with self._swap:
            self._lines.append(sent)

    def frame(self, caller: Int16Array, clean: Int16Array, agent: Int16Array) -> None:
        """Append what both sides heard in one frame to their tracks."""
        with self._swap:
            audio = self._audio
            audio[CALLER].append(caller)
            audio[CALLER_CLEAN].append(clean)
            if len(agent):
                audio[AGENT].append(agent)

    def audio(self, name: str, samples: Int16Array) -> None:
        """Append samples to one of the four tracks (``CALLER`` and so on)."""
        if len(samples):
            with self._swap:
                self._audio[name].append(samples)

    def flush(self) -> None:
        """Bring everything noted so far to the disk; may run in another thread.

        What the disk refused once is gone, and would be a hole amid the rest: nothing is written
        behind it, and every further flush says so, as ``finish`` does.
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
        """Write what is left, close the files, and set the end in the manifest.

        The manifest says what it can even if the disk refused the rest.
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
        """Return a text on one line, without what must not be written."""
        return self._concealed(" ".join(text.split()).encode()).decode()

    def close(self) -> None:
        """Close the files; a second time does nothing. Raises StorageFailed."""
        self.before_noting = _nothing  # who is asked there holds this
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
        if self._concealed(data) != data:  # what is hidden stands within a line
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
