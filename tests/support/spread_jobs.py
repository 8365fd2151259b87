"""Jobs that worker processes can load: they know ``support``, and not the tests."""

from __future__ import annotations

import os
from dataclasses import dataclass

from harness.errors import UsageError


@dataclass(eq=False)
class Thing:
    """An object that can be referenced weakly."""

    number: int


def number_of(thing: Thing) -> int:
    return thing.number


def where(thing: int) -> tuple[int, int]:
    return thing, os.getpid()


def refuse(what: str, thing: int) -> int:
    if thing == 11:
        raise UsageError(f"{what} {thing}")
    return thing


def die_elsewhere(home: int, thing: int) -> int:
    if thing == 9 and os.getpid() != home:
        os._exit(1)
    return thing
