"""Shared field types of all file models: strictness, durations with units, non-empty text."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from harness.units import ms_to_seconds

DURATION_PATTERN = r"^\s*(\d+(?:\.\d+)?)\s*(ms|s)\s*$"
"""The text format of a duration."""


def seconds(value: object) -> object:
    """Read 6, 6.5, "6s", "250 ms"; leave values that are not text to the type check.

    Raises:
        ValueError: a text that is not a duration.
    """
    if isinstance(value, str):
        match = re.match(DURATION_PATTERN, value)
        if match is None:
            raise ValueError(
                f"expected seconds (6, 0.25) or text like '6s', '250 ms', got {value!r}"
            )
        number = float(match[1])
        return ms_to_seconds(number) if match[2] == "ms" else number
    # bool is a subclass of int: `true` would be one second.
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


Duration = Annotated[float, Field(ge=0, le=3600), BeforeValidator(seconds)]
"""Seconds; a number, or text with ms or s."""


def day(value: object) -> object:
    """Read "2026-04-25".

    Raises:
        ValueError: a value that is not a calendar day.
    """
    if value is None or isinstance(value, date):
        return value
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
            raise ValueError
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"expected a day like 2026-04-25, got {value!r}") from None


Day = Annotated[date, BeforeValidator(day)]
"""A day of the calendar."""

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
"""Text with at least one visible character."""

Opening = Literal["caller", "agent"]
"""Who speaks first in a call."""


Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""Name of an environment variable: a key is never written in a file."""


class Model(BaseModel):
    """Base of everything in these files: strict, frozen, unknown keys refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    @classmethod
    def of(cls, data: Any) -> Self:
        """Return the model of data as a file has it; raises pydantic's ValidationError.

        Strict models take lists and the values of enums from JSON alone.
        """
        return cls.model_validate_json(json.dumps(data))
