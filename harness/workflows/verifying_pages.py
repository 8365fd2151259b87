"""Pages that are cut short, and what they need and lack: their sound, style and scripts.

All of it is made from results and recordings, so what is wrong says how it is made again. A page is
held against its own words: what it names and what lies in its run must be there.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from harness.audio import wav
from harness.calls.journal import JOURNAL
from harness.calls.verifying import FileFault
from harness.errors import HarnessError
from harness.report.pages import STATIC
from harness.report.run.sound import AUDIO
from harness.results.store import LONGEST_WAIT_S
from harness.storage import read_plain

_ASSETS = "assets"
_NAMED = re.compile(r'\s(?:src|href)="([^"#?:]+)"')


def page_faults(page: Path, run: Path, *, at_work: bool = False) -> Iterator[FileFault]:
    """Yield what is wrong with a page, if it is there, and with what it needs of its ``run``.

    The index of a run is written last, so it needs the pages of all calls, too; not where the run
    goes on, nor where somebody is ``at_work`` in it. What lies outside of the run is not looked at.
    """
    try:
        text = read_plain(page).decode("utf-8", "replace")
    except FileNotFoundError:
        return
    except OSError as error:
        yield FileFault(page, error.strerror or str(error))
        return
    again = f"`harness report {run}`"
    if not text.rstrip().endswith("</html>"):
        yield FileFault(page, f"cut short; {again} writes the pages again")
    is_last = page.parent == run and not (at_work or (run / JOURNAL).exists())
    for named in dict.fromkeys(_NAMED.findall(text)):
        file = Path(os.path.normpath(page.parent / unquote(html.unescape(named))))
        beside = file.parent == page.parent or file.is_relative_to(run / _ASSETS)
        if not file.is_relative_to(run) or not (beside or is_last):
            continue
        if not file.exists():
            yield FileFault(file, f"missing; {again} makes it again")
        elif file.is_relative_to(run / _ASSETS) and _is_damaged(file, run):
            yield FileFault(file, f"cut short or damaged; {again} makes it again")


def sound_faults(call: Path, run: Path) -> Iterator[FileFault]:
    """Yield what is wrong with the sound of a call's page, if it is there. Decodes all of it."""
    path = call / AUDIO
    if not path.exists():
        return
    try:
        wav.read_channels(path, most_s=LONGEST_WAIT_S)
    except HarnessError:
        problem = f"damaged, or cut short; remove it, and `harness report {run}` makes it again"
        yield FileFault(path, problem)


def _is_damaged(asset: Path, run: Path) -> bool:
    """Say whether a file of ours was cut short, or holds what no text does.

    That of another version of the harness may differ, and be shorter.
    """
    data = read_plain(asset)
    ours = STATIC / asset.relative_to(run / _ASSETS)
    short = ours.exists() and len(data) < ours.stat().st_size
    return b"\0" in data or (short and read_plain(ours).startswith(data))
