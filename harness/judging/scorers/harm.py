"""The order of harm: decides which of several faults a report names first."""

from __future__ import annotations

import re

from harness.judging.scorers.base import sentences

_OTHERS = ""
"""The name in the table for scorers of plug-ins, whose harm is unknown."""

_WORST_FIRST = (
    # Changes without the caller's consent, and false claims.
    ("write_confirmation", ""),
    ("expectations", r"should (?:not )?be\b"),
    ("tool_use", r"\b[Tt]he agent sa(?:id|y) |\btold at "),
    ("entity_confirmation", ""),
    # Services that the caller needed and did not get.
    ("escalation", ""),
    ("delivery", r"never (?:reached|ended|told)|without an answer"),
    ("time_to_first_audio", r"^no answer to|^answered in text only"),
    ("expectations", ""),
    ("tool_use", ""),
    ("delivery", ""),
    ("transcription", ""),
    (_OTHERS, ""),
    # Turn-taking, waits and style.
    ("selectivity", ""),
    ("barge_in_yield", ""),
    ("pause_handling", ""),
    ("time_to_first_audio", ""),
    ("audio_quality", ""),
    ("preamble", ""),
)
"""Rows of a scorer and a regular expression; the first row that fits a sentence is its rank.

An empty expression fits every sentence of the scorer.
"""

_NAMED = frozenset(name for name, _ in _WORST_FIRST)


def harm_rank(scorer: str, reason: str) -> int:
    """Return the rank of the worst sentence of a scorer's reason; smaller is worse."""
    name = scorer if scorer in _NAMED else _OTHERS
    rows = [(rank, words) for rank, (of, words) in enumerate(_WORST_FIRST) if of == name]
    return min(
        next(rank for rank, words in rows if re.search(words, sentence))
        for sentence in sentences(reason) or ("",)
    )
