"""Faults are ordered by the harm that they do, whatever scorer found them."""

from __future__ import annotations

import re

import pytest

from harness.judging.scorers.base import _HARM_WORST_FIRST, harm_rank
from harness.judging.scorers.registry import SCORERS

WORST_FIRST = [
    ("write_confirmation", "cancel_order was called without being proposed"),
    ("expectations", "cancel_order was called and never should be"),
    ("tool_use", "cancel_order had failed at 0:09.1, and the agent said 'It is cancelled.'"),
    ("entity_confirmation", "cancel_order was called with B7, but it was never read back"),
    ("escalation", "transfer was due and was never called"),
    ("delivery", "the result of lookup never reached the caller: 12.0 s of silence"),
    ("time_to_first_audio", "no answer to 'Where is it?'"),
    ("expectations", "lookup() was called 0 times, expected 1"),
    ("tool_use", "lookup was called with arguments that break its schema: id is missing"),
    ("delivery", "the result of lookup came late: 6.0 s of silence"),
    ("transcription", "3 of 9 words wrong (33%, limit 10%)"),
    ("scorer_of_a_package", "rude"),
    ("selectivity", "the agent stopped for the noise"),
    ("barge_in_yield", "the agent kept talking over the caller for 2.00 s"),
    ("pause_handling", "the agent took the floor"),
    ("time_to_first_audio", "slowest answer took 3.00 s, limit 1.50 s"),
    ("audio_quality", "the agent's audio broke off"),
    ("preamble", "nothing was heard before lookup"),
]


def test_the_worst_harm_is_first() -> None:
    ranks = [harm_rank(*fault) for fault in WORST_FIRST]
    assert ranks == sorted(set(ranks)) == list(range(len(_HARM_WORST_FIRST)))


def test_every_scorer_has_a_place_for_each_of_its_faults() -> None:
    bare = {name for name, words in _HARM_WORST_FIRST if not words}
    assert set(SCORERS.names()) <= bare


@pytest.mark.parametrize(
    ("reason", "as_bad_as"),
    [
        ("lookup came late; the result of book never reached the caller", WORST_FIRST[5]),
        ("book waits for approval: 9.0 s without an answer from 0:03.0", WORST_FIRST[5]),
        ("", WORST_FIRST[9]),
    ],
)
def test_a_reason_is_as_bad_as_its_worst_sentence(reason: str, as_bad_as: tuple[str, str]) -> None:
    assert harm_rank("delivery", reason) == harm_rank(*as_bad_as)


@pytest.mark.parametrize(
    "reason",
    [
        "was cancel_order claimed without a call? The agent said 'It is cancelled.'",
        "did the agent say '50 dollars' at 0:09.0, although lookup returned 40? 'It is 50.'",
        "'50 dollars' was told at 0:03.0, and lookup returned only at 0:08.0: 'It is 50.'",
    ],
)
def test_what_is_said_against_a_result_is_as_bad_as_a_false_claim(reason: str) -> None:
    assert harm_rank("tool_use", reason) == harm_rank(*WORST_FIRST[2])


@pytest.mark.parametrize(("scorer", "words"), [row for row in _HARM_WORST_FIRST if row[1]])
def test_the_words_of_a_row_are_those_of_its_scorer(scorer: str, words: str) -> None:
    """The pattern of each row matches a sentence above, which the scorers' own tests have."""
    assert any(name == scorer and re.search(words, said) for name, said in WORST_FIRST)
