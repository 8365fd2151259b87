"""What a load test asked for, and when its calls were: ``load.json`` beside ``results.json``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from harness.results.store import read_json, write_json

LOAD, FORMAT = "load.json", 1


@dataclass(frozen=True, slots=True)
class LoadAsked:
    """The options of a load test; times in seconds, the ramp is part of ``for_s``."""

    rate_per_s: float
    for_s: float
    ramp_s: float
    even: bool
    seed: int


@dataclass(frozen=True, slots=True)
class OwnLimit:
    """How many calls at a time this machine held before the test, in how many processes.

    ``p99_s`` is how late the frames of so many calls left (99th percentile); None where not even
    the fewest that were tried were held. ``beyond`` is the fewest that were not held; None where
    all that were tried were, so that nobody knows where the limit is.
    """

    calls: int
    processes: int
    p99_s: float | None
    beyond: int | None = None


@dataclass(frozen=True, slots=True)
class LoadedCall:
    """When one call was due, began and ended, in seconds from the start of the test.

    None where it never began. ``late_p99_s`` is how late our own frames left in it.
    """

    recording: str
    due_s: float
    began_s: float | None
    ended_s: float | None
    late_p99_s: float | None = None


@dataclass(frozen=True, slots=True)
class LoadTest:
    """A load test as it is stored."""

    asked: LoadAsked
    limit: OwnLimit | None
    calls: tuple[LoadedCall, ...]
    light: bool = False
    """Whether the light reference agent was called, which says nothing about any agent."""
    format: int = FORMAT


def read_load(path: Path) -> LoadTest:
    """Read ``load.json``; raises RecordingDamaged if it is missing, newer or malformed."""
    return read_json(path, _adapter(), FORMAT)


def write_load(path: Path, test: LoadTest) -> None:
    """Replace ``load.json``, or leave it as it was; raises StorageFailed."""
    write_json(path, test)


@cache
def _adapter() -> TypeAdapter[LoadTest]:
    return TypeAdapter(LoadTest)
