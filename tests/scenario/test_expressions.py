"""Expressions of scenario files match, fail to compile, or run out of time; they never hang."""

from __future__ import annotations

import pytest

from harness.scenario.fault_text import (
    MOST_PLACES,
    SlowExpression,
    _places,
    expression_fault,
    search,
)


def test_an_expression_is_searched_anywhere_and_in_either_case() -> None:
    assert search("is that (right|correct)", "So: IS THAT RIGHT?")
    assert not search("goodbye", "Hello.")


def test_a_search_without_end_is_an_error_after_its_limit() -> None:
    with pytest.raises(SlowExpression, match=r"repeats a repetition"):
        search(r"^(a|aa)+$", "a" * 60 + "!", limit_s=0.05)


def test_what_is_no_expression_is_said() -> None:
    assert expression_fault("right") is None
    assert expression_fault("*") == "not a regular expression: nothing to repeat, in '*'"


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("((a{1000}){1000}){1000}", False),
        ("((a{100}){1000}){1,}", True),
        ("((a{100}){1000}){1,2}", False),
        ("(ab){50001}", False),
        ("(ab){50000}", True),
        ("a{0,1000}b{0,1000}", True),
        (r"(\({1000}){100}", True),
        (r"([(\]]{1000}){101}", False),
        (r"\d{3}-\d{4}|ORD-\w{5}", True),
    ],
)
def test_repeats_of_repeats_are_measured_before_an_engine_writes_them_out(expression, fits) -> None:
    assert (_places(expression) <= MOST_PLACES) is fits
    if not fits:
        said = "its repeats, written out, are longer than 100,000 places"
        assert said in (expression_fault(expression) or "")


def test_more_repeats_than_any_engine_counts_are_a_fault() -> None:
    said = (
        "not a regular expression: its repeats, written out, are longer than 100,000 places, "
        "in 'a{99999999999}'"
    )
    assert expression_fault("a{99999999999}") == said
