"""Faults of the same kind are merged into a sentence with their number, and split again."""

from __future__ import annotations

import pytest

from harness.judging.scorers.base import kind_of, merged, sentences


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "a"], "a (2 times); b"),
        (["no answer at 0:01.2"] * 115, "no answer at 0:01.2 (115 times)"),
        ([f"said 'x{n}'" for n in range(3)], "said 'x0'; said 'x1'; said 'x2'"),
        ([f"said 'x{n}'" for n in range(9)],
         "said 'x0'; said 'x1'; said 'x2'; and 6 more of this kind"),
        (["a was late", *(f"at 0:0{n}.5 b" for n in range(5)), "a was late"],
         "a was late (2 times); at 0:00.5 b; at 0:01.5 b; at 0:02.5 b; and 2 more of this kind"),
    ],
)  # fmt: skip
def test_reasons_of_a_kind_are_told_once(reasons: list[str], told: str) -> None:
    assert merged(reasons) == told


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ([], ()),
        (["a"], ("a",)),
        (["a", "b", "a"], ("a", "b")),
        (["said 'x; y'", 'said "p; q"', "noted “r; s”"],
         ("said 'x; y'", 'said "p; q"', "noted “r; s”")),
        ([f"said 'x{n}'" for n in range(9)], ("said 'x0'", "said 'x1'", "said 'x2'")),
        (["a came late (2 times): 6.0 s"], ("a came late: 6.0 s",)),
        (["an answer stopped at 0:02.0, 3 times"], ("an answer stopped at 0:02.0",)),
        (["a was called 2 times, expected 1"], ("a was called 2 times, expected 1",)),
        (["the caller's was cut; then silence"], ("the caller's was cut", "then silence")),
    ],
)  # fmt: skip
def test_a_reason_is_taken_apart_into_its_sentences(
    reasons: list[str], told: tuple[str, ...]
) -> None:
    assert sentences(merged(reasons)) == told


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("f was called with 'A', the caller's is 'B'", "f was called with …, the caller's is …"),
        ("f was called with B7K-4, but it was never read back",
         "f was called with …, but it was never read back"),
        ('no answer at 0:01.2 to "why?"', "no answer at … to …"),
    ],
)  # fmt: skip
def test_what_differs_between_calls_is_left_out_of_the_kind(sentence: str, kind: str) -> None:
    assert kind_of(sentence) == kind
