"""A value that stands in running text, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """``value`` in its normalized form, said or written in ``text[start:stop]``."""

    value: str
    start: int
    stop: int
