"""Kinds of values that options take: folders, names, durations, addresses, how many at once."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from harness.scenario.fields import seconds


@dataclass(frozen=True, slots=True)
class OutUrl:
    """Where a run goes that is no folder of this machine."""

    url: str


class FolderPath(click.Path):
    """A folder that has a name: an empty one (``--out "$UNSET"``) would be the working folder.

    With ``urls`` it may be one that fsspec knows by its URL.
    """

    def __init__(self, *, urls: bool = False) -> None:
        super().__init__(path_type=Path, file_okay=False)
        self._urls = urls

    def convert(
        self,
        value: str | os.PathLike[str] | OutUrl,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """Return the path, or an OutUrl; raises click.BadParameter."""
        if isinstance(value, OutUrl):
            return value
        if not str(value).strip():
            self.fail("expected a folder, got nothing; '.' is this one", param, ctx)
        if self._urls and "://" in str(value):
            scheme, _, place = str(value).partition("://")
            if not (scheme and place.strip("/ ")):
                allowed = "a folder, or a place in a store as s3://BUCKET/FOLDER"
                self.fail(f"expected {allowed}, got {value!r}", param, ctx)
            return OutUrl(str(value))
        return super().convert(value, param, ctx)


class GivenName(click.ParamType[str]):
    """Text that is not empty: no name would fit all scenarios, or none."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text; raises click.BadParameter."""
        if not str(value).strip():
            self.fail("expected a name, got nothing", param, ctx)
        return str(value)


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


class Seconds(click.ParamType[float]):
    """A duration as files write it: 20s, 250ms, or a number of seconds; never nothing."""

    name = "duration"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return seconds; raises click.BadParameter."""
        try:
            found = seconds(float(value) if str(value).replace(".", "", 1).isdigit() else value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not isinstance(found, float) or found <= 0:
            self.fail(f"expected more than 0 seconds, got {value}", param, ctx)
        return found


_ADDRESS = re.compile(r"((?:tcp|tls)://)?([\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})")


class SchedulerAddress(click.ParamType[str]):
    """Where a dask scheduler listens, ``tcp://`` unless it says otherwise."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it with its protocol; raises click.BadParameter."""
        found = _ADDRESS.fullmatch(str(value).strip())
        if found is None or not 0 < int(found[3]) < 65536:
            self.fail(
                f"expected tcp://HOST:PORT or tls://HOST:PORT of a dask scheduler, got {value!r}",
                param,
                ctx,
            )
        return f"{found[1] or 'tcp://'}{found[2]}:{found[3]}"


AUTO = -1
"""What ``--concurrency auto`` is as a number, until ``take_auto`` has taken it."""


_MOST_AT_ONCE = 200


class AtOnce(click.ParamType[int]):
    """How many calls at a time: 1 to 200, or ``AUTO``, as the word."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number, AUTO for the word; raises click.BadParameter."""
        if value in ("auto", AUTO):
            return AUTO
        if not str(value).isdigit() or not 1 <= int(value) <= _MOST_AT_ONCE:
            self.fail(
                f"expected auto, or a number from 1 to {_MOST_AT_ONCE}, got {value!r}", param, ctx
            )
        return int(value)
