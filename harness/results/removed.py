"""Recordings that are removed on purpose: how the results of their run tell it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.results.model import CallResult, RunResults
from harness.results.store import from_json, write_results
from harness.storage import read_plain


def has_recordings(results: RunResults) -> bool:
    """Say whether, by its results, the recording of any call of a run is there."""
    return any(_is_there(call) for call in results.recorded)


def tell_removed(path: Path) -> None:
    """Say in ``results.json`` that recordings are removed on purpose, as ``--keep`` says it.

    To be called before they go. Raises OSError, RecordingDamaged, StorageFailed.
    """
    stored = from_json(read_plain(path), path)
    write_results(
        path, replace(stored, calls=_unkept(stored.calls), attempts=_unkept(stored.attempts))
    )


def _unkept(calls: tuple[CallResult, ...]) -> tuple[CallResult, ...]:
    return tuple(replace(call, kept=False) if _is_there(call) else call for call in calls)


def _is_there(call: CallResult) -> bool:
    return call.kept and call.duration_s is not None
