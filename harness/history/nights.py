"""Nights by their names: the instant at which each began, ``2026-04-25T02-00-00Z``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_NIGHT = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ")
_FORM = "%Y-%m-%dT%H-%M-%SZ"

_CLOCKS_DIFFER = timedelta(minutes=5)
"""Two machines with clocks that are set may be so far apart."""


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
