"""The set phrases of each language that the harness knows."""

from __future__ import annotations

import re

from harness.errors import UnknownName
from harness.language.en import ENGLISH
from harness.language.phrasebook import Action, Phrases

__all__ = ["LANGUAGES", "Action", "Phrases", "phrases"]

_BOOKS = {book.language: book for book in (ENGLISH,)}

LANGUAGES: tuple[str, ...] = tuple(_BOOKS)


def phrases(language: str) -> Phrases:
    """Return the phrases of a language ("en", "en-US"); raises UnknownName for others."""
    name = re.split(r"[-_]", language.lower())[0]
    if name not in _BOOKS:
        raise UnknownName("language", language, LANGUAGES)
    return _BOOKS[name]
