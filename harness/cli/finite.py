"""Numbers on the command line that are numbers: Python reads ``nan`` and ``inf`` as some, too."""

from __future__ import annotations

import math
from typing import Any

import click


class FiniteRange(click.FloatRange):
    """A range that refuses what is in no range (``nan`` compares with nothing) or without end."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number; raises click.BadParameter."""
        # Before the range: whether nan lies in one differs between releases of click.
        number = float(click.FLOAT.convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"expected a finite number, got {number}", param, ctx)
        return float(super().convert(value, param, ctx))
