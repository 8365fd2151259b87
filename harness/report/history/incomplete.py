"""Nights of which not every call was judged: they are told as such, and are no plain pass.

A night is incomplete where a call gave no verdict, or one of its runs was stopped. The newest night
of a history is so, too, where a run of it cannot be read, or where it was stopped before it came to
a suite or target that the night before called.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.history.nights import AHEAD, is_night
from harness.history.series import Night, NightCall
from harness.history.store import History
from harness.history.trend import GroupTrend
from harness.results.lost import unjudged


def of_night(night: Night) -> str:
    """Return what a group's night lacks: "12 of 26 calls judged, 14 not called"; or nothing."""
    return _told(night.calls)


def of_last_night(history: History, found: Sequence[GroupTrend]) -> str:
    """Return what the newest night of all groups lacks, as a sentence; empty for nothing."""
    return _sentence((_told(_last_calls(history, found)), *_not_there(history, found)))


def of_its_runs(history: History, found: Sequence[GroupTrend]) -> str:
    """Return which calls of the newest night are in no group, as a sentence; empty for none."""
    return _sentence(_not_there(history, found))


def _sentence(told: Sequence[str]) -> str:
    whole = "; ".join(filter(None, told))
    return f"The last night is incomplete: {whole}." if whole else ""


def _last_calls(history: History, found: Sequence[GroupTrend]) -> list[NightCall]:
    nights = (trend.nights[-1] for trend in found)
    return [one for night in nights if night.night == history.nights[-1] for one in night.calls]


def _not_there(history: History, found: Sequence[GroupTrend]) -> tuple[str, ...]:
    """Return what a stopped night did not come to, and its runs that were skipped."""
    night, *before = reversed(history.nights)
    stopped = _stopped(_last_calls(history, found))
    due = [trend.group for trend in found if stopped and trend.nights[-1].night in before[:1]]
    places = [one.place for one in history.skipped if one.reason != AHEAD and "/" in one.place]
    unread = [place for place in places if _is_since(place.split("/")[0], night)]
    return (
        *(f"it did not come to {group}" for group in due),
        *(f"{place} has no results to read" for place in unread),
    )


def _told(kept: Sequence[NightCall]) -> str:
    lacking = unjudged([one.call for one in kept])
    return lacking or (
        "the run was stopped, and what it did not come to is not listed" if _stopped(kept) else ""
    )


def _stopped(kept: Sequence[NightCall]) -> bool:
    return any(one.entry.results.interrupted for one in kept)


def _is_since(name: str, night: str) -> bool:
    return is_night(name) and name >= night
