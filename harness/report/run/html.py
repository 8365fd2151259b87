"""The HTML files of a run: what is written where.

``write_report`` makes ``index.html`` beside ``results.json``, ``index.html`` and ``call.flac``
(left the caller, right the agent as heard) in every call's folder, and ``assets/`` once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.audio import wav
from harness.errors import RecordingDamaged, StorageFailed
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.recording.writer import AGENT, CALLER
from harness.report.pages import Frame, Link, above, copy_assets, nonce_of, render, write
from harness.report.run.call_view import CallPage, call_page, player_data, scores_page
from harness.report.run.route import Neighbours, in_folders, neighbours
from harness.report.run.view import index_page
from harness.results.model import CallResult, RunResults
from harness.results.store import RESULTS, place_in_run, read_results
from harness.timeline.build import build

AUDIO = "call.flac"


def write_report(run_folder: Path) -> Path:
    """Write the pages of a run and return the index page; running it again replaces them.

    Raises RecordingDamaged if ``results.json`` cannot be read, StorageFailed if a page cannot be
    written. A call whose recording cannot be read gets a page that says why.
    """
    results = read_results(run_folder / RESULTS)
    title = run_title(run_folder)
    run = _Run(run_folder, title, results.harness_version, above(run_folder))
    index = run_folder / "index.html"
    try:
        copy_assets(run_folder)
        _write_calls(run, results.calls)
        write(index, run.index(results))
    except OSError as error:
        raise StorageFailed(run_folder, error.strerror or str(error)) from error
    return index


def run_title(run_folder: Path) -> str:
    """Return what a run is called at the top of its pages."""
    return f"Run {run_folder.resolve().name}"


def _write_calls(run: _Run, calls: Sequence[CallResult]) -> None:
    around = neighbours(calls, in_folders)
    for call, links in zip(calls, around, strict=True):
        run.write_call(call, links)


def read_call(run_folder: Path, call: CallResult) -> tuple[CallPage, Recording | None]:
    """Return what the page of a call shows, and its recording; None if that cannot be read.

    Raises RecordingDamaged for a stored path that leads out of the run.
    """
    folder = run_folder / place_in_run(run_folder, call)
    try:
        recording = read_recording(folder)
    except RecordingDamaged as error:
        problem = f"There is no recording to show: {_inside(error, run_folder)}"
        return scores_page(call, problem), None
    return call_page(call, recording, build(recording)), recording


@dataclass(frozen=True, slots=True)
class _Run:
    """What all pages of a run have in common."""

    folder: Path
    title: str
    version: str
    above: tuple[Link, ...]

    def index(self, results: RunResults) -> str:
        frame = Frame((*self.above, Link(self.title)), version=self.version)
        return render("index.html.j2", frame, page=index_page(results, title=self.title))

    def write_call(self, call: CallResult, around: Neighbours) -> None:
        place = place_in_run(self.folder, call)
        folder = self.folder / place
        folder.mkdir(parents=True, exist_ok=True)
        page, recording = read_call(self.folder, call)
        if recording is not None and page.has_audio:
            write_audio(folder, recording)
        root = "../" * len(place.parts)
        write(folder / "index.html", self._call(page, around, root))

    def _call(self, page: CallPage, around: Neighbours, root: str) -> str:
        nonce = nonce_of(f"{page.row.href} {page.peaks}")
        trail = (
            *(Link(link.text, root + link.href) for link in self.above),
            Link(self.title, f"{root}index.html"),
            Link(f"{page.row.scenario}, repeat {page.row.repeat}"),
        )
        frame = Frame(trail, root, nonce, self.version)
        return render(
            "call.html.j2",
            frame,
            page=page,
            around=around,
            audio=AUDIO,
            data=player_data(page, nonce),
        )


def _inside(error: RecordingDamaged, run_folder: Path) -> str:
    """Return the reason with the path inside the run: pages travel, folders of a machine do not."""
    path = error.path
    shown = path.relative_to(run_folder) if path.is_relative_to(run_folder) else Path(path.name)
    return f"{shown}: {error.detail}"


def write_audio(folder: Path, recording: Recording, path: Path | None = None) -> None:
    """Write what the player plays, unless it is there and no older than both tracks.

    It goes into the call's folder, or where ``path`` says.
    """
    path = path or folder / AUDIO
    tracks = [(folder / name).stat().st_mtime_ns for name in (CALLER, AGENT)]
    if not path.exists() or path.stat().st_mtime_ns < max(tracks):
        wav.write_stereo(path, recording.caller, recording.agent)
