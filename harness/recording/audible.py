"""What counts as an answer that a caller hears, for the live call and for its scorers alike."""

from __future__ import annotations

CLICK_S = 0.1
"""A shorter sound holds no syllable: the caller has heard no answer yet."""
