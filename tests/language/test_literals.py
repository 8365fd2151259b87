"""A search that is skipped because a literal text is missing would have found no match."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.language.phrasebook import matches, needed_literals


@pytest.mark.parametrize(
    ("expression", "needed"),
    [
        ("cancel", ("cancel",)),
        ("cancel(?:s|led)?", ("cancel",)),
        ("(?:^|(?:to|i) )book(?:ed)?", ("book",)),
        ("go ahead(?: and)* book it", ("go ahead",)),
        ("colou?r", ("colo",)),
        ("(?:ends|stops) it", ("ends", "stops")),
        ("(?:sure|ok)+ then", (" then",)),
        ("yes|no", ("yes", "no")),
        ("yes|", ()),
        (r"\w+n't|it", ("n't", "it")),
        (r"a\.m\.", ("a.m.",)),
        (r"(?<!the )stop(?! it)", ("stop",)),
        ("[ab]{2,}", ()),
        ("(?:x)?", ()),
        ("", ()),
        ("(?i)yes", ()),
        ("(unclosed", ()),
        ("[unclosed", ()),
        ("unopened)", ()),
        ("ends in \\", ()),
        ("(?:no{2}b|no)", ("n", "no")),
    ],
)
def test_one_of_these_texts_is_in_every_match(expression: str, needed: tuple[str, ...]) -> None:
    assert needed_literals(expression) == needed


PARTS = st.sampled_from(
    ["book", "books?", "(?:to|i) book", "(?:up|down)", "b[aeo]ok", "oo+k", "^no", "(?<!no )book",
     r"(?!book)b\w+", "no|yes", "(?:no|yes)? book", r"(?: \w+){0,2}? book", "k$", "b{1,2}o", ""]
)  # fmt: skip


@given(
    st.lists(PARTS, max_size=4).map(tuple),
    st.lists(st.sampled_from(["book", "books", "no", "yes", "to", "bb", "up", "i"])).map(" ".join),
)
def test_a_filtered_search_finds_what_one_expression_for_all_finds(
    patterns: tuple[str, ...], text: str
) -> None:
    whole = rf"\b(?:{'|'.join(patterns) if patterns else '(?!)'})(?!['\w])"
    assert matches(patterns, text) == (re.search(whole, text) is not None)
