"""Street addresses: "Eleven Garden Rd." and "11 Garden Road" are the same place."""

from __future__ import annotations

from harness.language.numerals import NUMBER_WORDS, parse_cardinal

STREETS = {"st": "street", "rd": "road", "ave": "avenue", "ln": "lane", "dr": "drive"}
"""Abbreviations that stand at the end of a street's name."""


def normalize_address(words: list[str]) -> str:
    """Return lower-case words with number words as digits and street abbreviations in full.

    A run of number words becomes one number where it says one ("one hundred five" -> 105); where
    it does not ("one two"), each word becomes its own.
    """
    numbers: list[str] = []
    result: list[str] = []
    for word in [*words, ""]:
        if word in NUMBER_WORDS:
            numbers.append(word)
            continue
        result += _as_digits(numbers)
        numbers = []
        # The first word of an address is a number or a name: "St James Street" is no street yet.
        result.append(STREETS.get(word, word) if len(result) > 1 else word)
    return " ".join(filter(None, result))


def _as_digits(numbers: list[str]) -> list[str]:
    whole = parse_cardinal(numbers)
    if whole is not None:
        return [str(whole)]
    parts = [parse_cardinal([word]) for word in numbers]
    return [word if part is None else str(part) for word, part in zip(numbers, parts, strict=True)]
