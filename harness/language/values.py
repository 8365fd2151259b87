"""What a value is: its kinds, and where one stands in running text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

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


def can_be_said(text: str) -> bool:
    """Whether there is anything in a text that a voice can say."""
    return _SAYABLE.search(text) is not None
