"""Pages drawn ahead: what the page of a call shows, made while the judged call is in memory.

When the pages of a run are written, nothing of such a call is read again; only its neighbours were
not known before. Until then it lies in a folder that nobody else writes to. One that a killed run
left goes with a later run; a run from which it is taken after all draws its pages once more.
"""

from __future__ import annotations

import pickle
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from harness.judging.judge import Judged
from harness.report.run.call_view import CallPage, call_page
from harness.report.run.sound import write_audio
from harness.results.model import CallResult
from harness.results.store import as_stored
from harness.storage import read_plain, write_whole

_PREFIX = "harness-pages-"

_LEFT_S = 24 * 3600.0
"""A folder into which nobody has put a page for so long was left by a run that was killed."""

_QUICK = 1
"""A fifth of the bytes for 0.2 ms; better takes longer."""


@dataclass(frozen=True, slots=True)
class PagesAhead:
    """The pages of one run that are drawn already; crosses into worker processes."""

    folder: Path

    def draw(self, call: CallResult, judged: Judged, folder: Path) -> None:
        """Draw the page of a call and write its sound into its folder; never raises.

        What cannot be drawn is drawn with all pages, which tells what is wrong with it.
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
        """Return the page of a call; None if it was not drawn, or its result is another by now.

        Also where what was drawn cannot be read: then it is drawn once more.
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
    """Have a place for pages that are drawn ahead, which is gone behind the block."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        _remove_left(Path(folder))
        yield PagesAhead(Path(folder))


def _remove_left(fresh: Path) -> None:
    """Remove what runs that were killed left beside a folder that was just made.

    What is not ours to remove stays.
    """
    now_s = fresh.stat().st_mtime
    for folder in fresh.parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if now_s - folder.lstat().st_mtime > _LEFT_S:
                shutil.rmtree(folder)
