"""Expressions of scenario files match, fail to compile, or run out of time; they never hang."""

from __future__ import annotations

import pytest

from harness.scenario.expressions import SlowExpression, problem_of, search


def test_an_expression_is_searched_anywhere_and_in_either_case() -> None:
    assert search("is that (right|correct)", "So: IS THAT RIGHT?")
    assert not search("goodbye", "Hello.")


def test_a_search_without_end_is_an_error_after_its_limit() -> None:
    with pytest.raises(SlowExpression, match=r"repeats a repetition"):
        search(r"^(a|aa)+$", "a" * 60 + "!", limit_s=0.05)


def test_what_is_no_expression_is_said() -> None:
    assert problem_of("right") is None
    assert problem_of("*") == "nothing to repeat"
