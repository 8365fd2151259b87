"""Which words were heard when only part of the audio was played."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.timeline.word_lengths import heard_words, spoken_share, written_before

ORDER = "I have O, R, D, dash, four, seven, one, five, B. Is that right?"


@given(st.floats(0, 8), st.floats(0, 8))
def test_more_audio_never_means_fewer_words(a: float, b: float) -> None:
    short, long = sorted((a, b))
    less = heard_words(ORDER, heard_s=short, generated_s=8.0)
    assert heard_words(ORDER, heard_s=long, generated_s=8.0).startswith(less)


@pytest.mark.parametrize(
    ("heard_s", "words"),
    [
        (0.0, ""),
        (0.05, ""),
        (2.53, "I have O, R, D,"),
        (4.69, "I have O, R, D, dash, four, seven, one,"),
        (5.78, ORDER.partition(" Is")[0]),
    ],
)
def test_words_are_those_that_a_recognizer_hears_of_the_cut_audio(
    heard_s: float, words: str
) -> None:
    """Cut points of a real read-back (eSpeak en-us+robert, 7.22 s), judged by listening."""
    assert heard_words(ORDER, heard_s=heard_s, generated_s=7.22) == words


def test_an_identifier_takes_as_long_as_its_characters() -> None:
    text = "Your order ORD-4715B left"
    assert spoken_share(text, len(text)) == 1.0
    assert spoken_share(text, text.index("left")) - spoken_share(text, text.index("ORD")) > 0.5


def test_nothing_has_no_share_and_no_words() -> None:
    assert spoken_share("", 0) == 0.0
    assert heard_words("", heard_s=1.0, generated_s=0.0) == ""


def test_words_count_as_written_when_their_piece_has_arrived() -> None:
    pieces = [(1.0, "I have"), (1.5, " O,"), (2.0, " R.")]
    assert [written_before(pieces, at) for at in (0.5, 1.0, 1.7, 9.0)] == [0, 2, 3, 4]
