"""What a value is: its kinds, where one stands in running text, which one a name asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from harness.language.phrasebook import name_words

_SAYABLE = re.compile(r"[^\W_]")


class ValueKind(str, Enum):
    """How a value is spoken and compared."""

    TEXT = "text"
    ID = "id"
    PHONE = "phone"
    EMAIL = "email"
    AMOUNT = "amount"
    DATE = "date"
    NAME = "name"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Found:
    """``value`` in its normalized form, said or written in ``text[start:stop]``."""

    value: str
    start: int
    stop: int
    readings: tuple[str, ...] = ()


def can_be_said(text: str) -> bool:
    """Whether there is anything in a text that a voice can say."""
    return _SAYABLE.search(text) is not None


@dataclass(frozen=True, slots=True, eq=False)
class ArgumentNames:
    """The words in which programs name what they take, in one language; all in small letters."""

    kinds: Mapping[str, ValueKind]
    """Words that say it where they come last: "price" in ``total_price``."""
    before: Mapping[tuple[str, str], ValueKind]
    """Two last words that say it together: "phone", "number"."""
    links: frozenset[str]
    """Words behind which it is said of what, and not what: "of" in ``date_of_birth``."""
    counted: frozenset[str]
    """Words that count what follows such a link: "number" in ``number_of_guests``."""

    def kind_of(self, argument: str) -> ValueKind | None:
        """Return the kind that a name in snake_case, camelCase or kebab-case tells, if any does.

        The last word decides (``mailbox_id`` is an identifier, ``phone_model`` no number), or the
        last before a link (``date_of_birth``).
        """
        words = name_words(argument)
        link = next((at for at, word in enumerate(words) if at and word in self.links), None)
        if link is not None and words[link - 1] in self.counted:
            return None
        first, last = ("", *words[:link])[-2:] if words else ("", "")
        return self.before.get((first, last), self.kinds.get(last))
