"""Which nights are old enough to go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from harness.errors import UsageError
from harness.history.nights import began


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
