"""What lies in a history and is no run of it: named, with what to do, and left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.history.nights import is_night
from harness.results.reviews import REVIEWS
from harness.results.store import RESULTS

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
