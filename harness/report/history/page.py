"""``history.html``: written where the nights' runs are, so that its links lead to their calls.

It is shown as its last night had it. `harness nightly` knows prices and where pages are from its
file, `harness history show` does not: without a note of both (``Shown``) it would write the page
anew without money and without links.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import ValidationError

from harness.errors import StorageFailed, UsageError
from harness.history.cost import Prices
from harness.history.nights import PAGE, SHOWN
from harness.history.store import History, HistoryFolder
from harness.report.history.view import history_page
from harness.report.pages import Link, PageFrame, copy_assets, inlined, render, write
from harness.results.prompt_diff import AgentPrompt
from harness.results.prompts import recorded_prompt
from harness.scenario.fields import Model


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

    def prompt_of(self, folder: str) -> AgentPrompt | None:
        """Return the prompt of a recorded call; None where its recording is not there."""
        return recorded_prompt(self.runs / folder)


def write_history(history: History, pages: RunPages, *, prices: Prices | None) -> Path:
    """Write the page of a history and return it; raises StorageFailed."""
    page = history_page(history, pages.link, prices=prices, prompt_of=pages.prompt_of)
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
    page = history_page(history, link, prices=prices, prompt_of=pages.prompt_of)
    frame = PageFrame(trail=(Link("History"),), inline=inlined("page.js"))
    try:
        write(path, render("history.html.j2", frame, page=page))
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error
    return path


def _nowhere(_page: str) -> str:
    return ""


class Shown(Model):
    """What the page of a history needs beside its nights."""

    format: Literal[1] = 1
    prices: Prices | None = None
    pages: str | None = None
    """Where the runs' pages are published."""


def keep_shown(folder: HistoryFolder, shown: Shown) -> None:
    """Keep this for the next time; raises OperationError."""
    folder.keep_note(SHOWN, (shown.model_dump_json(indent=2, exclude_none=True) + "\n").encode())


def last_shown(folder: HistoryFolder) -> Shown:
    """Return what the last night kept, or nothing of it.

    Raises:
        UsageError: it cannot be understood.
        OperationError: it cannot be read.
    """
    note = folder.note(SHOWN)
    try:
        return Shown.model_validate_json(note) if note is not None else Shown()
    except ValidationError as error:
        raise UsageError(
            f"history {folder.place}: {SHOWN} cannot be read; remove it, the next "
            "`harness nightly` writes it again"
        ) from error
