"""Values and how they are said: "ORD-31" -> "O R D dash three one", and the way back."""

from __future__ import annotations

from enum import Enum


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
