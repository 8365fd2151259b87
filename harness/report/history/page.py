"""``history.html``: written where the nights' runs are, so that its links lead to their calls."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from harness.errors import StorageFailed
from harness.history.cost import Prices
from harness.history.foreign import PAGE
from harness.history.store import History
from harness.report.history.view import history_page
from harness.report.pages import Link, PageFrame, copy_assets, inlined, render, write


@dataclass(frozen=True, slots=True)
class RunPages:
    """Where the reports of the runs are, and where the page about them goes.

    ``runs`` is the folder that holds ``NIGHT/RUN``; ``published`` its address on the web, if it has
    one; the page is written in ``page_in``, or beside the runs.
    """

    runs: Path
    published: str | None = None
    page_in: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the page goes."""
        return self.page_in or self.runs

    def link(self, page: str) -> str:
        """Return the link to a page of a run, empty if it is not there (any more)."""
        if self.published is not None:
            return f"{self.published.rstrip('/')}/{quote(page)}"
        if not (self.runs / page).is_file():
            return ""
        return quote(Path(os.path.relpath(self.runs / page, self.folder)).as_posix())


def write_history(history: History, pages: RunPages, *, prices: Prices | None) -> Path:
    """Write the page of a history and return it; raises StorageFailed."""
    page = history_page(history, pages.link, prices=prices)
    path = pages.folder / PAGE
    try:
        pages.folder.mkdir(parents=True, exist_ok=True)
        copy_assets(pages.folder)
        write(path, render("history.html.j2", PageFrame(trail=(Link("History"),)), page=page))
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error
    return path


def write_history_file(
    history: History, pages: RunPages, path: Path, *, prices: Prices | None
) -> Path:
    """Write the page of a history as one file to send; raises StorageFailed.

    It leads to runs only where they are published.
    """
    link = pages.link if pages.published is not None else _nowhere
    page = history_page(history, link, prices=prices)
    frame = PageFrame(trail=(Link("History"),), inline=inlined("page.js"))
    try:
        write(path, render("history.html.j2", frame, page=page))
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error
    return path


def _nowhere(_page: str) -> str:
    return ""
