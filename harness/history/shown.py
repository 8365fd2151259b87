"""How the page of a history is shown, as its last night had it: prices, and where pages are.

`harness nightly` knows both from its file, `harness history show` does not: without this note it
would write the page anew without money and without links.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ValidationError

from harness.errors import UsageError
from harness.history.cost import Prices
from harness.history.foreign import SHOWN
from harness.history.store import HistoryFolder
from harness.scenario.fields import Model


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
