"""A history as a table: a row per night, call and scorer, as CSV or Parquet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import StorageFailed, UsageError
from harness.results.aggregate import frame
from harness.results.history.store import History, HistoryEntry

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".parquet")


def export(history: History, path: Path) -> int:
    """Write ``results.aggregate.frame`` of every run, with night and run in front; return the rows.

    Raises:
        UsageError: another suffix than .csv or .parquet, no run to export, or Parquet without
            pyarrow.
        StorageFailed: the file cannot be written.
    """
    if path.suffix not in SUFFIXES:
        raise UsageError(f"{path}: expected a name that ends in {' or '.join(SUFFIXES)}")
    if not history.entries:
        raise UsageError(f"history {history.place} holds no runs, so there is nothing to export")
    table = history_frame(history)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".csv":
            table.to_csv(path, index=False)
        else:
            table.to_parquet(path, index=False)
    except ImportError as error:
        needed = "python -m pip install 'voice-agent-harness[parquet]'"
        raise UsageError(f"{path}: Parquet needs pyarrow ({needed}); CSV needs nothing") from error
    except OSError as error:
        raise StorageFailed(path, error.strerror or str(error)) from error
    return len(table)


def history_frame(history: History) -> pd.DataFrame:
    """Return a table of all runs: night, run, target, model and harness version in front."""
    rows = [
        (entry, max(1, len(call.scores)))
        for entry in history.entries
        for call in entry.results.calls
    ]
    table = frame(tuple(call for entry in history.entries for call in entry.results.calls))
    for place, (name, of) in enumerate(_IN_FRONT.items()):
        table.insert(place, name, [of(entry) for entry, count in rows for _ in range(count)])
    return table


_IN_FRONT: dict[str, Callable[[HistoryEntry], str]] = {
    "night": lambda entry: entry.night,
    "run": lambda entry: entry.run,
    "target": lambda entry: entry.results.target,
    "model": lambda entry: str(entry.results.target_settings.get("model") or ""),
    "harness_version": lambda entry: entry.results.harness_version,
}
