"""The report's HTML files: the one door to the template engine, and what is written where.

``write_report`` makes ``index.html`` beside ``results.json``, ``index.html`` and ``call.flac``
(left the caller, right the agent as heard) in every call's folder, and ``assets/`` once. Pages
work from ``file://``: relative links only, scripts from files, a Content-Security-Policy that
allows nothing else. All text is escaped by the engine; a misspelled name in a template is an error.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path, PurePosixPath

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.audio import wav
from harness.errors import RecordingDamaged, StorageFailed
from harness.recording.model import Recording
from harness.recording.store import read_recording
from harness.recording.writer import AGENT, CALLER
from harness.report import figures
from harness.report.call_view import CallPage, call_page, unreadable_page
from harness.report.view import index_page
from harness.results.model import CallResult, RunResults
from harness.results.store import read_results
from harness.storage import write_whole
from harness.timeline.build import build

_HERE = Path(__file__).parent
_AUDIO = "call.flac"


def write_report(run_folder: Path) -> Path:
    """Write the pages of a run and return the index page; running it again replaces them.

    Raises RecordingDamaged if ``results.json`` cannot be read, StorageFailed if a page cannot be
    written. A call whose recording cannot be read gets a page that says why.
    """
    results = read_results(run_folder / "results.json")
    pages = _Pages(results)
    try:
        shutil.copytree(_HERE / "static", run_folder / "assets", dirs_exist_ok=True)
        for call in results.calls:
            pages.write_call(run_folder, call)
        index = run_folder / "index.html"
        _write(index, pages.index(run_folder))
    except OSError as error:
        raise StorageFailed(run_folder, error.strerror or str(error)) from error
    return index


class _Pages:
    """The templates of one run, compiled once."""

    def __init__(self, results: RunResults) -> None:
        self._results = results
        self._engine = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._engine.filters.update(
            label=figures.label, clock=figures.clock, visible=figures.visible
        )

    def index(self, run_folder: Path) -> str:
        page = index_page(self._results, title=run_folder.resolve().name)
        return self._render("index.html.j2", page=page, root="", policy=_policy(None))

    def call(self, page: CallPage, root: str) -> str:
        nonce = hashlib.sha256(f"{page.row.href} {page.peaks}".encode()).hexdigest()[:24]
        data = {
            "duration": page.lanes.duration_s if page.lanes else 0,
            "peaks": page.peaks,
            "nonce": nonce,
        }
        policy = _policy(nonce)
        return self._render("call.html.j2", page=page, root=root, policy=policy, data=data)

    def write_call(self, run_folder: Path, call: CallResult) -> None:
        place = _place(run_folder, call)
        folder = run_folder / place
        folder.mkdir(parents=True, exist_ok=True)
        try:
            recording = read_recording(folder)
        except RecordingDamaged as error:
            page = unreadable_page(call, _inside(error, run_folder))
        else:
            page = call_page(call, recording, build(recording))
            if page.has_audio:
                _write_audio(folder, recording)
        _write(folder / "index.html", self.call(page, "../" * len(place.parts)))

    def _render(self, template: str, **values: object) -> str:
        version = self._results.harness_version
        return self._engine.get_template(template).render(harness_version=version, **values)


def _policy(style_nonce: str | None) -> str:
    """Return the page's policy; the nonce is for the style that the player puts in its own root."""
    style = f"'self' 'nonce-{style_nonce}'" if style_nonce else "'self'"
    return (
        "default-src 'none'; script-src 'self'; "
        f"style-src {style}; img-src data:; media-src 'self'; base-uri 'none'; form-action 'none'"
    )


def _place(run_folder: Path, call: CallResult) -> PurePosixPath:
    """Return the call's folder inside the run; a stored path must not lead out of it."""
    place = PurePosixPath(call.recording)
    if place.is_absolute() or ".." in place.parts or not place.parts:
        detail = f"recording {call.recording!r} is not a folder inside the run"
        raise RecordingDamaged(run_folder / "results.json", detail)
    return place


def _inside(error: RecordingDamaged, run_folder: Path) -> str:
    """Return the reason with the path inside the run: pages travel, folders of a machine do not."""
    path = error.path
    shown = path.relative_to(run_folder) if path.is_relative_to(run_folder) else Path(path.name)
    return f"{shown}: {error.detail}"


def _write_audio(folder: Path, recording: Recording) -> None:
    """Write what the player plays, unless it is there and no older than both tracks."""
    path = folder / _AUDIO
    tracks = [(folder / name).stat().st_mtime_ns for name in (CALLER, AGENT)]
    if not path.exists() or path.stat().st_mtime_ns < max(tracks):
        wav.write_stereo(path, recording.caller, recording.agent)


def _write(path: Path, text: str) -> None:
    # A lone surrogate in an agent's text cannot be written as UTF-8 and must not lose the page.
    write_whole(path, text.encode("utf-8", "replace"))
