"""A run as one HTML file to send to somebody: all verdicts and words, and the failures to be heard.

Style, scripts and audio stand inside it, so that it asks for nothing else; its policy allows
exactly these scripts. Every call keeps its scores and its transcript; those that failed or need a
listener keep waits and tools too, and their audio as Opus. The event logs stay at home.
"""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from harness.audio import wav
from harness.errors import StorageFailed
from harness.recording.model import Recording
from harness.report.pages import Frame, Link, inlined, nonce_of, render, write
from harness.report.run.call_view import player_data, transcript_page
from harness.report.run.html import read_call, run_title
from harness.report.run.route import Address, Neighbours, in_one_file, neighbours
from harness.report.run.view import index_page
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, read_results

_SCRIPTS = ("vendor/wavesurfer/wavesurfer.min.js", "table.js", "index.js", "call.js", "single.js")
_HEARD = ("fail", "review")
"""Verdicts of calls that can be heard."""
_LEFT_OUT = (
    "This file holds sound, waits and tools only of calls that failed or need a listener; those of "
    "this call stay with the whole report."
)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the file."""

    path: Path
    size_bytes: int
    calls: int
    heard: int
    """Calls with their audio."""


def write_single_file(run_folder: Path, path: Path) -> Written:
    """Write a run to ``path``; a file that is there is replaced.

    Raises RecordingDamaged if ``results.json`` cannot be read, StorageFailed if the file cannot be
    written. A call whose recording cannot be read keeps its scores alone.
    """
    results = read_results(run_folder / RESULTS)
    export = _Export(results, run_folder, in_one_file(results.calls))
    texts = export.call_texts()
    try:
        write(path, export.text(texts))
        size_bytes = path.stat().st_size
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error
    heard = sum("<audio" in text for text in texts)
    return Written(path, size_bytes, len(texts), heard)


class _Export:
    """The parts of the file."""

    def __init__(self, results: RunResults, run_folder: Path, address: Address) -> None:
        self._results, self._folder, self._address = results, run_folder, address
        self._title = run_title(run_folder)
        nonce = nonce_of(f"{self._title} {results.started_at}")
        self._frame = Frame(
            (Link(self._title),),
            nonce=nonce,
            version=results.harness_version,
            inline=inlined(*_SCRIPTS),
        )

    def text(self, call_texts: tuple[str, ...]) -> str:
        page = index_page(self._results, title=self._title, address=self._address)
        return render("single.html.j2", self._frame, page=page, call_texts=call_texts)

    def call_texts(self) -> tuple[str, ...]:
        calls = self._results.calls
        # Packing the sound takes most of the time, and threads do it side by side.
        with ThreadPoolExecutor() as pool:
            return tuple(pool.map(self._call_text, calls, neighbours(calls, self._address)))

    def _call_text(self, call: CallResult, around: Neighbours) -> str:
        (page, recording), audio = read_call(self._folder, call), ""
        if page.row.verdict in _HEARD:
            page = replace(page, events=())
            audio = _audio(recording) if recording is not None and page.has_audio else ""
        else:
            page = transcript_page(page, _LEFT_OUT)
        values = {"page": page, "around": around, "audio": audio, "main_id": "call-main"}
        data = player_data(page, self._frame.nonce)
        return render("single_call.html.j2", self._frame, data=data, **values)


def _audio(recording: Recording) -> str:
    packed = wav.opus_stereo(recording.caller, recording.agent)
    return f"data:audio/ogg;base64,{base64.b64encode(packed).decode()}"
