"""Whole numbers in words: what a language must tell of them, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """How whole numbers are said and read.

    Words are in lower case and hold no hyphens where they are read: "forty-nine" comes as
    ("forty", "nine").
    """

    digits: tuple[str, ...]
    """The names of 0 to 9."""
    largest: int
    """The largest number that has words."""
    cardinal: Callable[[int], str]
    """The words of a number from 0 to ``largest``; raises ValueError for another."""
    parse: Callable[[Sequence[str]], int | None]
    """The number that all the words say, None where they do not say exactly one.

    A group of digits counts as a number word.
    """
    is_word: Callable[[str], bool]
    """Whether a word can be part of a number."""


def as_digits(words: Sequence[str], numbers: Numbers) -> tuple[str, ...]:
    """Return a run of number words as one number where it says one ("one hundred five" -> 105).

    Where it does not ("one two"), each word becomes its own; what is no number stays.
    """
    whole = numbers.parse(words)
    if whole is not None:
        return (str(whole),)
    parts = ((word, numbers.parse((word,))) for word in words)
    return tuple(word if part is None else str(part) for word, part in parts)


def with_digits(words: Iterable[str], numbers: Numbers) -> list[str]:
    """Return words with every run of number words in digits, as ``as_digits`` does."""
    run: list[str] = []
    result: list[str] = []
    for word in words:
        if numbers.is_word(word):
            run.append(word)
            continue
        result += [*as_digits(run, numbers), word]
        run = []
    return [*result, *as_digits(run, numbers)]
