"""The messages that the page explains are messages that the harness can show."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest
from support.pages import ROOT, page, rows

GAP = "\0"
"""Stands in a text of the code for an inserted value."""


def explained() -> list[str]:
    """Return the messages quoted in the first column of the page's tables."""
    cells = (row[0] for row in rows(page("troubleshooting.md")))
    quoted = {text for cell in cells for text in re.findall(r'"([^"]+)"', cell)}
    return sorted(text for text in quoted if not text.isdigit())


@cache
def written() -> tuple[tuple[str, ...], ...]:
    """Return the words of all texts in the code."""
    texts = []
    for path in (ROOT / "harness").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.JoinedStr):
                constant = (isinstance(each, ast.Constant) and each.value for each in node.values)
                texts.append("".join(str(each or GAP) for each in constant))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return tuple(tuple(text.split()) for text in texts)


def shown(message: str) -> bool:
    """Return whether a text of the code may read, in part, as most of a message."""
    words = re.sub(r"^\w+: ", "", message).split()  # the kind of a failed connection comes first
    return any(_common(words, text) * 5 >= 2 * len(words) for text in written())


def _common(words: list[str], text: tuple[str, ...]) -> int:
    """Return how many words are the same in the longest run that both have, up to gaps."""
    best = 0
    for first in range(1 - len(text), len(words)):
        same = 0
        for said, ours in zip(words[max(first, 0) :], text[max(-first, 0) :], strict=False):
            same = same + (said == ours) if said == ours or GAP in ours else 0
            best = max(best, same)
    return best


@pytest.mark.parametrize("message", explained())
def test_an_explained_message_is_one_that_the_harness_shows(message: str) -> None:
    assert shown(message), "quote the message as the code says it"


def test_another_message_is_noticed() -> None:
    assert len(explained()) > 15
    assert not shown("the parrot declined to repeat after us")
