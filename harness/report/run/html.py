"""Writes the HTML files of a run; draws pages ahead; reports pages that failed.

``write_report`` makes ``index.html`` next to ``results.json``, ``index.html`` and ``call.flac``
(left the caller, right the agent as heard) in every call's folder, and ``assets/`` once.
"""

from __future__ import annotations

import base64
import pickle
import shutil
import tempfile
import traceback
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from pathlib import Path, PurePath
from typing import Protocol, TypeVar

from harness.audio import wav
from harness.errors import HarnessError, RecordingDamaged, StorageFailed, Unscorable
from harness.files import read_plain, write_whole
from harness.judging.judge import Judged, judge
from harness.recording.model import Recording
from harness.recording.store import read_recording, track_path
from harness.recording.writer import AGENT, CALLER
from harness.report import figures
from harness.report.pages import (
    LOAD_PAGE,
    Link,
    PageFrame,
    above,
    copy_assets,
    inlined,
    nonce_of,
    render,
    write,
)
from harness.report.run.call_rows import (
    AUDIO,
    Address,
    Neighbours,
    in_folders,
    in_one_file,
    neighbours,
    write_audio,
)
from harness.report.run.call_timeline import Strip, strip
from harness.report.run.call_view import (
    CallPage,
    call_page,
    player_data,
    scores_page,
    transcript_page,
)
from harness.report.run.changes_since import earlier_passing, since_before
from harness.report.run.view import LoadCalls, index_page
from harness.report.verdict import call_verdict, path_from_here
from harness.results.load.model import LOAD, read_load
from harness.results.model import CallResult, RunResults
from harness.results.rates import ScenarioKey, scenario_key
from harness.results.store import RESULTS, as_stored, place_in_run, read_results
from harness.text import counted

# Pages drawn ahead: the data of a call's page, made while the judged call is in memory.
#
# When the pages of a run are written, such a call is not read again; only its neighbours were
# unknown before. Until then the data lies in a folder that no other process writes to. A later run
# removes the folder of a killed run; if a live run loses its folder, it draws its pages once more.

_PREFIX = "harness-pages-"

_LEFT_S = 24 * 3600.0
"""A folder without a new page for this long was left by a run that was killed."""

_QUICK = 1
"""A fifth of the bytes for 0.2 ms; better takes longer."""


@dataclass(frozen=True, slots=True)
class PagesAhead:
    """The drawn pages of a run; crosses into worker processes."""

    folder: Path

    def draw(self, call: CallResult, judged: Judged, folder: Path) -> None:
        """Draw the page of a call and write its audio into its folder; never raises.

        A page that fails here is drawn again with all pages, and its error is reported then.
        """
        try:
            stored = as_stored(call)
            page = call_page(stored, judged)
            if page.has_audio:
                write_audio(folder, judged.recording)
            data = zlib.compress(pickle.dumps((stored, page)), level=_QUICK)
            write_whole(self._path(stored), data)
        except Exception:  # noqa: BLE001  # the border of drawing one call
            with suppress(OSError):
                self._path(call).unlink()

    def page_of(self, call: CallResult) -> CallPage | None:
        """Return the page of a call; None if it was not drawn, or its result has changed since.

        Also None if the drawn page cannot be read: then it is drawn once more.
        """
        try:
            data = read_plain(self._path(call))
            drawn, page = pickle.loads(zlib.decompress(data))
        except (OSError, zlib.error, EOFError, pickle.UnpicklingError):
            return None
        assert isinstance(page, CallPage)
        return page if drawn == call else None

    def _path(self, call: CallResult) -> Path:
        return self.folder / blake2b(call.recording.encode(), digest_size=16).hexdigest()


@contextmanager
def drawing_ahead() -> Iterator[PagesAhead]:
    """Yield a place for pages that are drawn ahead; it is removed after the block."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        _remove_left(Path(folder))
        yield PagesAhead(Path(folder))


def _remove_left(fresh: Path) -> None:
    """Remove folders of killed runs next to a folder that was just made.

    Folders that cannot be removed stay.
    """
    now_s = fresh.stat().st_mtime
    for folder in fresh.parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if now_s - folder.lstat().st_mtime > _LEFT_S:
                shutil.rmtree(folder)


# Calls whose pages a bug of the harness kept from being drawn: where and how they are reported.

UNDRAWN = "undrawn.txt"
"""The file in a call's folder with the traceback of a page that could not be drawn."""


def keep_traceback(folder: Path, error: Exception) -> str:
    """Write the traceback into the call's folder; return the error's line; raises StorageFailed."""
    write(folder / UNDRAWN, "".join(traceback.format_exception(error)))
    return "".join(traceback.format_exception_only(error)).strip()


def forget_traceback(folder: Path) -> None:
    """Remove the traceback of an earlier drawing of the call; raises StorageFailed."""
    try:
        (folder / UNDRAWN).unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed(folder / UNDRAWN, error.strerror or str(error)) from error


def undrawn_calls(results: RunResults, run_folder: Path) -> tuple[CallResult, ...]:
    """Return the calls whose pages were not drawn when the report was last written."""
    return tuple(c for c in results.recorded if (run_folder / c.recording / UNDRAWN).is_file())


def undrawn_text(results: RunResults, run_folder: Path) -> str:
    """Return a note on pages that could not be drawn, and the first traceback; empty for none."""
    found = undrawn_calls(results, run_folder)
    if not found:
        return ""
    calls = counted(len(found), "call")
    place = path_from_here(run_folder / found[0].recording / UNDRAWN)
    return (
        f"a bug in the harness broke the drawing of {calls}, whose verdicts stand: {place} holds "
        "the traceback; please report it"
    )


_Thing = TypeVar("_Thing")
_Made = TypeVar("_Made")

NOT_KEPT = "The recording was not kept; the verdicts below were made from it."


class Each(Protocol):
    """Applies a job to each element of a sequence, and yields the results in order, as ``map``."""

    def __call__(
        self, job: Callable[[_Thing], _Made], things: Sequence[_Thing], /
    ) -> Iterable[_Made]:
        """Yield the results of the job, a module-level function or its ``partial``."""


def write_report(run_folder: Path, each: Each = map, ahead: PagesAhead | None = None) -> Path:
    """Write the pages of a run and return the index page; running it again replaces them.

    ``each`` draws the pages of the calls: in sequence here, or on more cores. Pages that were drawn
    ``ahead`` are only written.

    Raises RecordingDamaged if ``results.json`` cannot be read, StorageFailed if a page cannot be
    written. A call whose recording cannot be read or drawn gets a page that explains why.
    """
    results = read_results(run_folder / RESULTS)
    title = run_title(run_folder)
    passing = earlier_passing(run_folder, results)
    run = _Run(run_folder, title, results.harness_version, _beside(run_folder), ahead, passing)
    index = run_folder / "index.html"
    try:
        # The index comes last: it lists the calls whose pages could not be drawn.
        copy_assets(run_folder)
        strips = _write_calls(run, results.calls, each)
        _write_calls(run, results.attempts, each)
        write(index, run.index(results, strips))
    except OSError as error:
        raise StorageFailed(run_folder, error.strerror or str(error)) from error
    return index


def _beside(run_folder: Path) -> tuple[Link, ...]:
    """Return links to the pages that refer to a run, relative to its folder."""
    load = (Link("Load test", LOAD_PAGE),) if (run_folder / LOAD).exists() else ()
    return (*above(run_folder), *load)


def run_title(run_folder: Path) -> str:
    """Return the title of a run's pages."""
    return f"Run {run_folder.resolve().name}"


def _write_calls(run: _Run, calls: Sequence[CallResult], each: Each) -> dict[str, Strip]:
    """Write the pages of calls; return those at a glance that could be drawn."""
    around = tuple(zip(calls, neighbours(calls, in_folders), strict=True))
    strips = each(partial(_written, run), around)
    return {
        call.recording: drawn
        for call, drawn in zip(calls, strips, strict=True)
        if drawn is not None
    }


def _written(run: _Run, one: tuple[CallResult, Neighbours]) -> Strip | None:
    call, around = one
    if call.passed is False:
        around = replace(around, earlier=run.passing.get(scenario_key(call), ""))
    page = run.write_call(call, around)
    return None if page.lanes is None else strip(page.lanes)


def read_call(run_folder: Path, call: CallResult) -> tuple[CallPage, Recording | None]:
    """Return the page of a call, and its recording; None if that cannot be shown.

    Raises RecordingDamaged for a stored path that leads out of the run.
    """
    folder = run_folder / place_in_run(run_folder, call)
    if not call.kept:
        return scores_page(call, NOT_KEPT), None
    judged = None
    try:
        recording = read_recording(folder)
        judged = judge(recording)
        return call_page(call, judged), recording
    except RecordingDamaged as error:
        problem = f"There is no recording to show: {_inside(error, run_folder)}"
        return scores_page(call, problem), None
    except Exception as error:  # noqa: BLE001  # the border of drawing one call
        if judged is not None and (why := _invalid(judged)):
            return scores_page(call, f"There is no recording to show: {why}"), None
        return undrawn_page(call, folder, error), None


def _invalid(judged: Judged) -> str:
    """Return the faults of the stored scenario or suite, which may have been edited."""
    try:
        assert judged.call
    except Unscorable as unscorable:
        return unscorable.reason
    except Exception:  # noqa: BLE001  # the bug that is reported already
        return ""
    return ""


def undrawn_page(call: CallResult, folder: Path, error: Exception) -> CallPage:
    """Return the page of a call that broke while it was drawn: its scores, and the error.

    The traceback goes into the call's folder. Raises StorageFailed.
    """
    what = keep_traceback(folder, error)
    return scores_page(
        call,
        "Only the scores are shown: a bug in the harness broke the drawing of this call "
        f"({what}). {UNDRAWN} in the folder of the call holds the traceback; please report it.",
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """Data that all pages of a run share."""

    folder: Path
    title: str
    version: str
    above: tuple[Link, ...]
    """Pages that refer to the run: a history, a comparison, a load test."""
    ahead: PagesAhead | None
    passing: Mapping[ScenarioKey, str]
    """Links to calls of earlier runs that passed, for scenarios that only failed in this run."""

    def index(self, results: RunResults, strips: Mapping[str, Strip]) -> str:
        frame = PageFrame((*self.above, Link(self.title)), version=self.version)
        undrawn = undrawn_calls(results, self.folder)
        page = index_page(results, strips, title=self.title, undrawn=undrawn)
        since = since_before(self.folder, results)
        page = replace(page, load_test=self._load_test(results), since=since)
        return render("index.html.j2", frame, page=page)

    def _load_test(self, results: RunResults) -> LoadCalls | None:
        if not (self.folder / LOAD).exists():
            return None
        try:
            light = read_load(self.folder / LOAD).light
        except RecordingDamaged:  # `harness verify` names it
            light = False
        return LoadCalls(LOAD_PAGE, results.target, light)

    def write_call(self, call: CallResult, around: Neighbours) -> CallPage:
        place = place_in_run(self.folder, call)
        folder = self.folder / place
        folder.mkdir(parents=True, exist_ok=True)
        forget_traceback(folder)
        page, recording = self._page(call)
        try:
            if recording is not None and page.has_audio:
                write_audio(folder, recording)
            text = self._call(page, around, place)
        except (HarnessError, OSError):
            raise
        except Exception as error:  # noqa: BLE001  # the border of drawing one call
            page = undrawn_page(call, folder, error)
            text = self._call(page, around, place)
        write(folder / "index.html", text)
        return page

    def _page(self, call: CallResult) -> tuple[CallPage, Recording | None]:
        """Return the data of a page, and the recording unless its audio is written already."""
        drawn = None if self.ahead is None else self.ahead.page_of(call)
        return read_call(self.folder, call) if drawn is None else (drawn, None)

    def _call(self, page: CallPage, around: Neighbours, place: PurePath) -> str:
        root = "../" * len(place.parts)
        nonce = nonce_of(f"{page.row.href} {page.peaks}")
        trail = (
            *(Link(link.text, root + link.href) for link in self.above),
            Link(self.title, f"{root}index.html"),
            Link(page.row.title),
        )
        frame = PageFrame(trail, root, nonce, self.version)
        return render(
            "call.html.j2",
            frame,
            page=page,
            around=around,
            audio=AUDIO,
            tracks=_tracks(self.folder / place),
            data=player_data(page, nonce),
        )


def _tracks(folder: Path) -> dict[str, str]:
    """Return the files that contain a single side of the call."""
    paths = {who: track_path(folder, name) for who, name in (("caller", CALLER), ("agent", AGENT))}
    return {who: path.name for who, path in paths.items() if path.is_file()}


def _inside(error: RecordingDamaged, run_folder: Path) -> str:
    """Return the reason with the path inside the run: pages travel, folders of a machine do not."""
    path = error.path
    shown = path.relative_to(run_folder) if path.is_relative_to(run_folder) else Path(path.name)
    return f"{shown}: {error.detail}"


# A run, or a single call of it, as one HTML file to send to other people.
#
# A run holds all verdicts and transcripts, and the failures with audio, as far as
# ``MOST_HEARD_S`` goes. Style, scripts and audio are embedded, so that it loads no other file;
# its policy allows exactly these scripts. Every call keeps its scores and its transcript; calls
# with audio keep waits and tools too, and their audio as Opus. Event logs are left out, except
# that of a single call.

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
