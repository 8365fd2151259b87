"""Limits for the repeats in expressions that are put together from tables.

Such an expression is searched at every place of a text. A repeat without a limit then looks at the
rest of the text from each of them, and a text of 50,000 characters takes minutes.
"""

from __future__ import annotations

import re

_SPACES = re.compile(r"(\[[^\[\]]*\\s[^\[\]]*\]|\\s)([*+])")
_MOST_SPACES = 4
"""White space inside a value: a line break, and the space before and after it."""

_GROUPS = re.compile(r"(?<!\\)\)([*+])")
_MOST_WORDS = 8
"""Filler words in a row ("just really very …")."""

_ANYTHING = re.compile(r"(?<!\\)\.([*+])")
_MOST_CHARACTERS = 300
"""Of a clause; hardly a spoken sentence is longer."""


def few_spaces(expression: str) -> str:
    """Return an expression whose runs of white space have a limit."""
    return _SPACES.sub(lambda found: found[1] + _times(found[2], _MOST_SPACES), expression)


def few_repeats(expression: str) -> str:
    """Return an expression on plain words whose repeats of groups and of any text have a limit."""
    fewer = _GROUPS.sub(lambda found: ")" + _times(found[1], _MOST_WORDS), expression)
    return _ANYTHING.sub(lambda found: "." + _times(found[1], _MOST_CHARACTERS), fewer)


def _times(sign: str, most: int) -> str:
    return f"{{{int(sign == '+')},{most}}}"
