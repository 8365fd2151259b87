"""What a scorer measures: a named quantity with a unit, and the values that one call gave.

A measure is declared once, beside its scorer. Whatever makes figures of many calls (charts, gates,
baselines, comparisons, history) knows measures only, and no scorer by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class Better(str, Enum):
    """Which values a caller would rather have."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Measure:
    """One quantity; ``name`` is what gates and pages call it, and no other scorer has it.

    ``unit`` is ``s``, ``share`` (0 to 1), or a word of the scorer's own. ``per`` is what one value
    is of: a call, or a turn. ``missing`` is what a value is called that was owed and never came.
    """

    name: str
    unit: str
    per: str = "call"
    better: Better = Better.LOWER
    missing: str = "without end"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a measure is named in lower case, a_b2; got {self.name!r}")
        if not self.unit.strip() or not self.per.strip():
            raise ValueError(f"measure {self.name!r} needs a unit, and what a value is of")
        object.__setattr__(self, "better", Better(self.better))

    def gave(self, *values: MeasuredValue | float | None) -> Measurement:
        """Return what a call gave, ready for a ``Score``; a bare number is a value of the call."""
        return Measurement(
            self,
            tuple(one if isinstance(one, MeasuredValue) else MeasuredValue(one) for one in values),
        )


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One value in its measure's unit; None was owed and never came, and is worse than any other.

    ``of`` and ``kind`` say what it is a value of (the caller's words, "with a tool"): calls are
    compared value by value where both are the same. ``at_s`` is where in the call it can be heard.
    """

    value: float | None
    of: str = ""
    kind: str = ""
    at_s: float | None = None
    uncertainty_s: float | None = None
    """By how many seconds a time may be shorter, as the harness itself was late: 0.0 is exact, None
    where nobody knows."""

    def __post_init__(self) -> None:
        if not isinstance(self.value, int | float | None) or isinstance(self.value, bool):
            raise TypeError(f"a measured value is a number or None, got {self.value!r}")
        if self.uncertainty_s is not None and not self.uncertainty_s >= 0.0:
            raise ValueError(f"an uncertainty is not below 0 s, got {self.uncertainty_s!r}")


@dataclass(frozen=True, slots=True)
class Measurement:
    """All values that one call gave of one measure; none where the question did not arise."""

    measure: Measure
    values: tuple[MeasuredValue, ...] = ()
