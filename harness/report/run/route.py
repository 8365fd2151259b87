"""How pages link to each other: the address of a moment in a call, and the way to the next call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from harness.results.model import CallResult

Address = Callable[[CallResult, float | None], str]
"""The link from the index to a call, and to a moment in it (seconds) where one is given."""


def in_folders(call: CallResult, at_s: float | None = None) -> str:
    """Return the link to the page in the call's own folder, safe for any folder name."""
    fragment = "" if at_s is None else f"#t={at_s:.2f}"
    return f"{quote(call.recording)}/index.html{fragment}"


def in_one_file(calls: Sequence[CallResult]) -> Address:
    """Return addresses inside a page that holds all calls: ``#call=2&t=12.30``, from 0."""
    places = {call.recording: place for place, call in enumerate(calls)}

    def address(call: CallResult, at_s: float | None = None) -> str:
        moment = "" if at_s is None else f"&t={at_s:.2f}"
        return f"#call={places[call.recording]}{moment}"

    return address


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Links from one call's page to others, in the order of the run; empty where there is none."""

    previous: str = ""
    next: str = ""
    next_failed: str = ""


def neighbours(calls: Sequence[CallResult], address: Address) -> tuple[Neighbours, ...]:
    """Return every call's neighbours, in the calls' order."""
    links = [address(call, None) for call in calls]
    found: list[Neighbours] = []
    failed = ""
    for place in reversed(range(len(calls))):
        following = links[place + 1] if place + 1 < len(calls) else ""
        found.append(Neighbours(links[place - 1] if place else "", following, failed))
        if calls[place].passed is False:
            failed = links[place]
    return tuple(reversed(found))
