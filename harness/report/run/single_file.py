"""A run, or a single call of it, as one HTML file to send to other people.

A run holds all verdicts and transcripts, and the failures with audio, as far as ``MOST_HEARD_S``
goes. Style, scripts and audio are embedded, so that it loads no other file; its policy allows
exactly these scripts. Every call keeps its scores and its transcript; calls with audio keep waits
and tools too, and their audio as Opus. Event logs are left out, except that of a single call.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from harness.audio import wav
from harness.errors import HarnessError, StorageFailed
from harness.recording.model import Recording
from harness.report import figures
from harness.report.pages import Link, PageFrame, inlined, nonce_of, render, write
from harness.report.run.call_rows import Address, Neighbours, in_one_file, neighbours
from harness.report.run.call_view import CallPage, player_data, transcript_page
from harness.report.run.html import (
    forget_traceback,
    read_call,
    run_title,
    undrawn_calls,
    undrawn_page,
)
from harness.report.run.lanes import Strip, strip
from harness.report.run.view import index_page
from harness.report.verdict import call_verdict
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, read_results

WAVES = "vendor/wavesurfer/wavesurfer.min.js"
_CALL_SCRIPTS = (WAVES, "page.js", "axis.js", "solo.js", "call.js")
_SCRIPTS = (*_CALL_SCRIPTS, "table.js", "index.js", "single.js")
MOST_HEARD_S = 5_400.0
"""Audio in a file: an hour and a half, about 45 MB."""
_HEARD = ("fail", "review")
"""Verdicts of calls that can be heard."""
_LEFT_OUT = (
    "This file holds sound, waits and tools only of calls that failed or need a listener; those of "
    "this call stay with the whole report."
)
_NO_ROOM = (
    f"This file holds the sound of the first calls that failed, {MOST_HEARD_S / 60:.0f} minutes in "
    "all, so that it can be sent; sound, waits and tools of this call stay with the whole report."
)


@dataclass(frozen=True, slots=True)
class Written:
    """The written file and its content."""

    path: Path
    size_bytes: int
    calls: int
    with_sound: int
    """Calls with their audio."""
    without_room: int = 0
    """Calls that failed and whose audio would have made the file too large."""


def write_single_file(run_folder: Path, path: Path) -> Written:
    """Write a run to ``path``; a file that is there is replaced.

    Raises RecordingDamaged if ``results.json`` cannot be read, StorageFailed if the file cannot be
    written. A call whose recording cannot be read keeps its scores alone.
    """
    results = read_results(run_folder / RESULTS)
    export = _Export(results, run_folder, in_one_file(results.recorded))
    texts, strips = export.call_texts()
    size_bytes = write_sized(path, export.text(texts, strips))
    heard = sum("<audio" in text for text in texts)
    return Written(path, size_bytes, len(texts), heard, without_room=len(export.without_room))


def write_call_file(run_folder: Path, call: CallResult, path: Path) -> Written:
    """Write the complete page of a call to ``path``; raises StorageFailed."""
    page, recording = read_call(run_folder, call)
    nonce = nonce_of(f"{page.row.href} {page.peaks}")
    title = figures.call_title(call)
    frame = PageFrame(
        (Link(run_title(run_folder)), Link(title)), nonce=nonce, inline=inlined(*_CALL_SCRIPTS)
    )
    audio = sound(recording) if recording is not None and page.has_audio else ""
    data = player_data(page, nonce)
    values = {"page": page, "around": Neighbours(), "audio": audio, "tracks": {}, "data": data}
    size_bytes = write_sized(path, render("call.html.j2", frame, **values))
    return Written(path, size_bytes, 1, int(bool(audio)))


def write_sized(path: Path, text: str) -> int:
    """Write a page and return its size in bytes; raises StorageFailed."""
    try:
        write(path, text)
        return path.stat().st_size
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error


class _Export:
    """The parts of the file."""

    def __init__(self, results: RunResults, run_folder: Path, address: Address) -> None:
        self._results, self._folder, self._address = results, run_folder, address
        self._title = run_title(run_folder)
        nonce = nonce_of(f"{self._title} {results.started_at}")
        self._frame = PageFrame(
            (Link(self._title),),
            nonce=nonce,
            version=results.harness_version,
            inline=inlined(*_SCRIPTS),
        )
        self.without_room = _without_room(results.recorded)

    def text(self, call_texts: tuple[str, ...], strips: Mapping[str, Strip]) -> str:
        page = index_page(
            self._results,
            strips,
            title=self._title,
            address=self._address,
            undrawn=undrawn_calls(self._results, self._folder),
        )
        return render("single.html.j2", self._frame, page=page, call_texts=call_texts)

    def call_texts(self) -> tuple[tuple[str, ...], dict[str, Strip]]:
        """Return the calls as text for the file, and their strips."""
        calls = self._results.recorded
        # Encoding the audio takes most of the time, so threads do it in parallel.
        with ThreadPoolExecutor() as pool:
            drawn = tuple(pool.map(self._call_text, calls, neighbours(calls, self._address)))
        strips = {call.recording: one for call, (_, one) in zip(calls, drawn, strict=True) if one}
        return tuple(text for text, _ in drawn), strips

    def _call_text(self, call: CallResult, around: Neighbours) -> tuple[str, Strip | None]:
        folder = self._folder / call.recording
        forget_traceback(folder)
        page, recording = read_call(self._folder, call)
        silent = call.recording in self.without_room
        try:
            glance = strip(page.lanes) if page.lanes else None
            return self._drawn(page, recording, around, silent=silent), glance
        except (HarnessError, OSError):
            raise
        except Exception as error:  # noqa: BLE001  # the border of drawing one call
            undrawn = undrawn_page(call, folder, error)
            return self._drawn(undrawn, None, around, silent=silent), None

    def _drawn(
        self, page: CallPage, recording: Recording | None, around: Neighbours, *, silent: bool
    ) -> str:
        audio = ""
        if page.row.verdict in _HEARD and not silent:
            page = replace(page, events=())
            audio = sound(recording) if recording is not None and page.has_audio else ""
        else:
            page = transcript_page(page, _NO_ROOM if silent else _LEFT_OUT)
        values = {"page": page, "around": around, "audio": audio, "tracks": {}}
        values["main_id"] = "call-main"
        data = player_data(page, self._frame.nonce)
        return render("single_call.html.j2", self._frame, data=data, **values)


def _without_room(calls: Iterable[CallResult]) -> frozenset[str]:
    """Return the recordings of calls to be heard that come after the file is full."""
    left_s = MOST_HEARD_S
    found = []
    for call in calls:
        if call_verdict(call)[0] in _HEARD:
            left_s -= call.duration_s or 0.0
            if left_s < 0:
                found.append(call.recording)
    return frozenset(found)


def sound(recording: Recording) -> str:
    """Return both tracks of a call as a data URL for an audio element."""
    packed = wav.opus_stereo(recording.caller, recording.agent)
    return f"data:audio/ogg;base64,{base64.b64encode(packed).decode()}"
