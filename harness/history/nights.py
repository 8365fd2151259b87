"""What lies in a history: nights by their names, which are old enough to go, and what is no run.

A night's name is the instant at which it began, ``2026-04-25T02-00-00Z``. What is no night's run is
named, with what to do, and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from harness.errors import UsageError
from harness.results.reviews import REVIEWS
from harness.results.store import RESULTS

_NIGHT = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")
_FORM = "%Y-%m-%dT%H-%M-%SZ"

_CLOCKS_DIFFER = timedelta(minutes=5)
"""Two machines with clocks that are set may be so far apart."""

PAGE = "history.html"
ASSETS = "assets"
SHOWN = "page.json"

_LINK = "a link; links are not followed"
AHEAD = (
    "dated in the future (a clock was wrong, or a time zone); it is kept, and no night until then"
)
_NO_NIGHT = {"link": _LINK, "directory": "no run in it"}
NO_RUN = {
    "link": _LINK,
    "directory": f"no {RESULTS}; if its run was killed, `harness score` makes one",
}


def night_of(instant: datetime) -> str:
    """Return the name of the night that began at an instant with a time zone."""
    return instant.astimezone(UTC).strftime(_FORM)


def began(night: str) -> datetime:
    """Return when a night began; raises ValueError for what is not the name of a night."""
    return datetime.strptime(night, _FORM).replace(tzinfo=UTC)


def is_night(name: str) -> bool:
    """Say whether this is the name of a night."""
    try:
        return _NIGHT.fullmatch(name) is not None and bool(began(name))
    except ValueError:  # in the form of a night, but no day of any calendar
        return False


def is_ahead(night: str, now: datetime) -> bool:
    """Say whether a night has not begun yet: some clock was wrong when it was named."""
    return began(night) > now + _CLOCKS_DIFFER


def too_old(
    nights: Sequence[str], *, keep_nights: int | None, keep_days: int | None, now: datetime
) -> tuple[str, ...]:
    """Return the nights that neither rule keeps, oldest first; the newest night always stays.

    Raises:
        UsageError: neither rule is given.
    """
    if keep_nights is None and keep_days is None:
        raise UsageError("say what to keep: --keep-nights N, --keep-days N, or both")
    known = sorted(nights)
    kept = set(known[-(keep_nights or 1) :])
    if keep_days is not None:
        # Longer than any calendar is as long as there is.
        age = timedelta(days=min(keep_days, timedelta.max.days))
        kept |= {night for night in known if now - began(night) <= age}
    return tuple(night for night in known if night not in kept)


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in the folder that is no run, or none that can be read."""

    place: str
    reason: str


def is_results(place: str) -> bool:
    """Say whether this is where the results of a run stand."""
    return _is_of_run(place, RESULTS)


def is_reviews(place: str) -> bool:
    """Say whether this is where persons' verdicts on a run stand."""
    return _is_of_run(place, REVIEWS)


def _is_of_run(place: str, name: str) -> bool:
    night, *rest = place.split("/")
    return len(rest) == 2 and rest[1] == name and is_night(night)


def foreign(inside: Mapping[str, str], runs: set[str]) -> Iterator[Skipped]:
    """Name what is neither a run's nor written by us; of a run that was killed, what to do."""
    filled = {place.split("/")[0] for place in inside if "/" in place}
    for place, kind in sorted(inside.items()):
        depth = place.count("/")
        if not is_night(place.split("/")[0]):
            if depth == 0 and place not in (PAGE, ASSETS, SHOWN):
                yield Skipped(place, "not a night")
        elif depth == 0 and place not in filled:
            yield Skipped(place, _NO_NIGHT.get(kind, "not a night"))
        elif depth == 1 and place not in runs:
            yield Skipped(place, NO_RUN.get(kind, "not a run"))
